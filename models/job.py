"""Background jobs: the request, the progress and the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account, MadeAtWork
from models.base import Base, Labelled, now
from models.fields import flag, moment, paragraph, state, text, whole


class JobState(Labelled):
    """State of a job."""

    QUEUED = 'queued', '排队中'
    RUNNING = 'running', '进行中'
    DONE = 'done', '已完成'
    FAILED = 'failed', '未完成'
    CANCELLED = 'cancelled', '已取消'


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(MadeAtWork, Base):
    """A background job of an account; ``kind`` names its body in ``ports/job_queue.py``.

    ``done`` of ``total`` pieces are finished. ``file_key`` is the key of a result to download. ``room`` is the page
    that started it; ``application_id`` is the declaration that it concerns, if it concerns exactly one.
    """

    __tablename__ = 'job'
    __table_args__ = (Index('ix_job_account', 'account_id', 'id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    kind: Mapped[str] = text('类别', 40)
    label: Mapped[str] = text('任务', 200)
    room: Mapped[str] = text('功能', 60, default='')
    application_id: Mapped[int | None] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    arguments: Mapped[dict[str, Any]] = mapped_column()
    state: Mapped[str] = state('状态', JobState, default=JobState.QUEUED)
    done: Mapped[int] = whole('已处理', default=0)
    total: Mapped[int] = whole('总数', default=0)
    outcome: Mapped[str] = paragraph('结果', 1000, default='')
    file_key: Mapped[str] = mapped_column(default='')
    file_name: Mapped[str] = text('文件名', 200, default='')
    media_type: Mapped[str] = text('文件格式', 100, default='')
    cancel_asked: Mapped[bool] = flag('要求取消', default=False)
    created_at: Mapped[datetime] = moment('创建时间', default=now)
    seen_at: Mapped[datetime] = moment('最近进展', default=now)
    finished_at: Mapped[datetime | None] = moment('结束时间')

    account: Mapped[Account] = relationship()

    def __str__(self) -> str:
        return self.label
