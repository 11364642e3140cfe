"""What a list was asked for goes along: into its exports, its details, its bulk pages, and nothing else does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from admin_views.roles import employer
from models import db
from models.application import Application, Stage
from models.base import at, now
from models.catalogue import Series
from pdf_templates import reports
from tests.helpers.exports import exported, first_serial
from tests.helpers.lists import shown_rows
from tests.helpers.statements import counting
from tests.helpers.types import ClientOf

OFFERING = (
    ('guanli1', 'employer_applications'),
    ('bangong1', 'office_applications'),
    ('rensheju1', 'bureau_applications'),
)


@pytest.mark.parametrize(('username', 'room'), OFFERING)
def test_the_details_of_what_is_listed_are_on_offer(client_of: ClientOf, username: str, room: str) -> None:
    client = client_of(username)
    page = client.get(f'/{room}/?tab=all&year=2026&url=/x&endpoint=y&_method=POST').get_data(as_text=True)
    found = re.search(rf'formaction="(/{room}/workbook/[^"]*)">导出明细</button>', page)
    assert found, page
    assert found[1] == f'/{room}/workbook/?tab=all&amp;year=2026'


@pytest.mark.parametrize(
    'query', ['endpoint=x', '_method=POST', '_anchor=x', '_external=1', 'self=1', 'tab=all&page=9']
)
def test_no_argument_breaks_the_details(client_of: ClientOf, query: str) -> None:
    answer = client_of('guanli1').post(f'/employer_applications/workbook/?{query}')
    assert (answer.status_code, answer.location.split('?')[0]) == (302, '/jobs/show/')


@pytest.mark.parametrize('sort', ['sort=0', 'sort=0&desc=1'])
def test_an_export_keeps_the_order_of_the_list(client_of: ClientOf, sort: str) -> None:
    client, path = client_of('guanli1'), '/employer_applications/'
    listed = re.findall(r'(0032\d{15})</td>', client.get(f'{path}?tab=all&page_size=100&{sort}').get_data(as_text=True))
    rows, _name = exported(client, f'{path}export/csv/?tab=all&{sort}')
    assert [row[0] for row in rows[1 : len(listed) + 1]] == listed
    assert listed == sorted(listed, reverse='desc' in sort)


def test_an_export_names_what_it_was_filtered_by(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        some = select(Application).where(Application.employer_id == 1, Application.stage == Stage.OFFICE_REVIEW)
        committee = db.session.scalars(some).first().committee  # type: ignore[union-attr]
        key, name = committee.id, committee.name  # type: ignore[union-attr]
    with client_of('guanli1').get(f'/employer_applications/export/csv/?tab=all&committee_id={key}') as answer:
        assert f'# 筛选：全部；评委会={name}' in answer.get_data(as_text=True)


def test_a_serial_is_found_without_its_last_digit(client_of: ClientOf) -> None:
    client, path = client_of('guanli1'), '/employer_applications/?tab=all'
    serial = first_serial(client.get(path).get_data(as_text=True))
    for typed in (serial, serial[:18], serial[:17]):
        assert serial in client.get(f'{path}&search={typed}').get_data(as_text=True)


def keys_at(app: Flask, stage: Stage) -> list[int]:
    """The declarations of employer 1 at a stage."""
    with app.app_context():
        return list(
            db.session.scalars(select(Application.id).where(Application.stage == stage, Application.employer_id == 1))
        )


@pytest.mark.parametrize('stage', [Stage.EMPLOYER_REVIEW, Stage.PRE_NOTICE])
def test_the_first_beat_takes_no_more_queries_for_more_rows(app: Flask, client_of: ClientOf, stage: Stage) -> None:
    client, keys, taken = client_of('guanli1'), keys_at(app, stage), []
    assert len(keys) > 2
    for some in (keys, keys[:1], keys):
        sent = {'action': f'{stage}.approve', 'tab': stage.value, 'rowid': some}
        with counting(app) as statements:
            assert client.post('/employer_applications/action/', data=sent).status_code == 200
        taken.append(len(statements))
    assert taken[2] <= taken[1] + 1, taken  # what only some rows need is read once, when first met


def test_fee_notices_are_found_for_all_rows_at_once(app: Flask) -> None:
    with app.app_context():
        paying = list(db.session.scalars(select(Application).where(Application.stage == Stage.PAYMENT)))
        with counting(app) as statements:
            found = reports.ORDER_SUBJECT.reached(db.session(), paying)
    assert set(found) == {each.id for each in paying}
    assert len(paying) > 1
    assert len([each for each in statements if 'FROM fee_item JOIN fee_order' in each]) == 1


@pytest.mark.parametrize(
    ('stage', 'tab', 'changed', 'why'),
    [
        (Stage.PRE_NOTICE, 'print_pre', {'year': 2025}, '所选人员分属 2025、2026 年度，请按年度分别打印'),
        (
            Stage.POST_NOTICE,
            'print_post',
            {'committee_id': 2},
            '所选人员分别由「深圳市建设工程高级职称评审委员会」、「深圳市电子信息工程高级职称评审委员会」评审，'
            '请返回列表，按评委会筛选后分别打印',
        ),
        (Stage.PRE_NOTICE, 'print_pre', {'committee_id': 2}, ''),  # recommended, not yet reviewed by anyone
    ],
)
def test_a_list_for_notice_is_of_one_year_and_after_the_review_of_one_committee(
    app: Flask, client_of: ClientOf, stage: Stage, tab: str, changed: dict[str, int], why: str
) -> None:
    client, keys = client_of('guanli1'), keys_at(app, stage)
    with app.app_context():
        for key in keys:
            declared = db.session.get_one(Application, key)
            declared.committee_id = 1
        for name, value in changed.items():
            setattr(db.session.get_one(Application, keys[0]), name, value)
        db.session.commit()
    first, code = now().date() + timedelta(1), employer.LIST_REPORTS[tab]
    data = {
        'action': f'report.{code}',
        'tab': tab,
        'rowid': keys,
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518057',
        'starts_on': str(first),
        'ends_on': str(first + timedelta(20)),
    }
    with at(now() + timedelta(1)):
        asked = client.post('/employer_applications/action/', data=data)
        sent = client.post('/employer_applications/action/', data=data | {'confirmed': '1'})
    said = [page.get_data(as_text=True) for page in (asked, sent)]
    assert (all(why in page for page in said), sent.status_code) == (True, 200 if why else 302)


@pytest.mark.parametrize(('username', 'room'), OFFERING)
def test_an_address_that_names_a_series_in_words_still_means_it(
    app: Flask, client_of: ClientOf, username: str, room: str
) -> None:
    client = client_of(username)
    with app.app_context():
        keys = {series.name: series.id for series in db.session.scalars(select(Series))}
    for name in ('工程技术', '卫生技术'):
        named, keyed = (client.get(f'/{room}/?tab=all&series={value}').text for value in (name, keys[name]))
        assert shown_rows(named) == shown_rows(keyed)
    assert shown_rows(client.get(f'/{room}/?tab=all&series=卫生技术').text) == 0
