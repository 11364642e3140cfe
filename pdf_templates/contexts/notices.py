"""Contexts of papers of the public notices (公示): the list that the employer publishes, and 公示情况表."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.catalogue import Track
from models.declaration import Basic, Present
from models.notice import Phase
from pdf_templates.contexts.shared import (
    Context,
    GivenAnswers,
    Make,
    common_placeholders,
    head_of,
    head_placeholders,
    month_of,
    schooling_of,
    worded,
)
from pdf_templates.engine import renderer
from rules import notices, overview, workdays
from rules.refusal import Invalid, Refusal


def apart(phase: Phase) -> Callable[[Sequence[Application]], Refusal | None]:
    """Return a check that refuses a list with two years or, after the review, two committees."""

    def refusal(applications: Sequence[Application]) -> Refusal | None:
        years = sorted({str(each.year) for each in applications})
        committees = dict.fromkeys(str(each.committee or '') for each in applications)
        if len(years) > 1:
            return Refusal('two_years', f'所选人员分属 {"、".join(years)} 年度，请按年度分别打印')
        if phase == Phase.POST and len(committees) > 1:
            named = '、'.join(f'「{each}」' for each in committees)
            return Refusal('two_committees', f'所选人员分别由{named}评审，请返回列表，按评委会筛选后分别打印')
        return None

    return refusal


def notice_list(code: str, phase: Phase) -> Make:
    """Return the context of 公示名单. It raises Invalid where the period is too short or begins too early."""

    def context(session: Session, applications: Sequence[Application], given: GivenAnswers) -> Context:
        overruled = workdays.overrides(session)
        starts_on, ends_on = given['starts_on'], given['ends_on']
        last = notices.last_ready(applications, phase)
        early = notices.backdated(last, notices.notice_of(last, phase), starts_on)
        days = notices.longest_days(session, applications)
        short = notices.period_problem(starts_on, ends_on, overruled, days)
        if early or short:
            raise Invalid(({'starts_on': f'{last}：{early}'} if early else {}) | ({'ends_on': short} if short else {}))
        head, employer = head_of(applications[0]), applications[0].employer
        working_days = workdays.count_workdays(starts_on, ends_on, overruled)
        period = {
            '公示开始': renderer.write_day(starts_on),
            '公示结束': renderer.write_day(ends_on),
            '工作日': working_days,
        }
        return {
            'year': head['year'],
            'employer': head['employer'],
            'preface': worded(
                session, code, {**common_placeholders(applications), **period, '人数': len(applications)}
            ),
            'rows': [_listed(application) for application in applications],
            'contact': given['contact'],
            'phone': given['phone'],
            'postcode': given['postcode'],
            'address': employer.address if employer else '',
        }

    return context


def notice_report(code: str, phase: Phase) -> Make:
    """Return the context of 公示情况表, which the employer signs before it records the result (手册 §3.2.10–11)."""

    def context(session: Session, applications: Sequence[Application], given: GivenAnswers) -> Context:
        application = applications[0]
        head, under_way = head_of(application), overview.PHASES.get(Stage(application.stage)) == phase
        entered = _entered(session, application, phase, given) if under_way else None
        return {
            **head,
            'present_title': Present.of(application).present_title or '无',
            'phase': phase.label,
            'notice': entered or noticed(session, application, phase),
            'published': worded(session, code, head_placeholders(head)),
        }

    return context


def noticed(session: Session, application: Application, phase: Phase) -> dict[str, Any] | None:
    """Return the period, working days and wording of the stored notice, or None without one."""
    notice = notices.notice_of(application, phase)
    if notice is None:
        return None
    return _published(session, notice.starts_on, notice.ends_on, notice.opinion)


def _published(session: Session, starts_on: date, ends_on: date, opinion: str) -> dict[str, Any]:
    return {
        'starts_on': starts_on,
        'ends_on': ends_on,
        'working_days': workdays.count_workdays(starts_on, ends_on, workdays.overrides(session)),
        'opinion': opinion,
    }


def _entered(session: Session, application: Application, phase: Phase, begun: GivenAnswers) -> dict[str, Any]:
    """Return a result that is not recorded yet: the period as typed, else that of the list, and the wording."""
    starts_on, ends_on = begun.get('starts_on'), begun.get('ends_on')
    if not (starts_on and ends_on and starts_on <= ends_on):
        kept = notices.notice_of(application, phase)
        starts_on, ends_on = (kept.starts_on, kept.ends_on) if kept else (None, None)
    if starts_on is None or ends_on is None:
        return {'starts_on': None, 'opinion': begun.get('opinion', '')}
    worded = notices.wording(application, starts_on, ends_on, phase)
    return _published(session, starts_on, ends_on, begun.get('opinion', worded))


def _listed(application: Application) -> dict[str, str]:
    basic = Basic.of(application)
    return {
        'name': application.applicant_name,
        'sex': basic.sex or '',
        'birth': month_of(basic.born_on),
        'education': schooling_of(application),
        'present_title': Present.of(application).present_title or '无',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
    }
