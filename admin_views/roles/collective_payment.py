"""集体缴费: an employer pays for many declarations by one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from admin_views.framework.access_check import Guarded, does, refuse
from admin_views.framework.audit import audit
from admin_views.framework.transaction import attempt
from admin_views.roles.paying import time_to_pay, way_to_pay
from models import db
from models.application import Application, Stage
from models.audit import AuditEvent
from models.base import now
from models.fields import fields_of
from models.payment import CollectiveOrder, FeeItem, FeeOrder, OrderState
from models.sql import sent_keys
from models.transaction import writing
from rules import access, fees
from rules.refusal import Refused
from rules.validators import as_key

MOST_ORDERS_SHOWN = 500
"""Most rows of each list of the page; the page says if there are more."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Unpaid fees: the listed ones, and the number and sum (in fen) of all."""

    items: list[FeeItem]
    count: int
    fen: int

    @property
    def listed_fen(self) -> int:
        """Sum of the listed fees in fen."""
        return sum(item.amount_fen for item in self.items)


def _fees(asked_for: ColumnElement[bool]) -> Fees:
    """Return the fees within the visitor's scope whose unpaid orders meet a condition."""
    scope = access.scope(current_user, Application, now().date())
    due = select(FeeItem).join(FeeItem.application).join(FeeItem.order)
    due = due.where(scope, asked_for, Application.stage == Stage.PAYMENT, FeeOrder.state == OrderState.UNPAID)
    total = due.with_only_columns(func.count(), func.coalesce(func.sum(FeeItem.amount_fen), 0))
    count, fen = db.session.execute(total).one()
    loaded = (joinedload(FeeItem.order), joinedload(FeeItem.application).joinedload(Application.committee))
    ordered = due.options(*loaded).order_by(Application.committee_id, Application.entered_at, FeeItem.id)
    return Fees(list(db.session.scalars(ordered.limit(MOST_ORDERS_SHOWN)).unique()), count, fen)


class CollectivePayment(Guarded):
    """集体缴费: tick declarations at 网上支付, pay once by one code; one notice of the gateway pays all or none."""

    def __init__(self, endpoint: str) -> None:
        room = access.ROOMS[endpoint]
        super().__init__(name=room.label, category=room.menu, endpoint=endpoint, url=f'/{endpoint}/')

    @expose('/')
    def index(self) -> Any:
        """Show the fees still to be collected, those already in a collective order, and the employer's orders."""
        free, held = _fees(~FeeOrder.collective.has()), _fees(FeeOrder.collective.has())
        own = select(FeeOrder).where(FeeOrder.collective.has(CollectiveOrder.employer_id == current_user.employer_id))
        newest = own.options(selectinload(FeeOrder.items)).order_by(FeeOrder.id.desc())
        orders = list(db.session.scalars(newest.limit(MOST_ORDERS_SHOWN)).unique())
        keys = sent_keys(db.session(), (item.application_id for item in (*free.items, *held.items)))
        return self.render(
            'collective.html',
            free=free,
            held=held,
            orders=orders,
            fields=fields_of(FeeOrder),
            order_count=db.session.scalar(select(func.count()).select_from(own.subquery())),
            chosen=set(request.args.getlist('application')),
            today=now().date(),
            due=fees.due_by_declaration(db.session(), Application.id.in_(keys)),
            order_due=fees.due_by_order(db.session(), orders),
        )

    @expose('/collect/', methods=('POST',))
    @does('collect')
    def collect_view(self) -> Any:
        """Make one order for the ticked declarations, or one for each committee if their fees go to several."""
        ticked = [key for each in request.form.getlist('application') if (key := as_key(each))][:MOST_ORDERS_SHOWN]
        scope = access.scope(current_user, Application, now().date())
        wanted = select(Application).where(scope, Application.id.in_(ticked))
        try:
            with writing() as session:
                applications = list(session.scalars(wanted.order_by(Application.id)))
                orders = fees.open_collectives(session, current_user, applications, now().date())
                named = '、'.join(f'{order.number}（{len(order.items)} 项）' for order in orders)
                audit(AuditEvent.COLLECTIVE_ORDER, f'生成集体缴费单 {named}')
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(url_for('collective_payment.index', application=ticked))
        if len(orders) > 1:
            flash(f'费用缴给 {len(orders)} 个评委会，已分别生成集体缴费单 {named}，请逐张缴纳', 'success')
            return redirect(url_for('collective_payment.index'))
        flash(f'已生成集体缴费单 {named}', 'success')
        return redirect(url_for('collective_payment.order_view', id=orders[0].id))

    def order(self) -> FeeOrder:
        """Load the collective order of the visitor's employer that the address names, or answer 404."""
        found = access.find(db.session(), current_user, FeeOrder, request.values.get('id'), now().date())
        if found is None or found.collective is None or found.collective.employer_id != current_user.employer_id:
            abort(404, '没有这张集体缴费单，或您无权查看')
        return found

    @expose('/order/')
    def order_view(self) -> Any:
        """Show one order: its QR code, the fees that it pays, and its state."""
        order = self.order()
        paid_for = select(FeeItem).where(FeeItem.order_id == order.id).options(joinedload(FeeItem.application))
        items = list(db.session.scalars(paid_for.order_by(FeeItem.id)))
        return self.render(
            'collective_order.html',
            order=order,
            items=items,
            fields=fields_of(FeeOrder),
            **way_to_pay(order),
            **time_to_pay(order),
        )

    @expose('/dissolve/', methods=('POST',))
    @does('dissolve')
    def dissolve_view(self) -> Any:
        """取消集体缴费: dissolve the order; each applicant then pays separately again."""

        def dissolve() -> str:
            order = self.order()
            fees.dissolve(db.session(), order, now().date())
            audit(AuditEvent.COLLECTIVE_ORDER_VOID, f'取消集体缴费单 {order.number}')
            return f'已取消集体缴费单 {order.number}，申报人可各自缴费或重新勾选'

        attempt(dissolve)
        return redirect(url_for('collective_payment.index'))
