"""When a fee is due: as many days after the notice as the call gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from models.application import Application, Stage
from rules import fees


def test_a_fee_is_due_as_many_days_after_the_notice_as_the_call_gives(
    session: Session, application: Callable[..., Application]
) -> None:
    found = application(Stage.PAYMENT)
    order = fees.order_of(session, found)
    assert order is not None
    assert found.offering is not None
    found.offering.call.payment_days = 9
    assert fees.due_on(session, order) == order.created_at.date() + timedelta(9)
