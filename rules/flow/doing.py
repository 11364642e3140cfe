"""Doing an action of the flow: ``do_all`` is the one door through which a stage changes.

It leaves declarations at their new stage, with a sealed step and messages for each; one declaration or ten thousand
take the same number of statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, inspect, select, update
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage, Step
from models.base import now
from models.sql import sent_keys
from rules import access, messages
from rules.flow import asking, steps
from rules.flow.table import TRANSITIONS
from rules.flow.transition import Act, Answers, Door, Lookups, Transition
from rules.refusal import Refusal, Refused, raise_for


def perform(
    session: Session,
    action: str,
    application: Application,
    actor: Account | None,
    *,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
    door: Door = Door.PERSON,
    source: Stage | None = None,
) -> Step | None:
    """Do one action of the flow; the caller commits. Answers with the step, or None when a draft was removed.

    ``version`` is what the actor saw, ``source`` the stage where the actor meant to act. ``actor`` is None for the
    payment gateway. Raises Refused (and Invalid for the answers) with nothing changed.
    """
    moment = now()
    session.execute(select(Application.id).where(Application.id == application.id).with_for_update())
    session.refresh(application)  # as it is now that no one else can change it
    row = _row_for(action, application, actor, door, source)
    lookups = Lookups(session)
    answers = Answers(dict(data or {}), row.asked_under(lookups.numbers(application)))
    act = Act(lookups, application, actor, moment.date(), answers, version)
    raise_for(do_all(row, [act], moment)[0])
    return application.steps[-1] if row.target else None


def do_all(row: Transition, acts: Sequence[Act], moment: datetime) -> Sequence[Refusal | None]:
    """The one door: do an action of one actor on declarations that are locked; the caller commits.

    Answers with why each is not done; the others are done together.
    """
    why = asking.refusals(row, acts)
    able = [act for act, refusal in zip(acts, why, strict=True) if refusal is None]
    if able:
        carry_out(row, _prepared(row, able), moment)
    return why


def _prepared(row: Transition, acts: Sequence[Act]) -> Sequence[Act]:
    """The acts with the words of each for what was left open, and with what is made once for all of them."""
    if row.completes is not None:
        acts = [replace(act, answers=act.answers.with_more(row.completes(act))) for act in acts]
    if row.prepare is None:
        return acts
    made = row.prepare(acts)
    return [replace(act, answers=act.answers.with_more(made)) for act in acts]


def _row_for(
    action: str, application: Application, actor: Account | None, door: Door, source: Stage | None
) -> Transition:
    row = TRANSITIONS.get((source or application.stage, action))
    if row is None or row.door != door:
        raise Refused(asking.elsewhere(application, actor))
    return row


def carry_out(row: Transition, acts: Sequence[Act], moment: datetime) -> None:
    """Do one action of one actor on declarations that are locked and that nothing refuses; the caller commits."""
    session, actor, on = acts[0].session, acts[0].actor, acts[0].on
    for effect in row.effects:
        effect(acts)
    session.flush()
    if row.target is None:
        return
    heads: list[Any] = [act.application for act in acts]
    told = [access.members(session, party, heads, on) for party in row.tells]
    shared = _shared(row, actor)
    came_of_it = shared['authority'] + outcome(row.label, row.target)
    told_of = [
        (account.id, each.id, f'{each.applicant_name or "（未填姓名）"} {each.serial} {each.title}：{came_of_it}')
        for members in told
        for each in heads
        for account in members[each.id]
        if actor is None or account.id != actor.id
    ]
    steps.append_all(session, shared, [(act.application, act.answers.words) for act in acts], moment)
    _move(session, row, [each.id for each in heads], moment)
    messages.send(session, told_of, moment)


def _move(session: Session, row: Transition, keys: Sequence[int], moment: datetime) -> None:
    changed: dict[str, Any] = {'result': row.result} if row.result else {}
    if row.action == 'submit':
        changed['submitted_at'] = moment
    if row.target and access.is_released(row.target):  # the applicant sees `updated_at`, which must reveal no result
        changed['updated_at'] = moment
    moved = session.execute(
        update(Application)
        .where(Application.id.in_(sent_keys(session, keys)), Application.stage == row.source)
        .values(stage=row.target, entered_at=moment, version=Application.version + 1, **changed)
        .execution_options(synchronize_session=False)
    )
    assert cast('CursorResult[Any]', moved).rowcount == len(keys), 'the rows are locked'
    of_these = {(key,) for key in keys}
    for known in session.identity_map.values():
        if isinstance(known, Application) and inspect(known).identity in of_these:
            session.expire(known)


def _shared(row: Transition, actor: Account | None) -> dict[str, Any]:
    """What the steps of one action say alike, whichever declarations they are about."""
    return {
        'action': row.action,
        'label': row.label,
        'source': row.source,
        'target': row.target,
        'actor_id': actor.id if actor else None,
        'actor_name': actor.name if actor else '系统',
        'authority': access.authority(actor) if actor else '非税缴费平台',
    }


DONE = {'不通过': '登记为不通过'}
"""What was done, where the word on the button does not tell."""


def done(label: str) -> str:
    """What was done by an action of that label."""
    return DONE.get(label, label)


def outcome(label: str, stage: Stage | None) -> str:
    """What was done and where that leads, as far as the reader may know; None where nothing is left."""
    if stage is None:
        return done(label)
    return f'{done(label)}，' + ('本次申报办结' if stage == Stage.CLOSED else f'现处「{stage.label}」')
