"""Moments as the database writes them for exports: the same words as on every page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from models.base import LOCAL_ZONE, LocalMinute, Moment, at, now

since_1992 = st.datetimes(datetime(1992, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=since_1992)
def test_the_database_writes_local_minutes_as_pages_do(session: Session, moment: datetime) -> None:
    written = session.scalar(select(LocalMinute(literal(moment, Moment()))))
    assert written == f'{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}'


def test_nothing_stays_nothing(session: Session) -> None:
    assert session.scalar(select(LocalMinute(literal(None, Moment())))) is None


def test_every_thread_of_a_test_run_reads_the_same_clock() -> None:
    with ThreadPoolExecutor(1) as other_thread, at(now() + timedelta(400)):
        assert other_thread.submit(now).result().date() == date(2026, 10, 20)
