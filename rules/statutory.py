"""Statutory numbers that apply to one declaration: those of its call, on the day of its first submission.

The numbers of today apply to a draft. From its first submission on a declaration keeps the numbers of that day, so
that later numbers never apply to its correction, its notices or its opinions. A change of a number takes effect on a
later day than it is entered (``amendment_problem``); a number in effect cannot be changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.application import Application, Revision
from models.base import now
from models.catalogue import CallNumber, Offering
from models.reference_cache import maintained
from models.sql import KEYS
from models.statutory import SHIPPED, Numbers, StatutoryNumber
from rules import choice_sources

Amendments = Mapping[int, tuple[tuple[date, str, int], ...]]
"""Changes by key of the call: first day, number and value, in the order of their days."""


@maintained(CallNumber)
def amendments(session: Session) -> Amendments:
    """Read the changes that the calls have set."""
    found: dict[int, tuple[tuple[date, str, int], ...]] = {}
    for row in session.scalars(select(CallNumber).order_by(CallNumber.effective_on, CallNumber.id)):
        found[row.call_id] = (*found.get(row.call_id, ()), (row.effective_on, row.number, row.value))
    return MappingProxyType(found)


def of_call(session: Session, call_id: int | None, on: date) -> Numbers:
    """Return the numbers of a call in effect on a day; the shipped ones without a call."""
    changed = amendments(session).get(call_id or 0, ())
    return {**SHIPPED, **{name: value for effective_on, name, value in changed if effective_on <= on}}


def numbers_by_key(session: Session, keys: Collection[int]) -> Mapping[int, Numbers]:
    """Read the numbers that apply to each of these declarations, by key."""
    if not amendments(session):
        return dict.fromkeys(keys, SHIPPED)
    first = (
        select(Application.id, Offering.call_id, func.min(Revision.at))
        .outerjoin(Offering, Offering.id == Application.offering_id)
        .outerjoin(Revision, Revision.application_id == Application.id)
        .where(Application.id.in_(KEYS))
        .group_by(Application.id, Offering.call_id)
    )
    today = now().date()
    open_now = choice_sources.open_window(session, today)
    unchosen = open_now.call_id if open_now else None
    return {
        key: of_call(session, call_id or unchosen, submitted_at.date() if submitted_at else today)
        for key, call_id, submitted_at in session.execute(first, {'keys': list(keys)})
    }


def numbers_of(session: Session, application: Application) -> Numbers:
    """Return the numbers that apply to one declaration."""
    return numbers_by_key(session, [application.id])[application.id]


def lowest(every: Iterable[Numbers]) -> Numbers:
    """Return the lowest value of each number: a smaller value is too small for all of them."""
    found = list(every) or [SHIPPED]
    return {number: min(each[number] for each in found) for number in StatutoryNumber}


def lowest_of_all(session: Session) -> Numbers:
    """Return the lowest value of each number in any call on any day."""
    changed = (change for changes in amendments(session).values() for change in changes)
    return lowest([SHIPPED, *({**SHIPPED, name: value} for _day, name, value in changed)])


def amendment_problem(number: str, value: int, effective_on: date, on: date) -> Mapping[str, str]:
    """Return sentences about a wrong change of a number that is entered on the day ``on``, by field name."""
    known, problems = StatutoryNumber(number), {}
    if not known.least <= value <= known.most:
        problems['value'] = f'{known.label}应在 {known.least} 至 {known.most} {known.unit}之间'
    if effective_on <= on:
        problems['effective_on'] = '生效日期应晚于今天：已提交的申报和已公布的公示仍按原数字办理'
    return problems
