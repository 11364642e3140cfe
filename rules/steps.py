"""The hash chain over the steps of a declaration: each step seals the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.application import Application, Step

SEALED = (
    'number', 'action', 'label', 'source', 'target', 'actor_id', 'actor_name', 'authority', 'opinion', 'data',
    'revision',
)  # fmt: skip


def digest(serial: str, step: Step) -> str:
    """The seal of a step: SHA-256 over what it says, the declaration's serial and the seal before."""
    return seal(serial, {name: getattr(step, name) for name in SEALED}, step.at, step.previous_hash)


def seal(serial: str, said: Mapping[str, Any], at: datetime, previous: str) -> str:
    """The seal over what a step says."""
    sealed = {**said, 'serial': serial, 'at': at.astimezone(UTC).isoformat(), 'previous': previous}
    canonical = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(canonical.encode()).hexdigest()


def append(session: Session, application: Application, step: Step) -> Step:
    """Add a step at the end of the chain."""
    last = application.steps[-1] if application.steps else None
    step.number = last.number + 1 if last else 1
    step.previous_hash = last.hash if last else ''
    step.hash = digest(application.serial, step)
    application.steps.append(step)
    session.flush()
    return step


def append_all(session: Session, applications: Sequence[Any], said: Mapping[str, Any], moment: datetime) -> None:
    """Add the same step at the end of the chain of many declarations, each known by id, serial and revision."""
    ends: dict[int, tuple[int, str]] = {}
    keys = [each.id for each in applications]
    chains = select(Step.application_id, Step.number, Step.hash).where(Step.application_id.in_(keys))
    for key, number, last in session.execute(chains.order_by(Step.application_id, Step.number)):
        ends[key] = number, last
    rows = []
    for each in applications:
        number, previous = ends.get(each.id, (0, ''))
        sealed = {**said, 'number': number + 1, 'revision': each.revision}
        made = seal(each.serial, sealed, moment, previous)
        rows.append({**sealed, 'application_id': each.id, 'at': moment, 'previous_hash': previous, 'hash': made})
    session.execute(insert(Step), rows)


def broken(session: Session) -> Iterator[str]:
    """A sentence for every declaration whose chain does not hold or does not end where the declaration is."""
    rows = session.execute(
        select(Step, Application.serial, Application.stage)
        .join(Application)
        .order_by(Step.application_id, Step.number)
        .execution_options(yield_per=1000)
    )
    for serial, group in groupby(rows, key=lambda row: row.serial):
        previous = ''
        for number, (step, _serial, stage) in enumerate(group, 1):
            if step.number != number or step.previous_hash != previous or step.hash != digest(serial, step):
                yield f'{serial}：第 {number} 条办理记录与校验值不符'
                break
            previous, target, now_at = step.hash, step.target, stage
        else:
            if target != now_at:
                yield f'{serial}：现处 {now_at}，最后一条办理记录却到 {target}'
    bare = select(Application.serial).where(
        Application.stage != 'draft', ~select(Step.id).where(Step.application_id == Application.id).exists()
    )
    for serial in session.scalars(bare):
        yield f'{serial}：已离开草稿，却没有办理记录'
