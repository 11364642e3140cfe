"""A review session over HTTP: the office prepares and closes it, the experts vote, and no one else touches it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import db
from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.review import Ballot, MeetingItem, MeetingState, ReviewMeeting, Seat
from rules import invariants
from tests.helpers.declarations import stage_of
from tests.helpers.types import ClientOf


def experts(app: Flask, *numbers: int) -> list[str]:
    """Keys of experts by the number in their sign-in name."""
    with app.app_context():
        names = [f'zhuanjia{number}' for number in numbers]
        found = dict(db.session.execute(select(Account.username, Account.id).where(Account.username.in_(names))).all())
        return [str(found[name]) for name in names]


def without_session(app: Flask, committee: int) -> list[int]:
    """Declarations of a committee in review that stand before no session."""
    with app.app_context():
        query = select(Application.id).where(
            Application.stage == Stage.EXPERT_REVIEW,
            Application.committee_id == committee,
            Application.id.not_in(select(MeetingItem.application_id)),
        )
        return list(db.session.scalars(query))


def meeting(app: Flask, key: int) -> tuple[str, int, int]:
    """State of a session, experts called, declarations brought."""
    with app.app_context():
        found = db.session.get_one(ReviewMeeting, key)
        return found.state, len(found.seats), len(found.items)


@pytest.fixture
def planned(app: Flask, client_of: ClientOf) -> int:
    """A session that the office of committee 1 has just made."""
    data = {
        'name': '补充会议',
        'held_on': f'{now():%Y-%m-%d}',
        'place': '市民中心',
        'state': 'closed',
        'committee_id': '2',
    }
    answer = client_of('bangong1').post('/sessions/new/', data=data)
    key = int(answer.location.rpartition('=')[2])
    assert (answer.status_code, meeting(app, key)) == (302, (MeetingState.PLANNED, 0, 0))
    with app.app_context():
        assert db.session.get_one(ReviewMeeting, key).committee_id == 1
    return key


def run(client: FlaskClient, verb: str, key: int, **data: object) -> str:
    """Do one thing with a session; answers with the page that follows."""
    answer = client.post(f'/sessions/{verb}/?id={key}', data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ('field', 'value', 'said'),
    [('name', '', '请填写'), ('held_on', '', '请填写'), ('held_on', '2026-13-01', '日期不正确')],
)
def test_a_session_wants_its_name_and_day(client_of: ClientOf, field: str, value: str, said: str) -> None:
    data = {'name': '补充会议', 'held_on': f'{now():%Y-%m-%d}', 'place': '市民中心', field: value}
    answer = client_of('bangong1').post('/sessions/new/', data=data)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, said in page, '市民中心' in page) == (200, True, True)


def test_the_whole_session(app: Flask, client_of: ClientOf, planned: int) -> None:
    office = client_of('bangong1')
    called = experts(app, 1, 2, 3)
    subjects = without_session(app, 1)
    assert subjects
    assert '至少安排 3 位专家，现有 0 位' in run(office, 'open', planned)
    assert '共 3 位' in run(office, 'seat', planned, expert=called, present=called[:1])
    assert '须 2 位，现 1 位' in run(office, 'open', planned)
    assert '共 3 位' in run(office, 'seat', planned, expert=called, present=called)
    assert '尚未列入待评审申报' in run(office, 'open', planned)
    assert f'已列入 {len(subjects)} 项申报' in run(office, 'bring', planned, application=[str(key) for key in subjects])
    assert '已列入 0 项申报' in run(office, 'bring', planned, application=[str(key) for key in subjects])
    assert '不在表决中，不能结束' in run(office, 'close', planned)
    assert '表决已开始' in run(office, 'open', planned)
    for number, vote in ((1, 'for'), (2, 'for')):
        for key in subjects:
            vote_of(client_of(f'zhuanjia{number}'), key, vote)
    assert '未收齐表决' in run(office, 'close', planned)
    for key in subjects:
        vote_of(client_of('zhuanjia3'), key, 'against', comment='业绩尚需积累。')
    page = run(office, 'close', planned)
    assert f'会议已结束，通过 {len(subjects)} 项，不通过 0 项' in page
    assert meeting(app, planned) == (MeetingState.CLOSED, 3, len(subjects))
    assert {stage_of(app, key) for key in subjects} == {Stage.NOTICE_LAUNCH}
    assert '不在表决中' in run(office, 'close', planned)
    assert '已结束，不能再修改' in run(office, 'seat', planned)
    assert '已结束，不能再修改' in run(office, 'open', planned)
    assert office.get(f'/sessions/edit/?id={planned}').status_code == 403
    assert client_of('zhuanjia1').get(f'/ballots/vote/?id={subjects[0]}').status_code == 404
    with app.app_context():
        assert list(invariants.violations(db.session())) == []


def vote_of(client: FlaskClient, key: int, vote: str, comment: str = '') -> str:
    """Vote on a declaration; answers with the page that follows."""
    data = {'vote': vote, 'comment': comment}
    answer = client.post(f'/ballots/vote/?id={key}', data=data, follow_redirects=True)
    return answer.get_data(as_text=True)


def in_open_session(app: Flask, employer: int | None = None) -> int:
    """A declaration before an open session, of a given employer."""
    with app.app_context():
        query = (
            select(Application.id)
            .join(MeetingItem, MeetingItem.application_id == Application.id)
            .join(ReviewMeeting)
            .where(ReviewMeeting.state == MeetingState.OPEN)
        )
        return db.session.scalars(query.where(Application.employer_id == employer)).first()


def ballots(app: Flask, username: str) -> dict[int, tuple[str, str]]:
    """An expert's votes in open sessions, by declaration."""
    with app.app_context():
        query = (
            select(MeetingItem.application_id, Ballot.vote, Ballot.comment)
            .join(Ballot)
            .join(ReviewMeeting)
            .join(Account, Account.id == Ballot.expert_id)
            .where(Account.username == username, ReviewMeeting.state == MeetingState.OPEN)
        )
        return {key: (vote, comment) for key, vote, comment in db.session.execute(query)}


def test_a_vote_is_cast_changed_and_shown_to_its_caster(app: Flask, client_of: ClientOf) -> None:
    key, client = in_open_session(app, 3), client_of('zhuanjia1')
    assert key not in ballots(app, 'zhuanjia1')
    assert '已表决「同意」' in vote_of(client, key, 'for')
    assert '已表决「反对」' in vote_of(client, key, 'against', '材料不足。')
    assert ballots(app, 'zhuanjia1')[key] == ('against', '材料不足。')
    assert '材料不足。' in client.get(f'/ballots/vote/?id={key}').get_data(as_text=True)
    for other, path in (('zhuanjia2', f'/ballots/vote/?id={key}'), ('bangong2', '/sessions/details/?id=4')):
        assert '材料不足。' not in client_of(other).get(path).get_data(as_text=True)


@pytest.mark.parametrize(('vote', 'comment'), [('', ''), ('nothing', ''), ('for', 'x' * 5000)])
def test_a_vote_that_is_none_is_not_counted(app: Flask, client_of: ClientOf, vote: str, comment: str) -> None:
    key = in_open_session(app, 3)
    answer = client_of('zhuanjia1').post(f'/ballots/vote/?id={key}', data={'vote': vote, 'comment': comment})
    assert answer.status_code == 200
    assert key not in ballots(app, 'zhuanjia1')


def test_an_expert_of_the_same_employer_neither_sees_nor_votes(app: Flask, client_of: ClientOf) -> None:
    """zhuanjia9 works for employer 1."""
    key, client = in_open_session(app, 1), client_of('zhuanjia9')
    assert f'id={key}&' not in client.get('/ballots/?tab=all').get_data(as_text=True)
    for path in ('vote', 'details', 'progress'):
        assert client.get(f'/ballots/{path}/?id={key}').status_code == 404
    assert client.post(f'/ballots/vote/?id={key}', data={'vote': 'for'}).status_code == 404
    assert client.get(f'/files/?id={key}').status_code == 404
    assert key not in ballots(app, 'zhuanjia9')


def test_an_expert_does_not_vote_on_the_own_declaration(app: Flask, client_of: ClientOf) -> None:
    key = in_open_session(app, 3)
    with app.app_context():
        expert = db.session.scalars(select(Account).where(Account.username == 'zhuanjia1')).one()
        expert.id_number = db.session.get_one(Application, key).id_number
        db.session.commit()
    vote_of(client_of('zhuanjia1'), key, 'for')
    assert key not in ballots(app, 'zhuanjia1')


def test_who_did_not_come_does_not_vote(app: Flask, client_of: ClientOf) -> None:
    key = in_open_session(app, 3)
    with app.app_context():
        seats = (
            select(Seat)
            .join(ReviewMeeting)
            .where(ReviewMeeting.state == MeetingState.OPEN, Seat.expert.has(username='zhuanjia1'))
        )
        for seat in db.session.scalars(seats):
            seat.present = False
        db.session.commit()
    assert '未到会的专家不得委托或补充投票' in vote_of(client_of('zhuanjia1'), key, 'for')
    assert key not in ballots(app, 'zhuanjia1')


def test_an_expert_who_was_not_called_sees_nothing_of_it(app: Flask, client_of: ClientOf, planned: int) -> None:
    office, called = client_of('bangong1'), experts(app, 1, 2, 3)
    key = without_session(app, 1)[0]
    run(office, 'seat', planned, expert=called, present=called)
    run(office, 'bring', planned, application=[str(key)])
    assert client_of('zhuanjia1').get(f'/ballots/vote/?id={key}').status_code == 404  # not begun
    run(office, 'open', planned)
    assert client_of('zhuanjia1').get(f'/ballots/vote/?id={key}').status_code == 200
    assert client_of('zhuanjia5').get(f'/ballots/vote/?id={key}').status_code == 404
    assert client_of('zhuanjia5').post(f'/ballots/vote/?id={key}', data={'vote': 'for'}).status_code == 404


def test_the_office_of_another_committee_touches_nothing(app: Flask, client_of: ClientOf, planned: int) -> None:
    client, before = client_of('bangong2'), meeting(app, planned)
    called = experts(app, 1, 2, 3)
    for verb in ('seat', 'bring', 'open', 'close'):
        data = {'expert': called, 'present': called, 'application': ['35']}
        assert client.post(f'/sessions/{verb}/?id={planned}', data=data).status_code == 404
    for page in ('details', 'edit'):
        assert client.get(f'/sessions/{page}/?id={planned}').status_code == 404
    assert client.post(f'/sessions/edit/?id={planned}', data={'name': '改'}).status_code == 404
    assert meeting(app, planned) == before


def test_only_experts_are_seated_and_only_waiting_declarations_brought(
    app: Flask, client_of: ClientOf, planned: int
) -> None:
    client = client_of('bangong1')
    with app.app_context():
        others = [str(key) for key in db.session.scalars(select(Account.id).where(Account.role != 'expert'))]
        everything = [str(key) for key in db.session.scalars(select(Application.id))]
    run(client, 'seat', planned, expert=[*others, 'x', '²', '9' * 30], present=others)
    assert meeting(app, planned)[1] == 0
    subjects = set(without_session(app, 1))
    run(client, 'bring', planned, application=[*everything, 'x', '-1'])
    with app.app_context():
        items = select(MeetingItem.application_id).where(MeetingItem.session_id == planned)
        assert set(db.session.scalars(items)) == subjects


def test_a_session_once_open_is_not_edited_into_another_state(app: Flask, client_of: ClientOf) -> None:
    client = client_of('bangong1')
    data = {'name': '改名会议', 'held_on': f'{now():%Y-%m-%d}', 'place': '别处', 'state': 'closed', 'committee_id': '2'}
    client.post('/sessions/edit/?id=2', data=data)
    with app.app_context():
        found = db.session.get_one(ReviewMeeting, 2)
        assert (found.state, found.committee_id, found.name) == (MeetingState.OPEN, 1, '改名会议')


@pytest.mark.parametrize('username', ['zhuanjia1', 'guanli1', 'geren3', 'rensheju1', 'pingtai1'])
def test_no_other_role_runs_a_session(app: Flask, client_of: ClientOf, username: str) -> None:
    before = meeting(app, 2)
    for verb in ('seat', 'bring', 'open', 'close'):
        assert client_of(username).post(f'/sessions/{verb}/?id=2').status_code == 403
    assert meeting(app, 2) == before


def test_the_counts_stay_hidden_until_the_session_closes(client_of: ClientOf) -> None:
    client = client_of('bangong1')
    assert '<th>同意</th>' not in client.get('/sessions/details/?id=2').get_data(as_text=True)
    assert '<th>同意</th>' in client.get('/sessions/details/?id=1').get_data(as_text=True)
