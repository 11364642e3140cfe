"""The gateway's notice: only a genuine, timely, first and fitting one moves anything; all are logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.base import LOCAL_ZONE, now
from models.payment import FeeOrder, GatewayNotice, OrderState, Verdict
from ports import gateway, payment_notices
from rules import fees, invariants
from tests.helpers.types import Find

SECRET = 'shared'


@pytest.fixture
def due(application: Find) -> Application:
    """A declaration that waits for its fee."""
    return application(Stage.PAYMENT)


@pytest.fixture
def order(session: Session, due: Application) -> FeeOrder:
    """Its order."""
    found = fees.order_of(session, due)
    assert found is not None
    return found


def said(order: FeeOrder, **changes: Any) -> gateway.PaidNotice:
    """A good notice about an order, changed as asked."""
    return replace(gateway.PaidNotice(order.number, order.total_fen, now(), 'R-1', now()), **changes)


def send(session: Session, notice: gateway.PaidNotice, secret: str = SECRET) -> str:
    """Send a notice signed with a secret; answers with the verdict."""
    body = gateway.compose(notice)
    return payment_notices.receive(session, SECRET, body, gateway.sign(secret, body)).verdict


def test_a_good_notice_pays_and_moves(session: Session, due: Application, order: FeeOrder) -> None:
    assert send(session, said(order)) == Verdict.ACCEPTED
    assert (order.state, order.receipt, due.stage) == (OrderState.PAID, 'R-1', Stage.EXPERT_REVIEW)
    assert (due.steps[-1].action, due.steps[-1].authority) == ('paid', '非税缴费平台')
    assert list(invariants.violations(session)) == []


def test_a_repetition_changes_nothing(session: Session, due: Application, order: FeeOrder) -> None:
    send(session, said(order))
    steps = len(due.steps)
    assert send(session, said(order, receipt='R-2')) == Verdict.DUPLICATE
    assert (order.receipt, len(due.steps)) == ('R-1', steps)


@pytest.mark.parametrize(
    ('changes', 'verdict'),
    [
        ({'amount_fen': 1}, Verdict.MISMATCH),
        ({'order_number': '0' * 20}, Verdict.UNKNOWN),
        ({'sent_at': now() - timedelta(hours=1)}, Verdict.STALE),
        ({'sent_at': now() + timedelta(hours=1)}, Verdict.STALE),
        ({'amount_fen': '58000'}, Verdict.MALFORMED),
        ({'amount_fen': True}, Verdict.MALFORMED),
        ({'order_number': '9' * 41}, Verdict.MALFORMED),
        ({'paid_at': now().replace(tzinfo=None)}, Verdict.MALFORMED),
        ({'amount_fen': 10**400}, Verdict.MALFORMED),
        ({'amount_fen': 2**31}, Verdict.MALFORMED),
        ({'amount_fen': 0}, Verdict.MISMATCH),
        ({'amount_fen': -58000}, Verdict.MISMATCH),
        ({'paid_at': datetime(1, 1, 1, tzinfo=LOCAL_ZONE)}, Verdict.MALFORMED),
        ({'paid_at': datetime(9999, 12, 31, tzinfo=UTC)}, Verdict.MALFORMED),
        ({'paid_at': now() + timedelta(days=1)}, Verdict.MALFORMED),
        ({'sent_at': datetime(1, 1, 1, tzinfo=LOCAL_ZONE)}, Verdict.STALE),
        ({'receipt': ''}, Verdict.MALFORMED),
        ({'receipt': '　'}, Verdict.MALFORMED),
    ],
)
def test_a_notice_that_does_not_fit_changes_nothing_and_is_logged(
    session: Session, due: Application, order: FeeOrder, changes: dict[str, Any], verdict: Verdict
) -> None:
    assert send(session, said(order, **changes)) == verdict
    assert (order.state, due.stage) == (OrderState.UNPAID, Stage.PAYMENT)
    logged = session.scalars(select(GatewayNotice).order_by(GatewayNotice.id.desc())).first()
    assert logged is not None
    assert logged.verdict == verdict


def test_a_forged_notice_changes_nothing(session: Session, due: Application, order: FeeOrder) -> None:
    assert send(session, said(order), secret='guessed') == Verdict.FORGED
    assert (order.state, due.stage) == (OrderState.UNPAID, Stage.PAYMENT)


def test_a_signature_of_another_body_is_forged(session: Session, order: FeeOrder) -> None:
    body = gateway.compose(said(order))
    signature = gateway.sign(SECRET, gateway.compose(said(order, amount_fen=1)))
    assert payment_notices.receive(session, SECRET, body, signature).verdict == Verdict.FORGED


def test_a_void_order_is_not_paid(session: Session, due: Application, order: FeeOrder) -> None:
    order.state = OrderState.VOID
    assert send(session, said(order)) == Verdict.LATE
    assert due.stage == Stage.PAYMENT


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_body_whatever_raises_or_pays(session: Session, body: bytes) -> None:
    logged = payment_notices.receive(session, SECRET, body, gateway.sign(SECRET, body))
    assert logged.verdict == Verdict.MALFORMED


def test_a_body_that_is_too_large_is_malformed(session: Session) -> None:
    body = b'1' * (gateway.LARGEST_BODY + 1)
    assert payment_notices.receive(session, SECRET, body, gateway.sign(SECRET, body)).verdict == Verdict.MALFORMED
