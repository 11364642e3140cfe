"""Fee of a declaration, and the orders for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from models.account import Account
from models.application import Application, Party, Stage
from models.base import now
from models.catalogue import Call, FeeStandard, Offering
from models.declaration import Basic
from models.payment import CollectiveOrder, FeeItem, FeeOrder, OrderState
from models.reference_cache import maintained
from models.sql import sent, sent_keys
from rules import access, messages, numbers
from rules.refusal import Refusal, Refused

Standards = Mapping[tuple[str, str], int]
"""Amounts in fen by level and track; the empty track is the level's general standard."""


ORDER_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    'number': String(),
    'payer': String(),
    'phone': String(),
    'total_fen': Integer(),
    'committee_id': Integer(),
}
"""Columns of a new order, with their types."""


@maintained(FeeStandard)
def standards(session: Session) -> Standards:
    """Return the fee standards in force."""
    found = session.scalars(select(FeeStandard).where(FeeStandard.in_force))
    return MappingProxyType({(standard.level, standard.track): standard.amount_fen for standard in found})


def amount(known: Standards, application: Application) -> int | None:
    """Return the fee of a declaration in fen: the track's standard, else the level's; None if neither is set."""
    return known.get((application.level, application.track), known.get((application.level, '')))


def open_orders_for(session: Session, applications: Sequence[Application], known: Standards, on: date) -> None:
    """Create the orders that the applicants pay (手册 第四章)."""
    costs = [amount(known, application) or 0 for application in applications]
    assert all(costs), 'the flow lets nothing through without a fee'
    _ask_for(session, applications, costs, on)


def _ask_for(
    session: Session, applications: Sequence[Application], costs: Sequence[int], on: date
) -> Mapping[int, str]:
    """Create one order for each declaration; return the order numbers by the declaration's key."""
    given = numbers.order_numbers(session, on, len(applications))
    keys = sent_keys(session, (each.id for each in applications))
    found = session.execute(select(Basic.application_id, Basic.phone).where(Basic.application_id.in_(keys)))
    phones = {key: phone or '' for key, phone in found}
    rows = [
        (number, each.applicant_name, phones.get(each.id, ''), cost, each.committee_id, each.id)
        for each, cost, number in zip(applications, costs, given, strict=True)
    ]
    made = sent(session, rows, **ORDER_COLUMNS, application_id=Integer())
    session.execute(insert(FeeOrder).from_select([*ORDER_COLUMNS], select(*(made.c[name] for name in ORDER_COLUMNS))))
    items = select(FeeOrder.id, made.c.application_id, made.c.total_fen).join(made, made.c.number == FeeOrder.number)
    session.execute(insert(FeeItem).from_select(['order_id', 'application_id', 'amount_fen'], items))
    return {each.id: number for each, number in zip(applications, given, strict=True)}


def open_orders(session: Session, applications: Sequence[Application]) -> list[FeeOrder]:
    """Return the orders of these declarations that are not void, locked with SELECT … FOR UPDATE."""
    keys = [application.id for application in applications]
    of_these = FeeOrder.items.any(FeeItem.application_id.in_(keys))
    query = select(FeeOrder).where(of_these, FeeOrder.state != OrderState.VOID).order_by(FeeOrder.id)
    return list(session.scalars(query.with_for_update(of=FeeOrder)).unique())


def open_collectives(session: Session, by: Account, applications: Sequence[Application], on: date) -> list[FeeOrder]:
    """Create one collective order for each committee of these declarations. Raises Refused like ``open_collective``."""
    open_orders(session, applications)  # one lock for all groups: locks taken group by group could deadlock
    committees = sorted({each.committee_id or 0 for each in applications}) or [0]
    groups = ([each for each in applications if (each.committee_id or 0) == committee] for committee in committees)
    return [open_collective(session, by, group, on) for group in groups]


def open_collective(session: Session, by: Account, applications: Sequence[Application], on: date) -> FeeOrder:
    """Create one order of the employer for many declarations (集体缴费); their own open orders become void.

    Raises Refused, with nothing changed, unless every declaration waits for its fee at one committee and is neither
    paid nor part of another collective order.
    """
    employer = by.employer
    if not applications or employer is None:
        raise Refused(Refusal('nothing_chosen', '请先勾选要集体缴费的申报'))
    held = open_orders(session, applications)
    costs: dict[int, int] = {}
    for order in held:
        for item in order.items:
            costs[item.application_id] = item.amount_fen
    for application in applications:
        session.refresh(application, ['stage'])
        refusal = _not_payable(application, by, held)
        if refusal:
            raise Refused(refusal)
    committees = {application.committee_id for application in applications}
    if len(committees) > 1:
        raise Refused(Refusal('two_committees', '一张缴费单只能缴给一个执收单位，请按评委会分别勾选'))
    own = {item.application_id: order.number for order in held for item in order.items}
    for order in held:
        order.state = OrderState.VOID
    (committee_id,) = committees
    assert committee_id is not None
    items = [FeeItem(application_id=each.id, amount_fen=costs[each.id]) for each in applications]
    collective = FeeOrder(
        number=numbers.order_numbers(session, on)[0],
        payer=employer.name,
        phone=employer.phone,
        total_fen=sum(item.amount_fen for item in items),
        committee_id=committee_id,
        items=items,
        collective=CollectiveOrder(employer_id=employer.id, opened_by_id=by.id),
    )
    session.add(collective)
    session.flush()
    asked = f'{employer}已发起集体缴费（缴费单 {collective.number}），由单位统一缴纳，您无需另行缴费'
    _tell(session, applications, on, lambda each: f'{asked}。您原来的缴费单 {own[each.id]} 已作废，请勿再缴')
    return collective


def _tell(session: Session, applications: Sequence[Application], on: date, said: Callable[[Application], str]) -> None:
    """Send the declarants a message about the change of their fee order."""
    members = access.members(session, Party.APPLICANT, applications, on)
    told = [
        (account.id, each.id, f'{each.serial} {each.title}：{said(each)}')
        for each in applications
        for account in members[each.id]
    ]
    messages.send(session, told, now())


def _not_payable(application: Application, by: Account, held: Sequence[FeeOrder]) -> Refusal | None:
    own = [order for order in held if any(item.application_id == application.id for item in order.items)]
    if application.employer_id != by.employer_id or application.stage != Stage.PAYMENT or not own:
        return Refusal('not_due', f'{application}不在「网上支付」环节，不能缴费')
    taken = next((order for order in own if order.collective or order.state == OrderState.PAID), None)
    if taken is None:
        return None
    why = '已缴费' if taken.state == OrderState.PAID else f'已在集体缴费单 {taken.number} 中'
    return Refusal('already_ordered', f'{application}{why}')


def dissolve(session: Session, order: FeeOrder, on: date) -> None:
    """Void an unpaid collective order; each of its declarations gets its own order again.

    Raises Refused if the order is paid, void or not collective.
    """
    session.refresh(order, with_for_update={'of': FeeOrder})
    if order.collective is None or order.state != OrderState.UNPAID:
        raise Refused(Refusal('not_open', f'缴费单 {order} 不是待缴费的集体缴费单，不能取消'))
    order.state = OrderState.VOID
    applications = [item.application for item in order.items]
    anew = _ask_for(session, applications, [item.amount_fen for item in order.items], on)
    gone = f'{order.payer}已取消集体缴费（缴费单 {order.number} 已作废）'
    _tell(session, applications, on, lambda each: f'{gone}，请按新的缴费单 {anew[each.id]} 自行缴费')


def orders_of(session: Session, applications: Sequence[Application]) -> Mapping[int, FeeOrder]:
    """Return the newest order of each declaration that is not void, by the declaration's key."""
    query = (
        select(FeeItem.application_id, FeeOrder)
        .join(FeeItem.order)
        .where(FeeItem.application_id.in_([each.id for each in applications]), FeeOrder.state != OrderState.VOID)
        .order_by(FeeOrder.id)
    )
    return {key: order for key, order in session.execute(query)}


def order_of(session: Session, application: Application) -> FeeOrder | None:
    """Return the newest order of a declaration that is not void, or None."""
    return orders_of(session, [application]).get(application.id)


PAST_DUE = '已过缴费截止日期，请尽快缴费并与评委会办公室联系'
"""Warning on an unpaid order after its last day to pay."""


def due_by_declaration(session: Session, among: ColumnElement[bool]) -> dict[int, date]:
    """Return the last day to pay of each of these declarations, by its key: the payment days of its call.

    The days count from the first order of the declaration: an order that replaces another one, such as a collective
    order, does not extend the time.
    """
    asked = (
        select(Application.id, func.min(FeeOrder.created_at), Call.payment_days)
        .join(FeeItem, FeeItem.application_id == Application.id)
        .join(FeeItem.order)
        .join(Application.offering)
        .join(Offering.call)
        .where(among)
        .group_by(Application.id, Call.payment_days)
    )
    return {key: moment.date() + timedelta(days) for key, moment, days in session.execute(asked)}


def due_by_order(session: Session, orders: Collection[FeeOrder]) -> dict[int, date]:
    """Return the last day to pay of each of these orders, by its key: the earliest day of its declarations."""
    asked_for = {order.id: [item.application_id for item in order.items] for order in orders}
    keys = sent_keys(session, {key for each in asked_for.values() for key in each})
    days = due_by_declaration(session, Application.id.in_(keys))
    found = {order: [days[key] for key in each if key in days] for order, each in asked_for.items()}
    return {order: min(each) for order, each in found.items() if each}


def due_on(session: Session, order: FeeOrder) -> date | None:
    """Return the last day to pay of an order, or None."""
    return due_by_order(session, [order]).get(order.id)


def warning(order: FeeOrder, due: date | None, on: date) -> str:
    """Return the warning about an order on a day, or ''. The warning does not prevent the payment."""
    return PAST_DUE if order.state == OrderState.UNPAID and due is not None and due < on else ''
