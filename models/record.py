"""What the product keeps about its own working: messages, audit lines, wordings and running numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.account import Account, MadeAtWork
from models.application import Application
from models.base import Base, now
from models.fields import chosen, day, moment, paragraph, text, whole
from models.job import Job


class Message(Base):
    """A message to one account, written in the transaction of what it tells about."""

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
"""Unread messages that are counted; every page tells how many there are."""

_unread = (
    select(Message.id)
    .where(Message.account_id == Account.id, Message.read_at.is_(None))
    .limit(MOST_UNREAD)
    .correlate(Account)
    .subquery()
)
Account.unread = column_property(select(func.count()).select_from(_unread).scalar_subquery(), deferred=True)


class AuditLine(Base):
    """Something worth answering for that is not a step: signing in, an export, a look at a whole id number."""

    __tablename__ = 'audit_line'
    __table_args__ = (Index('ix_audit_line_at', 'at', 'id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = moment('时间', default=now)
    event: Mapped[str] = text('事件', 40)
    actor_name: Mapped[str] = text('办理人', 60, default='')
    authority: Mapped[str] = text('以谁的名义', 160, default='')
    details: Mapped[str] = paragraph('内容', 1000, default='')
    actor_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))


class Wording(Base):
    """A text that the city words itself, kept in every version; the newest is in force."""

    __tablename__ = 'wording'
    __table_args__ = (UniqueConstraint('code', 'version'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = chosen('文本', 40, choices_from='wording', required=True)
    version: Mapped[int] = whole('版本')
    body: Mapped[str] = paragraph(
        '内容', 4000, required=True, help='每行一段；{单位}、{年度} 这样的名称在打印时换成实际内容，可先预览'
    )
    at: Mapped[datetime] = moment('生效时间', default=now)

    def __str__(self) -> str:
        return f'{self.code} 第 {self.version} 版'


class Counter(Base):
    """The last number given out under a name."""

    __tablename__ = 'counter'

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column()


class BulkResult(MadeAtWork, Base):
    """What a bulk action did, row by row: serial, name, title and the reason where it was not done.

    ``form`` is the form that was sent; the same form sent again finds this result instead of acting twice. ``job`` is
    the work that acts when it is long; there are no rows until it has.
    """

    __tablename__ = 'bulk_result'

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'), index=True)
    label: Mapped[str] = text('操作', 60)
    at: Mapped[datetime] = moment('时间', default=now)
    rows: Mapped[list[Any]] = mapped_column(JSON)
    form: Mapped[str | None] = mapped_column(String(64), unique=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey('job.id', ondelete='SET NULL'))

    job: Mapped[Job | None] = relationship()


class SavedFilter(Base):
    """A filter of a list that an account keeps under a name; ``query`` is its part of the address."""

    __tablename__ = 'saved_filter'
    __table_args__ = (UniqueConstraint('account_id', 'endpoint', 'name'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id', ondelete='CASCADE'))
    endpoint: Mapped[str] = text('列表', 60)
    name: Mapped[str] = text('筛选名称', 20, required=True)
    query: Mapped[str] = text('筛选条件', 1000)


Account.keeps_filters = column_property(
    select(SavedFilter.id).where(SavedFilter.account_id == Account.id).exists(), deferred=True
)


class IssuedPaper(Base):
    """A paper as it was printed: what its template read, so that it prints again as it was, and what proves it.

    ``code`` is the seal over all the rest; ``printed_on`` is the date on the paper.
    """

    __tablename__ = 'issued_paper'

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = text('验证码', 20, unique=True)
    report: Mapped[str] = text('报表', 40)
    revision: Mapped[int] = whole('提交次数', default=0)
    printed_on: Mapped[date] = day('打印日期')
    digest: Mapped[str] = mapped_column()
    address: Mapped[str] = text('核验地址', 200)
    context: Mapped[dict[str, Any]] = mapped_column()

    printings: Mapped[list[Printing]] = relationship(back_populates='paper', order_by='Printing.id')


class Printing(Base):
    """That a paper was printed of a subject: a declaration, an order, a session, a document or a certificate.

    The subject is named by its table and its own number. A row without paper is from before papers were kept.
    """

    __tablename__ = 'printing'
    __table_args__ = (Index('ix_printing_subject', 'kind', 'number', 'report', 'at'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = text('报表', 40)
    kind: Mapped[str] = text('事项类别', 40)
    number: Mapped[str] = text('编号', 60)
    at: Mapped[datetime] = moment('打印时间', default=now)
    account_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey('issued_paper.id'), index=True)

    paper: Mapped[IssuedPaper | None] = relationship(back_populates='printings')
