"""What a declaration costs by the standards, and when its fee is due: so many days after it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.base import at, now
from models.catalogue import FeeStandard, Track
from models.payment import OrderState
from pdf_templates.contexts.fees import fee_notice
from rules import fees, overview
from rules.flow.doing import perform
from rules.refusal import Refused
from tests.helpers.types import Find, Who


def test_a_fee_is_due_as_many_days_after_the_notice_as_the_call_gives(session: Session, application: Find) -> None:
    found = application(Stage.PAYMENT)
    order = fees.order_of(session, found)
    assert order is not None
    assert found.offering is not None
    found.offering.call.payment_days = 9
    assert fees.due_on(session, order) == order.created_at.date() + timedelta(9)


def test_the_first_page_s_figures_are_those_of_the_orders(session: Session, application: Find) -> None:
    waiting = Application.stage == Stage.PAYMENT
    declarations = [application(Stage.PAYMENT) for _ in range(3)]
    for days, each in enumerate(declarations):
        order = fees.order_of(session, each)
        assert order is not None
        order.created_at -= timedelta(days)
    session.flush()
    orders = fees.orders_of(session, declarations).values()
    days = sorted(day for each in orders if (day := fees.due_on(session, each)))
    assert fees.due_by_order(session, orders) == {each.id: fees.due_on(session, each) for each in orders}
    for later in (days[0] - timedelta(1), days[0], days[0] + timedelta(1), days[-1] + timedelta(1)):
        with at(now() + (later - now().date())):
            told = overview.fees_due(session, waiting)
        assert (told.count, told.first) == (len(declarations), days[0])
        assert told.overdue == sum(day < later for day in days)
    assert overview.fees_due(session, Application.id == 0) == overview.FeesDue(0, 0, None)


@pytest.mark.parametrize(
    ('days', 'state', 'said'),
    [
        (0, OrderState.UNPAID, False),
        (1, OrderState.UNPAID, True),
        (1, OrderState.PAID, False),
        (1, OrderState.VOID, False),
    ],
)
def test_an_unpaid_order_says_that_its_last_day_is_past(
    session: Session, application: Find, days: int, state: OrderState, said: bool
) -> None:
    order = fees.order_of(session, application(Stage.PAYMENT))
    assert order is not None
    due = fees.due_on(session, order)
    assert due is not None
    order.state, order.paid_at = state, now() if state == OrderState.PAID else None
    with at(now() + (due - now().date()) + timedelta(days)):
        assert (fees.PAST_DUE in fee_notice(session, [order], {})['notes']) == said
        assert fees.warning(order, due, now().date()) == (fees.PAST_DUE if said else '')


@pytest.mark.parametrize(
    ('yuan', 'asked'),
    [
        ({'': 450}, 450),
        ({'': 450, 'own': 600}, 600),
        ({'own': 600}, 600),
        ({'': 450, 'other': 600}, 450),
        ({'': 0, 'own': 600}, 600),
        ({'': 450, 'own': 0}, 'no_fee'),
        ({'other': 600}, 'no_standard'),
        ({}, 'no_standard'),
    ],
)
def test_the_standard_of_the_track_goes_before_the_one_of_the_level(
    session: Session,
    application: Find,
    account: Who,
    yuan: Mapping[str, int],
    asked: int | str,
) -> None:
    found = application(Stage.FEE_CONFIRMATION, committee=1)
    other = next(track for track in Track if track != found.track)
    tracks = {'': '', 'own': found.track, 'other': other}
    session.execute(delete(FeeStandard))
    standards = ({'level': found.level, 'track': tracks[of], 'amount_fen': each * 100} for of, each in yuan.items())
    session.add_all(FeeStandard(**each) for each in standards)
    session.flush()
    if isinstance(asked, str):
        with pytest.raises(Refused) as refused:
            perform(session, 'approve', found, account('bangong1'))
        assert refused.value.refusal.code == asked
        return
    perform(session, 'approve', found, account('bangong1'))
    order = fees.order_of(session, found)
    assert order is not None
    assert order.total_fen == asked * 100
