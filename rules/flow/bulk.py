"""One action on many declarations: a pre-flight check of each declaration, then the run."""

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
from models.fields import Field
from models.sql import sent_keys
from rules import access, opinion_templates, statutory, validators
from rules.flow.asking import refusals
from rules.flow.doing import do_all
from rules.flow.transition import Act, Answers, Lookups, Transition
from rules.refusal import Invalid, Refusal


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """Row of a pre-flight or of a result: the declaration, and its refusal if there is one."""

    application_id: int
    serial: str
    name: str
    title: str
    refusal: Refusal | None

    @property
    def done(self) -> bool:
        """Return true if the action can be done, or was done."""
        return self.refusal is None

    @property
    def line(self) -> list[str]:
        """Return the row of the file of results."""
        return [self.serial, self.name, self.title, self.refusal.sentence if self.refusal else '']


def outcome_of(application: Any, refusal: Refusal | None) -> BulkOutcome:
    """Return the outcome of one declaration."""
    title = f'{application.title} · {application.speciality}'
    return BulkOutcome(application.id, application.serial, application.applicant_name, title, refusal)


def preflight(
    session: Session,
    row: Transition,
    applications: Sequence[Application],
    actor: Account,
    data: Mapping[str, Any] | None = None,
    lookups: Lookups | None = None,
) -> list[BulkOutcome]:
    """Return the outcome that each declaration would have, by the answers given so far.

    A caller that asks several times passes ``lookups``, which caches the queries.
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
) -> list[BulkOutcome]:
    """Do the action on the declarations in ``seen`` (key to version on the page); the caller commits.

    Declarations outside the actor's scope are left out. Paragraphs of the answers may contain placeholders (意见模板);
    the filled text is checked against the field as well. Raises Invalid if the answers themselves are wrong.
    """
    errors = validators.form_problems(row.asked_under(statutory.lowest_of_all(session)), data)
    if errors:
        raise Invalid(errors)
    moment, lookups = now(), Lookups(session, seen)
    answers_of = _worded(row, lookups, data)
    whole = looks_further(row) or _differ(row.asks, data)
    locked = _locked(session, row, seen, actor, moment.date(), whole=whole)
    acts = [Act(lookups, each, actor, moment.date(), answers_of(each), seen[each.id], many=True) for each in locked]
    told = [outcome_of(act.application, None) for act in acts]  # before do_all: SQLAlchemy reloads each moved row
    why = do_all(row, acts, moment)
    both = zip(told, why, strict=True)
    outcomes = {each.application_id: replace(each, refusal=no) if no else each for each, no in both}
    return [outcomes[key] for key in seen if key in outcomes]


def _worded(
    row: Transition, lookups: Lookups, given: Mapping[str, Any], names: frozenset[str] | None = None
) -> Callable[[Application], Answers]:
    """Return a function from declaration to answers, to all the questions or to those with these names.

    Declarations with the same statutory numbers share one object, unless words or bounds differ.
    """
    asks = tuple(field for field in row.asks if names is None or field.name in names)
    differ = _differ(asks, given)
    shared: dict[tuple[int, ...], Answers] = {}

    def answers_of(each: Application) -> Answers:
        numbers = lookups.numbers(each)
        if differ:
            asked = tuple(field.under(numbers).bounded_for(each) for field in asks)
            return Answers(opinion_templates.filled_answers(asked, given, each), asked)
        values = tuple(numbers.values())
        if values not in shared:
            shared[values] = Answers(given, tuple(field.under(numbers) for field in asks))
        return shared[values]

    return answers_of


def _differ(asked: tuple[Field, ...], given: Mapping[str, Any]) -> bool:
    """Return true if the words of the answers, or the bounds of the questions, depend on the declaration."""
    return bool(opinion_templates.placeholders(asked, given)) or any(field.bounds for field in asked)


def looks_further(row: Transition) -> bool:
    """Return true if the action needs more of a declaration than the columns in MOVED_COLUMNS."""
    return bool(row.guards or row.effects or row.prepare)


MOVED_COLUMNS = (
    Application.id,
    Application.version,
    Application.stage,
    Application.revision,
    Application.serial,
    Application.applicant_name,
    Application.title,
    Application.speciality,
    Application.applicant_id,
    Application.employer_id,
    Application.committee_id,
)
"""Columns that moving a declaration needs; reading them is much faster than loading the object."""


def _locked(
    session: Session, row: Transition, seen: Mapping[int, int | None], actor: Account, on: date, *, whole: bool
) -> Iterator[Any]:
    """Lock the declarations within the actor's scope with SELECT … FOR UPDATE; bare columns unless ``whole``."""
    query: Any = select(Application) if whole else select(*MOVED_COLUMNS)
    mine = query.where(Application.id.in_(sent_keys(session, seen)), access.scope(actor, Application, on))
    locked = mine.order_by(Application.id).with_for_update(of=Application)
    if whole:
        found: Any = session.scalars(locked.execution_options(populate_existing=True)).all()
    else:
        found = session.connection().execute(locked).all()
    for each in found:
        as_seen = each.stage == row.source and seen[each.id] in (None, each.version)
        # a refusal names the last step, which needs the object
        yield each if whole or as_seen else session.get_one(Application, each.id, populate_existing=True)
