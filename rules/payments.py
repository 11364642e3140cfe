"""Settling a payment; only this module marks a fee order as paid (手册 第四章)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.payment import FeeOrder, OrderState
from rules.flow.doing import perform
from rules.flow.transition import Door


def lock_order(session: Session, number: str) -> FeeOrder | None:
    """Find an order by its number and lock its row (SELECT … FOR UPDATE)."""
    return session.scalars(select(FeeOrder).where(FeeOrder.number == number).with_for_update(of=FeeOrder)).first()


def settle(session: Session, order: FeeOrder, paid_at: datetime, receipt: str) -> None:
    """Mark an order paid and move all its declarations. Raises Refused if one of them cannot move."""
    order.state, order.paid_at, order.receipt = OrderState.PAID, paid_at, receipt
    session.flush()
    for item in order.items:
        data = {'order': order.number, 'receipt': receipt}
        perform(session, 'paid', item.application, None, data=data, door=Door.NOTICE)
