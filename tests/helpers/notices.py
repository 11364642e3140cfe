"""Notice periods for declarations of the demo world."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask

from models import db
from models.application import Application
from models.base import now
from models.notice import Phase
from rules import notices, workdays
from tests.helpers import passing


def a_month_ago(app: Flask) -> date:
    """Set the entry of all declarations a month back; return a day on which a notice may have begun."""
    with app.app_context():
        passing.a_month(db.session())
        db.session.commit()
    return now().date() - timedelta(30)


def put_up(app: Flask, starts_on: date, *keys: int) -> date:
    """Store the shortest period from a day as the notice of declarations; return its last day."""
    with app.app_context():
        ends_on = workdays.last_notice_day(starts_on, workdays.overrides(db.session()))
        for key in keys:
            notices.record(db.session(), Phase.PRE, starts_on, ends_on, {db.session.get_one(Application, key): ''})
        db.session.commit()
    return ends_on
