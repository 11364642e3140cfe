"""Dates for tests, and changes of the time of entry of declarations."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.application import Application
from models.base import LOCAL_ZONE, now


def noon(day: date) -> datetime:
    """Return 12:00 of a day."""
    return datetime.combine(day, time(12), LOCAL_ZONE)


def waited_since(session: Session, day: date) -> None:
    """Set the entry of every declaration into its stage to a day; a notice may begin on that day."""
    session.execute(update(Application).values(entered_at=datetime.combine(day, time(8), LOCAL_ZONE)))


def a_month(session: Session) -> None:
    """Set the entry of every declaration into its stage a month back."""
    waited_since(session, now().date() - timedelta(31))
