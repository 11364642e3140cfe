"""Approval documents (批件) and the certificates (职称证书) issued after them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.application import Application
from models.base import Base, now
from models.catalogue import Committee
from models.fields import day, moment, reference, text, whole


class ApprovalItem(Base):
    """A declaration in the annex of a document. It belongs to at most one document."""

    __tablename__ = 'approval_item'
    __table_args__ = (Index('ix_approval_item_document', 'document_id'),)

    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey('approval_document.id', ondelete='CASCADE'))

    document: Mapped[ApprovalDocument] = relationship(back_populates='items', lazy='joined')
    application: Mapped[Application] = relationship(back_populates='approval_item')


class ApprovalDocument(Base):
    """The document by which an office asks the bureau to approve the persons listed in its annex."""

    __tablename__ = 'approval_document'

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = text('批件文号', 40, unique=True)
    title: Mapped[str] = text('批件标题', 100, required=True)
    year: Mapped[int] = whole('年度')
    submitted_at: Mapped[datetime] = moment('报送时间', default=now)
    committee_id: Mapped[int] = reference('评委会', 'committee.id', index=True)

    committee: Mapped[Committee] = relationship(lazy='joined')
    items: Mapped[list[ApprovalItem]] = relationship(back_populates='document', cascade='all, delete-orphan')
    annexed: Mapped[int] = column_property(
        select(func.count()).where(ApprovalItem.document_id == id).correlate_except(ApprovalItem).scalar_subquery(),
        deferred=True,  # counted only by the statements that show it
    )

    def __str__(self) -> str:
        return self.number


class Certificate(Base):
    """Certificate of a declaration that passed. It copies the values that it shows, so that it never changes."""

    __tablename__ = 'certificate'

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = text('证书编号', 20, unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'), unique=True)
    holder: Mapped[str] = text('姓名', 60)
    series: Mapped[str] = text('系列', 60)
    level: Mapped[str] = text('级别', 60)
    title: Mapped[str] = text('资格名称', 60)
    speciality: Mapped[str] = text('专业', 60)
    passed_on: Mapped[date] = day('通过时间')
    issued_on: Mapped[date] = day('发证日期')

    application: Mapped[Application] = relationship(back_populates='certificate')

    def __str__(self) -> str:
        return self.number
