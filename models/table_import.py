"""Uploaded tables, stored until they are imported or discarded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account, MadeAtWork
from models.base import Base, Labelled, now
from models.fields import moment, state, text, whole
from models.job import UNFINISHED, Job


class ImportState(Labelled):
    """State of an import."""

    PREVIEW = 'preview', '待确认'
    DONE = 'done', '已导入'


class SheetImport(MadeAtWork, Base):
    """One uploaded table; ``room`` is the page whose rows it imports, ``file_key`` the stored file until then.

    ``job`` is the job that imports a large table.
    """

    __tablename__ = 'sheet_import'

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'), index=True)
    room: Mapped[str] = text('导入到', 40)
    file_name: Mapped[str] = text('文件名', 200)
    file_key: Mapped[str] = mapped_column()
    state: Mapped[str] = state('状态', ImportState, default=ImportState.PREVIEW)
    added: Mapped[int] = whole('新增', default=0)
    changed: Mapped[int] = whole('更新', default=0)
    left_out: Mapped[int] = whole('未导入', default=0)
    at: Mapped[datetime] = moment('上传时间', default=now)
    job_id: Mapped[int | None] = mapped_column(ForeignKey('job.id', ondelete='SET NULL'))

    account: Mapped[Account] = relationship()
    job: Mapped[Job | None] = relationship()

    @property
    def running(self) -> bool:
        """Return true if a job is importing the table now."""
        return self.job is not None and self.job.state in UNFINISHED

    def __str__(self) -> str:
        return self.file_name
