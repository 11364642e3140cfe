"""A clerk's desk: opinions begun, declarations set aside, wordings and contacts kept at hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, now
from models.fields import chosen, moment, paragraph, text


class ReviewDraft(Base):
    """What a reviewer has typed into the form of one action and not yet sent, as the form would send it."""

    __tablename__ = 'review_draft'
    __table_args__ = (UniqueConstraint('application_id', 'account_id', 'action'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    action: Mapped[str] = mapped_column()
    typed: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = moment('保存时间', default=now)


class SetAside(Base):
    """A declaration set aside (暂缓) by those who have it now; lapses when the declaration moves on."""

    __tablename__ = 'set_aside'

    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    note: Mapped[str] = text('暂缓说明', 200, required=True)
    at: Mapped[datetime] = moment('暂缓时间', default=now)

    application: Mapped[Application] = relationship(back_populates='set_aside')
    account: Mapped[Account] = relationship()


class OpinionTemplate(Base):
    """A wording that an employer's reviewers choose from; placeholders stand for the declaration's own words."""

    __tablename__ = 'opinion_template'

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    field: Mapped[str] = chosen('用于', 30, choices_from='opinion_field', required=True)
    name: Mapped[str] = text('名称', 40, required=True, on_papers=True)
    body: Mapped[str] = paragraph('意见', 500, required=True, on_papers=True)

    def __str__(self) -> str:
        return self.name


class NoticeContact(Base):
    """Whom to reach about a public notice (公示联系人); the newest is proposed on lists that are printed."""

    __tablename__ = 'notice_contact'

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    contact: Mapped[str] = text('联系人', 60, required=True, check='person', on_papers=True)
    phone: Mapped[str] = text('联系电话', 30, required=True, check='phone')
    postcode: Mapped[str] = text('邮政编码', 6, required=True, check='postcode')

    def __str__(self) -> str:
        return self.contact
