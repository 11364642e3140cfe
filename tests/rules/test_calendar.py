"""The working-day rule against the calendars that the State Council published for three years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.application import Application
from models.notice import Phase
from rules import notices, workdays

HOLIDAYS = {
    2024: (
        ('01-01', '01-01'),
        ('02-10', '02-17'),
        ('04-04', '04-06'),
        ('05-01', '05-05'),
        ('06-08', '06-10'),
        ('09-15', '09-17'),
        ('10-01', '10-07'),
    ),
    2025: (
        ('01-01', '01-01'),
        ('01-28', '02-04'),
        ('04-04', '04-06'),
        ('05-01', '05-05'),
        ('05-31', '06-02'),
        ('10-01', '10-08'),
    ),
    2026: (
        ('01-01', '01-03'),
        ('02-15', '02-23'),
        ('04-04', '04-06'),
        ('05-01', '05-05'),
        ('06-19', '06-21'),
        ('09-25', '09-27'),
        ('10-01', '10-07'),
    ),
}
"""The days off that were published, from and to."""
MAKE_UP = {
    2024: ('02-04', '02-18', '04-07', '04-28', '05-11', '09-14', '09-29', '10-12'),
    2025: ('01-26', '02-08', '04-27', '09-28', '10-11'),
    2026: ('01-04', '02-14', '02-28', '05-09', '09-20', '10-10'),
}
"""The weekend days that were declared working days."""


def published(year: int) -> dict[date, bool]:
    """Every day of a year by the published calendar: True where people work."""
    day, days = date(year, 1, 1), {}
    while day.year == year:
        days[day] = day.weekday() < 5
        day += timedelta(1)
    for first, last in HOLIDAYS[year]:
        day = date.fromisoformat(f'{year}-{first}')
        while day <= date.fromisoformat(f'{year}-{last}'):
            days[day] = False
            day += timedelta(1)
    for text in MAKE_UP[year]:
        days[date.fromisoformat(f'{year}-{text}')] = True
    return days


@pytest.mark.parametrize('year', HOLIDAYS)
def test_every_day_of_the_year_is_as_published(year: int) -> None:
    wrong = {day: works for day, works in published(year).items() if workdays.is_workday(day, {}) is not works}
    assert wrong == {}


@pytest.mark.parametrize('year', HOLIDAYS)
def test_a_notice_from_any_day_covers_five_published_working_days_and_not_one_day_more(year: int) -> None:
    days = published(year)
    for first in days:
        if first.month == 12:
            continue  # ends in a year beyond the table
        last = workdays.last_notice_day(first, {})
        covered = [day for day, works in days.items() if works and first <= day <= last]
        assert len(covered) == 5, first
        assert days[last], first
        assert notices.period_problem(first, last, {}) is None
        assert notices.period_problem(first, last - timedelta(1), {}) is not None


@pytest.mark.parametrize(
    ('first', 'last'),
    [
        ('2024-02-08', '2024-02-20'),  # Spring Festival, and a make-up Sunday after it
        ('2024-09-30', '2024-10-11'),
        ('2025-01-27', '2025-02-08'),  # ends on a make-up Saturday
        ('2025-09-28', '2025-10-10'),  # begins on a make-up Sunday
        ('2026-02-13', '2026-02-26'),
        ('2026-09-28', '2026-10-09'),
    ],
)
def test_notices_over_long_holidays(first: str, last: str) -> None:
    assert workdays.last_notice_day(date.fromisoformat(first), {}) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ('first', 'last', 'said'),
    [
        ('2026-09-28', '2026-10-09', '覆盖 5 个工作日，10 月 10 日起可登记结果'),
        ('2026-09-28', '2026-10-01', '公示时间不能少于 5 个工作日，现为 3 个，结束时间最早为 2026-10-09'),
        ('2026-09-28', '2026-09-01', '公示结束时间应晚于开始时间'),
        ('2098-12-29', '2099-01-02', '公示时间不能少于 5 个工作日，现为 4 个，结束时间最早为 2099-01-05'),
        ('2099-06-01', '2099-06-05', '覆盖 5 个工作日，6 月 6 日起可登记结果；2099 年节假日尚未公布，暂按周一至周五计'),
    ],
)
def test_a_chosen_period_is_described_at_once(first: str, last: str, said: str) -> None:
    assert notices.described(date.fromisoformat(first), date.fromisoformat(last), {}) == said


@pytest.mark.parametrize(
    ('first', 'last', 'alone', 'many'),
    [
        ('2026-03-02', '2026-03-06', True, True),
        ('2026-03-02', '2026-03-09', True, False),  # extended
        ('2026-03-02', '2026-03-05', False, False),  # shortened
        ('2026-02-27', '2026-03-06', False, False),  # as if it had begun before it was published
        ('2026-03-03', '2026-03-09', False, False),  # other days than on paper
        ('2026-02-23', '2026-02-27', False, False),
    ],
)
def test_a_published_period_may_be_extended_but_not_shortened_or_moved(
    first: str, last: str, alone: bool, many: bool
) -> None:
    published = notices.Period(date(2026, 3, 2), date(2026, 3, 6))
    period = notices.Period(date.fromisoformat(first), date.fromisoformat(last))
    for expected, told in ((alone, False), (many, True)):
        departure = notices.departure(published, period, many=told)
        assert (departure is None) == expected
        assert departure is None or departure.startswith('已公布的公示时间是 2026-03-02 至 2026-03-06，')
        assert departure is None or '重新打印公示名单' in departure
    assert notices.departure(None, period) is None


@pytest.mark.parametrize(
    ('last', 'on', 'said'),
    [
        ('2026-03-06', '2026-03-06', '公示未结束，还差 1 个工作日，最早 3 月 7 日可办'),
        ('2026-03-08', '2026-03-05', '公示未结束，还差 2 个工作日，最早 3 月 9 日可办'),
        ('2026-03-08', '2026-03-07', '公示未结束，最早 3 月 9 日可办'),  # a weekend alone is left
        ('2026-10-07', '2026-10-01', '公示未结束，最早 10 月 8 日可办'),
    ],
)
def test_what_is_left_of_a_notice_is_told_in_working_days_while_there_are_any(last: str, on: str, said: str) -> None:
    refusal = notices.running(notices.Period(date(2026, 2, 24), date.fromisoformat(last)), date.fromisoformat(on), {})
    assert refusal is not None
    assert refusal.sentence == said


@pytest.mark.parametrize(('phase', 'subject'), [(Phase.PRE, '申报职称评审信息'), (Phase.POST, '评审通过信息')])
def test_the_wording_names_person_and_period(phase: Phase, subject: str) -> None:
    wording = notices.wording(Application(applicant_name='黄颖'), date(2021, 12, 8), date(2021, 12, 29), phase)
    assert wording == (
        f'【黄颖】同志{subject}已在单位显著位置公开张贴公示，公示期是【2021年12月08日至2021年12月29日】。'
        '公示期间，未收到举报投诉。'
    )
