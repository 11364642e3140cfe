"""An error is answered with its own code, even where the page that should say so cannot be made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database file without any table."""
    return tmp_path / 'empty.sqlite3'


@pytest.fixture
def small(database: Path) -> Flask:
    """The application over that file."""
    settings = {
        'SECRET_KEY': 'test-key',
        'SQLALCHEMY_DATABASE_URI': f'sqlite:///{database}',
        'JOB_QUEUE': 'immediate',
        'RENDER_PROCESSES': 0,
        'PROPAGATE_EXCEPTIONS': False,
    }
    return create_app(settings)


@pytest.fixture
def signed_in(small: Flask) -> FlaskClient:
    """A browser with the cookie of an account, which the database cannot answer for."""
    client = small.test_client()
    with client.session_transaction() as session:
        session['_user_id'] = f'1.{"0" * 16}'
    return client


@pytest.fixture
def locked(database: Path) -> Iterator[None]:
    """Another process holds the database for itself."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in ('PRAGMA locking_mode=EXCLUSIVE', 'BEGIN EXCLUSIVE'):
            connection.execute(statement).close()
        yield


@pytest.mark.parametrize('host', ['..', 'a..b', 'a' * 300])
@pytest.mark.parametrize('path', ['/nothing', '/login'])
def test_a_host_that_is_none_is_a_bad_request(small: Flask, host: str, path: str) -> None:
    answer = small.test_client().get(path, headers={'Host': host})
    assert answer.status_code == 400
    assert answer.mimetype == 'text/plain'
    assert answer.get_data(as_text=True) == '请求缺少必要的内容，或页面已打开过久。请返回刷新后重试。'
    assert "default-src 'self'" in answer.headers['Content-Security-Policy']


@pytest.mark.usefixtures('locked')
def test_a_locked_database_changes_no_code(signed_in: FlaskClient) -> None:
    answer = signed_in.get('/nothing')
    assert (answer.status_code, answer.mimetype) == (404, 'text/plain')
    assert answer.get_data(as_text=True) == '地址不正确，或您无权查看。'


def test_a_form_whose_session_cannot_be_read_is_refused_with_its_own_code(signed_in: FlaskClient) -> None:
    answer = signed_in.post('/messages/read/', data={'csrf_token': 'forged'})
    assert (answer.status_code, answer.mimetype) == (400, 'text/plain')
    assert answer.get_data(as_text=True) == '请求缺少必要的内容，或页面已打开过久。请返回刷新后重试。'


@pytest.mark.usefixtures('locked')
def test_a_page_that_needs_a_locked_database_is_a_fault(signed_in: FlaskClient) -> None:
    answer = signed_in.get('/messages/')
    assert (answer.status_code, answer.mimetype) == (500, 'text/plain')
    assert answer.get_data(as_text=True).startswith('操作未完成，数据没有改变。')
