"""Running numbers: the last number given out under each name."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Counter(Base):
    """Last number given out under a name."""

    __tablename__ = 'counter'

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column()
