"""One action on many declarations, in two beats: what can be done and what cannot and why; then the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from rules import opinions, validators
from rules.acts import Lookups
from rules.refusal import Invalid, Refusal, Refused
from rules.workflow import Transition, perform, refusal_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of a pre-flight or of a result: the declaration, and why not when it was refused."""

    application_id: int
    serial: str
    name: str
    title: str
    refusal: Refusal | None

    @property
    def done(self) -> bool:
        """Whether the row can be done, or was done."""
        return self.refusal is None


def _outcome(application: Application, refusal: Refusal | None) -> Outcome:
    title = f'{application.title} · {application.speciality}'
    return Outcome(application.id, application.serial, application.applicant_name, title, refusal)


def preflight(session: Session, row: Transition, applications: Sequence[Application], actor: Account) -> list[Outcome]:
    """The first beat: every chosen declaration with *can* or *cannot and why*."""
    today, lookups = now().date(), Lookups(session)
    return [_outcome(each, refusal_of(lookups, row, each, actor, today)) for each in applications]


def run(
    session: Session,
    row: Transition,
    applications: Sequence[Application],
    actor: Account,
    versions: Mapping[int, int],
    data: Mapping[str, Any],
) -> list[Outcome]:
    """The second beat: each declaration in its own savepoint; the caller commits the whole.

    ``versions`` holds what the actor saw of each; placeholders in the answers are filled by each one's own words.
    Raises Invalid when the answers themselves cannot be taken.
    """
    errors = validators.form_problems(row.asks, data)
    if errors:
        raise Invalid(errors)
    today, lookups = now().date(), Lookups(session)
    able = [each for each in applications if refusal_of(lookups, row, each, actor, today) is None]
    if row.prepare and able:
        data = row.prepare(session, able, data, today)
    return [_attempt(session, row, each, actor, versions.get(each.id), data) for each in applications]


def _attempt(
    session: Session,
    row: Transition,
    application: Application,
    actor: Account,
    version: int | None,
    data: Mapping[str, Any],
) -> Outcome:
    try:
        with session.begin_nested():
            worded = opinions.filled_answers(row.asks, data, application)
            perform(session, row.action, application, actor, version=version, data=worded, source=row.source)
    except Refused as refused:
        return _outcome(application, refused.refusal)
    return _outcome(application, None)
