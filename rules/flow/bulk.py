"""One action on many declarations, in two beats: what can be done and what cannot and why; then the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from models.sql import sent_keys
from rules import access, opinion_templates, statutory, validators
from rules.flow.asking import refusals
from rules.flow.doing import do_all
from rules.flow.transition import Act, Answers, Lookups, Transition
from rules.refusal import Invalid, Refusal


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

    @property
    def line(self) -> list[str]:
        """What a result keeps of the row."""
        return [self.serial, self.name, self.title, self.refusal.sentence if self.refusal else '']


def outcome_of(application: Any, refusal: Refusal | None) -> Outcome:
    """What is told of one declaration."""
    title = f'{application.title} · {application.speciality}'
    return Outcome(application.id, application.serial, application.applicant_name, title, refusal)


def preflight(
    session: Session,
    row: Transition,
    applications: Sequence[Application],
    actor: Account,
    data: Mapping[str, Any] | None = None,
    lookups: Lookups | None = None,
) -> list[Outcome]:
    """The first beat: every chosen declaration with *can* or *cannot and why*, by the answers known so far.

    Who asks more than once gives the ``lookups`` in which what was read of them is kept.
    """
    today, lookups = now().date(), lookups or Lookups(session)
    lookups.asked |= dict.fromkeys(each.id for each in applications)
    given = data or {}
    answers_of = _worded(row, lookups, given, frozenset(given))
    acts = [Act(lookups, each, actor, today, answers_of(each), many=True) for each in applications]
    why = refusals(row, acts)
    return [outcome_of(act.application, no) for act, no in zip(acts, why, strict=True)]


def run(
    session: Session, row: Transition, seen: Mapping[int, int | None], actor: Account, data: Mapping[str, Any]
) -> list[Outcome]:
    """The second beat, on the declarations whose keys and seen versions are given; the caller commits the whole.

    Those outside the actor's scope are left out; all others are moved together, or told why they are not. Paragraphs
    of the answers may hold placeholders for each one's own words, which are held to the bounds of the field as well.
    Raises Invalid when the answers cannot be taken as they were given.
    """
    errors = validators.form_problems(row.asked_under(statutory.lowest_of_all(session)), data)
    if errors:
        raise Invalid(errors)
    moment, lookups = now(), Lookups(session, seen)
    answers_of = _worded(row, lookups, data)
    whole = looks_further(row) or opinion_templates.placeholders(row.asks, data)
    locked = _locked(session, row, seen, actor, moment.date(), whole=whole)
    acts = [Act(lookups, each, actor, moment.date(), answers_of(each), seen[each.id], many=True) for each in locked]
    told = [outcome_of(act.application, None) for act in acts]  # what has moved would be read anew
    why = do_all(row, acts, moment)
    both = zip(told, why, strict=True)
    outcomes = {each.application_id: replace(each, refusal=no) if no else each for each, no in both}
    return [outcomes[key] for key in seen if key in outcomes]


def _worded(
    row: Transition, lookups: Lookups, given: Mapping[str, Any], names: frozenset[str] | None = None
) -> Callable[[Application], Answers]:
    """Make the answers for each declaration, to all the questions or to those with these names.

    Declarations that are judged by the same numbers share one object, unless placeholders stand for each one's words.
    """
    own_words = opinion_templates.placeholders(row.asks, given)
    shared: dict[tuple[int, ...], Answers] = {}

    def answers_of(each: Application) -> Answers:
        numbers = lookups.numbers(each)
        if not own_words and (known := shared.get(tuple(numbers.values()))):
            return known
        asked = tuple(field for field in row.asked_under(numbers) if names is None or field.name in names)
        if own_words:
            return Answers(opinion_templates.filled_answers(asked, given, each), asked)
        return shared.setdefault(tuple(numbers.values()), Answers(given, asked))

    return answers_of


def looks_further(row: Transition) -> bool:
    """Whether an action looks at more of a declaration than its own columns, or does more than move it."""
    return bool(row.guards or row.effects or row.prepare)


HEAD = (
    Application.id, Application.version, Application.stage, Application.revision, Application.serial,
    Application.applicant_name, Application.title, Application.speciality, Application.applicant_id,
    Application.employer_id, Application.committee_id,
)  # fmt: skip
"""What moving a declaration reads of it; a row of these is read much faster than a declaration."""


def _locked(
    session: Session, row: Transition, seen: Mapping[int, int | None], actor: Account, on: date, *, whole: bool
) -> Iterator[Any]:
    """The declarations of the actor's scope, held against everyone else; bare heads where these are enough."""
    query: Any = select(Application) if whole else select(*HEAD)
    mine = query.where(Application.id.in_(sent_keys(session, seen)), access.scope(actor, Application, on))
    locked = mine.order_by(Application.id).with_for_update(of=Application)
    if whole:
        found: Any = session.scalars(locked.execution_options(populate_existing=True)).all()
    else:
        found = session.connection().execute(locked).all()
    for each in found:
        as_seen = each.stage == row.source and seen[each.id] in (None, each.version)
        # why it is no longer as it was seen takes the whole declaration to tell
        yield each if whole or as_seen else session.get_one(Application, each.id, populate_existing=True)
