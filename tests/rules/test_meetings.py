"""A review session: who may sit and vote, the quorum, the recusal, and what closing does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.review import MeetingItem, MeetingState, ReviewMeeting, Vote
from rules import access, ballots, invariants, meetings
from rules.refusal import Refused
from tests.helpers.types import Find, Who


@pytest.fixture
def meeting(session: Session, application: Find) -> ReviewMeeting:
    """A session being prepared by committee 1, with the two declarations that wait brought before it."""
    for _ in range(2):
        application(Stage.EXPERT_REVIEW)
    prepared = ReviewMeeting(committee_id=1, name='补充会议', held_on=now().date(), place='市民中心')
    session.add(prepared)
    session.flush()
    meetings.bring(session, prepared, [row.id for row in meetings.list_without_meeting(session, 1)])
    assert len(prepared.items) == 2
    return prepared


def call(session: Session, meeting: ReviewMeeting, account: Who, called: int, came: int) -> list[Account]:
    """Call the first experts; the first of them came."""
    experts = [account(f'zhuanjia{number}') for number in range(1, called + 1)]
    meetings.seat(session, meeting, [each.id for each in experts], [each.id for each in experts[:came]])
    return experts


def refusal(run: Callable[[], object]) -> str:
    """The code with which an operation is refused."""
    with pytest.raises(Refused) as refused:
        run()
    return refused.value.refusal.code


@pytest.mark.parametrize(
    ('called', 'came', 'code'), [(2, 2, 'few_experts'), (3, 1, 'no_quorum'), (9, 5, 'no_quorum'), (6, 3, 'no_quorum')]
)
def test_the_ballot_does_not_begin_without_a_quorum(
    session: Session, meeting: ReviewMeeting, account: Who, called: int, came: int, code: str
) -> None:
    call(session, meeting, account, called, came)
    assert refusal(lambda: meetings.open_for_votes(session, meeting)) == code
    assert meeting.state == MeetingState.PLANNED


@pytest.mark.parametrize(('called', 'came'), [(3, 2), (9, 6), (6, 4)])
def test_two_thirds_are_a_quorum(
    session: Session, meeting: ReviewMeeting, account: Who, called: int, came: int
) -> None:
    call(session, meeting, account, called, came)
    meetings.open_for_votes(session, meeting)
    assert meeting.state == MeetingState.OPEN


def test_a_session_without_declarations_does_not_begin(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    meeting.items.clear()
    call(session, meeting, account, 3, 3)
    assert refusal(lambda: meetings.open_for_votes(session, meeting)) == 'nothing'


def test_only_who_came_votes_and_no_one_on_a_colleague(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    experts = call(session, meeting, account, 9, 6)
    item = meeting.items[0]
    item.application.employer_id = 1
    assert refusal(lambda: meetings.cast(session, item, experts[0], Vote.FOR, '')) == 'not_called'
    meetings.open_for_votes(session, meeting)
    assert refusal(lambda: meetings.cast(session, item, experts[7], Vote.FOR, '')) == 'absent'
    assert refusal(lambda: meetings.cast(session, item, account('geren1'), Vote.FOR, '')) == 'not_called'
    experts[0].employer_id = 1
    assert refusal(lambda: meetings.cast(session, item, experts[0], Vote.FOR, '')) == 'recused'
    meetings.cast(session, item, experts[1], Vote.FOR, '')
    assert [ballot.expert_id for ballot in item.ballots] == [experts[1].id]


def test_nobody_decides_where_all_who_came_must_withdraw(
    session: Session, meeting: ReviewMeeting, account: Who
) -> None:
    """No votes of nobody are not a rejection."""
    experts = call(session, meeting, account, 4, 3)
    meetings.open_for_votes(session, meeting)
    for expert in experts[:3]:
        expert.employer_id = meeting.items[0].application.employer_id
    del meeting.items[1:]
    session.flush()
    assert refusal(lambda: meetings.close(session, meeting, account('bangong1'))) == 'all_recused'
    assert refusal(lambda: meetings.open_for_votes(session, meeting)) == 'all_recused'
    experts[3].employer_id = None
    meetings.seat(session, meeting, [each.id for each in experts], [each.id for each in experts])
    meetings.cast(session, meeting.items[0], experts[3], Vote.FOR, '')
    assert meetings.close(session, meeting, account('bangong1')) == (1, 0)


def test_an_expert_neither_reads_nor_decides_the_own_declaration(
    session: Session, meeting: ReviewMeeting, account: Who
) -> None:
    experts = call(session, meeting, account, 3, 3)
    meetings.open_for_votes(session, meeting)
    application, today = meeting.items[0].application, now().date()
    assert access.find(session, experts[0], Application, application.id, today) is application
    experts[0].id_number = application.id_number
    assert refusal(lambda: meetings.cast(session, meeting.items[0], experts[0], Vote.FOR, '')) == 'recused'
    assert access.find(session, experts[0], Application, application.id, today) is None
    assert access.find(session, experts[1], Application, application.id, today) is application


def test_a_session_that_lost_its_quorum_does_not_close(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    experts = call(session, meeting, account, 3, 3)
    meetings.open_for_votes(session, meeting)
    for item in meeting.items:
        for expert in experts:
            meetings.cast(session, item, expert, Vote.FOR, '')
    call_all = [account(f'zhuanjia{number}').id for number in range(1, 10)]
    meetings.seat(session, meeting, call_all, [each.id for each in experts])
    assert refusal(lambda: meetings.close(session, meeting, account('bangong1'))) == 'no_quorum'


def test_a_vote_can_be_changed_until_the_session_closes(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    experts = call(session, meeting, account, 3, 3)
    meetings.open_for_votes(session, meeting)
    item = meeting.items[0]
    meetings.cast(session, item, experts[0], Vote.FOR, '')
    meetings.cast(session, item, experts[0], Vote.AGAINST, '尚需积累。')
    assert [(ballot.vote, ballot.comment) for ballot in item.ballots] == [(Vote.AGAINST, '尚需积累。')]


def test_who_has_voted_stays_on_the_list(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    experts = call(session, meeting, account, 3, 3)
    meetings.open_for_votes(session, meeting)
    meetings.cast(session, meeting.items[0], experts[0], Vote.FOR, '')
    others = [each.id for each in experts[1:]]
    assert refusal(lambda: meetings.seat(session, meeting, others, others)) == 'voted'


def test_a_session_closes_only_when_all_have_voted(session: Session, meeting: ReviewMeeting, account: Who) -> None:
    call(session, meeting, account, 3, 3)
    office = account('bangong1')
    assert refusal(lambda: meetings.close(session, meeting, office)) == 'not_open'
    meetings.open_for_votes(session, meeting)
    assert refusal(lambda: meetings.close(session, meeting, office)) == 'votes_missing'


@pytest.mark.parametrize(
    ('votes', 'stage'),
    [
        ((Vote.FOR, Vote.FOR, Vote.AGAINST), Stage.NOTICE_LAUNCH),
        ((Vote.FOR, Vote.AGAINST, Vote.ABSTAIN), Stage.CLOSED),
        ((Vote.ABSTAIN, Vote.ABSTAIN, Vote.ABSTAIN), Stage.CLOSED),
    ],
)
def test_closing_moves_every_declaration_by_the_two_thirds_rule(
    session: Session, meeting: ReviewMeeting, account: Who, votes: tuple[Vote, ...], stage: Stage
) -> None:
    experts = call(session, meeting, account, 3, 3)
    meetings.open_for_votes(session, meeting)
    for item in meeting.items:
        for expert, vote in zip(experts, votes, strict=True):
            meetings.cast(session, item, expert, vote, '')
    passed, failed = meetings.close(session, meeting, account('bangong1'))
    assert {item.application.stage for item in meeting.items} == {stage}
    assert (passed, failed)[stage == Stage.CLOSED] == len(meeting.items)
    assert refusal(lambda: meetings.cast(session, meeting.items[0], experts[0], Vote.FOR, '')) == 'session_closed'
    assert list(invariants.violations(session)) == []


def test_what_was_decided_does_not_change_with_what_people_become(
    session: Session, meeting: ReviewMeeting, account: Who
) -> None:
    experts = call(session, meeting, account, 4, 4)
    meetings.open_for_votes(session, meeting)
    item = meeting.items[0]
    del meeting.items[1:]
    session.flush()
    for expert in experts:
        meetings.cast(session, item, expert, Vote.FOR, '')
    experts[3].employer_id = item.application.employer_id  # known before the count: this ballot does not count
    assert meetings.close(session, meeting, account('bangong1')) == (1, 0)
    decided = ballots.Tally(3, 3, 0, 0)
    assert (ballots.tally(item), [seat.expert for seat in ballots.withdrawn(item)]) == (decided, [experts[3]])
    experts[0].employer_id, experts[3].employer_id = item.application.employer_id, None
    session.flush()
    assert (ballots.tally(item), [seat.expert for seat in ballots.withdrawn(item)]) == (decided, [experts[3]])


def test_a_declaration_stands_before_one_session_only(session: Session, meeting: ReviewMeeting) -> None:
    other = ReviewMeeting(committee_id=1, name='另一会议', held_on=now().date(), place='市民中心')
    session.add(other)
    session.flush()
    assert meetings.bring(session, other, [item.application_id for item in meeting.items]) == 0


def test_only_the_committee_s_own_declarations_are_brought(
    session: Session, meeting: ReviewMeeting, application: Find
) -> None:
    foreign = application(Stage.EXPERT_REVIEW, committee=2)
    assert meetings.bring(session, meeting, [foreign.id]) == 0
    committees = select(Application.committee_id).join(MeetingItem).where(MeetingItem.session_id == meeting.id)
    assert set(session.scalars(committees)) == {1}
