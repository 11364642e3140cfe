"""Actions of the flow: only ``do_all`` changes a stage.

It writes the new stage, a step and the messages of every declaration, with the same number of SQL statements for one
declaration as for ten thousand.
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
    """Do one action on one declaration; the caller commits. Returns the step, or None if a draft was deleted.

    ``version`` and ``source`` are the version and the stage on the actor's page. ``actor`` is None for the payment
    gateway. Raises Refused, or Invalid for wrong answers, with nothing changed.
    """
    moment = now()
    session.execute(select(Application.id).where(Application.id == application.id).with_for_update())
    session.refresh(application)  # newest state; the row is locked
    row = _row_for(action, application, actor, door, source)
    lookups = Lookups(session)
    answers = Answers(dict(data or {}), row.asked_of(application, lookups.numbers(application)))
    act = Act(lookups, application, actor, moment.date(), answers, version)
    raise_for(do_all(row, [act], moment)[0])
    return application.steps[-1] if row.target else None


def do_all(row: Transition, acts: Sequence[Act], moment: datetime) -> Sequence[Refusal | None]:
    """Do an action of one actor on locked declarations; the caller commits.

    Returns the refusal of each act, or None for each that was done.
    """
    why = asking.refusals(row, acts)
    able = [act for act, refusal in zip(acts, why, strict=True) if refusal is None]
    if able:
        _carry_out(row, _prepared(row, able), moment)
    return why


def _prepared(row: Transition, acts: Sequence[Act]) -> Sequence[Act]:
    """Complete the answers: default wording of each declaration, then the shared result of ``row.prepare``."""
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


def _carry_out(row: Transition, acts: Sequence[Act], moment: datetime) -> None:
    """Run the effects, write the steps, move the stages and queue the messages of acts that were not refused."""
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
    """Return the columns that are equal in all steps of one action."""
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
"""Words for a finished action by its button label, if the label itself does not express it."""


def done(label: str) -> str:
    """Return the words for a finished action with this label."""
    return DONE.get(label, label)


def outcome(label: str, stage: Stage | None) -> str:
    """Return the finished action and the new stage that the reader may see; ``stage`` is None for a deleted draft."""
    if stage is None:
        return done(label)
    return f'{done(label)}，' + ('本次申报办结' if stage == Stage.CLOSED else f'现处「{stage.label}」')
