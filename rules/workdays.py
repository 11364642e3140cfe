"""Working days of the Chinese calendar (the State Council's yearly holiday notice, with make-up days)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date, timedelta

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notice import WorkdayOverride

NOTICE_DAYS = 5
"""Working days a public notice covers at least (手册 §3.2.10, §5.5; 职称评审管理暂行规定)."""

Overrides = Mapping[date, bool]


def overrides(session: Session) -> Overrides:
    """The days on which the platform has overruled the calendar."""
    return {row.on: row.works for row in session.scalars(select(WorkdayOverride))}


@functools.cache
def _calendar_says(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the State Council has not published that year yet
        return day.weekday() < 5


def calendar_known(day: date) -> bool:
    """Whether the holidays of that year have been published; else Monday to Friday count."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_workday(day: date, overruled: Overrides) -> bool:
    """Whether people work on that day."""
    return overruled.get(day, _calendar_says(day))


def count_workdays(first: date, last: date, overruled: Overrides) -> int:
    """Working days from ``first`` to ``last``, both counted; none when the order is reversed."""
    span = (last - first).days
    return sum(is_workday(first + timedelta(offset), overruled) for offset in range(span + 1))


def last_notice_day(first: date, overruled: Overrides, days: int = NOTICE_DAYS) -> date:
    """The earliest last day of a notice beginning on ``first`` that covers ``days`` working days."""
    day, counted = first, int(is_workday(first, overruled))
    while counted < days:
        day += timedelta(1)
        counted += is_workday(day, overruled)
    return day
