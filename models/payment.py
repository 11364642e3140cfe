"""Fee orders (缴费单) and every notice of the payment gateway about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, Labelled, now
from models.catalogue import Committee
from models.fields import Mask, moment, money, paragraph, reference, state, text


class OrderState(Labelled):
    """Payment state of an order."""

    UNPAID = 'unpaid', '未缴费'
    PAID = 'paid', '已缴费'
    VOID = 'void', '已作废'


class Verdict(Labelled):
    """Verdict on a gateway notice; only ACCEPTED changes an order."""

    ACCEPTED = 'accepted', '已入账'
    DUPLICATE = 'duplicate', '重复通知'
    FORGED = 'forged', '验签失败'
    STALE = 'stale', '通知超时'
    MISMATCH = 'mismatch', '金额不符'
    UNKNOWN = 'unknown', '无此缴费单'
    LATE = 'late', '缴费单已不在待缴状态'
    MALFORMED = 'malformed', '格式错误'


class FeeOrder(Base):
    """A fee order (缴费通知书) for one or more declarations. Amounts are in fen."""

    __tablename__ = 'fee_order'
    __table_args__ = (
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name='paid_has_moment'),
        CheckConstraint('total_fen > 0', name='total_positive'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = text('缴费通知书号码', 20, unique=True)
    state: Mapped[str] = state('缴费状态', OrderState, default=OrderState.UNPAID)
    payer: Mapped[str] = text('缴款人', 100)
    phone: Mapped[str] = text('联系电话', 30, default='', mask=Mask.PHONE)
    total_fen: Mapped[int] = money('缴费总金额')
    created_at: Mapped[datetime] = moment('订单生成时间', default=now)
    paid_at: Mapped[datetime | None] = moment('缴费时间')
    receipt: Mapped[str | None] = text('票据号', 60)
    committee_id: Mapped[int] = reference('评委会', 'committee.id', index=True)

    committee: Mapped[Committee] = relationship(lazy='joined')
    items: Mapped[list[FeeItem]] = relationship(back_populates='order', cascade='all, delete-orphan')

    collective: Mapped[CollectiveOrder | None] = relationship(back_populates='order', lazy='joined')
    lost: Mapped[list[GatewayNotice]] = relationship(
        primaryjoin=lambda: (FeeOrder.number == foreign(GatewayNotice.order_number)) & PAID_TOO_LATE,
        order_by=lambda: GatewayNotice.id,
        viewonly=True,
    )
    """Notices of payments for an order that was not open any more."""

    def __str__(self) -> str:
        return self.number


class CollectiveOrder(Base):
    """Collective payment (集体缴费): the employer pays the order for all of its declarants."""

    __tablename__ = 'collective_order'

    order_id: Mapped[int] = mapped_column(ForeignKey('fee_order.id', ondelete='CASCADE'), primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey('account.id'))

    order: Mapped[FeeOrder] = relationship(back_populates='collective')
    opened_by: Mapped[Account] = relationship()


class FeeItem(Base):
    """Fee of one declaration within an order."""

    __tablename__ = 'fee_item'
    __table_args__ = (
        UniqueConstraint('order_id', 'application_id'),
        Index('ix_fee_item_application', 'application_id'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey('fee_order.id', ondelete='CASCADE'))
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'))
    amount_fen: Mapped[int] = money('金额')

    order: Mapped[FeeOrder] = relationship(back_populates='items')
    application: Mapped[Application] = relationship()


class GatewayNotice(Base):
    """A gateway notice as received, with its verdict. Rows never change."""

    __tablename__ = 'gateway_notice'

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = moment('收到时间', default=now)
    order_number: Mapped[str] = text('缴费通知书号码', 40, default='', index=True)
    verdict: Mapped[str] = state('处理结果', Verdict)
    reason: Mapped[str] = text('说明', 300, default='')
    body: Mapped[str] = paragraph('原文', 4000)


PAID_TOO_LATE: ColumnElement[bool] = GatewayNotice.verdict == Verdict.LATE
"""Condition: a genuine notice that could not be booked."""
