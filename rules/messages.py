"""Messages (消息) to accounts, written in the same transaction as the event that they report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, String, insert, literal, select
from sqlalchemy.orm import Session

from models.message import Message
from models.sql import sent


def send(session: Session, messages: Sequence[tuple[int, int | None, str]], moment: datetime) -> None:
    """Insert the messages (account, declaration or None, text) with one statement."""
    if not messages:
        return
    rows = sent(session, messages, account_id=Integer(), application_id=Integer(), text=String())
    at = literal(moment, Message.at.type).label('at')
    session.execute(insert(Message).from_select([*rows.c.keys(), 'at'], select(*rows.c, at)))
