"""Messages to accounts (消息), and the number of unread ones on the account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, now
from models.fields import moment, text


class Message(Base):
    """A message to one account, written in the same transaction as the event that it reports."""

    __tablename__ = 'message'
    __table_args__ = (
        Index('ix_message_account', 'account_id', 'read_at', 'id'),
        Index('ix_message_newest', 'account_id', 'id'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    application_id: Mapped[int | None] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    text: Mapped[str] = text('消息', 400)
    at: Mapped[datetime] = moment('时间', default=now)
    read_at: Mapped[datetime | None] = moment('阅读时间')

    account: Mapped[Account] = relationship()
    application: Mapped[Application | None] = relationship()


MOST_UNREAD = 100
"""Upper limit of the count of unread messages, which every page shows."""

_unread = (
    select(Message.id)
    .where(Message.account_id == Account.id, Message.read_at.is_(None))
    .limit(MOST_UNREAD)
    .correlate(Account)
    .subquery()
)
# Declared in ``models/account.py``, which cannot import this module.
Account.unread = column_property(select(func.count()).select_from(_unread).scalar_subquery(), deferred=True)
