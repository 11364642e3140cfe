"""Random legal and illegal actions by random people never lead outside the table or break a chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Party, Stage
from models.base import now
from rules import invariants, workdays
from rules.access import members
from rules.flow.doing import perform
from rules.flow.table import FLOW
from rules.flow.transition import Door
from rules.refusal import Refused
from tests.helpers import passing
from tests.helpers.types import Find

ACTIONS = sorted({row.action for row in FLOW})
PEOPLE = (
    'geren2',
    'geren3',
    'geren6',
    'guanli1',
    'guanli2',
    'jingban1',
    'jingban2',
    'jingban3',
    'bangong1',
    'bangong2',
    'zhuanjia1',
    'rensheju1',
    'pingtai1',
)
TABLE = {(row.source, row.action): row.target for row in FLOW}


def answers(long_ago: int, opinion: str) -> dict[str, Any]:
    """Answers to whatever an action may ask; some of them cannot be taken."""
    starts_on = now().date() - timedelta(long_ago)
    return {
        'opinion': opinion,
        'starts_on': starts_on,
        'ends_on': workdays.last_notice_day(starts_on, {}),
        'title': '批件',
    }


def fitting(session: Session, application: Application, draw: Any) -> tuple[str, Account | None, Door] | None:
    """An action of the present stage with someone whose part it is."""
    rows = [row for row in FLOW if row.source == application.stage]
    if not rows:
        return None
    row = draw(st.sampled_from(rows))
    if row.who == Party.SYSTEM:
        return row.action, None, row.door
    return (
        row.action,
        draw(st.sampled_from(members(session, row.who, [application], now().date())[application.id])),
        row.door,
    )


def attempt(session: Session, application: Application, people: list[Account | None], draw: Any) -> None:
    """One action that may be anything; when it is refused, nothing has changed."""
    anything = draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(people)), draw(st.sampled_from(list(Door)))
    apt = fitting(session, application, draw) if draw(st.integers(0, 3)) else None
    action, actor, door = apt or anything
    version = draw(st.sampled_from([None, application.version, application.version, application.version - 1]))
    data = answers(draw(st.sampled_from([0, 30, 30])), draw(st.sampled_from(['', '同意。', '同意。', '不同意' * 200])))
    before = (application.stage, application.version, application.revision, len(application.steps))
    source = Stage(application.stage)
    try:
        with session.begin_nested():
            step = perform(session, action, application, actor, version=version, data=data, door=door)
    except Refused:
        session.refresh(application)
        assert (application.stage, application.version, application.revision, len(application.steps)) == before
        return
    if step is not None:
        assert application.stage == TABLE[source, action]
        assert len(application.steps) == before[3] + 1


@pytest.fixture
def everywhere(session: Session, application: Find) -> dict[Stage, int]:
    """The key of a declaration at each stage."""
    return {stage: application(stage).id for stage in Stage}


@settings(max_examples=100, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_actions_never_leave_the_table(
    session: Session, everywhere: dict[Stage, int], data: st.DataObject
) -> None:
    transaction = session.begin_nested()
    try:
        walk(session, everywhere, data.draw)
        session.flush()
        assert list(invariants.violations(session)) == []
    finally:
        transaction.rollback()
        session.expire_all()


def walk(session: Session, everywhere: dict[Stage, int], draw: Any) -> None:
    """Choose a declaration anywhere and let people do things to it."""
    people: list[Account | None] = list(session.scalars(select(Account).where(Account.username.in_(PEOPLE))))
    chosen = draw(st.sampled_from(list(Stage)))
    application = session.get_one(Application, everywhere[chosen])
    people += [None, application.applicant]
    for _ in range(draw(st.integers(3, 15))):
        passing.a_month(session)
        attempt(session, application, people, draw)
        if inspect(application).deleted:
            break
