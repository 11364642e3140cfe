"""法定数字 of the platform: what a call sets for itself, from a day on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.audit import AuditLine
from models.base import at, now
from models.catalogue import Call, CallNumber
from tests.helpers import passing
from tests.helpers.declarations import begin
from tests.helpers.types import ClientOf

TODAY = now().date()


def typed(app: Flask, number: str = 'notice_days', value: int = 7, later: int = 1) -> dict[str, str]:
    """Fill in the form for the newest call."""
    with app.app_context():
        call = db.session.scalars(select(Call.id).order_by(Call.year.desc())).first()
    return {
        'call_id': str(call),
        'number': number,
        'value': str(value),
        'effective_on': str(TODAY + timedelta(later)),
    }


def test_the_page_shows_the_shipped_numbers_with_their_source(client_of: ClientOf) -> None:
    page = client_of('pingtai1').get('/call_numbers/').get_data(as_text=True)
    for told in (
        '公示最短时间',
        '5 个工作日',
        '5 至 60',
        '手册 §3.2.10、§5.5；职称评审管理暂行规定',
        '2019-09-01',
        '150 字',
    ):
        assert told in page
    assert '/call_numbers/?call_id=' in client_of('pingtai1').get('/calls/').get_data(as_text=True)


def test_a_number_is_set_written_down_and_taken_back(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    answer = client.post('/call_numbers/new/', data=typed(app))
    assert answer.status_code == 302, answer.get_data(as_text=True)
    page = client.get('/call_numbers/').get_data(as_text=True)
    assert '公示最短时间' in page
    assert 'notice_days</td>' not in page
    with app.app_context():
        key = db.session.scalars(select(CallNumber.id)).one()
    assert client.post(f'/call_numbers/delete/?id={key}').status_code == 302
    with app.app_context():
        assert db.session.scalars(select(CallNumber)).all() == []
        told = db.session.scalars(select(AuditLine.details).where(AuditLine.event == 'call_number')).all()
        call = db.session.scalars(select(Call.name).order_by(Call.year.desc())).first()
    change = f'{call} 公示最短时间 7 个工作日（{TODAY + timedelta(1)} 起）'
    assert told == [f'{change}，原为 5', f'删除 {change}']


@pytest.mark.parametrize(
    ('more', 'sentence'),
    [
        ({'value': '4'}, '公示最短时间应在 5 至 60 个工作日之间'),
        ({'effective_on': str(TODAY)}, '生效日期应晚于今天'),
        ({'number': 'nothing'}, '不在可选范围内'),
        ({'value': ''}, '请填写数值'),
    ],
)
def test_what_cannot_be_set_says_why(app: Flask, client_of: ClientOf, more: dict[str, str], sentence: str) -> None:
    page = client_of('pingtai1').post('/call_numbers/new/', data=typed(app) | more).get_data(as_text=True)
    assert sentence in page
    with app.app_context():
        assert db.session.scalars(select(CallNumber)).all() == []


def test_a_number_in_effect_stays(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    client.post('/call_numbers/new/', data=typed(app))
    with app.app_context():
        key = db.session.scalars(select(CallNumber.id)).one()
    with at(passing.noon(TODAY + timedelta(1))):
        answer = client.post(f'/call_numbers/delete/?id={key}')
    assert answer.status_code == 403
    assert '不能删除' in answer.get_data(as_text=True)
    assert client.get(f'/call_numbers/edit/?id={key}').status_code == 403


def test_the_form_of_a_draft_names_the_numbers_of_its_call(app: Flask, client_of: ClientOf) -> None:
    key, _version = begin(app, client_of('geren1'))
    page = client_of('geren1').get(f'/my_applications/edit/?id={key}').get_data(as_text=True)
    assert '每年公需科目 30 学时、专业科目 42 学时、选修科目 18 学时。' in page
    assert '每一大项最多选三个代表作。' in page
    for number, value in (('general_hours', 60), ('representative_works', 5)):
        assert client_of('pingtai1').post('/call_numbers/new/', data=typed(app, number, value)).status_code == 302
    with at(passing.noon(TODAY + timedelta(1))):
        page = client_of('geren1').get(f'/my_applications/edit/?id={key}').get_data(as_text=True)
    assert '每年公需科目 60 学时' in page
    assert '每一大项最多选五个代表作。' in page
