"""Results of bulk actions, row by row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import MadeAtWork
from models.base import Base, now
from models.fields import moment, text
from models.job import Job


class BulkResult(MadeAtWork, Base):
    """Result of a bulk action, row by row: serial, name, title, and the reason if the action was refused.

    ``form`` identifies the form that was sent; the same form sent again finds this result instead of acting twice.
    ``job`` is the job that acts on many rows; ``rows`` is empty until it ends.
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
