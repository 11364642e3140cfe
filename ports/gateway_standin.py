"""Stand-in for the non-tax payment gateway, mounted in demo and test configuration only.

It uses the real protocol: the payer confirms on its page, and it sends a signed HTTP notice to the product.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

import httpx
from flask import Blueprint, abort, current_app, render_template, request
from sqlalchemy import select

from models import db
from models.base import now
from models.payment import FeeOrder
from models.transaction import start_reading
from ports import gateway

_log = logging.getLogger(__name__)
standin_pages = Blueprint('gateway_standin', __name__, url_prefix='/standin/gateway')


def _order() -> FeeOrder:
    number = request.values.get('number', '')
    order = db.session.scalars(select(FeeOrder).where(FeeOrder.number == number)).first()
    if order is None:
        abort(404, '没有这个缴费通知书号码')
    return order


@standin_pages.get('/')
def cashier() -> str:
    """Return the payment page to which the QR code leads."""
    return render_template('standin_cashier.html', order=_order(), told=None)


@standin_pages.post('/')
def confirm() -> str:
    """Confirm the payment: send the notice and show whether the product accepted it."""
    order = _order()
    amount, number = order.total_fen, order.number
    told = notify(current_app.config['GATEWAY_NOTICE_URL'] or _own_address(), number, amount, now())
    start_reading(db.session())  # the notice was stored through another connection
    return render_template('standin_cashier.html', order=_order(), told=told)


def _own_address() -> str:
    return request.host_url.rstrip('/') + '/gateway/notice'


def notify(address: str, number: str, amount_fen: int, paid_at: datetime) -> bool:
    """Send the signed notice; return true if the product answered 200."""
    receipt = f'{paid_at:%Y%m%d}{secrets.randbelow(10**8):08d}'
    body = gateway.compose(gateway.PaidNotice(number, amount_fen, paid_at, receipt, now()))
    signature = gateway.sign(current_app.config['GATEWAY_SECRET'], body)
    headers = {gateway.SIGNATURE_HEADER: signature, 'Content-Type': 'application/json'}
    try:
        answer = httpx.post(address, content=body, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        _log.warning('payment notice not delivered: %s', error)
        return False
    return answer.status_code == httpx.codes.OK
