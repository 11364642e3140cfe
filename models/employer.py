"""Employers (单位), their rosters (人员名单), opinion templates and notice contacts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import Base, now
from models.fields import Mask, choice, chosen, moment, paragraph, text
from models.terms import ID_TYPES


class Employer(Base):
    """An employer that checks the declarations of its people and publishes the notices."""

    __tablename__ = 'employer'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = text('单位名称', 100, unique=True, required=True, on_papers=True)
    code: Mapped[str] = text('统一社会信用代码', 18, unique=True, required=True, check='employer_code')
    address: Mapped[str] = text('单位地址', 200, default='', on_papers=True)
    postcode: Mapped[str] = text('邮政编码', 6, default='', check='postcode')
    contact: Mapped[str] = text('联系人', 60, default='', check='person', on_papers=True)
    phone: Mapped[str] = text('联系电话', 30, default='', check='phone')

    def __str__(self) -> str:
        return self.name


class RosterEntry(Base):
    """A person whom an employer admits although another unit pays the social insurance (手册 §1.4.5)."""

    __tablename__ = 'roster_entry'
    __table_args__ = (UniqueConstraint('employer_id', 'id_number'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    name: Mapped[str] = text('姓名', 60, required=True, check='person')
    id_type: Mapped[str] = choice('证件类型', ID_TYPES, required=True, default=ID_TYPES[0])
    id_number: Mapped[str] = text('证件号码', 30, required=True, mask=Mask.ID_NUMBER, index=True)
    created_at: Mapped[datetime] = moment('创建时间', default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))

    employer: Mapped[Employer] = relationship()
    created_by: Mapped[Account | None] = relationship()

    def __str__(self) -> str:
        return self.name


class OpinionTemplate(Base):
    """An opinion text that an employer's reviewers choose from; placeholders are filled from the declaration."""

    __tablename__ = 'opinion_template'

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    field: Mapped[str] = chosen('用于', 30, choices_from='opinion_field', required=True)
    name: Mapped[str] = text('名称', 40, required=True, on_papers=True)
    body: Mapped[str] = paragraph('意见', 500, required=True, on_papers=True)

    def __str__(self) -> str:
        return self.name


class NoticeContact(Base):
    """Contact of a public notice (公示联系人). Printed lists propose the newest one."""

    __tablename__ = 'notice_contact'

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), index=True)
    contact: Mapped[str] = text('联系人', 60, required=True, check='person', on_papers=True)
    phone: Mapped[str] = text('联系电话', 30, required=True, check='phone')
    postcode: Mapped[str] = text('邮政编码', 6, required=True, check='postcode')

    def __str__(self) -> str:
        return self.contact
