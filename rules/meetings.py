"""Review sessions: call experts, add declarations, open the vote, cast a ballot, close."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from models.account import Account, Role
from models.application import Application, Stage
from models.base import now
from models.catalogue import Committee
from models.review import Ballot, MeetingItem, MeetingState, ReviewMeeting, Seat, Vote
from rules import access, ballots
from rules.flow.doing import perform
from rules.flow.transition import Door
from rules.refusal import Refusal, Refused

WHOLE = selectinload(ReviewMeeting.seats), selectinload(ReviewMeeting.items).selectinload(MeetingItem.ballots)
"""Options that load a session with its seats, items and ballots in a fixed number of queries."""

LEAST_EXPERTS = 3
"""Minimum number of experts of a session; the office ensures the committee's own size."""


def experts(session: Session) -> list[Account]:
    """List the enabled experts, with their employers loaded."""
    callable_ones = select(Account).where(Account.role == Role.EXPERT, Account.enabled).order_by(Account.id)
    return list(session.scalars(callable_ones.options(joinedload(Account.employer), lazyload(Account.grants))))


def list_without_meeting(session: Session, committee_id: int) -> list[Application]:
    """List the declarations of a committee that wait for review and belong to no session yet."""
    query = (
        select(Application)
        .where(
            Application.committee_id == committee_id,
            Application.stage == Stage.EXPERT_REVIEW,
            ~select(MeetingItem.id).where(MeetingItem.application_id == Application.id).exists(),
        )
        .order_by(Application.entered_at, Application.id)
    )
    return list(session.scalars(query))


def seat(session: Session, meeting: ReviewMeeting, expert_ids: Iterable[int], present_ids: Iterable[int]) -> None:
    """Set the called experts and, with ``present_ids``, the present ones.

    Raises Refused in a closed session, and for removing an expert who has voted or marking this expert absent.
    """
    _hold(session, meeting)
    _not_closed(meeting)
    wanted, present = set(expert_ids), set(present_ids)
    held = {each.expert_id: each for each in meeting.seats}
    voted = {ballot.expert_id for item in meeting.items for ballot in item.ballots}
    gone = (set(held) - wanted) & voted
    if gone or any(held[expert].present and expert not in present for expert in voted & set(held)):
        raise Refused(Refusal('voted', '已投票的专家不能移出名单或改为未到会'))
    meeting.seats = [each for expert, each in held.items() if expert in wanted]
    for expert in experts(session):
        if expert.id in wanted and expert.id not in held:
            meeting.seats.append(Seat(expert=expert))
    for each in meeting.seats:
        each.present = each.expert.id in present
    session.flush()


def bring(session: Session, meeting: ReviewMeeting, application_ids: Iterable[int]) -> int:
    """Add waiting declarations to the session; return the number added."""
    _hold(session, meeting)
    _not_closed(meeting)
    # the lock on the committee keeps two sessions from adding the same declaration
    session.execute(select(Committee.id).where(Committee.id == meeting.committee_id).with_for_update())
    wanted = set(application_ids)
    added = [each for each in list_without_meeting(session, meeting.committee_id) if each.id in wanted]
    for application in added:
        meeting.items.append(MeetingItem(application=application))
    session.flush()
    return len(added)


def open_for_votes(session: Session, meeting: ReviewMeeting) -> None:
    """Open the vote. Raises Refused without quorum (三分之二以上到会) or without declarations."""
    _hold(session, meeting)
    _not_closed(meeting)
    _quorate(meeting)
    if not meeting.items:
        raise Refused(Refusal('nothing', '尚未列入待评审申报'))
    meeting.state = MeetingState.OPEN
    session.flush()


def ballot_refusal(item: MeetingItem, expert: Account) -> Refusal | None:
    """Return the reason that an expert may not vote on a declaration, or None."""
    place = next((each for each in item.session.seats if each.expert_id == expert.id), None)
    if place is None or item.session.state == MeetingState.PLANNED:
        return Refusal('not_called', '您不在该会议的专家名单中，或表决尚未开始')
    if item.session.state == MeetingState.CLOSED:
        return Refusal('session_closed', f'「{item.session.name}」已结束，不能再表决')
    if not place.present:
        return Refusal('absent', '未到会的专家不得委托或补充投票')
    recusal = access.recusal(expert, item.application)
    return Refusal('recused', recusal) if recusal else None


def cast(session: Session, item: MeetingItem, expert: Account, vote: Vote, comment: str) -> Ballot:
    """Cast or change a ballot in an open session. Raises Refused if the expert may not vote."""
    _hold(session, item.session)
    refusal = ballot_refusal(item, expert)
    if refusal:
        raise Refused(refusal)
    ballot = next((each for each in item.ballots if each.expert_id == expert.id), None)
    if ballot is None:
        ballot = Ballot(expert_id=expert.id)
        item.ballots.append(ballot)
    ballot.vote, ballot.comment, ballot.cast_at = vote, comment, now()
    session.flush()
    return ballot


def close(session: Session, meeting: ReviewMeeting, office: Account) -> tuple[int, int]:
    """Count every ballot, move every declaration and close; return the numbers of passed and failed declarations.

    Raises Refused if a present expert has not voted, or without quorum.
    """
    _hold(session, meeting)
    if meeting.state != MeetingState.OPEN:
        raise Refused(Refusal('not_open', f'「{meeting.name}」不在表决中，不能结束'))
    _quorate(meeting)
    counts = [(item, ballots.tally(item)) for item in meeting.items]
    unfinished = [item for item, tally in counts if tally.missing]
    if unfinished:
        raise Refused(
            Refusal('votes_missing', f'还有 {len(unfinished)} 项申报未收齐表决：{unfinished[0].application} 等')
        )
    passed = 0
    for item, tally in counts:
        data = {
            'session': meeting.name,
            'present': tally.present,
            'for': tally.in_favour,
            'against': tally.against,
            'abstain': tally.abstained,
        }
        action = 'pass' if tally.passed else 'reject'
        perform(session, action, item.application, office, data=data, door=Door.SESSION)
        passed += tally.passed
    for item, _tally in counts:  # keep only counted ballots: in a closed session, the ballots are the count
        item.ballots = [ballot for ballot in item.ballots if ballot.expert_id in ballots.voters(item)]
    meeting.state, meeting.closed_at = MeetingState.CLOSED, now()
    session.flush()
    return passed, len(counts) - passed


def _hold(session: Session, meeting: ReviewMeeting) -> None:
    """Lock a session (SELECT … FOR UPDATE) and reload it with its seats and ballots."""
    held = select(ReviewMeeting).where(ReviewMeeting.id == meeting.id).options(*WHOLE)
    session.scalars(held.with_for_update(of=ReviewMeeting).execution_options(populate_existing=True)).one()


def _quorate(meeting: ReviewMeeting) -> None:
    """Refuse without enough experts (三分之二以上到会), or if a declaration has no one left to vote on it."""
    came, needed = ballots.quorum(meeting)
    if len(meeting.seats) < LEAST_EXPERTS:
        raise Refused(Refusal('few_experts', f'至少安排 {LEAST_EXPERTS} 位专家，现有 {len(meeting.seats)} 位'))
    if came < needed:
        raise Refused(Refusal('no_quorum', f'到会专家不足三分之二：须 {needed} 位，现 {came} 位'))
    for item in meeting.items:
        if ballots.tally(item).present == 0:
            sentence = f'{item.application}：到会专家全部须回避，无人可以表决，请增加到会专家'
            raise Refused(Refusal('all_recused', sentence))


def _not_closed(meeting: ReviewMeeting) -> None:
    if meeting.state == MeetingState.CLOSED:
        raise Refused(Refusal('session_closed', f'「{meeting.name}」已结束，不能再修改'))
