"""Endpoint of the payment gateway's asynchronous notice; no person opens it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, request

from models.payment import Verdict
from models.transaction import writing
from ports import gateway, payment_notices

gateway_pages = Blueprint('gateway', __name__, url_prefix='/gateway')

STATUS = {Verdict.ACCEPTED: 200, Verdict.DUPLICATE: 200, Verdict.FORGED: 403}
"""HTTP status by verdict, else 400; a duplicate gets the same answer, so that the gateway stops repeating it."""


@gateway_pages.post('/notice')
def notice() -> Any:
    """Check and log a notice; it settles its order only if it is genuine, in time, new and of the right amount."""
    body = request.stream.read(gateway.LARGEST_BODY + 1)
    signature = request.headers.get(gateway.SIGNATURE_HEADER, '')
    with writing() as session:
        logged = payment_notices.receive(session, current_app.config['GATEWAY_SECRET'], body, signature)
        verdict = Verdict(logged.verdict)
    return jsonify(result=verdict.value), STATUS.get(verdict, 400)
