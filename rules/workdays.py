"""Working days of the Chinese calendar (the State Council's yearly holiday notice, with make-up days)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import chinese_calendar
from chinese_calendar import constants
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.notice import WorkdayOverride
from models.reference_cache import maintained
from models.statutory import StatutoryNumber

NOTICE_DAYS = StatutoryNumber.NOTICE_DAYS.shipped
"""Minimum working days of a public notice, unless the call of its declaration sets more."""

EVERY_YEAR = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Public holidays with the same month and day every year (全国年节及纪念日放假办法 第二条)."""

Overrides = Mapping[date, bool]


@maintained(WorkdayOverride)
def overrides(session: Session) -> Overrides:
    """Read the days for which the platform has changed the calendar: true for a working day."""
    return MappingProxyType({row.on: row.works for row in session.scalars(select(WorkdayOverride))})


@functools.cache
def _calendar_says(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the State Council has not published that year yet
        return day.weekday() < 5 and (day.month, day.day) not in EVERY_YEAR


def calendar_known(day: date) -> bool:
    """Return true if the holidays of that year are published; otherwise weekdays count, except fixed holidays."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def doubt(first: date, last: date) -> str:
    """Return a warning if the holidays of a year in the period are not published; '' if all are."""
    unknown = [year for year in range(first.year, last.year + 1) if not calendar_known(date(year, 1, 1))]
    years = '、'.join(f'{year} 年' for year in unknown)
    return f'{years}的放假安排尚未公布，暂按周一至周五计算工作日，公布后请核对' if unknown else ''


@dataclass(frozen=True, slots=True)
class YearSaid:
    """The published calendar of a year: holidays with first and last day, and the weekend days that are worked."""

    year: int
    doubt: str
    holidays: tuple[tuple[str, date, date], ...]
    made_up: tuple[date, ...]


def year_said(year: int) -> YearSaid:
    """Return the published holidays and make-up days of a year, without the platform's own changes."""
    spans: list[tuple[str, date, date]] = []
    for day in sorted(day for day in constants.holidays if day.year == year):
        name = constants.Holiday(constants.holidays[day]).chinese
        if spans and spans[-1][0] == name and day - spans[-1][2] == timedelta(1):
            spans[-1] = (name, spans[-1][1], day)
        else:
            spans.append((name, day, day))
    made_up = tuple(sorted(day for day in constants.workdays if day.year == year))
    return YearSaid(year, doubt(date(year, 1, 1), date(year, 12, 31)), tuple(spans), made_up)


def is_workday(day: date, overruled: Overrides) -> bool:
    """Return true if the day is a working day."""
    return overruled.get(day, _calendar_says(day))


@functools.cache
def _worked(year: int) -> tuple[int, ...]:
    """Return the number of working days of a year before each of its days; the last item counts the whole year."""
    days = (date(year, 1, 1) + timedelta(offset) for offset in range((date(year, 12, 31) - date(year, 1, 1)).days + 1))
    return tuple(itertools.accumulate(map(_calendar_says, days), initial=0))


@functools.lru_cache(10_000)
def _calendar_count(first: date, last: date) -> int:
    """Count the working days of the published calendar from ``first`` to ``last``, both included."""
    whole_years = sum(_worked(year)[-1] for year in range(first.year, last.year))
    of_last, of_first = last.timetuple().tm_yday, first.timetuple().tm_yday - 1
    return whole_years + _worked(last.year)[of_last] - _worked(first.year)[of_first]


def count_workdays(first: date, last: date, overruled: Overrides) -> int:
    """Count the working days from ``first`` to ``last``, both included; 0 if ``last`` is before ``first``."""
    if last < first:
        return 0
    changed = (works - _calendar_says(day) for day, works in overruled.items() if first <= day <= last)
    return _calendar_count(first, last) + sum(changed)


def workdays_since(day: date, on: date, overruled: Overrides) -> int:
    """Count the working days after a day; the day itself does not count."""
    return count_workdays(day + timedelta(1), on, overruled)


def last_notice_day(first: date, overruled: Overrides, days: int = NOTICE_DAYS) -> date:
    """Return the earliest last day of a notice that begins on ``first`` and covers ``days`` working days."""
    day, counted = first, int(is_workday(first, overruled))
    while counted < days:
        day += timedelta(1)
        counted += is_workday(day, overruled)
    return day
