"""Hash chain over the steps of a declaration: the hash of each step covers the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Integer, String, func, insert, literal, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from models.application import Application, Step
from models.sql import sent, sent_keys

SHARED_COLUMNS = ('action', 'label', 'source', 'target', 'actor_id', 'actor_name', 'authority')
"""Columns that are equal in all steps of one action."""

ANSWER_COLUMNS: Mapping[str, TypeEngine[Any]] = {'opinion': String(), 'data': JSON()}
"""Columns that may differ by declaration, if answers contain placeholders."""

CHAIN_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    'application_id': Integer(),
    'number': Integer(),
    'revision': Integer(),
    'previous_hash': String(),
    'hash': String(),
}
"""Columns that always differ by declaration."""

SEALED = ('number', *SHARED_COLUMNS, *ANSWER_COLUMNS, 'revision')
"""Columns that the hash covers, besides the time and the previous hash."""


def digest(serial: str, step: Step) -> str:
    """Compute the hash of a step: SHA-256 over its content, the declaration's serial and the hash before."""
    return _hash(serial, {name: getattr(step, name) for name in SEALED}, step.previous_hash, step.at)


def _hash(serial: str, sealed: Mapping[str, Any], previous: str, at: datetime) -> str:
    content = {**sealed, 'serial': serial, 'previous': previous, 'at': at.astimezone(UTC).isoformat()}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(text.encode()).hexdigest()


def append_all(
    session: Session, shared: Mapping[str, Any], said: Sequence[tuple[Any, Mapping[str, Any]]], moment: datetime
) -> None:
    """Add one step at the end of each declaration's chain, in one statement.

    ``shared`` has the SHARED_COLUMNS; ``said`` has each declaration (id, serial, revision) with its ANSWER_COLUMNS.
    """
    ends, rows = _ends(session, [each.id for each, _words in said]), []
    for each, words in said:
        last, previous = ends.get(each.id, (0, ''))
        own = {'number': last + 1, 'revision': each.revision}
        sealed = _hash(each.serial, {**shared, **words, **own}, previous, moment)
        rows.append((each.id, last + 1, each.revision, previous, sealed, words['opinion'], words['data']))
    alike = all(words == said[0][1] for _each, words in said)  # equal answers are sent once
    own_columns = CHAIN_COLUMNS if alike else {**CHAIN_COLUMNS, **ANSWER_COLUMNS}
    once = {**shared, **said[0][1]} if alike else shared
    values = [literal(value, getattr(Step, name).type) for name, value in {**once, 'at': moment}.items()]
    made = select(*sent(session, [row[: len(own_columns)] for row in rows], **own_columns).c, *values)
    session.execute(insert(Step).from_select([*own_columns, *once, 'at'], made))


def _ends(session: Session, keys: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Read the number and the hash of the last step of each declaration."""
    later = aliased(Step)
    newest = select(func.max(later.number)).where(later.application_id == Step.application_id).scalar_subquery()
    found = select(Step.application_id, Step.number, Step.hash).where(
        Step.application_id.in_(sent_keys(session, keys)), Step.number == newest
    )
    return {key: (number, last) for key, number, last in session.execute(found)}


def broken(session: Session) -> Iterator[str]:
    """Yield a sentence for every declaration whose chain is broken or ends at another stage than the declaration's."""
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
