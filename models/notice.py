"""Public notices (公示) of the employer before and after the review."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.application import Application
from models.base import Base, Labelled, now
from models.fields import day, flag, moment, paragraph, state, text


class Phase(Labelled):
    """Phase of a notice: before or after the experts' review."""

    PRE = 'pre', '评前公示'
    POST = 'post', '评后公示'


class Notice(Base):
    """Notice of one declaration in one phase. A second round replaces the period and the wording."""

    __tablename__ = 'notice'
    __table_args__ = (
        UniqueConstraint('application_id', 'phase'),
        CheckConstraint('starts_on <= ends_on', name='starts_before_it_ends'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    phase: Mapped[str] = state('公示类别', Phase)
    starts_on: Mapped[date] = day('公示开始时间')
    ends_on: Mapped[date] = day('公示结束时间')
    opinion: Mapped[str] = paragraph('公示意见', 500, default='')
    recorded_at: Mapped[datetime] = moment('登记时间', default=now)

    application: Mapped[Application] = relationship(back_populates='notices')


class WorkdayOverride(Base):
    """A day that the platform declares a working day or a holiday, contrary to the calendar."""

    __tablename__ = 'workday_override'

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = day('日期', required=True, unique=True)
    works: Mapped[bool] = flag('是否上班', required=True)
    reason: Mapped[str] = text('说明', 100, default='', help='例如发布的通知及文号')

    def __str__(self) -> str:
        return f'{self.on:%Y-%m-%d} {"上班" if self.works else "放假"}'
