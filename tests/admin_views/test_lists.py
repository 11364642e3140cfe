"""Every list: the same number of queries for few and many rows, and no parameter breaks it."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lxml.html
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import joinedload
from werkzeug.test import TestResponse

from admin_views.declarations.review_page import review_links
from admin_views.framework.access_check import action_link
from admin_views.framework.fast import row_html
from admin_views.framework.fast.paging import counts_of
from admin_views.framework.fast.statements import whole_page
from admin_views.framework.list_parts import RowLinks
from admin_views.roles.employer import EmployerApplications
from models import db
from models.account import Account, Role
from models.application import Application, Stage, Step
from models.approval import Certificate
from models.base import now
from models.employer import RosterEntry
from models.material import Attachment, Material
from models.payment import FeeItem
from models.record import AuditLine
from models.review import ReviewSession, SessionItem, SessionState
from models.reviewing import NoticeContact
from rules import access

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
        ('guanli1', '/employer_applications/?tab=print_pre'),
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


@pytest.mark.parametrize('rule', ['optional', 'exceptional', 'other_employer', 'other_results'])
def test_a_material_asked_for_by_any_rule_takes_no_query_a_row(app: Flask, client_of: ClientOf, rule: str) -> None:
    client, path = client_of('guanli1'), '/employer_applications/?tab=employer_review'
    ask_by(app, 'always')
    client.get(path)
    with counting(app) as usual:
        client.get(path)
    ask_by(app, rule)
    client.get(path)
    with counting(app) as many:
        page = client.get(path).get_data(as_text=True)
    with counting(app) as one:
        client.get(f'{path}&search={first_serial(page)}')
    assert shown_rows(page) > 1
    assert len(one) == len(many), many
    assert len(many) == len(usual) + (rule != 'optional'), many


def ask_by(app: Flask, rule: str) -> None:
    """Have the material of 单位审核 asked for by a rule, with none handed in."""
    with app.app_context():
        material = db.session.scalars(select(Material).where(Material.stage == 'employer_review')).one()
        material.rule = rule
        db.session.execute(delete(Attachment).where(Attachment.material_id == material.id))
        db.session.commit()


KEPT_FOR = [
    *LISTS,
    ('guanli1', '/roster/?'),
    ('guanli1', '/notice_contacts/?'),
    ('guanli1', '/opinion_templates/?'),
    ('guanli1', '/handlers/?'),
    ('bangong1', '/office_documents/?'),
    ('bangong2', '/office_orders/?'),
    ('zhuanjia9', '/ballots/?'),
    ('pingtai1', '/employers/?'),
    ('pingtai1', '/audit/?'),
]


@pytest.mark.parametrize(('username', 'path'), KEPT_FOR)
def test_the_statements_of_a_whole_list_are_made_once(client_of: ClientOf, username: str, path: str) -> None:
    client_of(username).get(path)
    before = [statements.cache_info().misses for statements in (whole_page, counts_of)]
    for _visit in range(3):
        assert client_of(username).get(path).status_code == 200
    assert [statements.cache_info().misses for statements in (whole_page, counts_of)] == before


def test_the_clause_of_a_scope_is_one_for_equal_owners_and_another_for_others(app: Flask) -> None:
    with app.app_context():
        people = {each.username: each for each in db.session.scalars(select(Account))}
        today = now().date()

        def clauses(model: type, *usernames: str) -> int:
            return len({id(access.scope(people[username], model, today)) for username in usernames})

        assert clauses(Application, 'guanli1', 'jingban1', 'guanli1') == 1
        assert clauses(RosterEntry, 'guanli1', 'jingban1') == 1
        assert clauses(RosterEntry, 'guanli1', 'guanli2') == 2
        assert clauses(Application, 'bangong1', 'bangong2', 'guanli1', 'geren1', 'geren2') == 5
        assert clauses(Application, 'zhuanjia1', 'zhuanjia1') == 1
        assert clauses(Application, 'zhuanjia1', 'zhuanjia2', 'zhuanjia9') == 3
        assert clauses(Step, 'guanli1', 'jingban1') == 1


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


def test_two_who_edit_the_same_row_are_shown_both_versions(client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    path = '/calls/edit/?id=1'
    page = client.get(path).get_data(as_text=True)
    seen = page.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    call = {
        'version': seen, 'year': '2026', 'name': '甲的改动', 'opens_on': '2026-09-01', 'closes_on': '2026-12-31',
        'payment_days': '15',
        'announcement': '', 'conditions': '', 'hints': '',
    }  # fmt: skip
    assert client.post(path, data=call).status_code == 302
    second = client.post(path, data=call | {'name': '乙的改动'})
    assert second.status_code == 409
    assert '甲的改动' in second.get_data(as_text=True)
    assert '乙的改动' in second.get_data(as_text=True)


LONG = [
    ('guanli1', '/employer_applications/?tab=all'),
    ('bangong1', '/office_applications/?tab=all'),
    ('pingtai1', '/offerings/?'),
    ('pingtai1', '/titles/?'),
    ('pingtai1', '/specialities/?'),
    ('pingtai1', '/accounts/?'),
    ('pingtai1', '/series/?'),
]
FEW = [
    ('zhuanjia1', '/ballots/?tab=all', '夏雨荷'),
    ('rensheju1', '/bureau_documents/?', '职评01〔2026〕1号'),
    ('rensheju1', '/certificates/?', 'number'),
    ('bangong1', '/sessions/?tab=all', '第一次'),
    ('bangong2', '/office_documents/?', '职评02〔2026〕1号'),
    ('bangong2', '/office_orders/?', '00000002'),
    ('guanli1', '/roster/?', '甲某'),
    ('geren3', '/my_applications/?tab=all', 'serial'),
    ('pingtai1', '/employers/?', '云帆'),
    ('pingtai1', '/committees/?', '电子信息'),
]


def rows_of(page: str) -> str:
    """The rows of a list."""
    return page.partition('<tbody>')[2].partition('</tbody>')[0]


def shown_rows(page: str) -> int:
    """How many rows a list shows."""
    return rows_of(page).count('<tr')


@pytest.mark.parametrize('username', ['geren3', 'bangong1', 'bangong2', 'zhuanjia1', 'rensheju1'])
def test_each_number_of_the_first_page_leads_to_as_many_rows(client_of: ClientOf, username: str) -> None:
    client = client_of(username)
    tiles = lxml.html.fromstring(client.get('/').get_data(as_text=True)).xpath('//div[@class="tiles"]/a')
    shown = {tile.get('href'): int(tile.xpath('string(.//b)')) for tile in tiles}
    assert shown
    assert {path: shown_rows(client.get(path).get_data(as_text=True)) for path in shown} == shown


def test_a_session_with_more_declarations_takes_no_more_queries(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.execute(
            select(ReviewSession.id, ReviewSession.committee_id, func.count(SessionItem.id))
            .join(SessionItem)
            .where(ReviewSession.state == SessionState.OPEN)
            .group_by(ReviewSession.id, ReviewSession.committee_id)
            .order_by(func.count(SessionItem.id))
        ).all()
    taken = []
    for key, committee, _count in found:
        client = client_of(f'bangong{committee}')
        client.get(f'/sessions/details/?id={key}')
        with counting(app) as statements:
            assert client.get(f'/sessions/details/?id={key}').status_code == 200
        taken.append(len(statements))
    assert found[0][2] < found[-1][2]
    assert len(set(taken)) == 1, taken


def test_an_order_for_more_takes_no_more_queries(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        paying = select(Application.id).where(Application.stage == Stage.PAYMENT)
        mine, *others = db.session.scalars(paying.order_by(Application.employer_id != 1, Application.id))
    client, taken = client_of('guanli1'), []
    page = client.post('/collective_payment/collect/', data={'application': mine}).location
    order = int(page.rpartition('=')[2])
    for added in ([], others):
        with app.app_context():
            db.session.add_all(FeeItem(order_id=order, application_id=each, amount_fen=1) for each in added)
            db.session.commit()
        client.get(page)
        with counting(app) as statements:
            assert shown_rows(client.get(page).get_data(as_text=True)) == 1 + len(added)
        taken.append(len(statements))
    assert others
    assert taken[0] == taken[1], statements


@pytest.mark.parametrize(
    ('username', 'path', 'named'),
    [('guanli1', '/', '待缴费'), ('guanli1', '/collective_payment/', '项'), ('geren4', '/my_orders/', '支付订单')],
)
def test_more_fees_take_no_more_queries(app: Flask, client_of: ClientOf, username: str, path: str, named: str) -> None:
    client, taken = client_of(username), []
    with app.app_context():
        mine = db.session.scalars(
            select(Application).where(Application.applicant.has(username='geren4'), Application.stage == Stage.PAYMENT)
        ).one()
        others = select(Application.id).where(Application.stage == Stage.PAYMENT, Application.id != mine.id)
        keys, applicant = list(db.session.scalars(others)), mine.applicant_id
    for employer, owner in ((2, None), (1, applicant)):
        with app.app_context():
            for each in db.session.scalars(select(Application).where(Application.id.in_(keys))):
                each.employer_id, each.applicant_id = employer, owner or each.applicant_id
            db.session.commit()
        client.get(path)
        with counting(app) as statements:
            assert named in client.get(path).get_data(as_text=True)
        taken.append(len(statements))
    assert keys
    assert taken[0] == taken[1], statements


@pytest.mark.parametrize(('username', 'path'), LONG)
def test_a_longer_page_takes_no_more_queries(app: Flask, client_of: ClientOf, username: str, path: str) -> None:
    client = client_of(username)
    client.get(path)
    with counting(app) as short:
        few = shown_rows(client.get(f'{path}&page_size=20').get_data(as_text=True))
    with counting(app) as long:
        many = shown_rows(client.get(f'{path}&page_size=100').get_data(as_text=True))
    assert (few, many > few) == (20, True)
    assert len(long) <= len(short) + 2, long  # what only some rows need is read once, when first met


@pytest.mark.parametrize(('username', 'path', 'search'), FEW)
def test_three_rows_take_no_more_queries_than_one(
    app: Flask, client_of: ClientOf, username: str, path: str, search: str
) -> None:
    client = client_of(username)
    if '/roster/' in path:
        add_people(app, ['甲某', '乙某', '丙某'])
    if '/my_applications/' in path:
        with app.app_context():
            search = db.session.scalars(
                select(Application.serial).where(Application.applicant.has(username=username))
            ).one()
        for _number in range(2):
            client.post('/my_applications/new/')
    if '/certificates/' in path:
        with app.app_context():
            search = db.session.scalars(select(Certificate.number).order_by(Certificate.id).limit(1)).one()
    client.get(path)
    with counting(app) as many:
        rows = shown_rows(client.get(path).get_data(as_text=True))
    with counting(app) as one:
        found = shown_rows(client.get(f'{path}&search={search}').get_data(as_text=True))
    assert (found, rows > 1) == (1, True)
    named = [each for each in one if 'FROM name_tail' in each and 'IN (SELECT name_tail' not in each]
    assert len(many) == len(one) - len(named), many
    assert len(named) <= 1  # how common a name is, whatever the number of rows


@pytest.mark.parametrize(('username', 'path'), LISTS[:5])
def test_rows_that_share_drawn_links_keep_their_own_keys(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, username: str, path: str
) -> None:
    client = client_of(username)
    if '/my_applications/' in path:
        client.post('/my_applications/new/')
    path = f'{path}&page_size=100'
    together = client.get(path).get_data(as_text=True)
    monkeypatch.setattr(row_html, 'gapped', lambda links, row: tuple(tuple(link.items()) for link in links))
    alone = client.get(path).get_data(as_text=True)
    assert shown_rows(alone) > 1
    assert rows_of(alone) == rows_of(together)


def test_a_link_of_one_row_stands_beside_no_other(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def marked(_view: Any, row: Application) -> list[dict[str, Any]]:
        return [action_link('偶', '/')] if row.id % 2 == 0 else []

    monkeypatch.setattr(EmployerApplications, 'row_links', (RowLinks(review_links), RowLinks(marked)))
    page = client_of('guanli1').get('/employer_applications/?tab=employer_review').get_data(as_text=True)
    rows = rows_of(page).split('<tr>')[1:]
    marks = {int(row.partition('value="')[2].partition('"')[0]): '>偶<' in row for row in rows}
    assert len(set(marks.values())) == 2
    assert marks == {key: key % 2 == 0 for key in marks}


def test_a_page_loads_what_its_own_request_asks_for(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, employer = EmployerApplications.loads, joinedload(Application.employer)

    def asked(self: EmployerApplications) -> Sequence[Any]:
        return (*loads(self), *([employer] if request.args.get('deep') else []))

    monkeypatch.setattr(EmployerApplications, 'loads', asked)
    client, path = client_of('guanli1'), '/employer_applications/?tab=employer_review'
    client.get(path)
    with counting(app) as statements:
        client.get(f'{path}&deep=1')
    assert any('FROM application' in each and 'JOIN employer' in each for each in statements)


def add_people(app: Flask, names: list[str]) -> None:
    """Put people on the roster of employer 1."""
    with app.app_context():
        for number, name in enumerate(names):
            db.session.add(RosterEntry(employer_id=1, name=name, id_number=f'11010119900307{number:04d}'))
        db.session.commit()


@pytest.mark.parametrize(
    ('search', 'found'),
    [
        ('%', {'百%分'}),
        ('_', {'下_划'}),
        ('\\', {'反\\斜'}),
        ('百\u3000分', {'百%分'}),
        ('％', set()),  # full-width punctuation stays what it is
        ('ＡＢＣ', {'ABC甲'}),
        ('abc', {'ABC甲'}),
        ("'", {"单'引"}),
        ('百 下', set()),
    ],
)
def test_a_search_means_its_characters_and_nothing_else(
    app: Flask, client_of: ClientOf, search: str, found: set[str]
) -> None:
    names = {'百%分', '下_划', '反\\斜', 'ABC甲', "单'引", '平常'}
    add_people(app, sorted(names))
    page = client_of('guanli1').get('/roster/', query_string={'search': search}).get_data(as_text=True)
    rows = page.partition('<tbody>')[2].partition('</tbody>')[0].replace('&#39;', "'")
    assert {name for name in names if name in rows} == found


@pytest.mark.parametrize(
    'search', ['甲 ' * 1100, '甲' * 60_000, '0' * 19, '1' * 17 + 'X', '²' * 18, '①' * 19, '(' * 500, '\ud800'],
    ids=['many words', 'long', 'no serial', 'no id number', 'superscripts', 'circled', 'brackets', 'surrogate'],
)  # fmt: skip
def test_no_search_breaks_a_list(client_of: ClientOf, search: str) -> None:
    client = client_of('guanli1')
    given = {'search': search.encode('utf-8', 'surrogatepass'), 'tab': 'employer_review'}
    assert client.get('/employer_applications/', query_string=given).status_code < 500
    chosen = given | {'action': 'employer_review.approve', 'all_of_filter': '1'}
    assert client.post('/employer_applications/action/', data=chosen).status_code < 500


@pytest.mark.parametrize(('username', 'path'), LISTS)
def test_every_column_sorts_both_ways(client_of: ClientOf, username: str, path: str) -> None:
    client = client_of(username)
    for column in range(8):
        for way in ('', '&desc=1'):
            assert client.get(f'{path}&sort={column}{way}').status_code == 200


@pytest.mark.parametrize('tab', ['employer_review', 'print_pre', 'all'])
def test_a_heading_sorts_by_its_own_column_on_every_tab(client_of: ClientOf, tab: str) -> None:
    client, path = client_of('guanli1'), f'/employer_applications/?tab={tab}'
    page = lxml.html.fromstring(client.get(path).get_data(as_text=True))
    page.make_links_absolute('http://localhost')
    (heading,) = page.cssselect('th.col-submitted_at a')
    sorted_up = lxml.html.fromstring(client.get(heading.get('href')).get_data(as_text=True))
    assert [each.get('aria-sort') for each in sorted_up.cssselect('th.col-submitted_at')] == ['ascending']
    shown = [each.get('title') for each in sorted_up.cssselect('td.col-submitted_at time')]
    assert len(shown) > 1
    assert shown == sorted(shown)


def test_a_sorted_list_is_sorted_and_pages_do_not_overlap(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    with app.app_context():
        names = sorted(db.session.scalars(select(Account.username)))
    seen = []
    for page in range(4):
        text = client.get(f'/accounts/?sort=0&page_size=20&page={page}').get_data(as_text=True)
        seen += re.findall(r'<tr.*?<td[^>]*>(?:<[^>]+>)*([a-z]+\d+)<', text.partition('<tbody>')[2], re.S)
    assert seen == names[:80]


def test_the_tabs_count_what_they_show(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    page = client.get('/employer_applications/').get_data(as_text=True)
    tabs = re.findall(r'href="(/employer_applications/\?tab=(\w+))"[^>]*>([^<]+) <span class="count">(\d+)', page)
    assert [key for _url, key, _label, _count in tabs] == [
        'employer_review', 'print_pre', 'pre_notice', 'print_post', 'post_notice', 'set_aside', 'all',
    ]  # fmt: skip
    with app.app_context():
        query = select(Application.stage, func.count()).where(Application.employer_id == 1)
        counts = dict(db.session.execute(query.where(Application.stage != 'draft').group_by(Application.stage)).all())
    printed = {'print_pre': 'pre_notice', 'print_post': 'post_notice'}
    expected = {key: counts.get(printed.get(key, key), 0) for _url, key, _label, _n in tabs}
    expected['all'] = sum(counts.values())
    assert {key: int(count) for _url, key, _label, count in tabs} == expected
    for url, key, _label, _count in tabs:
        assert shown_rows(client.get(f'{url}&page_size=100').get_data(as_text=True)) == expected[key]


def test_filters_narrow_and_combine(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        query = select(Application.serial).where(
            Application.employer_id == 1, Application.stage != 'draft', Application.track == 'transfer'
        )
        transfers = set(db.session.scalars(query))
        reviewed = set(db.session.scalars(query.where(Application.stage == Stage.EMPLOYER_REVIEW)))
    client, path = client_of('guanli1'), '/employer_applications/?tab=all&track=transfer'
    page = client.get(path).get_data(as_text=True)
    assert set(re.findall(r'\b0032026\d{12}\b', page.partition('<tbody>')[2])) == transfers
    page = client.get(f'{path}&stage=employer_review').get_data(as_text=True)
    assert set(re.findall(r'\b0032026\d{12}\b', page.partition('<tbody>')[2])) == reviewed
    assert '<option value="transfer" selected>' in page


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


def test_whole_numbers_are_shown_on_request_and_the_look_is_written_down(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.scalars(
            select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        ).first()
        assert found is not None
        key, number = found.id, found.id_number
    client, path = client_of('guanli1'), f'/employer_applications/details/?id={key}'
    assert number not in client.get(path).get_data(as_text=True)
    assert number in client.get(f'{path}&whole=1').get_data(as_text=True)
    with app.app_context():
        lines = list(db.session.scalars(select(AuditLine).where(AuditLine.event == 'see_whole')))
        assert [(line.actor_name, '单位管理员' in line.authority) for line in lines] == [('刘宏伟', True)]


def test_an_expert_never_sees_a_whole_number(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.get_one(Application, 32)
        key, number, phone = found.id, found.id_number, found.applicant.phone
    for path in ('details', 'vote', 'progress'):
        page = client_of('zhuanjia1').get(f'/ballots/{path}/?id={key}&whole=1').get_data(as_text=True)
        assert number not in page
        assert phone not in page


def test_another_tab_keeps_what_was_chosen_and_offers_it_without(client_of: ClientOf) -> None:
    asked = '/employer_applications/?tab=all&year=2026&stage=payment&search=黄&sort=4&desc=1&level='
    page = client_of('guanli1').get(asked).get_data(as_text=True)
    kept = 'search=%E9%BB%84&amp;sort=4&amp;desc=1&amp;year=2026'
    assert f'?tab=pre_notice&amp;{kept}"' in page  # where every declaration is at one stage
    assert f'?tab=set_aside&amp;{kept}&amp;stage=payment"' in page
    assert 'href="/employer_applications/?tab=all">清除筛选' in page


@pytest.mark.parametrize(
    ('username', 'room', 'noun'),
    [
        ('guanli1', 'handlers', '经办人'),
        ('guanli1', 'notice_contacts', '公示联系人'),
        ('guanli1', 'roster', '人员'),
        ('bangong1', 'sessions', '评审会议'),
        ('pingtai1', 'employers', '单位'),
        ('pingtai1', 'materials', '材料'),
        ('pingtai1', 'education_records', '学历证书'),
    ],
)
def test_a_page_for_a_new_row_says_what_the_row_is(client_of: ClientOf, username: str, room: str, noun: str) -> None:
    page = client_of(username).get(f'/{room}/new/').get_data(as_text=True)
    assert f'<h1>新增{noun}</h1>' in page


def test_what_was_done_names_what_it_was_done_to(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    contact = {'contact': '王小芳', 'phone': '0755-23456789', 'postcode': '518000'}
    handler = {'username': 'xinren', 'name': '测试员'}
    assert '已新增经办人「测试员」' in told(client.post('/handlers/new/', data=handler, follow_redirects=True))
    assert '已新增公示联系人「王小芳」' in told(
        client.post('/notice_contacts/new/', data=contact, follow_redirects=True)
    )
    with app.app_context():
        key = db.session.scalars(select(NoticeContact.id).where(NoticeContact.contact == '王小芳')).one()
    assert '已保存公示联系人「王小芳」' in told(
        client.post(f'/notice_contacts/edit/?id={key}', data=contact, follow_redirects=True)
    )
    assert '已删除公示联系人「王小芳」' in told(
        client.post(f'/notice_contacts/delete/?id={key}', follow_redirects=True)
    )


def told(answer: TestResponse) -> str:
    """What a page says of what was done."""
    return answer.get_data(as_text=True).partition('id="messages"')[2].partition('</div>')[0]
