"""Papers as printed, and the log of each printing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.fields import day, moment, text, whole


class IssuedPaper(Base):
    """A paper as printed: the data of its template, for printing it again, and its verification code.

    ``code`` is the seal over all the other columns; ``printed_on`` is the date on the paper.
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
    """One printing of a paper of a subject: a declaration, an order, a session, a document or a certificate.

    The subject is named by its table and its own number. A row without a paper dates from before papers were stored.
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
