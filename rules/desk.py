"""A reviewer's desk: opinions begun and kept, declarations set aside (暂缓), and the queue that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from models.desk import ReviewDraft, SetAside
from rules import access, workflow
from rules.refusal import Refusal, Refused
from rules.workflow import Door, Transition

LONGEST_DRAFT = 20_000
"""Characters that a kept form may hold; more is no form of ours."""

ASIDE: ColumnElement[bool] = exists().where(
    SetAside.application_id == Application.id, SetAside.at >= Application.entered_at
)
"""Whether a declaration is set aside at its present stage."""


def action_of(row: Transition) -> str:
    """The name of an action at its stage, under which drafts are kept."""
    return f'{row.source}.{row.action}'


def draft_of(session: Session, row: Transition, application: Application, account: Account) -> ReviewDraft | None:
    """What the account has typed into the form of this action and not sent; what was typed in an earlier round lapses.

    By then another may have decided, and what was written of the declaration is of what it said before.
    """
    kept = _kept(session, row, application, account)
    return kept if kept is not None and kept.saved_at >= application.entered_at else None


def _kept(session: Session, row: Transition, application: Application, account: Account) -> ReviewDraft | None:
    query = select(ReviewDraft).where(
        ReviewDraft.application_id == application.id,
        ReviewDraft.account_id == account.id,
        ReviewDraft.action == action_of(row),
    )
    return session.scalars(query).first()


def keep_draft(
    session: Session, row: Transition, application: Application, account: Account, typed: Mapping[str, list[str]]
) -> ReviewDraft:
    """Keep what was typed, replacing what was kept before. Raises Refused when it is too long for any form."""
    if sum(len(text) for texts in typed.values() for text in texts) > LONGEST_DRAFT:
        raise Refused(Refusal('too_long', '填写的内容过长，未能保存'))
    draft = _kept(session, row, application, account)
    if draft is None:
        draft = ReviewDraft(application_id=application.id, account_id=account.id, action=action_of(row))
        session.add(draft)
    draft.typed, draft.saved_at = dict(typed), now()
    session.flush()
    return draft


def drop_drafts(session: Session, application: Application) -> None:
    """Forget what anyone has typed of a declaration once it has moved on."""
    session.execute(delete(ReviewDraft).where(ReviewDraft.application_id == application.id))


def works_on(account: Account, application: Application, on: date) -> bool:
    """Whether the declaration waits for the account to act."""
    return any(
        row.source == application.stage
        and row.door == Door.PERSON
        and access.acts_for(row.who, account, application, on)
        for row in workflow.FLOW
    )


def set_aside(session: Session, account: Account, application: Application, note: str) -> None:
    """Set a declaration aside with a note. Raises Refused when it does not wait for the account or nothing is noted."""
    if not works_on(account, application, now().date()):
        raise Refused(Refusal('not_yours', f'{application}不在您办理的环节，不能暂缓'))
    if not note.strip() or len(note) > 200:
        raise Refused(Refusal('no_note', '请写明暂缓的原因，不超过 200 字'))
    kept = application.set_aside or SetAside(application=application)
    kept.account_id, kept.note, kept.at = account.id, note.strip(), now()
    session.add(kept)
    session.flush()


def take_back(session: Session, account: Account, application: Application) -> None:
    """Put a declaration that was set aside back into the queue. Raises Refused unless it waits for the account."""
    if not works_on(account, application, now().date()):
        raise Refused(Refusal('not_yours', f'{application}不在您办理的环节'))
    if application.set_aside is not None:
        session.delete(application.set_aside)
        session.flush()


def aside(application: Application) -> SetAside | None:
    """The note with which a declaration is set aside now; one of an earlier stage or round has lapsed."""
    kept = application.set_aside
    return kept if kept is not None and kept.at >= application.entered_at else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a declaration stands among those that wait at its stage, and its neighbours by key."""

    number: int
    total: int
    previous: int | None
    following: int | None


def place_of(session: Session, application: Application, scope: ColumnElement[bool]) -> Place:
    """Where a declaration stands in the queue of its stage, oldest first; what is set aside is skipped."""
    waiting = and_(scope, Application.stage == application.stage, ~ASIDE, Application.id != application.id)
    entered, key = Application.entered_at, Application.id
    before = or_(entered < application.entered_at, and_(entered == application.entered_at, key < application.id))
    counted = select(func.count().filter(before), func.count()).where(waiting)
    ahead, others = session.execute(counted).one()
    previous = select(key).where(waiting, before).order_by(entered.desc(), key.desc()).limit(1)
    following = select(key).where(waiting, ~before).order_by(entered, key).limit(1)
    return Place(ahead + 1, others + 1, session.scalar(previous), session.scalar(following))


def next_of(place: Place) -> int | None:
    """What opens after a decision: the one behind, or from the end of the queue the one before."""
    return place.following or place.previous
