"""Payments for an order that can no longer be paid: it is void, or its declarations are already paid."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.application import Party
from models.base import now
from models.payment import FeeOrder, OrderState
from rules import access, fees, messages


def tell(session: Session, order: FeeOrder, amount_fen: int, receipt: str) -> None:
    """Tell the declarants, the office and, for a collective order, the employer about money to refund or settle.

    In a collective order, a declarant reads the amount of their own declaration; others read the whole amount, once.
    """
    applications, today = [item.application for item in order.items], now().date()
    told: list[tuple[int, int | None, str]] = []
    declarants = access.members(session, Party.APPLICANT, applications, today)
    for item in order.items:
        text = _said(order, item.amount_fen if order.collective else amount_fen, receipt, Party.APPLICANT)
        told += [(account.id, item.application_id, text) for account in declarants[item.application_id]]
    about = applications[0].id if len(applications) == 1 else None
    for party in _parties(session, order):
        members, text = access.members(session, party, applications, today), _said(order, amount_fen, receipt, party)
        told += [(key, about, text) for key in {account.id for each in members.values() for account in each}]
    messages.send(session, told, now())


def _parties(session: Session, order: FeeOrder) -> list[Party]:
    """Return the parties to tell besides the declarants: with a collective order, present or old, the employer too."""
    in_force = fees.orders_of(session, [item.application for item in order.items]).values()
    collective = any(each.collective for each in (order, *in_force))
    return [Party.OFFICE, Party.EMPLOYER] if collective else [Party.OFFICE]


def _said(order: FeeOrder, amount_fen: int, receipt: str, party: Party) -> str:
    office = f'{order.committee.office_name} {order.committee.phone}'.strip()
    contact = f'缴款人{order.payer}' if party == Party.OFFICE else office
    why = '已作废' if order.state == OrderState.VOID else '已不在待缴状态'
    return (
        f'缴费单 {order.number} {why}，但收到缴费 {amount_fen / 100:,.2f} 元（票据号 {receipt}）。'
        f'该笔缴费需退回或另行处理，请联系{contact}'
    )
