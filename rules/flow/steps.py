"""The hash chain over the steps of a declaration: each step seals the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Integer, String, func, insert, literal, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from models.application import Application, Step
from models.sql import sent, sent_keys

SEALED = (
    'number', 'action', 'label', 'source', 'target', 'actor_id', 'actor_name', 'authority', 'opinion', 'data',
    'revision',
)  # fmt: skip


OWN_WORDS = ('number', 'previous', 'revision', 'serial')
"""What a seal covers that is each declaration's own, in the order of the canonical form; no text needs escaping."""

GAP = '\0'
CHAIN: Mapping[str, TypeEngine[Any]] = {
    'application_id': Integer(), 'number': Integer(), 'revision': Integer(), 'previous_hash': String(),
    'hash': String(),
}  # fmt: skip
"""What every step has of its own."""

WORDS: Mapping[str, TypeEngine[Any]] = {'opinion': String(), 'data': JSON()}
"""What may be said of each declaration in its own words."""

SHARED = ('action', 'label', 'source', 'target', 'actor_id', 'actor_name', 'authority')
"""What the steps of one action on many declarations say alike."""


def digest(serial: str, step: Step) -> str:
    """The seal of a step: SHA-256 over what it says, the declaration's serial and the seal before."""
    own = {'serial': serial, 'previous': step.previous_hash}
    said = {name: getattr(step, name) for name in SEALED}
    return hashlib.sha256(_canonical({**said, **own}, step.at).encode()).hexdigest()


def _canonical(sealed: Mapping[str, Any], at: datetime) -> str:
    """What is sealed, as the one text that a seal is made of."""
    said = {**sealed, 'at': at.astimezone(UTC).isoformat()}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(',', ':'))


def sealing(said: Mapping[str, Any], at: datetime) -> Callable[[str, int, int, str], str]:
    """Seals the same words on any number of declarations, by serial, number, revision and the seal before.

    The text of ``digest`` with what is each declaration's own left open, so that the rest is written but once.
    """
    canonical = _canonical({**said, **dict.fromkeys(OWN_WORDS, GAP)}, at)
    parts = [part.encode() for part in canonical.split(json.dumps(GAP))]
    assert len(parts) == 5, 'nobody can have typed the gap'
    first, second, third, fourth, last = parts

    def seal(serial: str, number: int, revision: int, previous: str) -> str:
        own = b'%b%d%b"%b"%b%d%b"%b"%b' % (
            first, number, second, previous.encode(), third, revision, fourth, serial.encode(), last,
        )  # fmt: skip
        return hashlib.sha256(own).hexdigest()

    return seal


def append_all(session: Session, said: Sequence[tuple[Any, Mapping[str, Any]]], moment: datetime) -> None:
    """Add a step at the end of the chain of each declaration (known by id, serial and revision) with what it says."""
    keys, later = sent_keys(session, (each.id for each, _said in said)), aliased(Step)
    newest = select(func.max(later.number)).where(later.application_id == Step.application_id).scalar_subquery()
    ends = select(Step.application_id, Step.number, Step.hash)
    chains = session.execute(ends.where(Step.application_id.in_(keys), Step.number == newest))
    known = {key: (number, last) for key, number, last in chains}
    sealings: dict[int, Callable[[str, int, int, str], str]] = {}
    alike = len({id(says) for _each, says in said}) == 1
    rows: list[tuple[Any, ...]] = []
    for each, says in said:
        number, previous = known.get(each.id, (0, ''))
        seal = sealings.get(id(says)) or sealings.setdefault(id(says), sealing(says, moment))
        chain = each.id, number + 1, each.revision, previous, seal(each.serial, number + 1, each.revision, previous)
        rows.append(chain if alike else (*chain, says['opinion'], says['data']))
    own = CHAIN if alike else {**CHAIN, **WORDS}
    shared = (*SHARED, *WORDS) if alike else SHARED
    once = [literal(said[0][1][name], getattr(Step, name).type) for name in shared]
    at = literal(moment, Step.at.type)
    made = select(*sent(session, rows, **own).c, *once, at)
    session.execute(insert(Step).from_select([*own, *shared, 'at'], made))


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
