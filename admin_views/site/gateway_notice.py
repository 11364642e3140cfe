"""Where the payment gateway's asynchronous notice comes in; no person uses this address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, request

from models.payment import Verdict
from models.transaction import writing
from ports import gateway, payment_notices

pages = Blueprint('gateway', __name__, url_prefix='/gateway')

STATUS = {Verdict.ACCEPTED: 200, Verdict.DUPLICATE: 200, Verdict.FORGED: 403}
"""A duplicate is answered like the first, so that the gateway stops repeating it."""


@pages.post('/notice')
def notice() -> Any:
    """Judge and log the notice; only a genuine, timely, first and fitting one moves anything."""
    body = request.stream.read(gateway.LARGEST_BODY + 1)
    signature = request.headers.get(gateway.SIGNATURE_HEADER, '')
    with writing() as session:
        logged = payment_notices.receive(session, current_app.config['GATEWAY_SECRET'], body, signature)
        verdict = Verdict(logged.verdict)
    return jsonify(result=verdict.value), STATUS.get(verdict, 400)
