"""The demo world is the same on every day: as many rows for every role, all dated relative to the day."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import demo
from app import ROOT, create_app
from demo.journey import NOTICE_SPAN
from demo.world import CAST, DECLARED, TURNED_DOWN, Declared
from models import db
from models.account import Account
from models.application import Application, Result, Stage, Step
from models.base import LOCAL_ZONE, at, now
from models.catalogue import Call
from models.notice import Notice
from rules import access, workdays

NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 13, 21, 26, 31, 33, 36, 42, 43, 44, 45, 46, 47, 48, 49)
"""Declarations that are made on each day: one at least of every stage, and whoever is treated in a way of their own."""

MORNING, MIDNIGHT, EVENING = time(10), time(0, 1), time(23, 59)
AN_ORDINARY_DAY = datetime(2026, 10, 20, 10, tzinfo=LOCAL_ZONE)
DAYS = {
    'the day after an ordinary window closes': (date(2026, 11, 20), MORNING),
    'a Sunday': (date(2026, 11, 29), MORNING),
    'New Year’s Eve': (date(2026, 12, 31), EVENING),
    'New Year': (date(2027, 1, 1), MIDNIGHT),
    'the last day whose window opened in the year before': (date(2027, 3, 16), MORNING),
    'a Spring Festival': (date(2026, 2, 17), MORNING),
    'a Spring Festival whose calendar is not published': (date(2029, 2, 13), MORNING),
    'National Day': (date(2025, 10, 1), MORNING),
    'a working Saturday': (date(2025, 10, 11), MIDNIGHT),
    'the day after a long holiday': (date(2023, 10, 9), EVENING),
    '29 February': (date(2028, 2, 29), MORNING),
}


@pytest.fixture(scope='module')
def empty_app(built_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application over a database without rows."""
    folder = tmp_path_factory.mktemp('world')
    url, uploads = f'sqlite:///{folder / "world.sqlite3"}', str(folder / 'uploads')
    app = create_app({**built_app.config, 'SQLALCHEMY_DATABASE_URI': url, 'UPLOAD_FOLDER': uploads})
    with app.app_context():
        db.create_all()
    return app


def seen_by(session: Session, account: Account) -> dict[str, int]:
    """Count the rows of every table within the account's scope."""
    counts = {
        model.__name__: select(func.count()).select_from(model).where(access.scope(account, model, now().date()))
        for model, roles in SCOPES.items()
        if account.role in roles
    }
    return {name: session.scalars(count).one() for name, count in counts.items()}


def stages(session: Session) -> Counter[tuple[Any, ...]]:
    """Count declarations by stage and result."""
    return Counter(map(tuple, session.execute(select(Application.stage, Application.result))))


def expected(declared: tuple[Declared, ...]) -> Counter[tuple[Any, ...]]:
    """Count what is declared of the demo by stage and result."""
    passed = {
        each.username: Result.FAILED if each.username in TURNED_DOWN else Result.PASSED
        for each in declared
        if each.stage == Stage.CLOSED
    }
    return Counter((each.stage, passed.get(each.username)) for each in declared)


def steps(session: Session) -> list[tuple[Any, ...]]:
    """List what was done, with the time that was left until the present day."""
    midnight = datetime.combine(now().date(), time(), LOCAL_ZONE)
    found = session.execute(select(Step.application_id, Step.number, Step.action, Step.at).order_by(Step.id))
    return [(*done, midnight - moment) for *done, moment in found]


def world_on(app: Flask, moment: datetime) -> dict[str, Any]:
    """Describe the demo world that is built at a moment."""
    declared = tuple(DECLARED[number] for number in NUMBERS)
    with app.app_context(), at(moment):
        session = db.session()
        demo.build(session, app, 'Demo-2026', ROOT / 'data', declared)
        session.flush()
        people = {each.username: each for each in session.scalars(select(Account))}
        call = session.scalars(select(Call)).one()
        found = {
            'stages': stages(session),
            'steps': steps(session),
            'window': (call.opens_on - moment.date(), call.closes_on - moment.date()),
            **{username: seen_by(session, people[username]) for username, *_ in CAST},
        }
        session.rollback()
    return found


@pytest.fixture(scope='module')
def ordinary(empty_app: Flask) -> Iterator[dict[str, Any]]:
    """The demo world on an ordinary day."""
    return world_on(empty_app, AN_ORDINARY_DAY)


def test_the_world_is_what_is_declared_of_it(session: Session) -> None:
    assert stages(session) == expected(DECLARED)
    assert {stage for stage, _result in stages(session)} == set(Stage)


def test_the_declarations_that_are_made_on_each_day_are_of_every_stage(ordinary: dict[str, Any]) -> None:
    assert {DECLARED[number].stage for number in NUMBERS} == set(Stage)
    assert ordinary['stages'] == expected(tuple(DECLARED[number] for number in NUMBERS))
    assert ordinary['rensheju1']['Certificate'] > 0


@pytest.mark.skipif(os.environ.get('TEST_DATABASE') == 'postgresql', reason='days are built on SQLite, once is enough')
@pytest.mark.parametrize(('day', 'hour'), DAYS.values(), ids=DAYS)
def test_the_world_is_the_same_on_every_day(empty_app: Flask, ordinary: dict[str, Any], day: date, hour: time) -> None:
    found = world_on(empty_app, datetime.combine(day, hour, LOCAL_ZONE))
    assert found == ordinary
    assert min(until for *_done, until in found['steps']) > timedelta(0)


@pytest.mark.parametrize('year', range(2004, 2041))
def test_a_notice_of_the_demo_is_long_enough_on_every_day(year: int) -> None:
    for day in (date(year, 1, 1) + timedelta(offset) for offset in range(365)):
        assert workdays.count_workdays(day, day + NOTICE_SPAN, {}) >= workdays.NOTICE_DAYS, day


def test_what_happened_in_the_demo_lies_before_the_present(session: Session) -> None:
    assert session.scalars(select(func.max(Step.at))).one() < now()
    assert session.scalars(select(func.max(Notice.ends_on))).one() < now().date()
