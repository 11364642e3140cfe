"""What the employer's first page says: what waits too long, and of which year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from admin_views import cells
from models.application import Application, Stage
from models.base import at
from models.catalogue import Call
from models.notice import Phase
from rules import notices, options, overview, workdays
from tests import passing

DAY = timedelta(1)


@pytest.mark.parametrize(
    ('since', 'on', 'passed'),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),  # Monday
        (date(2026, 11, 23), date(2026, 11, 24), 1),
        (date(2026, 11, 23), date(2026, 11, 30), 5),
        (date(2026, 11, 21), date(2026, 11, 30), 6),  # on a Saturday: its Monday is the first
        (date(2026, 2, 14), date(2026, 2, 24), 1),  # a worked Saturday before 春节
        (date(2026, 2, 16), date(2026, 2, 24), 1),  # within it
        (date(2026, 2, 23), date(2026, 2, 24), 1),
        (date(2026, 11, 24), date(2026, 11, 23), 0),
    ],
)
def test_working_days_pass_from_the_day_after(since: date, on: date, passed: int) -> None:
    assert workdays.workdays_since(since, on, {}) == passed


@pytest.mark.parametrize('on', [date(2026, 11, 27) + offset * DAY for offset in range(7)] + [date(2026, 2, 25)])
def test_the_first_page_and_the_list_call_the_same_overdue(on: date) -> None:
    late = overview.long_ago(on, {})
    for since in (late - DAY, late, late + DAY):
        shown = cells.waited(since, on, {}, due=True)
        assert ('超期' in shown) is (since <= late), since
        assert '超期' not in cells.waited(since, on, {}, due=False)


@pytest.mark.parametrize(('since', 'overdue'), [(date(2026, 11, 20), True), (date(2026, 11, 23), False)])
def test_what_waits_is_overdue_after_five_working_days(
    session: Session, application: Callable[..., Application], since: date, overdue: bool
) -> None:
    with at(passing.noon(date(2026, 11, 30))):
        passing.waited_since(session, since)
        scope = Application.employer_id == application(Stage.EMPLOYER_REVIEW, employer=1).employer_id
        (found,) = overview.waiting(session, scope, [Stage.EMPLOYER_REVIEW], {})
    assert found.count > 0
    assert (found.overdue, found.since) == (found.count if overdue else 0, since)


def test_a_review_year_lasts_until_the_next_call_opens(session: Session) -> None:
    opens_on, closes_on = date(2027, 9, 13), date(2027, 12, 27)
    session.add(Call(year=2027, name='2027 年度', opens_on=opens_on, closes_on=closes_on))
    session.flush()
    found = {on: options.present_year(session, on) for on in (date(2027, 1, 4), date(2027, 9, 12), date(2027, 9, 13))}
    assert list(found.values()) == [2026, 2026, 2027]
    assert options.present_year(session, date(1999, 1, 1)) == 1999


@pytest.mark.parametrize(
    ('starts_on', 'ends_on', 'entered', 'told'),
    [  # today is Monday, 30 November 2026
        (None, None, date(2026, 11, 2), {'missing': 1}),
        (date(2026, 12, 1), date(2026, 12, 7), date(2026, 11, 27), {'coming': 1, 'begins_next': date(2026, 12, 1)}),
        (date(2026, 11, 30), date(2026, 12, 4), date(2026, 11, 27), {'running': 1, 'ends_next': date(2026, 12, 4)}),
        (date(2026, 11, 24), date(2026, 11, 30), date(2026, 11, 23), {'running': 1, 'ends_next': date(2026, 11, 30)}),
        (date(2026, 11, 23), date(2026, 11, 29), date(2026, 11, 20), {'over': 1}),
        (date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 13), {'over': 1, 'overdue': 1}),
        (date(2026, 11, 17), date(2026, 11, 23), date(2026, 11, 13), {'over': 1}),
        (date(2026, 11, 2), date(2026, 11, 6), date(2026, 11, 27), {'over': 1}),  # sent back unchanged
        (
            date(2026, 11, 23),
            date(2026, 11, 26),
            date(2026, 11, 20),
            {'short': 1, 'extended_first': date(2026, 11, 27)},
        ),
    ],
)
def test_a_notice_is_told_of_as_it_stands_today(
    session: Session,
    application: Callable[..., Application],
    starts_on: date | None,
    ends_on: date | None,
    entered: date,
    told: dict[str, object],
) -> None:
    with at(passing.noon(date(2026, 11, 30))):
        passing.waited_since(session, entered)
        found = application(Stage.PRE_NOTICE, employer=1)
        if starts_on and ends_on:
            notices.record(session, Phase.PRE, starts_on, ends_on, {found: ''})
        due = overview.notices_due(session, Application.id == found.id, {})[0]
    said = {name: value for name, value in asdict(due).items() if value}
    assert said == {'stage': Stage.PRE_NOTICE, **told}
