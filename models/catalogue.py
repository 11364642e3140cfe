"""The catalogue of the review: series, titles, specialities, committees and the year's call (年度申报计划)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Labelled
from models.fields import choice, chosen, day, flag, money, reference, rich, state, text, whole
from models.statutory import StatutoryNumber
from models.terms import LEVELS


class ExamMode(Labelled):
    """Mode of the exam of professional practice that a speciality requires (手册 §2.1.7)."""

    NONE = 'none', '不要求考试'
    INSTEAD = 'instead', '以考代评'
    COMBINED = 'combined', '考评结合'


class Track(Labelled):
    """Kind of declaration (申报类型, 手册 §2.1.7)."""

    REGULAR = 'regular', '普通申报'
    EXCEPTIONAL = 'exceptional', '破格申报'
    TRANSFER = 'transfer', '转系列（专业）申报'
    ASSESSMENT = 'assessment', '考核认定'
    CONFIRMATION = 'confirmation', '省外（中央单位）职称确认'


class Series(Base):
    """A series (系列), for instance 工程技术."""

    __tablename__ = 'series'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = text('系列', 60, unique=True, required=True)

    def __str__(self) -> str:
        return self.name


class Title(Base):
    """A title (资格名称) at one level of a series, for instance 高级工程师."""

    __tablename__ = 'title'
    __table_args__ = (UniqueConstraint('series_id', 'level', 'name'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = reference('系列', 'series.id', required=True)
    level: Mapped[str] = choice('级别', LEVELS, required=True)
    name: Mapped[str] = text('资格名称', 60, required=True)

    series: Mapped[Series] = relationship(lazy='joined')

    def __str__(self) -> str:
        return f'{self.series} · {self.level} · {self.name}'


class Speciality(Base):
    """A speciality (专业) of a series."""

    __tablename__ = 'speciality'
    __table_args__ = (UniqueConstraint('series_id', 'name'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = reference('系列', 'series.id', required=True)
    name: Mapped[str] = text('专业', 60, required=True)

    series: Mapped[Series] = relationship(lazy='joined')

    def __str__(self) -> str:
        return f'{self.series} · {self.name}'


class Committee(Base):
    """A review committee (评委会) with its office; the host body collects the fee (执收单位)."""

    __tablename__ = 'committee'

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = text('评委会编号', 2, unique=True, required=True, check='two_digits')
    name: Mapped[str] = text('评委会', 100, unique=True, required=True)
    office_name: Mapped[str] = text('评委会办公室', 100, required=True)
    host_name: Mapped[str] = text('执收单位名称', 100, required=True)
    host_code: Mapped[str] = text('执收单位编码', 30, required=True)
    phone: Mapped[str] = text('联系电话', 30, default='')

    def __str__(self) -> str:
        return self.name


class Call(Base):
    """The city's plan of one review year (年度申报计划), with the first and last day for submissions."""

    __tablename__ = 'call'
    __table_args__ = (CheckConstraint('opens_on <= closes_on', name='opens_before_it_closes'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = whole('评审年度', unique=True, required=True, minimum=2000, maximum=2100)
    name: Mapped[str] = text('年度申报计划', 100, required=True)
    opens_on: Mapped[date] = day('申报开始时间', required=True)
    closes_on: Mapped[date] = day('申报结束时间', required=True)
    payment_days: Mapped[int] = whole(
        '缴费期限（天）', default=15, required=True, minimum=1, maximum=365, help='自开具缴费通知书之日起'
    )
    announcement: Mapped[str] = text('相关公告', 300, default='')
    conditions: Mapped[str] = rich('申请条件', 20000, default='')
    hints: Mapped[str] = rich('温馨提示', 20000, default='')

    def __str__(self) -> str:
        return self.name


class CallNumber(Base):
    """A statutory number that a call sets for itself, from a day on. A change adds another row."""

    __tablename__ = 'call_number'
    __table_args__ = (
        UniqueConstraint('call_id', 'number', 'effective_on'),
        CheckConstraint('value >= 0', name='value_not_negative'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = reference('年度申报计划', 'call.id', required=True)
    number: Mapped[str] = state('法定数字', StatutoryNumber, required=True)
    value: Mapped[int] = whole('数值', required=True, minimum=0, maximum=1000)
    effective_on: Mapped[date] = day(
        '生效日期', required=True, help='应晚于今天；此日及以后首次提交的申报按新数值，此前已提交的仍按原数值'
    )

    call: Mapped[Call] = relationship(lazy='joined')

    @property
    def change(self) -> str:
        """Return the change in words: number, new value and first day."""
        number = StatutoryNumber(self.number)
        return f'{number.label} {self.value} {number.unit}（{self.effective_on} 起）'

    def __str__(self) -> str:
        return f'{self.call} {self.change}'


class Offering(Base):
    """A title in a speciality that a call opens, and the committee that reviews it."""

    __tablename__ = 'offering'
    __table_args__ = (
        UniqueConstraint('call_id', 'title_id', 'speciality_id'),
        Index('ix_offering_committee_id', 'committee_id'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = reference('年度申报计划', 'call.id', required=True)
    title_id: Mapped[int] = reference('资格名称', 'title.id', required=True)
    speciality_id: Mapped[int] = reference('专业', 'speciality.id', required=True)
    committee_id: Mapped[int] = reference('评委会', 'committee.id', required=True)
    exam_mode: Mapped[str] = state('考试要求', ExamMode, default=ExamMode.NONE)

    call: Mapped[Call] = relationship(lazy='joined')
    title: Mapped[Title] = relationship(lazy='joined')
    speciality: Mapped[Speciality] = relationship(lazy='joined')
    committee: Mapped[Committee] = relationship(lazy='joined')

    def __str__(self) -> str:
        return f'{self.title} · {self.speciality.name}'


class FeeStandard(Base):
    """Fee of a declaration by level. A standard for a track takes precedence over the level's general standard."""

    __tablename__ = 'fee_standard'
    __table_args__ = (
        UniqueConstraint('level', 'track'),
        CheckConstraint('amount_fen >= 0', name='amount_not_negative'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = choice('级别', LEVELS, required=True)
    track: Mapped[str] = chosen(
        '申报类型', 30, choices=Track.labels(), default='', shown_empty='一般标准', help='留空为该级别的一般标准'
    )
    amount_fen: Mapped[int] = money('收费标准（元）', required=True, minimum=0, maximum=10_000_000)
    in_force: Mapped[bool] = flag('启用', default=True)

    def __str__(self) -> str:
        return f'{self.level}{Track(self.track).label if self.track in Track.labels() else self.track}'
