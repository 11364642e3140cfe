"""The papers that can be printed: one row of ``REPORTS`` and one template each (手册 第六章)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage, Track
from models.base import now
from models.declaration import Basic, Education, Present
from models.fields import Field, Kind
from models.notice import Phase
from models.record import ReportPrint
from pdf_templates import renderer
from rules import access, declaration, notices, workdays
from rules.access import Party
from rules.refusal import Refusal, Refused

Context = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Report:
    """One paper. ``stages`` are those in which it is open; ``asks`` what is filled in before a list is printed."""

    code: str
    title: str
    template: str
    belongs_to: str
    printed_by: tuple[Party, ...]
    stages: frozenset[Stage]
    context: Callable[[Session, Sequence[Application], Mapping[str, Any]], Context]
    asks: tuple[Field, ...] = ()


def _commitment(session: Session, applications: Sequence[Application], _given: Mapping[str, Any]) -> Context:
    application = applications[0]
    basic = Basic.of(application)
    text = declaration.commitment(session)
    employer = application.employer
    return {
        'name': basic.name or '',
        'id_type': basic.id_type or '',
        'id_number': basic.id_number or '',
        'employer': employer.name if employer else '',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
        'year': application.year or now().year,
        'serial': application.serial,
        'clauses': [line for line in (text.body if text else '').splitlines() if line.strip()],
        'draft': application.stage == Stage.DRAFT,
        'printed_on': now().date(),
    }


def _notice_list(session: Session, applications: Sequence[Application], given: Mapping[str, Any]) -> Context:
    """The list put up at the employer; keeps the period as each declaration's notice."""
    overruled = workdays.overrides(session)
    starts_on, ends_on = given['starts_on'], given['ends_on']
    short = notices.period_problem(starts_on, ends_on, overruled)
    if short:
        raise Refused(Refusal('notice_short', short))
    for application in applications:
        notices.record(session, application, Phase.PRE, starts_on=starts_on, ends_on=ends_on)
    employer = applications[0].employer
    return {
        'year': applications[0].year or now().year,
        'employer': employer.name if employer else '',
        'starts_on': starts_on,
        'ends_on': ends_on,
        'working_days': workdays.count_workdays(starts_on, ends_on, overruled),
        'rows': [_listed(application) for application in applications],
        'contact': given['contact'],
        'phone': given['phone'],
        'postcode': given['postcode'],
        'address': employer.address if employer else '',
        'issued_on': now().date(),
    }


def _listed(application: Application) -> dict[str, str]:
    basic = Basic.of(application)
    schooling = [row.schooling for row in Education.of(application) if row.used_here] or [
        row.schooling for row in Education.of(application)
    ]
    return {
        'name': application.applicant_name,
        'sex': basic.sex or '',
        'birth': f'{basic.born_on:%Y年%m月}' if basic.born_on else '',
        'education': schooling[-1] or '' if schooling else '',
        'present_title': Present.of(application).present_title or '无',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
    }


PERIOD_AND_CONTACT = (
    Field('starts_on', '公示开始时间', Kind.DAY, required=True),
    Field('ends_on', '公示结束时间', Kind.DAY, required=True, help='至少覆盖 5 个工作日'),
    Field('contact', '联系人', length=60, required=True),
    Field('phone', '联系电话', length=30, required=True, check='phone'),
    Field('postcode', '邮政编码', length=6, required=True, check='postcode'),
)

REPORTS: Mapping[str, Report] = {
    report.code: report
    for report in (
        Report(
            'commitment-personal', '广东省深圳市职称申报承诺书（个人）', 'commitment-personal.html', '个人申报环节',
            (Party.APPLICANT, Party.EMPLOYER, Party.OFFICE), frozenset(Stage), _commitment,
        ),
        Report(
            'pre-notice-list', '年度推荐申报职称评审人员公示名单', 'pre-notice-list.html', '单位评前公示',
            (Party.EMPLOYER,), frozenset({Stage.PRE_NOTICE}), _notice_list, asks=PERIOD_AND_CONTACT,
        ),
    )
}  # fmt: skip


def refusal(report: Report, application: Application, account: Account) -> Refusal | None:
    """Why a paper cannot be printed of this declaration by this account."""
    if not any(access.acts_for(party, account, application, now().date()) for party in report.printed_by):
        return Refusal('not_yours', f'《{report.title}》由{"、".join(report.printed_by)}打印')
    if application.stage not in report.stages:
        stages = '、'.join(stage.label for stage in Stage if stage in report.stages)
        return Refusal('not_open', f'未开放，{stages}环节可打印')
    return None


def offered(
    session: Session, application: Application, account: Account
) -> list[tuple[Report, Refusal | None, datetime | None]]:
    """报表列表: every paper of one declaration with why not, and when it was last printed."""
    newest = select(ReportPrint.report, func.max(ReportPrint.at)).where(ReportPrint.application_id == application.id)
    printed = dict(session.execute(newest.group_by(ReportPrint.report)).all())
    return [
        (report, refusal(report, application, account), printed.get(report.code))
        for report in REPORTS.values()
        if not report.asks and any(access.acts_for(p, account, application, now().date()) for p in report.printed_by)
    ]


def proposed(session: Session, report: Report, application: Application, on: date) -> dict[str, object]:
    """What the system proposes for the questions of a report: the next possible period and the employer's contacts."""
    names, employer = {field.name for field in report.asks}, application.employer
    if 'starts_on' not in names or employer is None:
        return {}
    return {
        'starts_on': on,
        'ends_on': workdays.last_notice_day(on, workdays.overrides(session)),
        'contact': employer.contact,
        'phone': employer.phone,
        'postcode': employer.postcode,
    }


def produce(
    session: Session, report: Report, applications: Sequence[Application], given: Mapping[str, Any], font_dir: Path
) -> bytes:
    """The paper as PDF. Raises Refused, also for a character that no font can print."""
    context = report.context(session, applications, given)
    try:
        return renderer.render(report.template, context, title=report.title, font_dir=font_dir)
    except renderer.RenderError as error:
        raise Refused(Refusal('not_rendered', f'《{report.title}》未能生成：{error}')) from error


def note_printed(session: Session, report: Report, applications: Sequence[Application]) -> None:
    """Keep that the paper was printed; the caller commits."""
    session.add_all(ReportPrint(application_id=each.id, report=report.code) for each in applications)
