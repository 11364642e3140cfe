"""What the employer's first page says: what waits too long, and of which year."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import true
from sqlalchemy.orm import Session

from admin_views.framework import cells
from models.application import Application, Result, Stage
from models.base import LOCAL_ZONE, at, now
from models.catalogue import Call
from models.notice import Phase
from rules import choice_sources, notices, overview, workdays
from rules.flow.doing import perform
from tests.helpers import passing
from tests.helpers.types import Find, Who

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


@pytest.mark.parametrize(
    ('moment', 'shown'),
    [
        (datetime(2024, 11, 28, 22, 57, tzinfo=LOCAL_ZONE), '2024-11-28 22:57'),
        (datetime(2026, 1, 1, 0, 0, tzinfo=LOCAL_ZONE), '01-01 00:00'),
        (datetime(2025, 12, 31, 23, 59, tzinfo=LOCAL_ZONE), '2025-12-31 23:59'),
    ],
)
def test_a_moment_in_a_list_shows_its_year_unless_it_is_the_present_one(moment: datetime, shown: str) -> None:
    with at(passing.noon(date(2026, 11, 30))):
        assert cells.moment_cell(moment) == f'<time title="{moment:%Y-%m-%d %H:%M}">{shown}</time>'


@pytest.mark.parametrize(('since', 'overdue'), [(date(2026, 11, 20), True), (date(2026, 11, 23), False)])
def test_what_waits_is_overdue_after_five_working_days(
    session: Session, application: Find, since: date, overdue: bool
) -> None:
    waiting = application(Stage.EMPLOYER_REVIEW, employer=1)
    with at(passing.noon(date(2026, 11, 30))):
        passing.waited_since(session, since)
        scope = Application.employer_id == waiting.employer_id
        (found,) = overview.count_waiting(session, scope, [Stage.EMPLOYER_REVIEW], {})
    assert found.count > 0
    assert (found.overdue, found.since) == (found.count if overdue else 0, since)


def test_a_review_year_lasts_until_the_next_call_opens(session: Session) -> None:
    opens_on, closes_on = date(2027, 9, 13), date(2027, 12, 27)
    session.add(Call(year=2027, name='2027 年度', opens_on=opens_on, closes_on=closes_on))
    session.flush()
    found = {
        on: choice_sources.present_year(session, on) for on in (date(2027, 1, 4), date(2027, 9, 12), date(2027, 9, 13))
    }
    assert list(found.values()) == [2026, 2026, 2027]
    assert choice_sources.present_year(session, date(1999, 1, 1)) == 1999


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
            {'short': 1, 'short_of': '5', 'extended_first': date(2026, 11, 27)},
        ),
    ],
)
def test_a_notice_is_told_of_as_it_stands_today(
    session: Session,
    application: Find,
    starts_on: date | None,
    ends_on: date | None,
    entered: date,
    told: dict[str, object],
) -> None:
    found = application(Stage.PRE_NOTICE, employer=1)
    with at(passing.noon(date(2026, 11, 30))):
        passing.waited_since(session, entered)
        if starts_on and ends_on:
            notices.record(session, Phase.PRE, starts_on, ends_on, {found: ''})
        due = overview.notices_due(session, Application.id == found.id, {})[0]
    said = {name: value for name, value in asdict(due).items() if value}
    assert said == {'stage': Stage.PRE_NOTICE, **told}


@pytest.mark.parametrize('stage', overview.PHASES)
@pytest.mark.parametrize(
    ('ends_on', 'told'),
    [
        (None, {'missing': 1}),
        (date(2026, 12, 1), {'running': 1}),
        (date(2026, 11, 30), {'running': 1}),  # its last day
        (date(2026, 11, 29), {'over': 1}),
        (date(2026, 11, 23), {'over': 1}),
        (date(2026, 11, 22), {'over': 1, 'overdue': 1}),  # six working days ago
        (date(2026, 11, 20), {'over': 1, 'overdue': 1}),
    ],
)
def test_a_notice_runs_through_its_last_day_and_is_overdue_after_five_working_days_more(
    session: Session, application: Find, stage: Stage, ends_on: date | None, told: dict[str, int]
) -> None:
    waiting = application(stage, employer=1)
    notices.lapse(session, [waiting])
    session.expire(waiting)
    passing.waited_since(session, date(2026, 9, 1))
    if ends_on:
        notices.record(session, overview.PHASES[stage], ends_on - 30 * DAY, ends_on, {waiting: '已公示'})
    with at(passing.noon(date(2026, 11, 30))):
        found = overview.notices_due(session, Application.id == waiting.id, {})
    (due,) = (each for each in found if each.stage == stage)
    names = ('missing', 'running', 'over', 'overdue')
    assert {name: getattr(due, name) for name in names if getattr(due, name)} == told
    assert due.ends_next == (ends_on if 'running' in told else None)


def came(session: Session, year: int) -> dict[str, int]:
    """How many declarations of a year have come how far."""
    return {level.label: level.count for level in overview.funnel(session, true(), year)}


def test_a_certificate_counts_in_the_year_of_its_declaration(session: Session, application: Find) -> None:
    found = application(Stage.CLOSED)
    assert (found.result, found.year) == (Result.PASSED, now().year)
    year = now().year
    before, earlier = came(session, year)['取得证书'], came(session, year - 1)['取得证书']
    found.year = year - 1
    session.flush()
    assert came(session, year)['取得证书'] == before - 1
    assert came(session, year - 1)['取得证书'] == earlier + 1


def test_a_declaration_counts_once_however_often_it_was_returned(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(Stage.EMPLOYER_REVIEW, employer=1)
    before = came(session, waiting.year)
    assert before['提交单位'] > 0
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请修改。'})
    perform(session, 'submit', waiting, waiting.applicant)
    assert came(session, waiting.year) == before
