"""Signing in and out, and the guards around every page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from models import db
from models.account import Account

ClientOf = Callable[[str], FlaskClient]
PASSWORD = 'Demo-2026'


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """Status and either the way on or the page."""
    answer = client.post('/login', data={'username': username, 'password': password, **more})
    return answer.status_code, answer.location or answer.get_data(as_text=True)


def test_the_right_password_leads_home(app: Flask) -> None:
    client = app.test_client()
    assert sign_in(client, 'guanli1') == (302, '/')
    assert '刘宏伟' in client.get('/').get_data(as_text=True)


@pytest.mark.parametrize(
    ('username', 'password'), [('guanli1', 'wrong'), ('nobody', PASSWORD), ('', ''), ('guanli1', '')]
)
def test_name_and_password_are_refused_alike(app: Flask, username: str, password: str) -> None:
    status, page = sign_in(app.test_client(), username, password)
    assert status == 401
    assert '用户名或密码不正确，请重新输入' in page


def test_a_handler_without_the_grant_is_told_whom_to_ask(app: Flask) -> None:
    status, page = sign_in(app.test_client(), 'jingban2')
    assert status == 401
    assert '您尚未获得登录系统授权，请联系本单位管理员' in page


def test_a_disabled_account_is_out_at_the_next_request(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, 'guanli1')
    with app.app_context():
        db.session.scalars(select(Account).where(Account.username == 'guanli1')).one().enabled = False
        db.session.commit()
    assert client.get('/').status_code == 302
    assert sign_in(client, 'guanli1')[0] == 401


@pytest.mark.parametrize(
    ('target', 'way'),
    [
        ('/my_orders/', '/my_orders/'),
        ('/my_applications/?tab=todo', '/my_applications/?tab=todo'),
        ('https://evil.example/', '/'),
        ('//evil.example/', '/'),
        ('/\\evil.example/', '/'),
        ('javascript:alert(1)', '/'),
        ('/x\r\nLocation: //evil', '/'),
        ('', '/'),
    ],
)
def test_the_way_back_stays_within_the_site(app: Flask, target: str, way: str) -> None:
    assert sign_in(app.test_client(), 'geren1', next=target) == (302, way)


def test_a_visitor_comes_back_to_where_it_wanted_to_go(app: Flask) -> None:
    answer = app.test_client().get('/my_applications/?tab=todo')
    assert answer.location == '/login?next=/my_applications/?tab%3Dtodo'


def test_signing_out_takes_a_post(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, 'geren1')
    assert client.get('/logout').status_code == 405
    assert client.post('/logout').status_code == 302
    assert client.get('/').status_code == 302


def test_the_session_cookie_is_out_of_reach(app: Flask) -> None:
    answer = app.test_client().post('/login', data={'username': 'geren1', 'password': PASSWORD})
    cookie = next(value for value in answer.headers.getlist('Set-Cookie') if value.startswith('session='))
    assert 'HttpOnly' in cookie
    assert 'SameSite=Lax' in cookie


def test_every_post_without_a_token_is_refused(app: Flask) -> None:
    guarded = create_app({**app.config, 'WTF_CSRF_ENABLED': True})
    client = guarded.test_client()
    refused = {
        rule.endpoint: client.post(rule.rule.replace('<action>', 'approve')).status_code
        for rule in guarded.url_map.iter_rules()
        if 'POST' in (rule.methods or ())
    }
    assert refused.pop('gateway.notice') == 403  # signed instead
    assert {endpoint: status for endpoint, status in refused.items() if status != 400} == {}
    with guarded.app_context():
        db.engine.dispose()


PAGES = {
    'geren3': [
        '/',
        '/my_applications/',
        '/my_applications/edit/?id=2',
        '/my_applications/progress/?id=2',
        '/my_orders/',
    ],
    'guanli1': ['/', '/employer_applications/', '/roster/new/', '/handlers/', '/own_employer/', '/messages/'],
    'bangong1': ['/office_applications/?tab=payment', '/sessions/', '/sessions/details/?id=1', '/office_documents/'],
    'pingtai1': ['/calls/', '/accounts/new/', '/audit/', '/titles/?series_id=1'],
}


@pytest.mark.parametrize(('username', 'path'), [(name, path) for name, paths in PAGES.items() for path in paths])
def test_a_page_keeps_to_the_policy(client_of: ClientOf, username: str, path: str) -> None:
    answer = client_of(username).get(path)
    page = answer.get_data(as_text=True)
    policy = answer.headers['Content-Security-Policy']
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    assert answer.status_code == 200
    assert nonce is not None
    assert 'unsafe' not in policy
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert re.findall(r'\son[a-z]+\s*=|\sstyle\s*=|javascript:|<script(?![^>]*src=)(?![^>]*nonce=)', page) == []
    assert re.findall(r'(?:src|href)="https?://(?!hrss\.sz\.gov\.cn)', page) == []


@pytest.mark.parametrize('path', ['/nothing', '/my_applications/details/?id=zzz', '/files/file/?file=0'])
def test_an_error_is_a_page_in_the_user_s_words(client_of: ClientOf, path: str) -> None:
    answer = client_of('geren1').get(path)
    assert answer.status_code == 404
    assert '没有找到' in answer.get_data(as_text=True)
    assert 'Traceback' not in answer.get_data(as_text=True)


def test_the_stand_in_gateway_is_not_there_in_production(app: Flask) -> None:
    production = create_app({**app.config, 'DEMO': False})
    assert {rule.endpoint for rule in production.url_map.iter_rules() if 'standin' in rule.endpoint} == set()
