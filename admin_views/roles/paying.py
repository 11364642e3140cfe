"""支付 (手册 第四章): the orders of an applicant, and the way from any order to where it is paid."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urljoin

import segno
from flask import abort, current_app, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_views.framework import cells
from admin_views.framework.access_check import Page, safe_return
from models import db
from models.application import Application
from models.base import now
from models.fields import fields_of
from models.payment import FeeOrder, OrderState
from rules import access, fees


class MyOrders(Page):
    """支付 (手册 第四章): the order, its QR code and whether it is paid."""

    @expose('/')
    def index(self) -> Any:
        """Every order of the applicant."""
        own = select(FeeOrder).where(access.scope(current_user, FeeOrder, now().date()))
        orders = list(db.session.scalars(own.options(selectinload(FeeOrder.items)).order_by(FeeOrder.id.desc())))
        return self.render(
            'orders.html', orders=orders, fields=fields_of(FeeOrder), tag=cells.tag, today=now().date(),
            due=fees.due_by_order(db.session(), orders),
        )  # fmt: skip

    @expose('/pay/')
    def pay_view(self) -> Any:
        """The order of one declaration."""
        application = access.find(db.session(), current_user, Application, request.args.get('id'), now().date())
        order = fees.order_of(db.session(), application) if application else None
        if order is None:
            abort(404, '该申报没有缴费单')
        return self.render(
            'pay.html', application=application, order=order, fields=fields_of(FeeOrder), narrow=True,
            back=safe_return(url_for('my_applications.index_view')), **way_to_pay(order),
            **time_to_pay(order),
        )  # fmt: skip


def time_to_pay(order: FeeOrder) -> dict[str, Any]:
    """The last day to pay, and what is to be said once it is past; ``today`` while the order waits for its money."""
    today, due = now().date(), fees.due_on(db.session(), order)
    waits = order.state == OrderState.UNPAID
    return {'due': due, 'warning': fees.warning(order, due, today), 'today': today if waits else None}


def way_to_pay(order: FeeOrder) -> dict[str, Any]:
    """The QR code that leads a phone to the gateway, and the address; without a gateway the order's bare number."""
    gateway = current_app.config['GATEWAY_URL']
    address = urljoin(request.host_url, f'{gateway}?number={order.number}') if gateway else ''
    drawn = io.BytesIO()
    code = segno.make(address or order.number, error='m')
    code.save(drawn, kind='svg', border=2, xmldecl=False, nl=False, omitsize=True)
    return {'code': Markup(drawn.getvalue().decode()), 'gateway': address}
