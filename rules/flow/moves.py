"""What an action of the flow leaves behind: declarations at their new stage, a sealed step and messages for each.

One declaration or ten thousand take the same number of statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, inspect, update
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.sql import sent_keys
from rules import access, messages
from rules.flow import steps
from rules.flow.acts import Act

if TYPE_CHECKING:
    from rules.flow.workflow import Transition


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
    said: dict[int, Mapping[str, Any]] = {}  # many acts share their answers
    for act in acts:
        if id(act.data) not in said:
            said[id(act.data)] = step_said(row, actor, act.data)
    came_of_it = said[id(acts[0].data)]['authority'] + outcome(row.label, row.target)
    told_of = [
        (account.id, each.id, f'{each.applicant_name or "（未填姓名）"} {each.serial} {each.title}：{came_of_it}')
        for members in told
        for each in heads
        for account in members[each.id]
        if actor is None or account.id != actor.id
    ]
    steps.append_all(session, [(act.application, said[id(act.data)]) for act in acts], moment)
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


def step_said(row: Transition, actor: Account | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a step says, whichever declaration it is about."""
    kept = {name: _plain(value) for name, value in data.items() if name != 'opinion' and value not in (None, '', [])}
    return {
        'action': row.action,
        'label': row.label,
        'source': row.source,
        'target': row.target,
        'actor_id': actor.id if actor else None,
        'actor_name': actor.name if actor else '系统',
        'authority': access.authority(actor) if actor else '非税缴费平台',
        'opinion': str(data.get('opinion') or ''),
        'data': kept,
    }


def _plain(value: Any) -> Any:
    """A value as the record keeps it: rows as they are, anything else as text."""
    return value if isinstance(value, list | bool) else str(value)


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
