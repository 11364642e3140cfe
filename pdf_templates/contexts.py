"""What each paper says: plain values out of its subjects. A template reads nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, Result, Stage, Step, Track
from models.base import now
from models.declaration import Basic, ContinuingEducation, Education, Present
from models.material import Accepts
from models.notice import Phase
from models.review import ReviewSession, SessionItem
from models.section import SECTIONS
from models.terms import EDUCATION_KINDS
from pdf_templates import sections
from rules import access, declaration, notices, workdays
from rules.refusal import Refusal, Refused

Context = Mapping[str, object]
Given = Mapping[str, Any]


def applied(application: Application) -> dict[str, Any]:
    """Who applies for what: the head of every paper of one declaration."""
    basic, employer = Basic.of(application), application.employer
    return {
        'name': basic.name or '',
        'sex': basic.sex or '',
        'id_type': basic.id_type or '',
        'id_number': basic.id_number or '',
        'phone': basic.phone or '',
        'employer': employer.name if employer else '',
        'employer_code': employer.code if employer else '',
        'committee': application.committee.name if application.committee else '',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
        'year': application.year or now().year,
        'serial': application.serial,
    }


def commitment_personal(session: Session, applications: Sequence[Application], _given: Given) -> Context:
    """承诺书（个人）."""
    text = declaration.commitment(session)
    return {
        **applied(applications[0]),
        'clauses': [line for line in (text.body if text else '').splitlines() if line.strip()],
    }


# --- the registration form -------------------------------------------------------------------------------------


def registration(session: Session, applications: Sequence[Application], _given: Given) -> Context:
    """情况登记表: every section of the declaration, and what was found and decided so far."""
    application = applications[0]
    return {
        **applied(application),
        'photo': photo_of(application),
        'sections': [
            sections.plain(section, declaration.rows_of(application, section))
            for section in SECTIONS
            if section.applies(application)
        ],
        'hours': _hours(application),
        'employer_opinion': _employer_opinion(application),
        'pre_notice': noticed(session, application, Phase.PRE),
        'post_notice': noticed(session, application, Phase.POST),
        'review': _review(session, application),
        'approval': _approval(application),
    }


def photo_of(application: Application) -> str:
    """The SHA-256 of the photo that was handed in; empty without one."""
    found = [each.file.sha256 for each in application.attachments if each.material.accepts == Accepts.PHOTO]
    return found[-1] if found else ''


def newest(application: Application, source: Stage, *actions: str) -> Step | None:
    """The newest step of these actions at a stage."""
    found = (step for step in reversed(application.steps) if step.source == source and step.action in actions)
    return next(found, None)


def _hours(application: Application) -> list[dict[str, str]]:
    """Class hours by year and kind of subject, with the year's total."""
    totals: dict[int, dict[str, int]] = {}
    for row in ContinuingEducation.of(application):
        if row.year and row.subject_kind:
            of_year = totals.setdefault(row.year, dict.fromkeys(EDUCATION_KINDS, 0))
            of_year[row.subject_kind] = of_year.get(row.subject_kind, 0) + (row.hours or 0)
    return [
        {'year': str(year), **{kind: str(hours) for kind, hours in kinds.items()}, 'total': str(sum(kinds.values()))}
        for year, kinds in sorted(totals.items())
    ]


OPINIONS = {
    'training_opinion': '完成继续教育任务情况审核意见',
    'negative_opinion': '工作负面情况审核意见',
    'assessments': '近年年度考核结果',
    'evaluation': '综合评价',
}
"""What the employer fills in besides its opinion when it checks a declaration (手册 §3.2)."""


def _employer_opinion(application: Application) -> dict[str, Any]:
    step = newest(application, Stage.EMPLOYER_REVIEW, 'approve')
    data = step.data if step else {}
    return {
        'texts': [(label, _said(data[name])) for name, label in OPINIONS.items() if data.get(name)],
        'opinion': step.opinion if step else '',
        'on': step.at.date() if step else None,
        'by': step.actor_name if step else '',
    }


def _said(value: Any) -> str:
    """A text, or a list of years with their results, however it was kept."""
    try:
        kept = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    if isinstance(kept, Mapping):
        return '；'.join(f'{year} 年：{result}' for year, result in kept.items())
    if isinstance(kept, list):
        return '；'.join('：'.join(map(str, each.values())) if isinstance(each, dict) else str(each) for each in kept)
    return str(value)


def noticed(session: Session, application: Application, phase: Phase) -> dict[str, Any] | None:
    """Period and wording of a notice, once there is one."""
    notice = notices.notice_of(application, phase)
    if notice is None:
        return None
    overruled = workdays.overrides(session)
    return {
        'starts_on': notice.starts_on,
        'ends_on': notice.ends_on,
        'working_days': workdays.count_workdays(notice.starts_on, notice.ends_on, overruled),
        'opinion': notice.opinion,
    }


def _review(session: Session, application: Application) -> dict[str, Any] | None:
    """The committee's vote, once the office has released it."""
    step = newest(application, Stage.EXPERT_REVIEW, 'pass', 'reject')
    if step is None or application.stage in access.HIDDEN_UNTIL_RELEASED:
        return None
    held = session.scalars(
        select(ReviewSession)
        .join(SessionItem)
        .where(SessionItem.application_id == application.id)
        .order_by(ReviewSession.id.desc())
    ).first()
    data = step.data
    return {
        'session': data.get('session', ''),
        'held_on': held.held_on if held else step.at.date(),
        'members': str(len(held.seats)) if held else '',
        **{name: str(data.get(name, '')) for name in ('present', 'for', 'against', 'abstain')},
        'result': '通过' if step.action == 'pass' else '不通过',
    }


def _approval(application: Application) -> dict[str, Any] | None:
    step, item = newest(application, Stage.APPROVAL, 'approve'), application.approval_item
    if step is None or item is None:
        return None
    certificate = application.certificate
    return {
        'number': item.document.number,
        'opinion': step.opinion,
        'on': step.at.date(),
        'certificate': certificate.number if certificate else '',
        'result': Result(application.result).label if application.result else '',
    }


# --- notices ---------------------------------------------------------------------------------------------------


def notice_list(phase: Phase) -> Any:
    """公示名单 put up at the employer; keeps the period as each declaration's notice."""

    def context(session: Session, applications: Sequence[Application], given: Given) -> Context:
        overruled = workdays.overrides(session)
        starts_on, ends_on = given['starts_on'], given['ends_on']
        short = notices.period_problem(starts_on, ends_on, overruled)
        if short:
            raise Refused(Refusal('notice_short', short))
        for application in applications:
            notices.record(session, application, phase, starts_on=starts_on, ends_on=ends_on)
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
        }

    return context


def _listed(application: Application) -> dict[str, str]:
    basic = Basic.of(application)
    schooling = [row.schooling for row in Education.of(application) if row.used_here] or [
        row.schooling for row in Education.of(application)
    ]
    return {
        'name': application.applicant_name,
        'sex': basic.sex or '',
        'birth': _month(basic.born_on),
        'education': schooling[-1] or '' if schooling else '',
        'present_title': Present.of(application).present_title or '无',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
    }


def _month(day: date | None) -> str:
    return f'{day:%Y年%m月}' if day else ''
