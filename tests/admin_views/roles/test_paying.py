"""Paying over HTTP: the order's page, the gateway's notice, and the stand-in that plays the gateway in a demo."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import create_app
from models import db
from models.application import Application, Stage, Step
from models.base import at, now
from models.payment import FeeOrder, GatewayNotice, OrderState
from ports import gateway
from rules import fees
from tests.helpers.types import ClientOf

Due = tuple[int, str, int]

State = Callable[[], tuple[str, str, str | None]]

SECRET = 'test-secret'

UNPAID = (Stage.PAYMENT, OrderState.UNPAID, None)


@pytest.fixture
def due(app: Flask) -> Due:
    """The declaration of geren4, which waits for its fee: its key, and number and amount of the order."""
    with app.app_context():
        application = db.session.scalars(
            select(Application).where(Application.applicant.has(username='geren4'), Application.stage == Stage.PAYMENT)
        ).one()
        order = db.session.scalars(select(FeeOrder).where(FeeOrder.items.any(application_id=application.id))).one()
        return application.id, order.number, order.total_fen


@pytest.fixture
def state(app: Flask, due: Due) -> State:
    """Asks where the declaration and its order stand, and for the receipt."""

    def ask() -> tuple[str, str, str | None]:
        with app.app_context():
            order = db.session.scalars(select(FeeOrder).where(FeeOrder.number == due[1])).one()
            return db.session.get_one(Application, due[0]).stage, order.state, order.receipt

    return ask


def notify(app: Flask, body: bytes, signature: str | None = None) -> tuple[int, str]:
    """Send a notice, signed well unless told otherwise; answers with status and verdict."""
    signed = gateway.sign(SECRET, body) if signature is None else signature
    headers = {gateway.SIGNATURE_HEADER: signed, 'Content-Type': 'application/json'}
    answer = app.test_client().post('/gateway/notice', data=body, headers=headers)
    return answer.status_code, answer.get_json()['result']


def notice(due: Due, **changes: object) -> bytes:
    """A good notice about geren4's order, changed as asked."""
    fields = {
        'order_number': due[1],
        'amount_fen': due[2],
        'paid_at': now().isoformat(),
        'receipt': 'R-9',
        'sent_at': now().isoformat(),
        **changes,
    }
    return json.dumps(fields).encode()


def test_the_page_shows_the_order_and_its_code(client_of: ClientOf, due: Due) -> None:
    key, number, amount = due
    page = client_of('geren4').get(f'/my_orders/pay/?id={key}').get_data(as_text=True)
    assert '<svg' in page
    assert f'扫码支付 {amount / 100:.2f} 元' in page
    assert f'/standin/gateway/?number={number}' in page
    assert number in client_of('geren4').get('/my_orders/').get_data(as_text=True)
    assert number not in client_of('geren3').get('/my_orders/').get_data(as_text=True)


@pytest.mark.parametrize(
    ('username', 'status'), [('geren3', 404), ('guanli1', 403), ('bangong1', 403), ('pingtai1', 403), ('', 302)]
)
def test_no_one_else_opens_the_page(client_of: ClientOf, due: Due, username: str, status: int) -> None:
    answer = client_of(username).get(f'/my_orders/pay/?id={due[0]}')
    assert answer.status_code == status
    assert due[1] not in answer.get_data(as_text=True)


@pytest.mark.parametrize('key', ['2', '0', 'x', '9' * 30, ''])
def test_a_declaration_without_order_has_no_page(client_of: ClientOf, key: str) -> None:
    assert client_of('geren3').get(f'/my_orders/pay/?id={key}').status_code == 404


def test_looking_at_the_page_pays_nothing(client_of: ClientOf, due: Due, state: State) -> None:
    key, number, _amount = due
    client = client_of('geren4')
    for path in (f'/my_orders/pay/?id={key}&paid=1', f'/standin/gateway/?number={number}', '/my_orders/?state=paid'):
        assert client.get(path).status_code == 200
    for action in ('paid', 'approve', 'waive'):
        data = {'confirmed': '1', 'seen': '11', 'source': 'payment'}
        assert client.post(f'/my_applications/act/{action}/?id={key}', data=data).status_code in (404, 409)
    assert state() == UNPAID


def test_a_genuine_notice_moves_the_declaration_once(app: Flask, due: Due, state: State) -> None:
    body = notice(due)
    assert notify(app, body) == (200, 'accepted')
    assert state() == (Stage.EXPERT_REVIEW, OrderState.PAID, 'R-9')
    assert notify(app, body) == (200, 'duplicate')
    assert notify(app, notice(due, receipt='R-10')) == (200, 'duplicate')
    assert state() == (Stage.EXPERT_REVIEW, OrderState.PAID, 'R-9')
    with app.app_context():
        paid = select(func.count(Step.id)).where(
            Step.application_id == due[0], Step.action == 'paid', Step.actor_id.is_(None)
        )
        assert db.session.scalars(paid).one() == 1


@pytest.mark.parametrize(
    ('changes', 'verdict'),
    [
        ({'amount_fen': 1}, 'mismatch'),
        ({'amount_fen': -58000}, 'mismatch'),
        ({'amount_fen': 10**30}, 'malformed'),
        ({'amount_fen': '58000'}, 'malformed'),
        ({'amount_fen': True}, 'malformed'),
        ({'order_number': '0'}, 'unknown'),
        ({'order_number': None}, 'malformed'),
        ({'order_number': 'x' * 100}, 'malformed'),
        ({'order_number': '\x00'}, 'malformed'),
        ({'receipt': 'x' * 100}, 'malformed'),
        ({'sent_at': '2026-01-01'}, 'malformed'),
        ({'sent_at': '2020-01-01T00:00:00+08:00'}, 'stale'),
        ({'sent_at': '2999-01-01T00:00:00+08:00'}, 'stale'),
        ({'paid_at': 'yesterday'}, 'malformed'),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_notice_that_does_not_fit_is_logged_and_moves_nothing(
    app: Flask, due: Due, state: State, changes: dict[str, object], verdict: str
) -> None:
    assert notify(app, notice(due, **changes)) == (400, verdict)
    assert state() == UNPAID
    with app.app_context():
        newest = select(GatewayNotice.verdict).order_by(GatewayNotice.id.desc())
        assert db.session.scalars(newest).first() == verdict


def test_a_notice_grows_old_in_a_quarter_of_an_hour(app: Flask, due: Due, state: State) -> None:
    late = (now() - timedelta(minutes=16)).isoformat()
    assert notify(app, notice(due, sent_at=late)) == (400, 'stale')
    assert state() == UNPAID
    timely = (now() - timedelta(minutes=14)).isoformat()
    assert notify(app, notice(due, sent_at=timely)) == (200, 'accepted')


@pytest.mark.parametrize('signature', ['', 'x', 'f' * 64, 'other secret'])
def test_a_forged_notice_is_refused(app: Flask, due: Due, state: State, signature: str) -> None:
    body = notice(due)
    forged = gateway.sign('demo-only', body) if signature == 'other secret' else signature
    assert notify(app, body, forged) == (403, 'forged')
    assert notify(app, body + b' ', gateway.sign(SECRET, body)) == (403, 'forged')
    assert state() == UNPAID


@pytest.mark.parametrize('body', [b'', b'null', b'[]', b'{}', b'\xff\xfe', b'[' * 3000, b'x' * 5000, b'\x00'])
def test_a_body_that_is_no_notice_is_refused(app: Flask, state: State, body: bytes) -> None:
    assert notify(app, body) == (400, 'malformed')
    assert state() == UNPAID


def test_the_notice_is_taken_by_post_only_and_from_no_person(client_of: ClientOf, due: Due, state: State) -> None:
    assert client_of('').get('/gateway/notice').status_code == 405
    assert client_of('geren4').post('/gateway/notice', data={'order_number': due[1]}).status_code == 403
    assert state() == UNPAID


def test_every_notice_is_on_the_platform_s_list(app: Flask, client_of: ClientOf, due: Due) -> None:
    notify(app, notice(due), 'forged')
    notify(app, notice(due, amount_fen=1))
    notify(app, notice(due))
    page = client_of('pingtai1').get('/gateway_notices/').get_data(as_text=True)
    for words in ('签名与内容不符', '应缴 580.00 元，通知为 0.01 元', due[1]):
        assert words in page


@pytest.mark.parametrize('late', [False, True], ids=['in time', 'past'])
def test_every_page_of_a_fee_says_until_when_it_is_paid(app: Flask, client_of: ClientOf, due: Due, late: bool) -> None:
    with app.app_context():
        last = fees.due_on(db.session(), db.session.scalars(select(FeeOrder).where(FeeOrder.number == due[1])).one())
        assert last is not None
        others = select(Application).where(Application.stage == Stage.PAYMENT, Application.id != due[0])
        for each in db.session.scalars(others):
            each.employer_id = 2
        db.session.commit()
    employer, declarant = client_of('guanli1'), client_of('geren4')
    mark = '超期</span>'
    with at(now() + (last - now().date()) + timedelta(int(late))):
        home = employer.get('/').get_data(as_text=True)
        assert (f'超期 1 项，最早 {last} 截止' if late else f'<small>最早 {last} 截止</small>') in home
        pages = [
            (employer, '/collective_payment/', False),
            (declarant, '/my_orders/', False),
            (declarant, f'/my_orders/pay/?id={due[0]}', True),
        ]
        for client, path, warns in pages:
            page = client.get(path).get_data(as_text=True)
            assert str(last) in page, path
            assert ((mark in page), (fees.PAST_DUE in page)) == (late, late and warns), path
        order = employer.post('/collective_payment/collect/', data={'application': due[0]}).location
        for client, path, warns in (
            (employer, order, True),
            (employer, '/collective_payment/', False),
            (declarant, f'/my_orders/pay/?id={due[0]}', False),
        ):
            page = client.get(path).get_data(as_text=True)
            assert str(last) in page, path
            assert (fees.PAST_DUE in page) == (late and warns), path
            assert (mark in page) == late, path


def test_the_office_sees_what_came_in_for_an_order_that_no_longer_holds(
    app: Flask, client_of: ClientOf, due: Due
) -> None:
    client, words = client_of('bangong1'), '失效后到账</span><div>580.00 元，票据号 R-9</div>'
    client_of('guanli1').post('/collective_payment/collect/', data={'application': due[0]})
    assert '失效后到账 0' in tab_of(client, 'lost')
    for _repetition in range(2):
        assert notify(app, notice(due)) == (400, 'late')
    page = client.get('/office_orders/?tab=lost').get_data(as_text=True)
    assert '失效后到账 1' in tab_of(client, 'lost')
    assert page.count(words) == 1
    for path in (f'/office_orders/?search={due[1]}', f'/office_orders/details/?id={order_key(app, due)}'):
        assert words in client.get(path).get_data(as_text=True)
    assert '该笔缴费需退回或另行处理' in client_of('geren4').get('/messages/').get_data(as_text=True)


def tab_of(client: FlaskClient, key: str) -> str:
    """A tab of the office's orders: its label and count."""
    page = client.get('/office_orders/').get_data(as_text=True)
    found = re.search(rf'<a[^>]*tab={key}"[^>]*>(.*?)</a>', page, re.S)
    assert found is not None
    return ' '.join(re.sub(r'<[^>]+>', ' ', found[1]).split())


def order_key(app: Flask, due: Due) -> int:
    """The key of geren4's own order."""
    with app.app_context():
        return db.session.scalars(select(FeeOrder.id).where(FeeOrder.number == due[1])).one()


def test_a_paid_order_offers_no_payment_any_more(app: Flask, client_of: ClientOf, due: Due) -> None:
    notify(app, notice(due))
    page = client_of('geren4').get(f'/my_orders/pay/?id={due[0]}').get_data(as_text=True)
    assert '票据号：R-9' in page
    assert '扫码支付' not in page
    cashier = app.test_client().get(f'/standin/gateway/?number={due[1]}').get_data(as_text=True)
    assert '确认支付' not in cashier


def test_the_stand_in_is_mounted_in_a_demo_only(app: Flask, due: Due, state: State) -> None:
    real = create_app({**app.config, 'DEMO': False, 'GATEWAY_URL': ''})
    client, path = real.test_client(), f'/standin/gateway/?number={due[1]}'
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)
    assert not any(rule.endpoint.startswith('gateway_standin') for rule in real.url_map.iter_rules())
    with real.app_context():
        db.engine.dispose()
    assert state() == UNPAID


@pytest.mark.parametrize('number', ['', '0', 'x' * 500, "'"])
def test_the_stand_in_knows_its_orders(client_of: ClientOf, number: str) -> None:
    assert client_of('').get('/standin/gateway/', query_string={'number': number}).status_code == 404
    assert client_of('').post('/standin/gateway/', data={'number': number}).status_code == 404


def test_the_payer_confirms_at_the_stand_in_and_the_declaration_moves(
    app: Flask, due: Due, state: State, live_server: str
) -> None:
    address = f'/standin/gateway/?number={due[1]}'
    with httpx.Client(base_url=live_server, trust_env=False, timeout=30) as payer:
        assert '未缴费' in payer.get(address).text
        assert state() == UNPAID
        assert '平台已收到缴费通知' in payer.post(address).text
        assert '平台已收到缴费通知' in payer.post(address).text  # paid twice: told twice, booked once
    stage, order_state, receipt = state()
    assert (stage, order_state, str(receipt)[:4]) == (Stage.EXPERT_REVIEW, OrderState.PAID, f'{now():%Y}')
    with app.app_context():
        verdicts = db.session.scalars(select(GatewayNotice.verdict).where(GatewayNotice.order_number == due[1]))
        assert sorted(verdicts) == ['accepted', 'duplicate']
