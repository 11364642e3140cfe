"""Accounts that sign in, and the grants that an employer's administrator gives its handlers."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Labelled, now
from models.fields import Mask, day, flag, moment, reference, state, text

if TYPE_CHECKING:
    from models.catalogue import Committee
    from models.employer import Employer


class Role(Labelled):
    """The parties of the review (手册 §1.4.1–1.4.3)."""

    APPLICANT = 'applicant', '个人用户'
    ADMINISTRATOR = 'administrator', '单位管理员'
    HANDLER = 'handler', '单位经办人'
    OFFICE = 'office', '评委会办公室'
    EXPERT = 'expert', '评审专家'
    BUREAU = 'bureau', '业务部门'
    PLATFORM = 'platform', '平台管理员'


class GrantKind(Labelled):
    """The three grants that open work to a handler (手册 §1.4.3)."""

    SIGN_IN = 'sign_in', '登录系统授权'
    MATTER = 'matter', '业务授权'
    MENU = 'menu', '功能菜单授权'


ADMINISTERS = sql("role = 'administrator' AND enabled")
"""Condition: the account administers its employer. A unique index allows one such account per employer."""


class Account(Base):
    """A person who signs in. An expert's employer is the place of work; it decides recusal (回避)."""

    __tablename__ = 'account'
    __table_args__ = (
        CheckConstraint(
            "role NOT IN ('administrator', 'handler') OR employer_id IS NOT NULL", name='employer_side_has_employer'
        ),
        CheckConstraint("role <> 'office' OR committee_id IS NOT NULL", name='office_has_committee'),
        Index(
            'uq_account_administrator',
            'employer_id',
            unique=True,
            sqlite_where=ADMINISTERS,
            postgresql_where=ADMINISTERS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = text('用户名', 60, unique=True, required=True)
    password_hash: Mapped[str] = mapped_column()
    name: Mapped[str] = text('姓名', 60, required=True, check='person')
    role: Mapped[str] = state('用户身份', Role, required=True)
    id_number: Mapped[str | None] = text('身份证号', 30, mask=Mask.ID_NUMBER, check='identity', index=True)
    phone: Mapped[str | None] = text('联系电话', 30, mask=Mask.PHONE)
    enabled: Mapped[bool] = flag('启用', default=True)
    created_at: Mapped[datetime] = moment('创建时间', default=now)
    employer_id: Mapped[int | None] = reference('单位', 'employer.id', index=True)
    committee_id: Mapped[int | None] = reference('评委会', 'committee.id', index=True)

    employer: Mapped[Employer | None] = relationship()
    committee: Mapped[Committee | None] = relationship()
    grants: Mapped[list[Grant]] = relationship(
        back_populates='account', foreign_keys='Grant.account_id', cascade='all, delete-orphan', lazy='selectin'
    )

    if TYPE_CHECKING:  # added to this class by the module that declares the table they read
        unread: Any  # models/message.py
        keeps_filters: Any  # models/saved_filter.py

    # Flask-Login reads these two attributes, `is_active` and `get_id()`.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Return true if the account may sign in."""
        return self.enabled

    def get_id(self) -> str:
        """Return the value of the session cookie: key and part of the password's hash; a new password ends sessions."""
        return f'{self.id}.{hashlib.sha256(self.password_hash.encode()).hexdigest()[:16]}'

    def __str__(self) -> str:
        return self.name


class MadeAtWork:
    """Mixin for rows that an account makes at work: its employer or committee at that time; both None for others."""

    employer_id: Mapped[int | None] = mapped_column(ForeignKey('employer.id'))
    committee_id: Mapped[int | None] = mapped_column(ForeignKey('committee.id'))


def workplace(row: Account | MadeAtWork) -> dict[str, int | None]:
    """Return the columns of the workplace of an account, or of the workplace that a row was made at."""
    return {'employer_id': row.employer_id, 'committee_id': row.committee_id}


class Grant(Base):
    """One grant of an administrator to a handler: who granted it, and its first and last day."""

    __tablename__ = 'grant_line'
    __table_args__ = (UniqueConstraint('account_id', 'kind', 'code'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id', ondelete='CASCADE'))
    kind: Mapped[str] = state('授权类别', GrantKind)
    code: Mapped[str] = text('授权内容', 30, default='')
    valid_from: Mapped[date | None] = day('生效日期')
    valid_to: Mapped[date | None] = day('失效日期')
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))
    granted_at: Mapped[datetime] = moment('授权时间', default=now)

    account: Mapped[Account] = relationship(back_populates='grants', foreign_keys=[account_id])
    granted_by: Mapped[Account | None] = relationship(foreign_keys=[granted_by_id])


class HandOver(Base):
    """A change of administrator (更换管理员) that waits for the named person to confirm; deleted when settled."""

    __tablename__ = 'hand_over'

    employer_id: Mapped[int] = mapped_column(ForeignKey('employer.id'), primary_key=True)
    named_id: Mapped[int] = mapped_column(ForeignKey('account.id'), unique=True)
    named_by_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    named_at: Mapped[datetime] = moment('指定时间', default=now)

    named: Mapped[Account] = relationship(foreign_keys=[named_id])
    named_by: Mapped[Account] = relationship(foreign_keys=[named_by_id])
