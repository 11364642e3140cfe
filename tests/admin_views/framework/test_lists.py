"""Every list: no parameter breaks it; search, order, tabs and filters mean what they say."""

from __future__ import annotations

import re

import lxml.html
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models import db
from models.account import Account
from models.application import Application, Stage
from models.audit import AuditLine
from models.employer import NoticeContact
from tests.helpers.lists import LISTS, add_people, shown_rows
from tests.helpers.types import ClientOf


@pytest.mark.parametrize(('username', 'path'), LISTS)
@pytest.mark.parametrize(
    'parameter',
    [
        'page=-1',
        'page=99999999999999999999',
        'page=x',
        'page_size=0',
        'page_size=9999999',
        'sort=99',
        'sort=-1',
        'sort=x',
        'sort=0&desc=1',
        'search=%25_%5C',
        'search=%E3%80%80',
        'year=abc',
        'series=%27',
        'stage=nowhere',
        'level=9',
        'state=x',
        'tab=nothing',
        'flt0_1=x',
        'employer_id=99999999999999999999',
        'role=x',
        'series_id=x',
    ],
)
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


def test_two_who_edit_the_same_row_are_shown_both_versions(client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    path = '/calls/edit/?id=1'
    page = client.get(path).get_data(as_text=True)
    seen = page.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    call = {
        'version': seen,
        'year': '2026',
        'name': '甲的改动',
        'opens_on': '2026-09-01',
        'closes_on': '2026-12-31',
        'payment_days': '15',
        'announcement': '',
        'conditions': '',
        'hints': '',
    }
    assert client.post(path, data=call).status_code == 302
    second = client.post(path, data=call | {'name': '乙的改动'})
    assert second.status_code == 409
    assert '甲的改动' in second.get_data(as_text=True)
    assert '乙的改动' in second.get_data(as_text=True)


@pytest.mark.parametrize('username', ['geren3', 'bangong1', 'bangong2', 'zhuanjia1', 'rensheju1'])
def test_each_number_of_the_first_page_leads_to_as_many_rows(client_of: ClientOf, username: str) -> None:
    client = client_of(username)
    tiles = lxml.html.fromstring(client.get('/').get_data(as_text=True)).xpath('//div[@class="tiles"]/a')
    shown = {tile.get('href'): int(tile.xpath('string(.//b)')) for tile in tiles}
    assert shown
    assert {path: shown_rows(client.get(path).get_data(as_text=True)) for path in shown} == shown


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
    'search',
    ['甲 ' * 1100, '甲' * 60_000, '0' * 19, '1' * 17 + 'X', '²' * 18, '①' * 19, '(' * 500, '\ud800'],
    ids=['many words', 'long', 'no serial', 'no id number', 'superscripts', 'circled', 'brackets', 'surrogate'],
)
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
    (heading,) = page.xpath('//th[@class="col-submitted_at"]/a')
    sorted_up = lxml.html.fromstring(client.get(heading.get('href')).get_data(as_text=True))
    assert sorted_up.xpath('//th[@class="col-submitted_at"]/@aria-sort') == ['ascending']
    shown = sorted_up.xpath('//td[@class="col-submitted_at"]//time/@title')
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
        'employer_review',
        'print_pre',
        'pre_notice',
        'print_post',
        'post_notice',
        'set_aside',
        'all',
    ]
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
