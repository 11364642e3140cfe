"""Contexts of papers of one declaration: 承诺书, 破格申报推荐表, 情况登记表."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, Result, Stage
from models.declaration import Basic, ContinuingEducation, Present, SelfEvaluation, Target
from models.notice import Phase
from models.review import MeetingItem, ReviewMeeting
from models.section import SECTIONS
from models.statutory import StatutoryNumber, numeral
from models.terms import EDUCATION_KINDS
from pdf_templates import sections
from pdf_templates.contexts.notices import noticed
from pdf_templates.contexts.shared import (
    Context,
    GivenAnswers,
    Make,
    head_of,
    head_placeholders,
    month_of,
    photo_of,
    schooling_of,
    worded,
)
from rules import access, declaration, statutory
from rules.flow import rounds
from rules.flow.table import TRANSITIONS


def commitment_paper(code: str) -> Make:
    """Return the context of 承诺书 with the text ``code``: that of the applicant or that of the employer."""

    def context(session: Session, applications: Sequence[Application], _given: GivenAnswers) -> Context:
        head, numbers = head_of(applications[0]), statutory.numbers_of(session, applications[0])
        told = {'公示工作日': numeral(numbers[StatutoryNumber.NOTICE_DAYS])}
        return {**head, 'clauses': worded(session, code, {**head_placeholders(head), **told})}

    return context


def exceptional_paper(session: Session, applications: Sequence[Application], _given: GivenAnswers) -> Context:
    """Gather 破格申报推荐表."""
    application = applications[0]
    head, target, evaluation = head_of(application), Target.of(application), SelfEvaluation.of(application)
    present, schooling = Present.of(application), schooling_of(application)
    return {
        **head,
        'photo': photo_of(application),
        'kind': target.exceptional_kind or '',
        'born': month_of(Basic.of(application).born_on),
        'schooling': schooling,
        'present_title': present.present_title or '无',
        'obtained': month_of(present.obtained_on),
        'subject': present.subject or '',
        'years': '' if present.years is None else f'{present.years}年',
        'ability': evaluation.ability or '',
        'achievement': evaluation.achievement or '',
        'works': [
            f'{section.about.label}：{each.name}'
            for section in SECTIONS
            if section.about.achievement
            for each in declaration.rows_of(application, section)
            if each.representative
        ],
        'notes': worded(session, 'exceptional', head_placeholders(head)),
    }


def registration(session: Session, applications: Sequence[Application], _given: GivenAnswers) -> Context:
    """Gather 情况登记表: every section of the declaration, and the opinions and results recorded so far."""
    application = applications[0]
    return {
        **head_of(application),
        'photo': photo_of(application),
        'sections': [
            sections.plain_section(section, declaration.rows_of(application, section))
            for section in declaration.sections_of(application)
        ],
        'hours': _hours(application),
        'employer_opinion': _employer_opinion(application),
        'pre_notice': noticed(session, application, Phase.PRE),
        'post_notice': noticed(session, application, Phase.POST),
        'review': _review(session, application),
        'approval': _approval(application),
    }


def _hours(application: Application) -> list[dict[str, str]]:
    """Sum the class hours (学时) by year and kind of subject, with the total of each year."""
    totals: dict[int, dict[str, int]] = {}
    for row in ContinuingEducation.of(application):
        if row.year and row.subject_kind:
            of_year = totals.setdefault(row.year, dict.fromkeys(EDUCATION_KINDS, 0))
            of_year[row.subject_kind] = of_year.get(row.subject_kind, 0) + (row.hours or 0)
    return [
        {'year': str(year), **{kind: str(hours) for kind, hours in kinds.items()}, 'total': str(sum(kinds.values()))}
        for year, kinds in sorted(totals.items())
    ]


def _employer_opinion(application: Application) -> dict[str, Any]:
    """Return the employer's answers at 单位审核 of this submission (手册 §3.2), one text for each question."""
    step = rounds.newest(application, Stage.EMPLOYER_REVIEW, 'approve')
    asked = TRANSITIONS[Stage.EMPLOYER_REVIEW, 'approve'].asks
    data = step.data if step else {}
    return {
        'texts': [(field.label, said(data[field.name])) for field in asked if data.get(field.name) not in (None, '')],
        'opinion': step.opinion if step else '',
        'on': step.at.date() if step else None,
        'by': step.actor_name if step else '',
    }


def said(value: Any) -> str:
    """Return an answer of a step as text: a text itself, 是 or 否, or one line for each row of values."""
    if isinstance(value, bool):
        return '是' if value else '否'
    if isinstance(value, list):
        return '\n'.join('：'.join(map(str, row.values())) if isinstance(row, Mapping) else str(row) for row in value)
    return str(value)


def _review(session: Session, application: Application) -> dict[str, Any] | None:
    """Return the committee's vote, or None until the office has released it."""
    step = rounds.newest(application, Stage.EXPERT_REVIEW, 'pass', 'reject')
    if step is None or not access.is_released(application.stage):
        return None
    held = session.scalars(
        select(ReviewMeeting)
        .join(MeetingItem)
        .where(MeetingItem.application_id == application.id)
        .order_by(ReviewMeeting.id.desc())
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
    step, item = rounds.newest(application, Stage.APPROVAL, 'approve'), application.approval_item
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
