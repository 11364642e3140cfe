"""The gateway's payment notice: signature, verdict, log (手册 第四章). rules/payments.py settles the order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.base import now
from models.payment import FeeOrder, GatewayNotice, OrderState, Verdict
from models.transaction import savepoint
from ports import gateway
from rules import late_payments, payments
from rules.refusal import Refused


def receive(session: Session, secret: str, body: bytes, signature: str) -> GatewayNotice:
    """Check a notice, settle its order if it is accepted, and log it in any case; the caller commits.

    Duplicate, forged, stale and wrong-amount notices change nothing but the log. Neither does a LATE notice (the order
    is void, or a declaration of it cannot move on), but the money was paid: applicants, office and a paying employer
    get a message, once for each payment.
    """
    number, verdict, reason = '', Verdict.ACCEPTED, ''
    try:
        number, verdict, reason = _judge(session, secret, body, signature)
        if verdict == Verdict.ACCEPTED:
            with savepoint(session):
                _settle(session, gateway.read_paid_notice(body))
    except Refused as refused:  # a declaration could not move on: the whole order stays unpaid
        session.expire_all()
        verdict, reason = Verdict.LATE, refused.refusal.sentence
    logged = GatewayNotice(
        order_number=number,
        verdict=verdict,
        reason=reason[:300],
        body=body[: gateway.LARGEST_BODY].decode('utf-8', 'replace').replace('\x00', '�'),
    )
    if verdict == Verdict.LATE:
        _tell_lost(session, gateway.read_paid_notice(body))
    session.add(logged)
    session.flush()
    return logged


def _tell_lost(session: Session, notice: gateway.PaidNotice) -> None:
    order = payments.lock_order(session, notice.order_number)
    assert order is not None
    session.refresh(order, ['lost'])
    known = {(each.receipt, each.amount_fen) for each in payments_lost(order)}
    if (notice.receipt, notice.amount_fen) not in known:
        late_payments.tell(session, order, notice.amount_fen, notice.receipt)


def payments_lost(order: FeeOrder) -> list[gateway.PaidNotice]:
    """List the payments of an order that came too late (LATE), each once; the gateway may repeat its notice."""
    said = (gateway.read_paid_notice(each.body.encode()) for each in order.lost)
    return list({(each.receipt, each.amount_fen): each for each in said}.values())


def _judge(session: Session, secret: str, body: bytes, signature: str) -> tuple[str, Verdict, str]:
    if len(body) > gateway.LARGEST_BODY:
        return '', Verdict.MALFORMED, '通知过大'
    if not gateway.genuine(secret, body, signature):
        return '', Verdict.FORGED, '签名与内容不符'
    try:
        notice = gateway.read_paid_notice(body)
    except gateway.MalformedNotice as error:
        return '', Verdict.MALFORMED, str(error)
    if abs(now() - notice.sent_at) > gateway.LONGEST_DELAY:
        return notice.order_number, Verdict.STALE, f'通知发出时间 {notice.sent_at:%Y-%m-%d %H:%M} 已超过时限'
    if notice.paid_at > notice.sent_at + gateway.LONGEST_DELAY:
        return notice.order_number, Verdict.MALFORMED, '通知的缴费时间晚于发出时间'
    return (notice.order_number, *_judge_order(session, notice))


def _judge_order(session: Session, notice: gateway.PaidNotice) -> tuple[Verdict, str]:
    order = payments.lock_order(session, notice.order_number)
    if order is None:
        return Verdict.UNKNOWN, '没有这个缴费通知书号码'
    if order.state == OrderState.PAID:
        return Verdict.DUPLICATE, '该缴费单此前已入账'
    if order.state == OrderState.VOID:
        return Verdict.LATE, '该缴费单已作废'
    if order.total_fen != notice.amount_fen:
        return Verdict.MISMATCH, f'应缴 {order.total_fen / 100:.2f} 元，通知为 {notice.amount_fen / 100:.2f} 元'
    return Verdict.ACCEPTED, ''


def _settle(session: Session, notice: gateway.PaidNotice) -> None:
    order = payments.lock_order(session, notice.order_number)
    assert order is not None
    payments.settle(session, order, notice.paid_at, notice.receipt)
