"""集体缴费 over HTTP."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin_views.roles import collective_payment
from models import db
from models.application import Application, Stage
from models.payment import FeeItem
from tests.helpers.declarations import waiting
from tests.helpers.pages import page_of
from tests.helpers.types import ClientOf


def test_declarations_are_paid_for_together(app: Flask, client_of: ClientOf) -> None:
    due = waiting(app, Stage.PAYMENT, employer_id=1)
    with app.app_context():
        for key, _version, _name in due:
            db.session.get_one(Application, key).committee_id = 1
        db.session.commit()
    client = client_of('jingban1')
    page = page_of(client, '/collective_payment/')
    assert all(name in page for _key, _version, name in due)
    with app.app_context():
        assert str(db.session.get_one(Application, due[0][0]).committee) in page
    assert f'可勾选 {len(due)} 项，合计 {len(due) * 580:,}.00 元' in page
    none = client.post('/collective_payment/collect/', data={}, follow_redirects=True).get_data(as_text=True)
    assert '请先勾选要集体缴费的申报' in none
    keys = [str(key) for key, _version, _name in due]
    answer = client.post('/collective_payment/collect/', data={'application': keys})
    page = page_of(client, answer.location)
    assert '<svg' in page
    assert all(name in page for _key, _version, name in due)
    assert client_of('guanli2').get(answer.location).status_code == 404
    foreign = client_of('guanli2').post(
        '/collective_payment/collect/', data={'application': keys}, follow_redirects=True
    )
    assert '请先勾选' in foreign.get_data(as_text=True)
    order = answer.location.partition('id=')[2]
    one = client_of('geren4')  # sees that the employer pays, and no word of the colleagues
    with app.app_context():
        key = db.session.scalars(
            select(Application.id).where(Application.applicant.has(username='geren4'), Application.stage == 'payment')
        ).one()
    other = next(row for row in due if row[0] != key)
    own = page_of(one, f'/my_orders/pay/?id={key}')
    assert '由单位统一缴纳' in own
    assert '1,160.00' not in own
    assert other[2] not in own + page_of(one, '/my_orders/')
    for path in ('paper', 'print'):
        assert one.get(f'/files/{path}/?id={order}&report=fee-notice').status_code == 404
    assert '缴费通知书' not in page_of(one, f'/files/reports/?id={key}')
    assert '缴费通知书' in page_of(client, f'/files/reports/?id={key}')
    assert client_of('guanli2').post(f'/collective_payment/dissolve/?id={order}').status_code == 404
    told = client.post(f'/collective_payment/dissolve/?id={order}', follow_redirects=True).get_data(as_text=True)
    assert '已取消集体缴费单' in told
    assert '已作废' in page_of(client, answer.location)


def test_what_is_not_listed_is_told_and_what_is_in_an_order_takes_no_place(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for each in db.session.scalars(select(Application).where(Application.stage == Stage.PAYMENT)):
            each.employer_id = 1
        db.session.commit()
    due, client, apart = (
        waiting(app, Stage.PAYMENT, employer_id=1),
        client_of('guanli1'),
        '已列入集体缴费单、待缴的申报',
    )
    count = len(due)
    with app.app_context():
        asked_for = select(func.sum(FeeItem.amount_fen)).where(FeeItem.application.has(stage=Stage.PAYMENT))
        whole = db.session.scalars(asked_for).one()
    monkeypatch.setattr(collective_payment, 'MOST_ORDERS_SHOWN', 1)
    page = page_of(client, '/collective_payment/')
    assert f'共 {count} 项，以下为前 1 项' in page
    assert re.search(rf'可勾选 1 项，合计 (?:580|450|280)\.00 元（全部 {count} 项合计 {whole / 100:,.2f} 元）', page)
    assert page.count('name="application"') == 1
    assert apart not in page
    for held, (key, _version, _name) in enumerate(due, 1):
        client.post('/collective_payment/collect/', data={'application': key})
        free, _apart, listed = page_of(client, '/collective_payment/').partition(apart)
        assert free.count('name="application"') == (1 if held < count else 0), 'what is in an order takes no place'
        assert ('以下为前 1 项' in free) == (count - held > 1)
        assert ('以下为前 1 项' in listed) == (held > 1)
        assert (f'共 {held} 张，以下为最近 1 张' in listed) == (held > 1)
    monkeypatch.setattr(collective_payment, 'MOST_ORDERS_SHOWN', count)
    free, _apart, listed = page_of(client, '/collective_payment/').partition(apart)
    assert 'name="application"' not in free + listed
    assert all(name in listed for _key, _version, name in due)
