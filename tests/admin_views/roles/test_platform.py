"""用户管理 of the platform: accounts of every role."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.account import Account, Role
from models.application import Application
from models.employer import Employer
from rules import access
from tests.helpers.types import ClientOf

TYPED = {'username': 'xinren', 'name': '新　人', 'enabled': '1', 'password': 'Demo-2026xx'}

PLACES = {
    Role.HANDLER: {'employer_id': '1'},
    Role.OFFICE: {'committee_id': '1'},
}


@pytest.mark.parametrize('role', list(Role))
def test_an_account_of_every_role_is_made_and_signs_in(app: Flask, client_of: ClientOf, role: Role) -> None:
    typed = TYPED | {'role': role, 'id_number': '44010619870312773x'} | PLACES.get(role, {})
    if role == Role.ADMINISTRATOR:
        with app.app_context():
            young = Employer(name='新设立的单位', code='91350100M000100Y43')
            db.session.add(young)
            db.session.commit()
            typed['employer_id'] = str(young.id)
    answer = client_of('pingtai1').post('/accounts/new/', data=typed)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with app.app_context():
        made = db.session.scalars(select(Account).where(Account.username == 'xinren')).one()
        assert (made.name, made.role, made.id_number) == ('新人', role, '44010619870312773X')
    signed_in = app.test_client().post('/login', data={'username': 'xinren', 'password': 'Demo-2026xx'})
    assert signed_in.status_code == (401 if role == Role.HANDLER else 302)  # nothing was granted yet


def test_an_expert_withdraws_from_their_own_declaration_however_the_number_is_typed(
    app: Flask, client_of: ClientOf
) -> None:
    with app.app_context():
        expert = db.session.scalars(select(Account).where(Account.username == 'zhuanjia1')).one()
        typed = {'username': 'zhuanjia1', 'name': expert.name, 'role': 'expert', 'enabled': '1', 'phone': ''}
        key = expert.id
    answer = client_of('pingtai1').post(f'/accounts/edit/?id={key}', data=typed | {'id_number': '44010619870312773 x'})
    assert answer.status_code == 302
    with app.app_context():
        application = db.session.scalars(select(Application)).first()
        assert application is not None
        application.id_number = '44010619870312773X'
        assert access.recusal(db.session.get_one(Account, key), application) == '这是您本人的申报，您须回避'


def test_a_number_that_can_be_nobody_s_is_refused_at_its_field(client_of: ClientOf) -> None:
    typed = TYPED | {'role': 'bureau', 'id_number': '440106198703127734'}
    page = client_of('pingtai1').post('/accounts/new/', data=typed).get_data(as_text=True)
    assert '居民身份证号码不正确' in page
    assert 'value="xinren"' in page


@pytest.mark.parametrize(
    ('code', 'said'), [('91440300MA5EQ9K3XX', '统一社会信用代码不正确'), ('', '请填写统一社会信用代码')]
)
def test_the_platform_enters_the_code_of_an_employer(client_of: ClientOf, code: str, said: str) -> None:
    typed = {'name': '深圳市云帆科技有限公司', 'code': code}
    assert said in client_of('pingtai1').post('/employers/edit/?id=1', data=typed).get_data(as_text=True)
