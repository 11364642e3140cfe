"""Review sessions (评审会议): the seated experts, the declarations to review and the secret ballot."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, Labelled, now
from models.catalogue import Committee
from models.fields import day, flag, moment, paragraph, state, text


class MeetingState(Labelled):
    """State of a session: prepared, voting, closed."""

    PLANNED = 'planned', '筹备中'
    OPEN = 'open', '表决中'
    CLOSED = 'closed', '已结束'


class Vote(Labelled):
    """The three answers of a ballot."""

    FOR = 'for', '同意'
    AGAINST = 'against', '反对'
    ABSTAIN = 'abstain', '弃权'


class ReviewMeeting(Base):
    """One meeting of a committee."""

    __tablename__ = 'review_session'
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name='closed_has_moment'),
        Index('ix_review_session_committee', 'committee_id', 'state'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    committee_id: Mapped[int] = mapped_column(ForeignKey('committee.id'))
    name: Mapped[str] = text('会议名称', 100, required=True)
    held_on: Mapped[date] = day('会议日期', required=True)
    place: Mapped[str] = text('会议地点', 100, required=True)
    state: Mapped[str] = state('会议状态', MeetingState, default=MeetingState.PLANNED)
    closed_at: Mapped[datetime | None] = moment('结束时间')

    committee: Mapped[Committee] = relationship()
    seats: Mapped[list[Seat]] = relationship(back_populates='session', cascade='all, delete-orphan', order_by='Seat.id')
    items: Mapped[list[MeetingItem]] = relationship(
        back_populates='session', cascade='all, delete-orphan', order_by='MeetingItem.id'
    )

    def __str__(self) -> str:
        return self.name


class Seat(Base):
    """An expert called to a session, with the attendance."""

    __tablename__ = 'seat'
    __table_args__ = (UniqueConstraint('session_id', 'expert_id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey('review_session.id', ondelete='CASCADE'))
    expert_id: Mapped[int] = mapped_column(ForeignKey('account.id'), index=True)
    chair: Mapped[bool] = flag('主任委员', default=False)
    present: Mapped[bool] = flag('到会', default=False)

    session: Mapped[ReviewMeeting] = relationship(back_populates='seats')
    expert: Mapped[Account] = relationship(lazy='joined')


class MeetingItem(Base):
    """A declaration on the agenda of a session. Once the session is closed, its ballots are the final count."""

    __tablename__ = 'session_item'
    __table_args__ = (UniqueConstraint('session_id', 'application_id'), Index('ix_session_item_app', 'application_id'))

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey('review_session.id', ondelete='CASCADE'))
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'))

    session: Mapped[ReviewMeeting] = relationship(back_populates='items')
    application: Mapped[Application] = relationship(lazy='joined')
    ballots: Mapped[list[Ballot]] = relationship(back_populates='item', cascade='all, delete-orphan')


class Ballot(Base):
    """One expert's vote on one declaration. It cannot change once the session is closed."""

    __tablename__ = 'ballot'
    __table_args__ = (UniqueConstraint('item_id', 'expert_id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey('session_item.id', ondelete='CASCADE'))
    expert_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    vote: Mapped[str] = state('表决', Vote, required=True)
    comment: Mapped[str] = paragraph('评审意见', 500, default='')
    cast_at: Mapped[datetime] = moment('表决时间', default=now)

    item: Mapped[MeetingItem] = relationship(back_populates='ballots')
    expert: Mapped[Account] = relationship()
