"""What a handler loses with a grant, at the next request and at every address."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import db
from models.account import Account, Grant
from tests.helpers.access import (
    CLOSED,
    MENU_VIEWS,
    OF_FILE,
    ROW_PAGES,
    ROW_POSTS,
    STOCK_OPERATIONS,
    VIEWS,
    H,
    addresses,
    applications,
    files_of,
    parts,
    sent_to_sign_in,
    status,
)
from tests.helpers.answers import GONE, MISSING, NO, expected
from tests.helpers.types import ClientOf


@pytest.mark.parametrize(
    ('kind', 'code', 'closed', 'sentence'),
    [
        ('menu', '单位事项', '/employer_applications/', '管理员尚未向您授权「单位事项」菜单'),
        ('matter', '专技人才', '/employer_applications/', '管理员尚未向您授权「专技人才」业务'),
        ('menu', '人员管理', '/roster/', '管理员尚未向您授权「人员管理」菜单'),
        ('menu', '单位信息', '/own_employer/', '管理员尚未向您授权「单位信息」菜单'),
    ],
)
def test_a_grant_taken_back_closes_its_room_at_the_next_request(
    session: Session, client_of: ClientOf, kind: str, code: str, closed: str, sentence: str
) -> None:
    client = client_of('jingban1')
    assert client.get(closed).status_code == 200
    grant = session.scalars(
        select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.kind == kind, Grant.code == code)
    ).one()
    session.delete(grant)
    session.commit()
    answer = client.get(closed)
    assert answer.status_code == 403
    assert sentence in answer.get_data(as_text=True)


def test_a_handler_without_the_home_page_goes_straight_to_work(session: Session, client_of: ClientOf) -> None:
    client = client_of('jingban1')
    grant = session.scalars(
        select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == '首页')
    ).one()
    session.delete(grant)
    session.commit()
    answer = client.get('/')
    assert (answer.status_code, answer.location) == (302, '/employer_applications/')


def test_a_handler_without_sign_in_grant_is_a_visitor(client_of: ClientOf) -> None:
    assert client_of('jingban2').get('/').status_code == 302


@pytest.mark.parametrize('menu', MENU_VIEWS)
def test_a_handler_without_one_menu_has_all_the_others(app: Flask, client_of: ClientOf, menu: str) -> None:
    with app.app_context():
        grant = db.session.scalars(
            select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == menu)
        ).one()
        db.session.delete(grant)
        db.session.commit()
    client, wrong = client_of('jingban1'), []
    for endpoint, path, methods in addresses(app):
        view, method = parts(endpoint)
        if H not in VIEWS[view].roles or method in CLOSED or method in ROW_PAGES | ROW_POSTS:
            continue
        if method in STOCK_OPERATIONS and method not in VIEWS[view].opens:
            continue
        for verb in methods:
            found = status(client, verb, path)
            closed = view in MENU_VIEWS[menu]
            answers = ({NO} if menu != '首页' else {GONE}) if closed else expected(endpoint, 'jingban1')[verb]
            wrong += [(path, verb, found)] if found not in answers else []
    assert wrong == []


@pytest.mark.parametrize(('kind', 'code'), [('menu', '单位事项'), ('matter', '专技人才')])
def test_a_handler_without_the_matter_reaches_no_declaration_by_any_address(
    app: Flask, client_of: ClientOf, kind: str, code: str
) -> None:
    with app.app_context():
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1')
        db.session.delete(db.session.scalars(held.where(Grant.kind == kind, Grant.code == code)).one())
        db.session.commit()
        own, _foreign = applications(db.session(), 'jingban1')
        asked = [
            (endpoint, method, f'{path}?{name}={key}')
            for endpoint, path, methods in addresses(app)
            if endpoint.startswith('files.') and parts(endpoint)[1] in ROW_PAGES | ROW_POSTS
            for name, keys in (('file', files_of(db.session(), own)), ('id', own))
            if (name == 'file') == (parts(endpoint)[1] in OF_FILE)
            for key in sorted(keys)[:2]
            for method in methods
        ]
    client = client_of('jingban1')
    reached = [(*each, found) for each in asked if (found := status(client, *each[1:])) != MISSING]
    assert len(asked) > 10
    assert reached == []


def test_a_handler_without_any_grant_gets_nowhere(app: Flask, client_of: ClientOf) -> None:
    client = client_of('jingban2')
    for endpoint, path, methods in addresses(app):
        for method in methods:
            assert sent_to_sign_in(client, path, method), (endpoint, method)
