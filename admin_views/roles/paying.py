"""支付 (手册 第四章): the orders of an applicant, and the QR code and due day of any order."""

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
    """支付 (手册 第四章): pages of the order, its QR code and its state."""

    @expose('/')
    def index(self) -> Any:
        """Show every order of the applicant, newest first."""
        own = select(FeeOrder).where(access.scope(current_user, FeeOrder, now().date()))
        orders = list(db.session.scalars(own.options(selectinload(FeeOrder.items)).order_by(FeeOrder.id.desc())))
        return self.render(
            'orders.html',
            orders=orders,
            fields=fields_of(FeeOrder),
            tag=cells.tag,
            today=now().date(),
            due=fees.due_by_order(db.session(), orders),
        )

    @expose('/pay/')
    def pay_view(self) -> Any:
        """Show the order of one declaration; answer 404 if it has none."""
        application = access.find(db.session(), current_user, Application, request.args.get('id'), now().date())
        order = fees.order_of(db.session(), application) if application else None
        if order is None:
            abort(404, '该申报没有缴费单')
        return self.render(
            'pay.html',
            application=application,
            order=order,
            fields=fields_of(FeeOrder),
            narrow=True,
            back=safe_return(url_for('my_applications.index_view')),
            **way_to_pay(order),
            **time_to_pay(order),
        )


def time_to_pay(order: FeeOrder) -> dict[str, Any]:
    """Return the last day to pay, a warning once it is past, and ``today`` (None unless the order is unpaid)."""
    today, due = now().date(), fees.due_on(db.session(), order)
    waits = order.state == OrderState.UNPAID
    return {'due': due, 'warning': fees.warning(order, due, today), 'today': today if waits else None}


def way_to_pay(order: FeeOrder) -> dict[str, Any]:
    """Return the QR code (SVG) of the gateway's address, and that address; without a gateway, of the order's number."""
    gateway = current_app.config['GATEWAY_URL']
    address = urljoin(request.host_url, f'{gateway}?number={order.number}') if gateway else ''
    drawn = io.BytesIO()
    code = segno.make(address or order.number, error='m')
    code.save(drawn, kind='svg', border=2, xmldecl=False, nl=False, omitsize=True)
    return {'code': Markup(drawn.getvalue().decode()), 'gateway': address}
