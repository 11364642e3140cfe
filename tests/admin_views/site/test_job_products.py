"""Products of jobs are for whoever may enter the room in which they were asked for."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import db
from models.account import Account, Grant
from models.bulk_result import BulkResult
from models.job import Job
from models.review import ReviewMeeting
from ports import job_queue
from tests.helpers.access import (
    MENU_VIEWS,
    PEOPLE,
    VIEWS,
    H,
    O,
    P,
    applications,
    status,
)
from tests.helpers.answers import MISSING, NO, OK
from tests.helpers.types import ClientOf

APPLICATIONS = {H: 'employer_applications', O: 'office_applications'}


def job_of(username: str, room: str, application_id: int | None = None) -> int:
    """A job that a person asked for in a room, done, with its product."""
    me = db.session.scalars(select(Account).where(Account.username == username)).one()
    row = Job(
        account_id=me.id,
        kind='x',
        label='试验',
        arguments={},
        room=room,
        state='done',
        outcome='共 3 项',
        employer_id=me.employer_id,
        committee_id=me.committee_id,
        application_id=application_id,
    )
    db.session.add(row)
    db.session.flush()
    job_queue.RunningJob(db.session(), row, writes=True).deliver(b'x', 'x.txt', 'text/plain')
    return row.id


def product(client: FlaskClient, key: int) -> int:
    """What the product of a job answers; where it is kept back, neither list nor page tells more than why."""
    found = status(client, 'GET', f'/jobs/product/?id={key}')
    if found in (OK, NO):
        page = client.get(f'/jobs/show/?id={key}').get_data(as_text=True)
        assert ('共 3 项' in page, '结果和文件不再提供' in page) == (found == OK, found == NO)
        listed = client.get('/jobs/').get_data(as_text=True)
        assert (f'href="/jobs/product/?id={key}"' in listed) == (found == OK)
    return found


@pytest.mark.parametrize('username', PEOPLE)
def test_a_product_is_for_who_may_enter_the_room_it_was_asked_for_in(
    app: Flask, client_of: ClientOf, username: str
) -> None:
    """Whichever room that was: the role may have changed since."""
    with app.app_context():
        keys = {room: job_of(username, room) for room in (*VIEWS, 'unheard-of')}
    client = client_of(username)
    found = {room: status(client, 'GET', f'/jobs/product/?id={key}') for room, key in keys.items()}
    assert found.pop('unheard-of') == NO
    assert found == {room: OK if PEOPLE[username] in view.roles else NO for room, view in VIEWS.items()}
    stranger = client_of('geren3' if username != 'geren3' else 'geren4')
    assert status(stranger, 'GET', f'/jobs/product/?id={keys["admin"]}') == MISSING


@pytest.mark.parametrize(
    ('room', 'kind', 'code'),
    [
        *((room, 'menu', menu) for menu, rooms in MENU_VIEWS.items() for room in sorted(rooms)),
        ('employer_applications', 'matter', '专技人才'),
        ('collective_payment', 'matter', '专技人才'),
    ],
)
def test_a_grant_taken_back_closes_the_products_of_its_room(
    app: Flask, client_of: ClientOf, room: str, kind: str, code: str
) -> None:
    with app.app_context():
        key = job_of('jingban1', room)
    client = client_of('jingban1')
    assert product(client, key) == OK
    with app.app_context():
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1')
        db.session.delete(db.session.scalars(held.where(Grant.kind == kind, Grant.code == code)).one())
        db.session.commit()
    assert product(client, key) == NO


@pytest.mark.parametrize(
    ('username', 'room', 'change'),
    [
        ('jingban1', 'employer_applications', {'employer_id': 2}),
        ('jingban1', 'roster', {'employer_id': 2}),
        ('bangong1', 'office_applications', {'committee_id': 2}),
        ('bangong1', 'office_orders', {'role': P}),
    ],
)
def test_what_was_made_does_not_follow_its_account_to_another_employer_or_committee(
    app: Flask, client_of: ClientOf, username: str, room: str, change: dict[str, object]
) -> None:
    with app.app_context():
        key = job_of(username, room)
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        lines = [['1', '甲', '工程师', '']]
        of = {'employer_id': me.employer_id, 'committee_id': me.committee_id}
        result = BulkResult(account_id=me.id, label='通过', rows=lines, **of)
        db.session.add(result)
        db.session.commit()
        address = f'/{APPLICATIONS[PEOPLE[username]]}/result/?id={result.id}'
    client = client_of(username)
    assert (product(client, key), status(client, 'GET', address)) == (OK, OK)
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        for name, value in change.items():
            setattr(me, name, value)
        db.session.commit()
    assert (product(client, key), status(client, 'GET', address)) == (NO, NO if 'role' in change else MISSING)


def test_the_dossier_of_a_declaration_is_for_who_sees_the_declaration(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        own, foreign = applications(db.session(), 'zhuanjia1')
        keys = [job_of('zhuanjia1', 'files', min(each)) for each in (own, foreign)]
        clerks = job_of('jingban1', 'files', min(applications(db.session(), 'jingban1')[0]))
    expert, clerk = client_of('zhuanjia1'), client_of('jingban1')
    assert [product(expert, key) for key in keys[:1]] == [OK]
    assert status(expert, 'GET', f'/jobs/product/?id={keys[1]}') == NO
    assert product(clerk, clerks) == OK
    with app.app_context():
        for meeting in db.session.scalars(select(ReviewMeeting).where(ReviewMeeting.state == 'open')):
            meeting.state = 'planned'
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == '专技人才')
        db.session.delete(db.session.scalars(held).one())
        db.session.commit()
    assert (product(expert, keys[0]), product(clerk, clerks)) == (NO, NO)
