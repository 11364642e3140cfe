"""Every list: the same number of queries for few and many rows, and no parameter breaks it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from models import db
from models.application import Application, Stage
from models.record import AuditLine

ClientOf = Callable[[str], FlaskClient]
LISTS = [
    ('guanli1', '/employer_applications/?tab=all'),
    ('bangong1', '/office_applications/?tab=all'),
    ('rensheju1', '/bureau_applications/?tab=all'),
    ('zhuanjia1', '/ballots/?tab=all'),
    ('geren3', '/my_applications/?tab=all'),
    ('bangong1', '/sessions/?tab=all'),
    ('bangong1', '/office_orders/?tab=all'),
    ('rensheju1', '/bureau_documents/?'),
    ('rensheju1', '/certificates/?'),
    ('pingtai1', '/offerings/?'),
    ('pingtai1', '/titles/?'),
    ('pingtai1', '/accounts/?'),
]


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that run within."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith('SELECT'):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, 'before_cursor_execute', note)
    yield seen
    event.remove(engine, 'before_cursor_execute', note)


@pytest.mark.parametrize(
    ('username', 'path'),
    [
        ('guanli1', '/employer_applications/?tab=employer_review'),
        ('bangong1', '/office_applications/?tab=office_review'),
        ('rensheju1', '/bureau_applications/?tab=all'),
    ],
)
def test_more_rows_take_no_more_queries(app: Flask, client_of: ClientOf, username: str, path: str) -> None:
    client = client_of(username)
    client.get(path)
    with counting(app) as many:
        page = client.get(path).get_data(as_text=True)
    with counting(app) as one:
        client.get(f'{path}&search={first_serial(page)}')
    assert page.count('<td class="row-actions"') > 1
    assert len(one) == len(many)


def first_serial(page: str) -> str:
    """The first serial on a page."""
    start = page.index('0032')
    return page[start : start + 19]


@pytest.mark.parametrize(('username', 'path'), LISTS)
@pytest.mark.parametrize(
    'parameter',
    [
        'page=-1', 'page=99999999999999999999', 'page=x', 'page_size=0', 'page_size=9999999', 'sort=99', 'sort=-1',
        'sort=x', 'sort=0&desc=1', 'search=%25_%5C', 'search=%E3%80%80', 'year=abc', 'series=%27', 'stage=nowhere',
        'level=9', 'state=x', 'tab=nothing', 'flt0_1=x', 'employer_id=99999999999999999999', 'role=x', 'series_id=x',
    ],
)  # fmt: skip
def test_no_parameter_breaks_a_list(client_of: ClientOf, username: str, path: str, parameter: str) -> None:
    assert client_of(username).get(f'{path}&{parameter}').status_code == 200


def test_a_nul_character_is_refused(client_of: ClientOf) -> None:
    answer = client_of('guanli1').get('/employer_applications/?search=%00')
    assert answer.status_code == 400
    assert '含有无效字符' in answer.get_data(as_text=True)


@pytest.mark.parametrize('blank', [' ', '\u3000', '%E3%80%80'])
def test_a_name_is_found_whatever_the_blank_around_it(client_of: ClientOf, blank: str) -> None:
    page = (
        client_of('guanli1').get(f'/employer_applications/?tab=all&search={blank}黄志强{blank}').get_data(as_text=True)
    )
    assert page.count('<td class="row-actions"') == 1


def test_an_id_number_and_a_serial_are_found_whole(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        wanted = db.session.scalars(query).first()
        assert wanted is not None
        id_number, serial = wanted.id_number, wanted.serial
    full_width = ''.join(chr(ord(digit) + 0xFEE0) for digit in serial)
    for search in (id_number, serial, full_width):
        page = client_of('guanli1').get(f'/employer_applications/?tab=all&search={search}').get_data(as_text=True)
        assert page.count('<td class="row-actions"') == 1
        assert serial in page


def exported(client: FlaskClient, path: str) -> tuple[list[list[str]], str]:
    """The rows of an export, and its file name."""
    with client.get(path) as answer:
        text = answer.get_data(as_text=True)
        assert text.startswith('\ufeff')
        return list(csv.reader(io.StringIO(text.removeprefix('\ufeff')))), answer.headers['Content-Disposition']


def test_an_export_holds_exactly_the_filtered_rows(app: Flask, client_of: ClientOf) -> None:
    rows, name = exported(client_of('guanli1'), '/employer_applications/export/csv/?tab=pre_notice')
    end = rows.index([])
    with app.app_context():
        query = select(Application.serial).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        serials = set(db.session.scalars(query))
        audited = db.session.scalars(select(AuditLine).where(AuditLine.event == 'export')).all()
        assert [line.details for line in audited] == [f'职称评审业务：{len(serials)} 行，筛选：单位评前公示']
    assert {row[0] for row in rows[1:end]} == serials
    assert '%E8%81%8C%E7%A7%B0' in name
    assert rows[end + 1 :][0] == ['# 筛选：单位评前公示']
    assert f'共 {len(serials)} 行' in rows[end + 2][0]
    number = rows[0].index('证件号码')
    assert all('*' in row[number] for row in rows[1:end])


@pytest.mark.parametrize('name', ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])
def test_no_cell_of_an_export_is_a_formula(app: Flask, client_of: ClientOf, name: str) -> None:
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        changed = db.session.scalars(query).first()
        assert changed is not None
        changed.applicant_name = name
        db.session.commit()
    rows, _name = exported(client_of('guanli1'), '/employer_applications/export/csv/?tab=pre_notice')
    assert ["'" + name] == [row[1] for row in rows[1:] if row and row[1:] and row[1].startswith("'")]


def test_two_who_edit_the_same_row_are_shown_both_versions(client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    path = '/calls/edit/?id=1'
    page = client.get(path).get_data(as_text=True)
    seen = page.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    call = {
        'version': seen, 'year': '2026', 'name': '甲的改动', 'opens_on': '2026-09-01', 'closes_on': '2026-12-31',
        'announcement': '', 'conditions': '', 'hints': '',
    }  # fmt: skip
    assert client.post(path, data=call).status_code == 302
    second = client.post(path, data=call | {'name': '乙的改动'})
    assert second.status_code == 409
    assert '甲的改动' in second.get_data(as_text=True)
    assert '乙的改动' in second.get_data(as_text=True)
