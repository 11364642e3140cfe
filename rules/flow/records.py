"""办理记录 on screen: each answer under its question, each remark with the section that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage, Step
from models.fields import Field
from models.review import MeetingItem, ReviewMeeting
from rules import access, remarks, validators
from rules.flow import questions
from rules.flow.table import TRANSITIONS

MEETING_HELD = Field('session', '评审会议')
"""Field for the name of the session in a step that closed it; only papers show the vote count."""


@dataclass(frozen=True, slots=True)
class Record:
    """Step with the answers by label and the remarks by place that the reader may see."""

    step: Step
    answers: Sequence[tuple[str, str]] = ()
    remarks: Sequence[tuple[str, str]] = ()

    @property
    def says(self) -> bool:
        """Return true if the record has answers or remarks."""
        return bool(self.answers or self.remarks)


def list_records(account: Account, application: Application) -> list[Record]:
    """Return the records of a declaration that an account may see, newest first."""
    return [_record(account, application, step) for step in reversed(access.steps_seen(account, application))]


def list_review_results(session: Session, account: Account, application: Application) -> list[tuple[str, str]]:
    """Return 专家评审结果 (手册 第五章 5) by label, as far as the account may see it; empty before the result."""
    steps = [step for step in access.steps_seen(account, application) if step.source == Stage.EXPERT_REVIEW]
    if not steps:
        return []
    of = MeetingItem.application_id == application.id
    held = select(ReviewMeeting.held_on).join(MeetingItem).where(of).order_by(ReviewMeeting.id.desc())
    held_on = session.scalars(held).first() or steps[-1].at.date()
    result = '通过' if steps[-1].action == 'pass' else '不通过'
    return [
        ('评审结果', result),
        (MEETING_HELD.label, steps[-1].data.get('session', '')),
        ('会议日期', f'{held_on:%Y-%m-%d}'),
    ]


def _record(account: Account, application: Application, step: Step) -> Record:
    row = TRANSITIONS.get((step.source, step.action))
    if not access.reads_answers(account, step, row.tells if row else ()):
        return Record(step)
    asked = (*(row.asks if row else questions.OPINION), MEETING_HELD)
    said: Mapping[str, Any] = {**step.data, 'opinion': step.opinion}
    read = (field for field in asked if field is not questions.REMARKS and access.reads_field(account, field))
    texts = ((field.label, _shown(field, said.get(field.name))) for field in read)
    answers = tuple((label, text) for label, text in texts if text)
    return Record(step, answers, _remarks(account, application, step))


def _shown(field: Field, value: Any) -> str:
    """Return a stored answer as text by its question; phone numbers are masked."""
    known = field.parsed(value) if isinstance(value, str) and value else value
    return validators.masked(field, field.shown(known))


def _remarks(account: Account, application: Application, step: Step) -> tuple[tuple[str, str], ...]:
    said = remarks.readable(account, step.data.get(questions.REMARKS.name, []))
    places = remarks.places(account, application) if said else {}
    return tuple((places.get(each.place) or remarks.gone(each), each.remark) for each in said)
