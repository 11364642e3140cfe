"""Signing in and out, and the guards around every page."""

from __future__ import annotations

import html
import io
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import FlaskLoginClient
from sqlalchemy import event, select
from werkzeug.datastructures import Headers, MultiDict

from admin_views.site import sign_in
from admin_views.site.headers import asset
from app import create_app
from models import db
from models.account import Account, Grant, GrantKind
from models.audit import AuditLine
from models.base import at, now
from models.employer import OpinionTemplate
from rules import access, passwords, rate_limits
from tests.conftest import PASSWORD
from tests.helpers.types import ClientOf


def post_sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """Status and either the way on or the page."""
    answer = client.post('/login', data={'username': username, 'password': password, **more})
    return answer.status_code, answer.location or answer.get_data(as_text=True)


def test_the_right_password_leads_home(app: Flask) -> None:
    client = app.test_client()
    assert post_sign_in(client, 'guanli1') == (302, '/')
    assert '刘宏伟' in client.get('/').get_data(as_text=True)


@pytest.mark.parametrize(
    ('username', 'password'), [('guanli1', 'wrong'), ('nobody', PASSWORD), ('', ''), ('guanli1', '')]
)
def test_name_and_password_are_refused_alike(app: Flask, username: str, password: str) -> None:
    status, page = post_sign_in(app.test_client(), username, password)
    assert status == 401
    assert '用户名或密码不正确，请重新输入' in page


def test_ten_wrong_passwords_lock_the_name_and_no_other(app: Flask) -> None:
    client = app.test_client()
    for _ in range(rate_limits.MOST_MISTYPED):
        assert post_sign_in(client, 'guanli1', 'guessed')[0] == 401
    assert post_sign_in(client, 'nobody', 'guessed')[0] == 401
    for password in ('guessed', PASSWORD):
        status, page = post_sign_in(client, 'guanli1', password)
        assert (status, '密码错误次数过多，请 15 分钟后再试' in page) == (429, True)
    assert post_sign_in(app.test_client(), 'jingban1') == (302, '/')
    with at(now() + timedelta(minutes=16)):
        assert post_sign_in(client, 'guanli1') == (302, '/')


def test_a_new_password_ends_every_session_of_the_old_one(app: Flask) -> None:
    client, other = app.test_client(), app.test_client()
    post_sign_in(client, 'jingban1')
    post_sign_in(other, 'guanli1')
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        account.password_hash = passwords.hashed('another-one')
        db.session.commit()
    assert client.get('/').status_code == 302
    assert other.get('/').status_code == 200
    assert post_sign_in(client, 'jingban1', 'another-one') == (302, '/')


@pytest.mark.parametrize('kept', ['', '1', '1.', '².x', '9' * 40, '1.0123456789abcdef', 'x.y.z'])
def test_a_session_that_means_nothing_is_a_visitor_s(app: Flask, kept: str) -> None:
    with app.app_context():
        assert sign_in.load_account(kept) is None


def test_a_handler_without_the_grant_is_told_whom_to_ask(app: Flask) -> None:
    status, page = post_sign_in(app.test_client(), 'jingban2')
    assert status == 401
    assert '您尚未获得登录系统授权，请联系本单位管理员' in page


def test_a_disabled_account_is_out_at_the_next_request(app: Flask) -> None:
    client = app.test_client()
    post_sign_in(client, 'guanli1')
    with app.app_context():
        db.session.scalars(select(Account).where(Account.username == 'guanli1')).one().enabled = False
        db.session.commit()
    assert client.get('/').status_code == 302
    assert post_sign_in(client, 'guanli1')[0] == 401


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
    assert post_sign_in(app.test_client(), 'geren1', next=target) == (302, way)


def test_a_visitor_comes_back_to_where_it_wanted_to_go(app: Flask) -> None:
    answer = app.test_client().get('/my_applications/?tab=todo')
    assert answer.location == '/login?next=/my_applications/?tab%3Dtodo'


def test_signing_out_takes_a_post(app: Flask) -> None:
    client = app.test_client()
    post_sign_in(client, 'geren1')
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
    told = {endpoint: 401 if endpoint.partition('.')[0] in access.ROOMS else 400 for endpoint in refused}
    assert refused == told  # in a room it is the session that is missing
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


def test_a_sign_in_grant_taken_back_counts_at_the_next_request(app: Flask) -> None:
    client = app.test_client()
    assert post_sign_in(client, 'jingban1') == (302, '/')
    assert client.get('/employer_applications/').status_code == 200
    with app.app_context():
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.kind == GrantKind.SIGN_IN)
        db.session.delete(db.session.scalars(held).one())
        db.session.commit()
    assert client.get('/employer_applications/').status_code == 302
    assert client.post('/employer_applications/action/').status_code == 401
    assert '尚未获得登录系统授权' in post_sign_in(client, 'jingban1')[1]


@pytest.mark.parametrize(('start', 'end', 'status'), [(-9, -1, 401), (1, 9, 401), (0, 0, 302), (-1, 1, 302)])
def test_a_sign_in_grant_counts_only_on_its_days(app: Flask, start: int, end: int, status: int) -> None:
    today = now().date()
    with app.app_context():
        handler = db.session.scalars(select(Account).where(Account.username == 'jingban2')).one()
        giver = db.session.scalars(select(Account).where(Account.username == 'guanli1')).one()
        days = {'valid_from': today + timedelta(start), 'valid_to': today + timedelta(end)}
        handler.grants.append(Grant(kind=GrantKind.SIGN_IN, code='', granted_by_id=giver.id, **days))
        db.session.commit()
    assert post_sign_in(app.test_client(), 'jingban2')[0] == status


def test_a_wrong_password_says_nothing_of_the_account(app: Flask) -> None:
    """Neither whether a name is known nor whether the account is disabled, before the password fits."""
    with app.app_context():
        db.session.scalars(select(Account).where(Account.username == 'guanli1')).one().enabled = False
        db.session.commit()
    pages = {
        re.sub(r'nonce="[^"]*"|value="[^"]*"', '', post_sign_in(app.test_client(), name, 'wrong')[1])
        for name in ('guanli1', 'nobody', 'jingban2')
    }
    assert len(pages) == 1
    assert '该账号已停用' in post_sign_in(app.test_client(), 'guanli1')[1]


@pytest.mark.parametrize('password', ['', ' ', 'x' * 100_000, '密码' * 500])
def test_no_password_breaks_the_sign_in_page(app: Flask, password: str) -> None:
    status, page = post_sign_in(app.test_client(), 'guanli1', password)
    assert (status, 'value="guanli1"' in page, 'x' * 100 in page) == (401, True, False)


def test_signing_in_is_written_down_without_the_password(app: Flask) -> None:
    client = app.test_client()
    post_sign_in(client, 'guanli1', 'SecretTypo-1')
    post_sign_in(client, 'guanli1')
    client.post('/logout')
    with app.app_context():
        lines = list(db.session.scalars(select(AuditLine).order_by(AuditLine.id)))
    assert [line.event for line in lines] == ['sign_in_failed', 'sign_in', 'sign_out']
    assert not any('SecretTypo' in line.details or PASSWORD in line.details for line in lines)


def test_signing_in_starts_a_session_anew(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as kept:
        kept['planted'] = 'before'
    post_sign_in(client, 'geren1')
    with client.session_transaction() as kept:
        assert 'planted' not in kept


@pytest.mark.parametrize(
    'target', ['/\t/evil.example/', '/\x0b/evil.example/', '///evil.example', '\\\\evil', 'evil.example']
)
def test_a_disguised_way_out_leads_home(app: Flask, target: str) -> None:
    client = app.test_client()
    assert post_sign_in(client, 'geren1', next=target) == (302, '/')
    assert client.get('/login', query_string={'next': target}).location == '/'


def test_a_refused_token_changes_nothing(app: Flask) -> None:
    guarded = create_app({**app.config, 'WTF_CSRF_ENABLED': True})
    guarded.test_client_class = FlaskLoginClient
    taken, written = {}, []
    with guarded.app_context():
        engine = db.engine
        names = ('geren3', 'guanli1', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1')
        accounts = list(db.session.scalars(select(Account).where(Account.username.in_(names))))

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(('INSERT', 'UPDATE', 'DELETE')):
            written.append(statement)

    event.listen(engine, 'before_cursor_execute', note)
    for account in accounts:
        client = guarded.test_client(user=account)
        for rule in guarded.url_map.iter_rules():
            if 'POST' in (rule.methods or ()) and rule.endpoint != 'gateway.notice':
                path = rule.rule.replace('<action>', 'approve')
                for token in ({}, {'csrf_token': 'forged'}):
                    answer = client.post(f'{path}?id=1', data={'confirmed': '1', 'seen': '1', **token})
                    if answer.status_code != 400:
                        taken[rule.endpoint, account.username] = answer.status_code
    event.remove(engine, 'before_cursor_execute', note)
    engine.dispose()
    assert (taken, written, len(accounts)) == ({}, [], len(names))


def test_the_token_of_a_page_is_taken(app: Flask) -> None:
    guarded = create_app({**app.config, 'WTF_CSRF_ENABLED': True})
    client = guarded.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get('/login').get_data(as_text=True))
    assert token is not None
    assert post_sign_in(client, 'geren1', csrf_token=token[1]) == (302, '/')
    assert client.get('/').status_code == 200
    with guarded.app_context():
        db.engine.dispose()


OWN, TYPED = (
    {'Origin': 'http://localhost'},
    {'name': '常用', 'field': 'opinion', 'body': '一段很长的话。\r\n还有"引号"。'},
)


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The application with its tokens."""
    made = create_app({**app.config, 'WTF_CSRF_ENABLED': True})
    yield made
    with made.app_context():
        db.engine.dispose()


def fields_of(page: str) -> MultiDict[str, str]:
    """What the form of a page would send."""
    shown = page.partition('<main')[2]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown)
    return MultiDict((name, html.unescape(text)) for name, text in pairs)


def test_what_was_typed_is_sent_again_after_signing_in_anew(guarded: Flask) -> None:
    client, path = guarded.test_client(), '/opinion_templates/new/?url=/opinion_templates/'
    kept = client.post(path, data={**TYPED, 'csrf_token': 'of the session that ended'}, headers=OWN)
    page = kept.get_data(as_text=True)
    assert kept.status_code == 401
    assert '请在新窗口登录，再回到本页继续' in page
    assert f'action="{path}"' in page
    sent = fields_of(page)
    token = fields_of(client.get('/login').get_data(as_text=True))['csrf_token']
    assert post_sign_in(client, 'guanli1', csrf_token=token) == (302, '/')
    again = client.post(path, data=sent, headers=OWN)
    page = again.get_data(as_text=True)
    assert again.status_code == 400
    assert '您已重新登录，刚才的内容还没有提交' in page
    assert client.post(path, data=fields_of(page), headers=OWN).location == '/opinion_templates/'
    with guarded.app_context():
        found = db.session.scalars(select(OpinionTemplate).where(OpinionTemplate.name == '常用')).one()
        assert found.body == '一段很长的话。\n还有"引号"。'


@pytest.mark.parametrize(
    ('headers', 'more', 'kept'),
    [
        (OWN, {}, True),
        ({}, {}, False),  # no browser says nothing of where a form comes from
        ({'Origin': 'null'}, {}, False),
        ({'Origin': 'https://evil.example'}, {}, False),
        ({'Origin': 'http://localhost.evil.example'}, {}, False),
        (OWN, {'file': (io.BytesIO(b'%PDF-'), '承诺书.pdf')}, False),  # a file cannot be handed back
    ],
)
def test_only_a_form_of_ours_without_files_is_handed_back(
    guarded: Flask, headers: dict[str, str], more: dict[str, Any], kept: bool
) -> None:
    typed = {**TYPED, 'password': 'Secret-2026', 'url': '"><script>alert(1)</script>'}
    client = guarded.test_client()
    answer = client.post('/opinion_templates/new/', data=typed | more, headers=headers)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert ('一段很长的话' in page) is kept
    assert ('已登录，继续' in page) is kept
    assert 'Secret-2026' not in page
    assert '<script>alert' not in page


INLINE = r'\son[a-z]+\s*=\s*["\']|\sstyle\s*=|javascript:|<(?:script|style)(?![^>]*src=)(?![^>]*nonce=)'


def faults_of(page: str, headers: Headers) -> list[str]:
    """What on a page breaks the policy that it was sent with."""
    policy = headers.get('Content-Security-Policy', '')
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    used = set(re.findall(r'nonce="([^"]*)"', page))
    faults = list(re.findall(INLINE, page))
    if nonce is None or 'unsafe' in policy or used - {nonce[1]}:
        faults.append(policy)
    if headers.get('X-Content-Type-Options') != 'nosniff' or 'no-store' not in headers.get('Cache-Control', ''):
        faults.append('headers')
    return faults


def kept(client: FlaskClient, address: str) -> bool:
    """Whether a browser keeps what lies at an address without asking again."""
    with client.get(address) as answer:
        return 'immutable' in answer.headers.get('Cache-Control', '')


def test_a_browser_keeps_assets_until_they_change(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = app.test_client()
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get('/login').get_data(as_text=True))
    assert len(addresses) > 3
    assert all(kept(client, address) for address in addresses)
    assert not any(kept(client, address) for address in ('/static/app.css', '/static/none.css?v=1', '/login?v=1'))
    with app.test_request_context():
        versions = [asset('app.css')]
        for name in ('one', 'another'):  # the next version of the program
            (tmp_path / name).mkdir()
            (tmp_path / name / 'app.css').write_text('b {}')
            os.utime(tmp_path / name / 'app.css', ns=(len(name), len(name)))
            monkeypatch.setattr(app, 'static_folder', str(tmp_path / name))
            versions.append(asset('app.css'))
        monkeypatch.setattr(app, 'debug', True)  # its author sees a change at once
        os.utime(tmp_path / name / 'app.css', ns=(1, 1))
        versions.append(asset('app.css'))
    assert len(set(versions)) == 4


@pytest.mark.parametrize(
    'username', ['', 'geren3', 'geren4', 'guanli1', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1']
)
def test_no_page_of_the_product_holds_an_inline_handler(app: Flask, client_of: ClientOf, username: str) -> None:
    """Every page that a person can reach with GET, with forms, details of some rows and error pages."""
    client, faults, pages = client_of(username), {}, 0
    for rule in app.url_map.iter_rules():
        if 'GET' not in (rule.methods or ()) or 'filename' in rule.rule or '<export_type>' in rule.rule:
            continue
        for action in ('return', 'withdraw') if '<action>' in rule.rule else ('',):
            for key in (2, 3, 33) if username not in ('', 'pingtai1') else (1,):
                path = f'{rule.rule.replace("<action>", action)}?id={key}&file={key}&tab=all&application={key}'
                with client.get(path) as answer:
                    if answer.mimetype == 'text/html':
                        pages += 1
                        faults[path] = faults_of(answer.get_data(as_text=True), answer.headers)
    assert {path: found for path, found in faults.items() if found} == {}
    assert pages > 30


def test_a_nonce_is_used_once(client_of: ClientOf) -> None:
    client = client_of('geren3')
    assert len({client.get('/').headers['Content-Security-Policy'] for _time in range(3)}) == 3
