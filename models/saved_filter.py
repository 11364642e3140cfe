"""Saved filters of lists, and a flag on the account that says if it has any."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from models.account import Account
from models.base import Base
from models.fields import text


class SavedFilter(Base):
    """A list filter that an account saved under a name; ``query`` is its query string."""

    __tablename__ = 'saved_filter'
    __table_args__ = (UniqueConstraint('account_id', 'endpoint', 'name'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id', ondelete='CASCADE'))
    endpoint: Mapped[str] = text('列表', 60)
    name: Mapped[str] = text('筛选名称', 20, required=True)
    query: Mapped[str] = text('筛选条件', 1000)


# Declared in ``models/account.py``, which cannot import this module.
Account.keeps_filters = column_property(
    select(SavedFilter.id).where(SavedFilter.account_id == Account.id).exists(), deferred=True
)
