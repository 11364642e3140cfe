"""Time that passes between two steps of a test."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.application import Application
from models.base import LOCAL_ZONE, now


def noon(day: date) -> datetime:
    """The middle of a day."""
    return datetime.combine(day, time(12), LOCAL_ZONE)


def waited_since(session: Session, day: date) -> None:
    """Let every declaration have waited where it is since that day, so that its notice may have begun then."""
    session.execute(update(Application).values(entered_at=datetime.combine(day, time(8), LOCAL_ZONE)))


def a_month(session: Session) -> None:
    """Let every declaration have waited for a month."""
    waited_since(session, now().date() - timedelta(31))
