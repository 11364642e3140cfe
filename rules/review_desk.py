"""A reviewer's desk: opinion drafts, declarations set aside (暂缓), and the queue of a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from models.fields import Field, Kind, fields_of
from models.reviewing import ReviewDraft, SetAside
from models.sql import sent_keys
from rules import access
from rules.flow.bulk import BulkOutcome, outcome_of
from rules.flow.table import FLOW
from rules.flow.transition import Door, Transition
from rules.refusal import Refusal, Refused
from rules.validators import as_day

LONGEST_DRAFT = 20_000
"""Size limit of a draft in characters: field names, values, and one for each value. No real form exceeds it."""

NOTE = fields_of(SetAside)['note']
"""Question asked when a declaration is set aside."""

ASIDE: ColumnElement[bool] = exists().where(
    SetAside.application_id == Application.id, SetAside.at >= Application.entered_at
)
"""Condition: a declaration is set aside at its present stage."""


def action_of(row: Transition) -> str:
    """Return the name of an action at its stage, the key of its drafts."""
    return f'{row.source}.{row.action}'


class Typed(NamedTuple):
    """Typed values of a form and their save time; not an ORM row, because another request may delete the row."""

    typed: Mapping[str, list[str]]
    saved_at: datetime


def draft_of(session: Session, row: Transition, application: Application, account: Account) -> Typed | None:
    """Return the unsent draft of the account for this action, or None; a draft from before the present stage lapses.

    In a later round another person may have decided, and the text of the declaration may have changed.
    """
    kept = _kept(session, row, application, account)
    return Typed(kept.typed, kept.saved_at) if kept is not None and kept.saved_at >= application.entered_at else None


def _kept(session: Session, row: Transition, application: Application, account: Account) -> ReviewDraft | None:
    query = select(ReviewDraft).where(
        ReviewDraft.application_id == application.id,
        ReviewDraft.account_id == account.id,
        ReviewDraft.action == action_of(row),
    )
    return session.scalars(query).first()


def keep_draft(
    session: Session, row: Transition, application: Application, account: Account, typed: Mapping[str, list[str]]
) -> Typed:
    """Store typed values in place of earlier ones. Raises Refused if they exceed ``LONGEST_DRAFT``."""
    if sum(len(name) + sum(len(text) + 1 for text in texts) for name, texts in typed.items()) > LONGEST_DRAFT:
        raise Refused(Refusal('too_long', '填写的内容过长，未能保存'))
    draft = _kept(session, row, application, account)
    if draft is None:
        draft = ReviewDraft(application_id=application.id, account_id=account.id, action=action_of(row))
        session.add(draft)
    draft.typed, draft.saved_at = dict(typed), now()
    session.flush()
    return Typed(draft.typed, draft.saved_at)


def begun(
    session: Session, rows: Sequence[Transition], application: Application, account: Account
) -> Mapping[str, Any]:
    """Return the days and texts of the newest unsent draft among the forms of these actions.

    Empty answers are left out, except for ``opinion`` if the form does not complete it by itself.
    """
    drafts = [(draft, row) for row in rows if (draft := draft_of(session, row, application, account))]
    if not drafts:
        return {}
    draft, row = max(drafts, key=lambda each: each[0].saved_at)
    typed = {name: texts[0].strip() for name, texts in draft.typed.items() if texts}
    found = {field.name: _begun(field, typed.get(field.name, '')) for field in row.asks}
    open_texts = {} if row.completes else {'opinion': ''}
    return open_texts | {name: value for name, value in found.items() if value}


def _begun(field: Field, text: str) -> Any:
    return as_day(text) if field.kind is Kind.DAY else text


def drop_drafts(session: Session, application: Application) -> None:
    """Delete all drafts of a declaration, after it has moved to another stage."""
    session.execute(delete(ReviewDraft).where(ReviewDraft.application_id == application.id))


def works_on(account: Account, application: Application, on: date) -> bool:
    """Return true if the declaration is at a stage on which the account acts."""
    party = access.party_of(account, application, on)
    return any(row.source == application.stage and row.door == Door.PERSON and row.who == party for row in FLOW)


def set_aside(session: Session, account: Account, application: Application, note: str) -> None:
    """Set a declaration aside with a note. Raises Refused if it does not wait for the account or the note is empty."""
    _done_or_refused(set_all_aside(session, account, [application], note))


def take_back(session: Session, account: Account, application: Application) -> None:
    """Return a declaration that was set aside to the queue. Raises Refused unless it waits for the account."""
    _done_or_refused(take_all_back(session, account, [application]))


def _done_or_refused(outcomes: Sequence[BulkOutcome]) -> None:
    for each in outcomes:
        if each.refusal:
            raise Refused(each.refusal)


def set_all_aside(
    session: Session, account: Account, applications: Sequence[Application], note: str
) -> Sequence[BulkOutcome]:
    """Set declarations aside with one note, which replaces earlier notes; the caller commits.

    Declarations that do not wait for the account do not change; their outcome has a refusal. Raises Refused if the
    note is empty or too long.
    """
    if not note.strip() or len(note) > (NOTE.max_length or 0):
        raise Refused(Refusal('no_note', f'请写明暂缓的原因，不超过 {NOTE.max_length} 字'))
    outcomes = _forget(session, account, applications)
    keys = [each.application_id for each in outcomes if each.done]
    if keys:
        once = literal(account.id), literal(note.strip()), literal(now(), SetAside.at.type)
        anew = select(Application.id, *once).where(Application.id.in_(sent_keys(session, keys)))
        session.execute(insert(SetAside).from_select(['application_id', 'account_id', 'note', 'at'], anew))
    return outcomes


def take_all_back(session: Session, account: Account, applications: Sequence[Application]) -> Sequence[BulkOutcome]:
    """Return declarations to the queue; the caller commits. Those not waiting for the account get a refusal."""
    return _forget(session, account, applications)


def holdable(account: Account, applications: Sequence[Application]) -> Sequence[BulkOutcome]:
    """Return an outcome for each declaration: refused if it does not wait for the account."""
    today = now().date()
    return [
        outcome_of(each, None if works_on(account, each, today) else Refusal('not_yours', f'{each}不在您办理的环节'))
        for each in applications
    ]


def _forget(session: Session, account: Account, applications: Sequence[Application]) -> Sequence[BulkOutcome]:
    """Lock and reload the declarations, and delete the notes of those that wait for the account."""
    these = Application.id.in_(sent_keys(session, [each.id for each in applications]))
    locked = select(Application).where(these).order_by(Application.id).with_for_update(of=Application)
    session.scalars(locked.execution_options(populate_existing=True)).all()
    outcomes = holdable(account, applications)
    keys = sent_keys(session, [each.application_id for each in outcomes if each.done])
    gone = delete(SetAside).where(SetAside.application_id.in_(keys))
    session.execute(gone.execution_options(synchronize_session=False))
    for each in applications:
        session.expire(each, ['set_aside'])
    for known in session.identity_map.values():
        if isinstance(known, SetAside):
            session.expire(known)
    return outcomes


def aside(application: Application) -> SetAside | None:
    """Return the note if a declaration is set aside at its present stage, or None."""
    kept = application.set_aside
    return kept if kept is not None and kept.at >= application.entered_at else None


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Position of a declaration in the queue of its stage, and its neighbours by key.

    A declaration that is set aside has no position; ``number`` is None.
    """

    number: int | None
    total: int
    previous: int | None
    following: int | None


def find_queue_position(session: Session, application: Application, scope: ColumnElement[bool]) -> QueuePosition:
    """Return the position of a declaration in the queue of its stage, oldest first; those set aside are skipped."""
    waiting = and_(scope, Application.stage == application.stage, ~ASIDE, Application.id != application.id)
    entered, key = Application.entered_at, Application.id
    before = or_(entered < application.entered_at, and_(entered == application.entered_at, key < application.id))
    counted = select(func.count().filter(before), func.count()).where(waiting)
    ahead, others = session.execute(counted).one()
    previous = select(key).where(waiting, before).order_by(entered.desc(), key.desc()).limit(1)
    following = select(key).where(waiting, ~before).order_by(entered, key).limit(1)
    if aside(application):
        return QueuePosition(None, others, session.scalar(previous), session.scalar(following))
    return QueuePosition(ahead + 1, others + 1, session.scalar(previous), session.scalar(following))


def next_of(place: QueuePosition) -> int | None:
    """Return the declaration that opens after a decision: the next one, or at the end of the queue the previous one."""
    return place.following or place.previous
