"""维护管理 and 单位信息 of an employer."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Stage
from models.audit import AuditLine
from models.employer import Employer, NoticeContact, OpinionTemplate
from tests.helpers.declarations import waiting
from tests.helpers.pages import REVIEWS, page_of
from tests.helpers.types import ClientOf


def test_the_employer_s_own_data_are_shown_at_once_with_whose_the_code_is(client_of: ClientOf) -> None:
    client = client_of('guanli1')
    page = page_of(client, '/own_employer/')
    assert '共 1 项' not in page
    assert '/own_employer/edit/?id=1"' in page
    form = page_of(client, '/own_employer/edit/?id=1')
    assert re.search(r'<input[^>]*id="code"[^>]*readonly', form)
    assert '由平台管理员维护' in form


# --- 维护管理, 单位信息, 首页, 集体缴费 ---


def test_a_wording_is_offered_at_its_field_in_the_declaration_s_words(app: Flask, client_of: ClientOf) -> None:
    client = client_of('jingban1')
    data = {'field': 'evaluation', 'name': '常用评价', 'body': '{姓名}同志在{专业}方面……'}
    assert client.post('/opinion_templates/new/', data=data).status_code == 302
    key, _version, name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    page = page_of(client, f'{REVIEWS}/act/approve/?id={key}')
    assert re.search(rf'data-wording-of="evaluation".*?<option value="{name}同志在', page, re.S)
    foreign = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=2)[0][0]
    assert '常用评价' not in page_of(client_of('guanli2'), f'{REVIEWS}/act/approve/?id={foreign}')
    wrong = client.post('/opinion_templates/new/', data=data | {'body': '{职务}'}).get_data(as_text=True)
    assert '没有占位符 {职务}，可用：{姓名}' in wrong
    with app.app_context():
        kept = db.session.scalars(select(OpinionTemplate).where(OpinionTemplate.name == '常用评价')).all()
        assert [each.employer_id for each in kept] == [1]


def test_the_newest_contact_is_proposed(app: Flask, client_of: ClientOf) -> None:
    client, key = client_of('guanli1'), waiting(app, Stage.PRE_NOTICE, employer_id=1)[0][0]
    data = {'contact': '赵敏', 'phone': '13800138000', 'postcode': '518100'}
    assert client.post('/notice_contacts/new/', data=data).status_code == 302
    ask = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': str(key)}
    assert 'value="赵敏"' in client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    wrong = client.post('/notice_contacts/new/', data=data | {'postcode': '51810'}).get_data(as_text=True)
    assert '邮政编码为 6 位数字' in wrong
    with app.app_context():
        foreign = db.session.scalars(select(NoticeContact.id).where(NoticeContact.employer_id == 2)).first()
    assert client.post(f'/notice_contacts/delete/?id={foreign}').status_code == 404


@pytest.mark.parametrize(
    ('changed', 'said'),
    [
        ({'name': ''}, '请填写单位名称'),
        ({'phone': '123'}, '联系电话格式不正确'),
        ({'postcode': 'abc'}, '邮政编码为 6 位数字'),
    ],
)
def test_the_employer_s_own_data_are_checked(
    app: Flask, client_of: ClientOf, changed: dict[str, str], said: str
) -> None:
    with app.app_context():
        kept = db.session.get_one(Employer, 1)
        data = {name: getattr(kept, name) for name in ('name', 'code', 'address', 'postcode', 'contact', 'phone')}
    client = client_of('guanli1')
    assert said in client.post('/own_employer/edit/?id=1', data=data | changed).get_data(as_text=True)
    others = data | {'contact': '赵敏', 'code': '91350100M000100Y43'}
    assert client.post('/own_employer/edit/?id=1', data=others).status_code == 302
    with app.app_context():
        mine = db.session.get_one(Employer, 1)
        assert (mine.contact, mine.code) == ('赵敏', data['code'])  # the code is the platform's
        assert db.session.scalars(select(AuditLine).where(AuditLine.event == 'own_employer')).one().actor_name
