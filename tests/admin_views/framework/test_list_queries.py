"""A list takes the same number of queries for few and many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from admin_views.declarations.review_page import review_links
from admin_views.framework.access_check import action_link
from admin_views.framework.fast import row_html
from admin_views.framework.fast.paging import counts_of
from admin_views.framework.fast.statements import whole_page
from admin_views.framework.list_parts import RowLinks
from admin_views.roles.employer import EmployerApplications
from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.approval import Certificate
from models.base import now
from models.employer import RosterEntry
from models.material import Attachment, Material
from models.payment import FeeItem, FeeOrder
from models.review import MeetingItem, MeetingState, ReviewMeeting
from rules import access
from tests.helpers.exports import first_serial
from tests.helpers.lists import LISTS, add_people, rows_of, shown_rows
from tests.helpers.statements import counting
from tests.helpers.types import ClientOf


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
    ('bangong2', '/office_orders/?', 'number'),
    ('guanli1', '/roster/?', '甲某'),
    ('geren3', '/my_applications/?tab=all', 'serial'),
    ('pingtai1', '/employers/?', '云帆'),
    ('pingtai1', '/committees/?', '电子信息'),
]


def test_a_session_with_more_declarations_takes_no_more_queries(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.execute(
            select(ReviewMeeting.id, ReviewMeeting.committee_id, func.count(MeetingItem.id))
            .join(MeetingItem)
            .where(ReviewMeeting.state == MeetingState.OPEN)
            .group_by(ReviewMeeting.id, ReviewMeeting.committee_id)
            .order_by(func.count(MeetingItem.id))
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
    if search == 'number':
        with app.app_context():
            by = db.session.scalars(select(Account).where(Account.username == username)).one()
            model = Certificate if '/certificates/' in path else FeeOrder
            numbers = select(model.number).where(access.scope(by, model, now().date())).order_by(model.id)
            search = db.session.scalars(numbers.limit(1)).one()
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
