"""The audit log: what an account answers for that is not a step of a declaration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now
from models.fields import moment, paragraph, text


class AuditLine(Base):
    """An event that is not a step: signing in, an export, the reading of a whole id number."""

    __tablename__ = 'audit_line'
    __table_args__ = (Index('ix_audit_line_at', 'at', 'id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = moment('时间', default=now)
    event: Mapped[str] = text('事件', 40)
    actor_name: Mapped[str] = text('办理人', 60, default='')
    authority: Mapped[str] = text('以谁的名义', 160, default='')
    details: Mapped[str] = paragraph('内容', 1000, default='')
    actor_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))
