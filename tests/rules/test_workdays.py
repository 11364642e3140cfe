"""The working-day rule against three years as the State Council published them, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from rules import workdays

PUBLISHED = {
    # 国办发明电〔2022〕16号
    2023: (
        '0101-0102 0121-0127 0405-0405 0429-0503 0622-0624 0929-1006',
        '0128 0129 0423 0506 0625 1007 1008',
    ),
    # 国办发明电〔2023〕7号
    2024: (
        '0101-0101 0210-0217 0404-0406 0501-0505 0608-0610 0915-0917 1001-1007',
        '0204 0218 0407 0428 0511 0914 0929 1012',
    ),
    # 国办发明电〔2024〕12号
    2025: (
        '0101-0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008',
        '0126 0208 0427 0928 1011',
    ),
}
"""Year: first and last days of the holidays, and the days at weekends that are worked."""


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    return (first + timedelta(offset) for offset in range((last - first).days + 1))


def on(year: int, text: str) -> date:
    """A day as the table writes it."""
    return date(year, int(text[:2]), int(text[2:]))


@pytest.mark.parametrize('year', PUBLISHED)
def test_every_day_of_a_published_year(year: int) -> None:
    spans, worked = PUBLISHED[year]
    holidays = {day for span in spans.split() for day in days(*(on(year, edge) for edge in span.split('-')))}
    made_up = {on(year, text) for text in worked.split()}
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        expected = day in made_up or (day.weekday() < 5 and day not in holidays)
        assert workdays.is_workday(day, {}) is expected, day
    said = workdays.year_said(year)
    assert set(said.made_up) == made_up
    told = {day for _name, first, last in said.holidays for day in days(first, last)}
    assert {day for day in told if day.weekday() < 5} == {day for day in holidays if day.weekday() < 5}


@pytest.mark.parametrize(
    ('first', 'last'),
    [
        (date(2024, 9, 23), date(2024, 9, 27)),  # an ordinary week
        (date(2024, 9, 27), date(2024, 10, 9)),  # over 国庆, with the Sunday before it worked
        (date(2024, 9, 14), date(2024, 9, 23)),  # a worked Saturday counts, 中秋 does not
        (date(2024, 2, 9), date(2024, 2, 21)),  # over 春节
        (date(2025, 9, 30), date(2025, 10, 13)),  # the worked Saturday counts
        (date(2023, 12, 29), date(2024, 1, 5)),  # over the turn of the year
    ],
)
def test_a_notice_covers_five_working_days(first: date, last: date) -> None:
    assert workdays.last_notice_day(first, {}) == last
    assert workdays.count_workdays(first, last, {}) == 5


MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.mark.parametrize(
    ('overruled', 'counted', 'ends'),
    [
        *(({MONDAY + timedelta(offset): False}, 4, date(2026, 11, 30)) for offset in range(5)),
        ({MONDAY: False, FRIDAY: False}, 3, date(2026, 12, 1)),
        ({MONDAY - timedelta(1): True, FRIDAY + timedelta(1): True}, 5, FRIDAY),
        ({FRIDAY: False, FRIDAY + timedelta(1): True}, 4, FRIDAY + timedelta(1)),
    ],
)
def test_a_day_that_the_platform_overrules_counts_at_either_end_of_a_notice_too(
    overruled: workdays.Overrides, counted: int, ends: date
) -> None:
    assert workdays.count_workdays(MONDAY, FRIDAY, overruled) == counted
    assert workdays.last_notice_day(MONDAY, overruled) == ends
    assert workdays.count_workdays(MONDAY, ends, overruled) == 5
