"""One action on many declarations, in two beats: what can be done and what cannot and why; then the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from models.record import Message
from rules import access, opinions, steps, validators
from rules.access import Party
from rules.acts import Lookups
from rules.refusal import Invalid, Refusal, Refused
from rules.workflow import Transition, message_text, perform, refusal_of, seen_refusal, step_said


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


def _outcome(application: Any, refusal: Refusal | None) -> Outcome:
    title = f'{application.title} · {application.speciality}'
    return Outcome(application.id, application.serial, application.applicant_name, title, refusal)


def preflight(session: Session, row: Transition, applications: Sequence[Application], actor: Account) -> list[Outcome]:
    """The first beat: every chosen declaration with *can* or *cannot and why*."""
    today, lookups = now().date(), Lookups(session)
    return [_outcome(each, refusal_of(lookups, row, each, actor, today)) for each in applications]


def run(
    session: Session, row: Transition, seen: Mapping[int, int | None], actor: Account, data: Mapping[str, Any]
) -> list[Outcome]:
    """The second beat, on the declarations whose keys and seen versions are given; the caller commits the whole.

    Those outside the actor's scope are left out. Where an action only moves a declaration, many are moved at once;
    where it does more, or the answers hold placeholders for each one's own words, each is done in its own savepoint.
    Raises Invalid when the answers themselves cannot be taken.
    """
    errors = validators.form_problems(row.asks, data)
    if errors:
        raise Invalid(errors)
    if only_moves(row) and not opinions.placeholders(row.asks, data):
        return _together(session, row, seen, actor, data)
    today, lookups = now().date(), Lookups(session)
    applications = access.find_all(session, actor, Application, list(seen), today)
    able = [each for each in applications if refusal_of(lookups, row, each, actor, today) is None]
    if row.prepare and able:
        data = row.prepare(session, able, data, today)
    return [_attempt(session, row, each, actor, seen[each.id], data) for each in applications]


def only_moves(row: Transition) -> bool:
    """Whether an action asks nothing of a declaration but its stage, and does no more than move it, record and tell."""
    does_more = row.guards or row.effects or row.prepare or row.action == 'submit'
    return row.target is not None and not does_more


HEAD = (
    Application.id, Application.version, Application.stage, Application.revision, Application.serial,
    Application.applicant_name, Application.title, Application.speciality, Application.applicant_id,
    Application.employer_id, Application.committee_id,
)  # fmt: skip
"""What moving a declaration reads of it."""


def _together(
    session: Session, row: Transition, seen: Mapping[int, int | None], actor: Account, data: Mapping[str, Any]
) -> list[Outcome]:
    """Move many declarations by as many statements as one takes. What ``perform`` asks of one is asked of each."""
    moment = now()
    mine = select(*HEAD).where(Application.id.in_(seen), access.scope(actor, Application, moment.date()))
    locked = mine.order_by(Application.id).with_for_update(of=Application)
    found = session.execute(locked)
    order = {key: place for place, key in enumerate(seen)}
    rows: list[Any] = sorted(found, key=lambda each: order[each.id])
    lookups, acts = Lookups(session), _acts(row, actor, moment.date())
    refusals: dict[int, Refusal] = {}
    for each in rows:
        if each.stage != row.source or each.version != (seen[each.id] or each.version) or not acts(each):
            refusal = _refusal(lookups, row, each, actor, seen[each.id], moment.date())
            if refusal:
                refusals[each.id] = refusal
    able = [each for each in rows if each.id not in refusals]
    if able:
        _move(session, row, able, actor, data, moment)
    return [_outcome(each, refusals.get(each.id)) for each in rows]


def _acts(row: Transition, actor: Account, on: date) -> Callable[[Any], bool]:
    """Whether the actor acts for the row's party in a declaration, asked once for all that are alike."""
    known: dict[tuple[Any, ...], bool] = {}

    def acts(each: Any) -> bool:
        alike = each.applicant_id if row.who == Party.APPLICANT else None, each.employer_id, each.committee_id
        if alike not in known:
            known[alike] = access.acts_for(row.who, actor, each, on)
        return known[alike]

    return acts


def _refusal(
    lookups: Lookups, row: Transition, each: Any, actor: Account, version: int | None, on: date
) -> Refusal | None:
    """Why one declaration is not moved, in the words of the flow."""
    application = lookups.session.get_one(Application, each.id, populate_existing=True)
    return refusal_of(lookups, row, application, actor, on) or seen_refusal(application, actor, version)


def _move(
    session: Session, row: Transition, able: Sequence[Any], actor: Account, data: Mapping[str, Any], moment: datetime
) -> None:
    """One UPDATE, one INSERT of the steps, one of the messages."""
    keys = [each.id for each in able]
    told = {party: access.members_of_all(session, party, able, moment.date()) for party in row.tells}
    moved = session.execute(
        update(Application)
        .where(Application.id.in_(keys), Application.stage == row.source)
        .values(
            stage=row.target, entered_at=moment, version=Application.version + 1,
            **({'result': row.result} if row.result else {}),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    assert cast('CursorResult[Any]', moved).rowcount == len(keys), 'the rows are locked'
    said = step_said(row, actor, data)
    steps.append_all(session, able, said, moment)
    messages = [
        {
            'account_id': account.id, 'application_id': each.id, 'at': moment,
            'text': message_text(row, each, said['authority']),
        }
        for members in told.values()
        for each in able
        for account in members[each.id]
        if account.id != actor.id
    ]  # fmt: skip
    if messages:
        session.execute(insert(Message), messages)
    for known in session.identity_map.values():
        if isinstance(known, Application):
            session.expire(known)


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
