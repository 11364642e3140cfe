"""Two people at the same moment, over real sockets: one wins, the other is told, nothing is done twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait

import httpx
from flask import Flask
from sqlalchemy import func, select

from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.audit import AuditLine
from models.base import now
from models.message import Message
from models.payment import FeeOrder, GatewayNotice, OrderState, Verdict
from models.review import MeetingItem, ReviewMeeting
from ports import gateway, gateway_standin
from rules import fees, handler_grants, invariants
from tests.helpers.opinions import REVIEW_FORM


def client(address: str, username: str) -> httpx.Client:
    """A signed-in browser."""
    made = httpx.Client(base_url=address, trust_env=False, timeout=30)
    made.post('/login', data={'username': username, 'password': 'Demo-2026'})
    return made


def test_of_two_clerks_one_acts_and_the_other_is_told(app: Flask, live_server: str) -> None:
    with app.app_context():
        query = select(Application.id, Application.version).where(
            Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1
        )
        key, version = db.session.execute(query).first() or (0, 0)
    clerks = [client(live_server, name) for name in ('guanli1', 'jingban1')]
    answers = {'confirmed': '1', 'seen': str(version), 'source': 'employer_review', **REVIEW_FORM}
    path = f'/employer_applications/act/approve/?id={key}'
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda clerk: clerk.post(path, data=answers), clerks))
    for clerk in clerks:
        clerk.close()
    assert sorted(answer.status_code for answer in found) == [302, 409]
    told = next(answer.text for answer in found if answer.status_code == 409)
    assert re.search(r'已于 \d\d-\d\d \d\d:\d\d 通过', told)
    with app.app_context():
        steps = select(func.count(Step.id)).where(Step.application_id == key, Step.action == 'approve')
        assert db.session.scalars(steps).one() == 1
        assert list(invariants.violations(db.session())) == []


def test_of_two_sessions_only_one_gets_a_declaration(app: Flask, live_server: str) -> None:
    with app.app_context():
        meetings = [
            ReviewMeeting(committee_id=1, name=f'会议{n}', held_on=now().date(), place='市民中心') for n in '一二'
        ]
        waits = {'committee_id': 1, 'stage': Stage.EXPERT_REVIEW}
        brought = select(MeetingItem.application_id)
        wanted = select(Application.id).filter_by(**waits).where(Application.id.not_in(brought))
        keys = list(db.session.scalars(wanted))
        db.session.add_all(meetings)
        db.session.commit()
        paths = [f'/sessions/bring/?id={meeting.id}' for meeting in meetings]
    assert keys
    clerks = [client(live_server, 'bangong1') for _ in paths]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda clerk, path: clerk.post(path, data={'application': keys}), clerks, paths))
    for clerk in clerks:
        clerk.close()
    with app.app_context():
        held = list(db.session.scalars(brought.where(MeetingItem.application_id.in_(keys))))
    assert sorted(held) == sorted(keys)


def test_a_notice_that_arrives_five_times_at_once_pays_once(app: Flask, live_server: str) -> None:
    with app.app_context():
        order = db.session.scalars(select(FeeOrder).where(FeeOrder.state == OrderState.UNPAID)).first()
        assert order is not None
        notice = gateway.PaidNotice(order.number, order.total_fen, now(), 'R', now())
    body = gateway.compose(notice)
    headers = {gateway.SIGNATURE_HEADER: gateway.sign('test-secret', body)}
    with ThreadPoolExecutor(5) as pool:
        sent = [
            pool.submit(httpx.post, f'{live_server}/gateway/notice', content=body, headers=headers, trust_env=False)
            for _ in range(5)
        ]
    assert {each.result().status_code for each in sent} == {200}
    with app.app_context():
        verdicts = db.session.scalars(
            select(GatewayNotice.verdict).where(GatewayNotice.order_number == notice.order_number)
        )
        assert sorted(verdicts) == sorted([Verdict.ACCEPTED, *[Verdict.DUPLICATE] * 4])
        assert list(invariants.violations(db.session())) == []


def test_of_two_clerks_who_collect_the_same_fee_the_second_is_told_of_the_order(app: Flask, live_server: str) -> None:
    clerk = client(live_server, 'jingban1')
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        found = db.session.scalars(select(Application).filter_by(stage=Stage.PAYMENT, employer_id=1)).first()
        by = db.session.scalars(select(Account).filter_by(username='guanli1')).one()
        assert found is not None
        (order,) = fees.open_collectives(db.session(), by, [found], now().date())
        number = order.number
        second = pool.submit(
            clerk.post, '/collective_payment/collect/', data={'application': [found.id]}, follow_redirects=True
        )
        wait([second], timeout=1)
        assert not second.done()  # it waits for what is under way
        db.session.commit()
        page = second.result().text
    clerk.close()
    assert f'已在集体缴费单 {number} 中' in page
    with app.app_context():
        assert list(invariants.violations(db.session())) == []


def test_the_stand_in_gateway_pays_by_a_signed_notice(app: Flask, live_server: str) -> None:
    with app.app_context():
        order = db.session.scalars(select(FeeOrder).where(FeeOrder.state == OrderState.UNPAID)).first()
        assert order is not None
        number, total, application_id = order.number, order.total_fen, order.items[0].application_id
        db.session.rollback()  # the notice comes in by another connection
        assert gateway_standin.notify(f'{live_server}/gateway/notice', number, total, now())
        assert not gateway_standin.notify('http://127.0.0.1:9/nothing', number, total, now())
    with app.app_context():
        assert db.session.get_one(Application, application_id).stage == Stage.EXPERT_REVIEW


def test_a_hand_over_that_is_being_confirmed_is_not_taken_back(app: Flask, live_server: str) -> None:
    administrator = client(live_server, 'guanli1')
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        named = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        handler_grants.hand_over(db.session(), administrator_of(named), named)
        db.session.commit()
        handler_grants.confirm_hand_over(db.session(), named)
        cancelling = pool.submit(administrator.post, '/hand_over/cancel/')
        wait([cancelling], timeout=1)
        assert not cancelling.done()  # it waits for what is under way
        db.session.commit()
        answer = cancelling.result()
    administrator.close()
    assert answer.status_code in (302, 401)  # refused, or signed out already
    with app.app_context():
        cancelled = select(func.count(AuditLine.id)).where(AuditLine.event == 'hand_over_cancelled')
        assert db.session.scalars(cancelled).one() == 0
        told = select(Message.text).where(Message.text.contains('取消'))
        assert list(db.session.scalars(told)) == []


def administrator_of(handler: Account) -> Account:
    """Who administers the employer of a handler."""
    assert handler.employer_id is not None
    found = handler_grants.administrator_of(db.session(), handler.employer_id)
    assert found is not None
    return found
