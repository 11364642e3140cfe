"""Pages by place: in any order they hold every row once, forwards and backwards, and skip nothing to get there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from typing import Any

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from admin_views.framework.fast import name_search, paging
from models import db
from models.application import Application
from tests.helpers.statements import counting, plans_of
from tests.helpers.types import ClientOf

ORDERS = (
    Application.entered_at,
    Application.submitted_at,
    Application.title,
    Application.stage,
    Application.year,
    Application.result,
    Application.revision,
)

orders = st.lists(
    st.tuples(st.sampled_from(range(len(ORDERS))), st.booleans()), max_size=3, unique_by=lambda pair: pair[0]
)


def keys_of(order: Sequence[tuple[int, bool]]) -> list[paging.Key]:
    """The keys of an order drawn from ORDERS."""
    columns = [ORDERS[at].desc() if descending else ORDERS[at] for at, descending in order]
    return paging.keys_of(columns, Application.id)


def walked(session: Session, keys: Sequence[paging.Key], size: int, *, backwards: bool) -> list[int]:
    """Every row met on the way from one end to the other, each page found from the place of the last row seen."""
    met: list[int] = []
    place: Sequence[Any] | None = None
    while True:
        rows = select(Application).order_by(*paging.sorted_by(keys, backwards=backwards)).limit(size)
        if place is not None:
            rows = rows.where(paging.beyond(keys, place, backwards=backwards))
        page = list(session.scalars(rows))
        met += [row.id for row in page]
        if len(page) < size:
            return met
        written = paging.encode_cursor(keys, page[-1])
        place = paging.decode_cursor(keys, written)
        assert place is not None, f'{written} was not understood'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(order=orders, size=st.integers(1, 30))
def test_pages_by_place_hold_every_row_once_in_order(
    session: Session, order: Sequence[tuple[int, bool]], size: int
) -> None:
    keys = keys_of(order)
    wanted = list(session.scalars(select(Application.id).order_by(*paging.sorted_by(keys))))
    assert walked(session, keys, size, backwards=False) == wanted
    assert walked(session, keys, size, backwards=True) == wanted[::-1]


@pytest.mark.parametrize('sort', ['', '&sort=0', '&sort=0&desc=1', '&sort=3&desc=1', '&sort=4'])
def test_a_list_goes_on_by_place_beyond_its_first_pages(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(paging, 'NUMBERED', 1)
    client = client_of('bangong1')
    first = client.get(f'/office_applications/?tab=all&page_size=20{sort}').get_data(as_text=True)
    onward = unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    assert 'after=' in onward
    with counting(app) as seen:
        second = client.get(onward).get_data(as_text=True)
    page = next(statement for statement in seen if 'ORDER BY application' in statement)
    assert re.search(r'application\.\w+\)? [<>] ', page), 'the rows before were counted off'
    keys = re.compile(r'name="rowid" form="bulk" value="(\d+)"|/details/\?[^"]*&amp;id=(\d+)"')
    assert keys.findall(second)
    assert not set(keys.findall(first)) & set(keys.findall(second))
    back = unescape(re.findall(r'rel="prev" href="([^"]+)"', second)[0])
    assert keys.findall(client.get(back).get_data(as_text=True)) == keys.findall(first)


def test_a_place_of_another_order_or_none_at_all_means_nothing(app: Flask) -> None:
    keys = keys_of([(0, False)])
    with app.app_context():
        row = db.session.scalars(select(Application)).first()
        foreign = paging.encode_cursor(keys_of([(2, True)]), row)
    for text in ('', 'x', '====', foreign, 'WyIyMDIxIl0', 'A' * 5000, '[' * 300):
        assert paging.decode_cursor(keys, text) is None


def test_a_tab_that_was_just_full_is_not_counted_again(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, 'MOST_COUNTED', 2)
    monkeypatch.setattr(paging, 'CROWDED', paging.Crowded())
    client, path = client_of('guanli1'), '/employer_applications/?tab=all'
    with counting(app) as first:
        page = client.get(path).get_data(as_text=True)
    assert '<span class="count">2+</span>' in page
    with counting(app) as second:
        assert client.get(path).get_data(as_text=True).count('2+') == page.count('2+')
    counted = [max((each.count('count(') for each in seen if 'LIMIT' in each), default=0) for seen in (first, second)]
    assert counted[1] < counted[0]
    monkeypatch.setattr(paging, 'CROWDED_FOR', -1)
    monkeypatch.setattr(paging, 'CROWDED', paging.Crowded())
    client.get(path)
    with counting(app) as again:
        client.get(path)
    assert max(each.count('count(') for each in again if 'LIMIT' in each) == counted[0]


def counts_on(page: str) -> dict[str, str]:
    """What the tabs of a list say they hold."""
    tabs = lxml.html.fromstring(page).xpath('//a[contains(@href, "tab=")][span[@class="count"]]')
    return {str(tab.get('href')).partition('tab=')[2]: str(tab.xpath('string(span)')) for tab in tabs}


def moved_in_bulk(client: FlaskClient, rows: Sequence[Any]) -> None:
    """退回 for all of them at once."""
    seen = [f'{row.id}:{row.version}' for row in rows]
    run = {'confirmed': '1', 'action': 'employer_review.return', 'opinion': '请补充。', 'seen': seen}
    assert client.post('/employer_applications/bulk/', data=run).status_code == 302


def moved_one_by_one(client: FlaskClient, rows: Sequence[Any]) -> None:
    """退回 for each."""
    for row in rows:
        run = {'confirmed': '1', 'seen': str(row.version), 'source': 'employer_review', 'opinion': '请补充。'}
        assert client.post(f'/employer_applications/act/return/?id={row.id}', data=run).status_code == 302


def put_aside(client: FlaskClient, rows: Sequence[Any]) -> None:
    """暂缓 for all, then 取回: the tab of what is set aside is full for a moment."""
    keys = [str(row.id) for row in rows]
    ask = {'action': 'aside', 'tab': 'employer_review', 'confirmed': '1', 'note': '等材料', 'seen': keys}
    assert client.post('/employer_applications/action/', data=ask).status_code == 302
    client.get('/employer_applications/?tab=employer_review')
    back = {'action': 'unaside', 'tab': 'set_aside', 'rowid': keys}
    assert client.post('/employer_applications/action/', data=back).status_code == 302


def moved_elsewhere(client: FlaskClient, rows: Sequence[Any]) -> None:
    """By another process, which this one is not told of."""
    with client.application.app_context():
        keys = [row.id for row in rows]
        db.session.execute(update(Application).where(Application.id.in_(keys)).values(stage='correction'))
        db.session.commit()


@pytest.mark.parametrize('move', [moved_in_bulk, moved_one_by_one, put_aside, moved_elsewhere])
@pytest.mark.parametrize('seen_by', ['guanli1', 'jingban1'])
def test_a_tab_that_was_emptied_does_not_say_that_it_is_full(
    app: Flask,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    move: Callable[[FlaskClient, Sequence[Any]], None],
    seen_by: str,
) -> None:
    monkeypatch.setattr(paging, 'MOST_COUNTED', 2)
    monkeypatch.setattr(paging, 'CROWDED', paging.Crowded())
    path = '/employer_applications/?tab=employer_review'
    for username in {'guanli1', seen_by}:
        assert counts_on(client_of(username).get(path).get_data(as_text=True))['employer_review'] == '2+'
    with app.app_context():
        mine = select(Application).where(Application.employer_id == 1, Application.stage == 'employer_review')
        rows = db.session.scalars(mine).all()
    move(client_of('guanli1'), rows)
    if move is put_aside:
        other = counts_on(client_of(seen_by).get(path).get_data(as_text=True))
        assert (other['employer_review'], other['set_aside']) == ('2+', '0')
        return
    assert counts_on(client_of(seen_by).get(path).get_data(as_text=True))['employer_review'] == '0'
    there = counts_on(client_of(seen_by).get('/employer_applications/?tab=pre_notice').get_data(as_text=True))
    assert there['employer_review'] == '0'


@pytest.mark.parametrize('search', ['志', '傅', '傅志勇', '傅 勇', '志 3301', '没有这个人'])
def test_a_name_is_found_alike_in_short_and_long_lists_and_by_common_and_rare_words(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    client, asked = client_of('bangong1'), {'tab': 'all', 'search': search}
    monkeypatch.setattr(paging, 'CROWDED_FOR', -1)

    def found() -> tuple[list[str], bool, bool]:
        with counting(app) as statements:
            page = client.get('/office_applications/', query_string=asked).get_data(as_text=True)
        counts = [each for each in statements if 'count(' in each]
        pages = [each for each in statements if 'ORDER BY application.' in each]
        return (
            re.findall(r'<tr>.*?value="(\d+)"', page),
            any('IN (SELECT name_tail' in each for each in counts),
            any('name_tail' in each for each in pages),
        )

    short = found()
    assert short[1:] == (False, False)
    monkeypatch.setattr(name_search, 'SHORT', 0)
    assert found() == (short[0], True, True)
    monkeypatch.setattr(paging, 'MOST_COUNTED', 0)
    assert found() == (short[0], True, not short[0])  # many found are read along the order of the list
    monkeypatch.setattr(name_search, 'COMMON', -1)
    assert found() == (short[0], False, False)
    assert bool(short[0]) == (search != '没有这个人')


@pytest.mark.parametrize(
    ('username', 'path'),
    [
        ('guanli1', '/employer_applications/?tab=employer_review'),
        ('guanli1', '/employer_applications/?tab=all'),
        ('bangong1', '/office_applications/?tab=office_review'),
        ('bangong1', '/office_applications/?tab=all'),
        ('bangong1', '/office_applications/?tab=all&year=2026'),
        ('bangong1', '/office_applications/?tab=all&sort=4&desc=1'),
        ('bangong1', '/office_applications/?tab=all&sort=4'),
    ],
)
def test_an_index_holds_the_rows_of_a_list_in_its_order(
    app: Flask, client_of: ClientOf, username: str, path: str
) -> None:
    plans = plans_of(app, client_of(username), path, 'ORDER BY application.')
    assert plans
    assert not [plan for plan in plans if 'TEMP B-TREE' in plan or 'SCAN application' in plan]


def said_of(page: str, tab: str) -> str:
    """How many rows a tab says that it has."""
    return re.findall(rf'[?;]tab={tab}"[^>]*>[^<]+ <span class="count">([^<]+)<', page)[0]


@pytest.fixture
def never_crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that remember of no tab that it had more rows than are counted, and forget after the test."""
    monkeypatch.setattr(paging, 'CROWDED', paging.Crowded())


@pytest.mark.usefixtures('never_crowded')
@pytest.mark.parametrize(('less', 'more'), [(0, ''), (1, '+')])
def test_as_many_as_are_counted_are_told_exactly(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, less: int, more: str
) -> None:
    client, path = client_of('guanli1'), '/employer_applications/?tab=all'
    number = int(said_of(client.get(path).get_data(as_text=True), 'all'))
    monkeypatch.setattr(paging, 'MOST_COUNTED', number - less)
    page = client.get(path).get_data(as_text=True)
    assert said_of(page, 'all') == f'{number - less}{more}'
    assert f'{number}+' not in page


@pytest.mark.usefixtures('never_crowded')
def test_what_is_many_for_one_is_counted_for_another(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    path = '/employer_applications/?tab=all'

    def said(username: str) -> str:
        return said_of(client_of(username).get(path).get_data(as_text=True), 'all')

    many, few = said('guanli1'), said('guanli2')
    assert int(many) > int(few) > 0
    monkeypatch.setattr(paging, 'MOST_COUNTED', int(few))
    assert (said('guanli1'), said('guanli2'), said('guanli1')) == (f'{few}+', few, f'{few}+')
