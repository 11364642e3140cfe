"""Unfinished work of a reviewer: unsent opinions and declarations set aside (暂缓)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, now
from models.fields import moment, text


class ReviewDraft(Base):
    """Unsent answers of a reviewer in the form of one action, with the names and values that the form would send."""

    __tablename__ = 'review_draft'
    __table_args__ = (UniqueConstraint('application_id', 'account_id', 'action'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    action: Mapped[str] = mapped_column()
    typed: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = moment('保存时间', default=now)


class SetAside(Base):
    """A declaration set aside (暂缓) by the party that works on it; it lapses when the stage changes."""

    __tablename__ = 'set_aside'

    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    note: Mapped[str] = text('暂缓说明', 200, required=True)
    at: Mapped[datetime] = moment('暂缓时间', default=now)

    application: Mapped[Application] = relationship(back_populates='set_aside')
    account: Mapped[Account] = relationship()
