"""Exports hold exactly what their list shows, safe and masked, and are written down."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from admin_views.framework import export
from models import db
from models.account import Account, Role
from models.application import Application, Stage
from models.audit import AuditLine
from models.base import LOCAL_ZONE
from models.fields import Field, Kind, Mask
from rules import validators
from tests.helpers.exports import exported
from tests.helpers.types import ClientOf


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


@pytest.mark.parametrize('name', ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '＝1+1', '＋3', '－3', '＠x'])
def test_no_cell_of_an_export_is_a_formula(app: Flask, client_of: ClientOf, name: str) -> None:
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        changed = db.session.scalars(query).first()
        assert changed is not None
        changed.applicant_name = name
        db.session.commit()
    rows, _name = exported(client_of('guanli1'), '/employer_applications/export/csv/?tab=pre_notice')
    assert ["'" + name] == [row[1] for row in rows[1:] if row and row[1:] and row[1].startswith("'")]


EXPORTS = [
    ('geren3', 'my_applications'),
    ('guanli1', 'employer_applications'),
    ('guanli3', 'roster'),
    ('bangong1', 'office_applications'),
    ('bangong1', 'office_orders'),
    ('bangong1', 'office_documents'),
    ('rensheju1', 'bureau_applications'),
    ('rensheju1', 'bureau_documents'),
    ('rensheju1', 'certificates'),
    ('pingtai1', 'offerings'),
    ('pingtai1', 'titles'),
    ('pingtai1', 'specialities'),
    ('pingtai1', 'employers'),
    ('pingtai1', 'audit'),
    ('pingtai1', 'gateway_notices'),
]


@pytest.mark.parametrize(('username', 'view'), EXPORTS)
def test_every_export_says_what_it_is_and_is_written_down(
    app: Flask, client_of: ClientOf, username: str, view: str
) -> None:
    client = client_of(username)
    with client.get(f'/{view}/export/csv/?tab=all') as answer:
        content = answer.data
        assert 'attachment' in answer.headers['Content-Disposition']
        assert "filename*=UTF-8''%E" in answer.headers['Content-Disposition']
    text = content.decode('utf-8-sig')
    rows = list(csv.reader(io.StringIO(text)))
    end = rows.index([])
    data, companion = rows[1:end], [row[0] for row in rows[end + 1 :]]
    lines = content.removeprefix('\ufeff'.encode()).partition(b'\r\n\r\n')[0] + b'\r\n'
    with app.app_context():
        person = db.session.scalars(select(Account).where(Account.username == username)).one()
        audited = db.session.scalars(select(AuditLine).where(AuditLine.event == 'export')).one()
        assert audited.actor_id == person.id
        assert f'{len(data)} 行' in audited.details
        assert companion[0].startswith('# 筛选：')
        assert f'# 导出：{person.name}' in companion[1]
        assert f'共 {len(data)} 行' in companion[1]
        assert companion[2].endswith(hashlib.sha256(lines).hexdigest())
        numbers = set(db.session.scalars(select(Account.id_number).where(Account.role == Role.APPLICANT)))
        phones = set(db.session.scalars(select(Account.phone).where(Account.role == Role.APPLICANT)))
    assert {len(row) for row in data} <= {len(rows[0])}
    assert all(number not in text for number in numbers if number)
    assert all(phone not in text for phone in phones if phone)


def test_an_export_follows_search_and_filter_and_goes_beyond_a_page(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    rows, _name = exported(client, '/titles/export/csv/?page_size=20&page=3')
    assert rows.index([]) - 1 == 176
    rows, _name = exported(client, '/titles/export/csv/?level=中级&search=师')
    assert {'师' in row[rows[0].index('资格名称')] for row in rows[1 : rows.index([])]} == {True}
    assert {row[rows[0].index('级别')] for row in rows[1 : rows.index([])]} == {'中级'}
    rows, _name = exported(client_of('guanli1'), '/employer_applications/export/csv/?tab=all&track=transfer')
    with app.app_context():
        query = select(Application.serial).where(
            Application.employer_id == 1, Application.stage != 'draft', Application.track == 'transfer'
        )
        assert {row[0] for row in rows[1 : rows.index([])]} == set(db.session.scalars(query))


def test_an_export_of_another_kind_is_not_there(client_of: ClientOf) -> None:
    for kind in ('xls', 'json', '..', 'CSV'):
        assert client_of('guanli1').get(f'/employer_applications/export/{kind}/').status_code in (404, 308)


def test_an_expert_never_sees_a_whole_number(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.get_one(Application, 32)
        key, number, phone = found.id, found.id_number, found.applicant.phone
    for path in ('details', 'vote', 'progress'):
        page = client_of('zhuanjia1').get(f'/ballots/{path}/?id={key}&whole=1').get_data(as_text=True)
        assert number not in page
        assert phone not in page


VALUES: dict[Kind, Any] = {
    Kind.TEXT: st.text(),
    Kind.PARAGRAPH: st.text(),
    Kind.RICH: st.text(),
    Kind.DAY: st.dates(),
    Kind.MOMENT: st.datetimes(timezones=st.just(LOCAL_ZONE)),
    Kind.WHOLE: st.integers(),
    Kind.MONEY: st.integers(),
    Kind.FLAG: st.booleans(),
    Kind.CHOICE: st.sampled_from(['one', '=two', '三', 'gone']),
    Kind.REFERENCE: st.integers(),
    Kind.TICKS: st.lists(st.text()),
    Kind.ROWS: st.lists(st.fixed_dictionaries({'year': st.integers(), 'result': st.text()})),
    Kind.REMARKS: st.lists(st.fixed_dictionaries({'remark': st.text()})),
}
ROW_FIELDS = (Field('year', '年度', Kind.WHOLE), Field('result', '结果'))


@pytest.mark.parametrize('kind', Kind)
@given(data=st.data())
def test_an_export_writes_a_value_as_pages_show_it(kind: Kind, data: st.DataObject) -> None:
    """The export prepares one function a column, for speed; it must say what ``Field.shown`` says."""
    attributes: dict[str, Any] = {'shown_empty': data.draw(st.sampled_from(['', '-', '至今']))}
    if kind is Kind.CHOICE:
        attributes['choices'] = data.draw(st.none() | st.just({'one': '壹', '=two': '=贰', '三': '叁'}))
    if kind is Kind.TEXT:
        attributes['mask'] = data.draw(st.none() | st.sampled_from([Mask.ID_NUMBER, Mask.PHONE, Mask(2, 0)]))
    field = Field('x', '项目', kind, row_fields=ROW_FIELDS, **attributes)
    value = data.draw(st.none() | VALUES[kind])
    shown = field.shown(value)
    expected = export.safe_cell(validators.masked(field, shown) if value else shown)
    read = f'{value:%Y-%m-%d %H:%M}' if kind is Kind.MOMENT and value else value  # see LocalMinute
    assert export.writer_of(field)(read) == expected
