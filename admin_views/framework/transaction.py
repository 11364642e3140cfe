"""Transactions of a request: it reads by default, and ``attempt`` writes (see docs/transactions.md)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, flash, request

from admin_views.framework.access_check import refuse
from models import db
from models.transaction import start_reading, stop, writing
from rules.refusal import Refused


def set_up_transactions(app: Flask) -> None:
    """Start a read transaction for every request; ``with writing():`` opens a write transaction in it."""
    app.before_request(_start)
    app.teardown_request(_end)


def _start() -> None:
    """Start a read transaction, except for an asset and an unknown URL, which need no database."""
    if request.routing_exception is None and (request.endpoint or '').rpartition('.')[2] != 'static':
        start_reading(db.session())


def _end(_error: BaseException | None) -> None:
    stop(db.session())


def attempt(operation: Callable[[], str]) -> bool:
    """Run an operation in one write transaction and flash the sentence it returns; on Refused flash the reason.

    Return True if it was done.

        attempt(lambda: f'已列入 {meetings.bring(db.session(), meeting, keys)} 项申报')
    """
    try:
        with writing():
            done = operation()
    except Refused as refused:
        refuse(refused.refusal)
        return False
    flash(done, 'success')
    return True
