"""What takes long keeps nobody from writing (SQLite lets one write at a time)."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select

from models import db
from models.application import Application, Stage
from pdf_templates import issuing
from ports.spreadsheets import reading
from rules import passwords
from tests.helpers.types import ClientOf

Send = Callable[[Flask, FlaskClient], Any]


def in_bundle(app: Flask, client: FlaskClient) -> Any:
    """生成报表 for a ticked declaration."""
    with app.app_context():
        key = db.session.scalars(
            select(Application.id).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        ).first()
    ticked = {'action': 'papers', 'tab': 'employer_review', 'rowid': key}
    return client.post(
        '/employer_applications/action/', data={**ticked, 'confirmed': '1', 'report': 'registration', 'way': 'pdf'}
    )


def imported(_app: Flask, client: FlaskClient) -> Any:
    """A roster to look at before it is imported."""
    file = {'file': (io.BytesIO('姓名,证件类型,证件号码\n张三,居民身份证,110101199003078515\n'.encode()), '名单.csv')}
    return client.post('/roster/import/', data=file, content_type='multipart/form-data')


def proof(_app: Flask, client: FlaskClient) -> Any:
    """预览 of a wording."""
    return client.post('/wordings/proof/', data={'code': 'fee-notice', 'body': '本人承诺。'})


def signed_in(app: Flask, _client: FlaskClient) -> Any:
    """A password that is checked."""
    return app.test_client().post('/login', data={'username': 'guanli1', 'password': 'Demo-2026'})


@pytest.mark.parametrize(
    ('username', 'send', 'room', 'slow'),
    [
        ('guanli1', in_bundle, issuing, 'rendered'),
        ('guanli1', imported, reading, 'read_sheet'),
        ('pingtai1', proof, issuing, 'rendered'),
        ('guanli1', signed_in, passwords, 'matches'),
    ],
    ids=['a bundle', 'an import', 'a proof', 'signing in'],
)
def test_nobody_waits_while_something_slow_is_done(
    app: Flask,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    username: str,
    send: Send,
    room: Any,
    slow: str,
) -> None:
    address = make_url(app.config['SQLALCHEMY_DATABASE_URI'])
    if address.get_backend_name() != 'sqlite':
        pytest.skip('PostgreSQL lets many write at a time')
    real, free = getattr(room, slow), []

    def watched(*given: Any, **more: Any) -> Any:
        with closing(sqlite3.connect(str(address.database), timeout=0, isolation_level=None)) as other:
            other.execute('BEGIN IMMEDIATE')
            other.execute('ROLLBACK')
        free.append(slow)
        return real(*given, **more)

    monkeypatch.setattr(room, slow, watched)
    answer = send(app, client_of(username))
    assert answer.status_code in (200, 302)
    answer.close()
    assert free
