"""权限管理 on screen: accounts, both tabs of 授权, handing over (手册 §1.4.3)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import db
from models.account import Account
from models.audit import AuditLine
from models.base import now
from tests.helpers.types import ClientOf


def key_of(app: Flask, username: str) -> int:
    """The key of an account."""
    with app.app_context():
        return db.session.scalars(select(Account.id).where(Account.username == username)).one()


def audited(app: Flask, event: str) -> list[str]:
    """What the audit says of an event, with who and in whose name."""
    with app.app_context():
        lines = db.session.scalars(select(AuditLine).where(AuditLine.event == event).order_by(AuditLine.id))
        return [f'{line.actor_name} {line.authority} {line.details}' for line in lines]


def form_of(client: FlaskClient, key: int) -> dict[str, str]:
    """The form 授权 as the page shows it, ticked and filled in."""
    page = client.get(f'/handlers/grants/?id={key}').get_data(as_text=True)
    ticked = dict.fromkeys(re.findall(r'name="(on\.[^"]+)" value="1" checked', page), '1')
    days = dict(re.findall(r'name="((?:from|to)\.[^"]+)" value="([^"]*)"', page))
    return {'version': re.findall(r'name="version" value="(\w+)"', page)[0], **ticked, **days}


def ticks(**dates: str) -> dict[str, str]:
    """What is named as ticked; values are ``from~to``."""
    data = {}
    for name, term in dates.items():
        begin, _, end = term.partition('~')
        data |= {f'on.{name}': '1', f'from.{name}': begin, f'to.{name}': end}
    return data


def save(client: FlaskClient, key: int, **dates: str) -> str:
    """Save exactly what is named as ticked."""
    data = {'version': form_of(client, key)['version'], **ticks(**dates)}
    answer = client.post(f'/handlers/grants/?id={key}', data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_list_says_who_is_what_and_masks_numbers(client_of: ClientOf) -> None:
    page = client_of('guanli1').get('/handlers/').get_data(as_text=True)
    heads = re.findall(r'<th[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert [head for head in heads if head.strip()] == [
        '#',
        '用户名',
        '姓名',
        '身份证号',
        '用户身份',
        '状态',
        '授权',
        '操作',
    ]
    assert re.search(r'\d{4}\*{10}\d{3}[\dX]', page)
    assert not re.search(r'\d{17}[\dX]', page)
    assert 'jingban3' not in page


def test_a_grant_given_opens_and_taken_back_closes_at_the_next_request(app: Flask, client_of: ClientOf) -> None:
    administrator, key = client_of('guanli1'), key_of(app, 'jingban2')
    handler = client_of('jingban2')
    assert handler.get('/roster/').status_code == 302
    save(administrator, key, **{'sign_in.': '~', 'menu.人员管理': '~'})
    handler = client_of('jingban2')
    assert handler.get('/roster/').status_code == 200
    assert handler.get('/employer_applications/').status_code == 403
    save(administrator, key, **{'sign_in.': '~', 'menu.单位事项': '~'})
    assert (handler.get('/roster/').status_code, handler.get('/employer_applications/').status_code) == (403, 403)
    save(administrator, key, **{'sign_in.': '~', 'menu.单位事项': '~', 'matter.专技人才': '~'})
    assert handler.get('/employer_applications/').status_code == 200
    save(administrator, key, **{'menu.单位事项': '~', 'matter.专技人才': '~'})
    assert handler.get('/employer_applications/').status_code == 302  # signed out: the sign-in grant is gone


@pytest.mark.parametrize(
    ('granted', 'way'),
    [
        (('menu.人员管理',), '/roster/'),
        (('menu.维护管理', 'menu.单位信息', 'matter.专技人才'), '/own_employer/'),
        (('menu.单位事项', 'matter.专技人才', 'menu.人员管理'), '/employer_applications/'),
        (('menu.单位事项', 'menu.维护管理'), '/notice_contacts/'),
    ],
)
def test_without_the_first_page_one_lands_in_the_first_room_granted(
    app: Flask, client_of: ClientOf, granted: tuple[str, ...], way: str
) -> None:
    save(client_of('guanli1'), key_of(app, 'jingban2'), **dict.fromkeys(('sign_in.', *granted), '~'))
    client = client_of('jingban2')
    answer = client.get('/')
    assert (answer.status_code, answer.location) == (302, way)
    assert client.get(way).status_code == 200


def test_with_no_room_granted_the_refusal_of_the_first_page_leads_not_back_to_itself(
    app: Flask, client_of: ClientOf
) -> None:
    save(client_of('guanli1'), key_of(app, 'jingban2'), **{'sign_in.': '~'})
    client = client_of('jingban2')
    page = client.get('/').get_data(as_text=True)
    assert '管理员尚未向您授权「首页」菜单' in page
    assert '>返回</a>' not in page
    assert '>返回</a>' in client.get('/roster/').get_data(as_text=True)


def test_dates_bound_a_grant_and_the_audit_says_by_whom_and_till_when(app: Flask, client_of: ClientOf) -> None:
    today, key = now().date(), key_of(app, 'jingban1')
    yesterday, later = today - timedelta(1), today + timedelta(30)
    handler = client_of('jingban1')
    page = save(
        client_of('guanli1'),
        key,
        **{
            'sign_in.': '~',
            'matter.专技人才': '~',
            'menu.人员管理': f'~{yesterday}',
            'menu.单位事项': f'{today}~{later}',
        },
    )
    assert '未在有效期' in page
    assert (handler.get('/roster/').status_code, handler.get('/employer_applications/').status_code) == (403, 200)
    (line,) = [line for line in audited(app, 'granted') if '单位事项' in line]
    assert '单位管理员' in line
    assert f'有效期{today}至{later}' in line
    assert any('首页' in line for line in audited(app, 'grant_taken'))


def test_a_date_that_is_none_is_refused_and_nothing_typed_is_lost(app: Flask, client_of: ClientOf) -> None:
    key = key_of(app, 'jingban1')
    page = save(client_of('guanli1'), key, **{'menu.人员管理': '2026-13-01~', 'matter.博士后': '~昨天'})
    assert '功能菜单授权「人员管理」：日期「2026-13-01」不正确' in page
    assert '业务授权「博士后」：日期「昨天」不正确' in page
    assert re.search('name="from.menu.人员管理" value="2026-13-01"[^>]*aria-invalid="true"', page)
    assert client_of('jingban1').get('/employer_applications/').status_code == 200


def test_dates_without_a_tick_are_refused_at_their_row(app: Flask, client_of: ClientOf) -> None:
    client, key = client_of('guanli1'), key_of(app, 'jingban2')
    data = form_of(client, key) | {'from.matter.专技人才': '2026-12-01', 'to.menu.人员管理': '2027-12-31'}
    page = client.post(f'/handlers/grants/?id={key}', data=data, follow_redirects=True).get_data(as_text=True)
    told = '填写了日期但没有勾选，请勾选后保存，或清空日期'
    assert f'id="from.matter.专技人才-error">业务授权「专技人才」：{told}' in page
    assert f'id="to.menu.人员管理-error">功能菜单授权「人员管理」：{told}' in page
    assert 'value="2026-12-01"' in page
    assert audited(app, 'granted') == []


def test_a_grant_is_taken_back_with_its_dates_left_in_the_form(app: Flask, client_of: ClientOf) -> None:
    client, key = client_of('guanli1'), key_of(app, 'jingban2')
    save(client, key, **{'sign_in.': '~', 'menu.人员管理': '2026-12-01~2027-12-31'})
    data = form_of(client, key)
    del data['on.menu.人员管理']
    assert client.post(f'/handlers/grants/?id={key}', data=data).status_code == 302
    assert '功能菜单授权「人员管理」' in audited(app, 'grant_taken')[-1]


def test_a_grant_that_ends_before_it_begins_is_marked_where_it_stands(app: Flask, client_of: ClientOf) -> None:
    page = save(client_of('guanli1'), key_of(app, 'jingban2'), **{'menu.人员管理': '2026-12-02~2026-12-01'})
    assert re.search('name="to.menu.人员管理" value="2026-12-01"[^>]*aria-invalid="true"', page)
    assert re.search('id="to.menu.人员管理-error">功能菜单授权「人员管理」[^<]*失效日期早于生效日期', page)


def test_a_new_handler_signs_in_with_the_password_told_once(app: Flask, client_of: ClientOf) -> None:
    administrator = client_of('guanli1')
    data = {'username': 'xinren1', 'name': '新人', 'id_number': '', 'phone': ''}
    answer = administrator.post('/handlers/new/', data=data, follow_redirects=True)
    told = re.search(r'初始密码：(\S+)', answer.get_data(as_text=True))
    assert told is not None
    assert told.group(1) not in administrator.get('/handlers/').get_data(as_text=True)
    key = key_of(app, 'xinren1')
    visitor = app.test_client()
    sign_in = {'username': 'xinren1', 'password': told.group(1)}
    assert visitor.post('/login', data=sign_in).status_code == 401  # not granted yet
    save(administrator, key, **{'sign_in.': '~', 'menu.首页': '~'})
    assert visitor.post('/login', data=sign_in).status_code == 302
    administrator.post(f'/handlers/enable/?id={key}')
    assert visitor.get('/').status_code == 302
    administrator.post(f'/handlers/enable/?id={key}&on=1')
    assert visitor.get('/').status_code == 200
    again = administrator.post(f'/handlers/password/?id={key}', follow_redirects=True).get_data(as_text=True)
    assert told.group(1) not in again
    assert app.test_client().post('/login', data=sign_in).status_code == 401


def test_a_taken_name_and_a_wrong_number_are_said_at_the_field(client_of: ClientOf) -> None:
    data = {'username': 'jingban1', 'name': '新人', 'id_number': '440106199001011230'}
    page = client_of('guanli1').post('/handlers/new/', data=data).get_data(as_text=True)
    assert '用户名已被使用，请换一个' in page
    assert '居民身份证号码不正确' in page


def test_the_named_handler_is_led_to_the_question_at_the_next_sign_in(app: Flask, client_of: ClientOf) -> None:
    administrator, handler = client_of('guanli1'), client_of('jingban1')
    administrator.post('/hand_over/name/', data={'named': key_of(app, 'jingban1')})
    visitor = app.test_client()
    answer = visitor.post('/login', data={'username': 'jingban1', 'password': 'Demo-2026'})
    assert answer.location == '/hand_over/'
    assert '确认接任' in handler.get('/hand_over/').get_data(as_text=True)
    assert '待确认接任管理员' in administrator.get('/handlers/').get_data(as_text=True)
    assert handler.post('/hand_over/confirm/').location == '/handlers/'
    assert handler.get('/handlers/').status_code == 200
    assert administrator.get('/handlers/').status_code == 302  # a handler without grants
    assert len(audited(app, 'hand_over')) == 1


def test_no_one_else_can_take_over(app: Flask, client_of: ClientOf) -> None:
    client_of('guanli1').post('/hand_over/name/', data={'named': key_of(app, 'jingban1')})
    for username in ('jingban3', 'guanli2', 'guanli1'):
        client_of(username).post('/hand_over/confirm/')
        assert client_of('jingban1').get('/handlers/').status_code == 403
    client_of('guanli2').post('/hand_over/cancel/')
    assert '确认接任' in client_of('jingban1').get('/hand_over/').get_data(as_text=True)
    foreign = client_of('guanli2').post('/hand_over/name/', data={'named': key_of(app, 'jingban1')})
    assert foreign.location == '/hand_over/'
    assert audited(app, 'hand_over_named') == [each for each in audited(app, 'hand_over_named') if 'jingban1' in each]
    assert len(audited(app, 'hand_over_named')) == 1


def test_both_tabs_are_saved_together(app: Flask, client_of: ClientOf) -> None:
    administrator, key = client_of('guanli1'), key_of(app, 'jingban2')
    page = administrator.get(f'/handlers/grants/?id={key}').get_data(as_text=True)
    assert ('href="#matter"' in page, 'href="#menu"' in page) == (True, True)
    save(administrator, key, **{'sign_in.': '~', 'menu.单位事项': '~', 'matter.专技人才': '~'})
    assert client_of('jingban2').get('/employer_applications/').status_code == 200
    assert {name for name in form_of(administrator, key) if name.startswith('on.')} == {
        'on.sign_in.',
        'on.menu.单位事项',
        'on.matter.专技人才',
    }


def test_a_page_opened_before_a_grant_was_taken_does_not_give_it_back(app: Flask, client_of: ClientOf) -> None:
    administrator, key = client_of('guanli1'), key_of(app, 'jingban1')
    old = form_of(administrator, key)
    administrator.post(f'/handlers/grants/?id={key}', data={k: v for k, v in old.items() if k != 'on.menu.人员管理'})
    handler = client_of('jingban1')
    assert handler.get('/roster/').status_code == 403
    typed = old | {'on.matter.博士后': '1', 'to.matter.博士后': '2030-01-31'}
    answer = administrator.post(f'/handlers/grants/?id={key}', data=typed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, handler.get('/roster/').status_code) == (409, 403)
    told = [re.sub('<[^>]+>', ' ', row).split() for row in re.findall('<tr>(.*?)</tr>', page)]
    assert ['博士后', '未授权', '已授权，有效期即日至2030-01-31'] in told
    assert ['人员管理', '未授权', '已授权，长期有效'] in told
    assert len(told) == 3  # with the heading
    assert 'name="on.matter.博士后" value="1" checked' in page
    assert 'name="to.matter.博士后" value="2030-01-31"' in page
    version = re.findall(r'name="version" value="(\w+)"', page)[0]
    again = administrator.post(f'/handlers/grants/?id={key}', data=typed | {'version': version})
    assert (again.status_code, handler.get('/roster/').status_code) == (302, 200)


def test_who_is_to_take_over_keeps_the_sign_in_grant(app: Flask, client_of: ClientOf) -> None:
    administrator, key = client_of('guanli1'), key_of(app, 'jingban1')
    administrator.post('/hand_over/name/', data={'named': key})
    assert '请先取消更换再收回登录系统授权' in save(administrator, key, **{'menu.首页': '~'})
    assert client_of('jingban1').get('/hand_over/').status_code == 200


def test_an_account_that_moves_to_another_employer_leaves_its_grants_behind(app: Flask, client_of: ClientOf) -> None:
    handler, platform, key = client_of('jingban1'), client_of('pingtai1'), key_of(app, 'jingban1')
    client_of('guanli1').post('/hand_over/name/', data={'named': key})
    edited = {
        'username': 'jingban1',
        'name': '朱晨曦',
        'role': 'handler',
        'employer_id': '1',
        'committee_id': '',
        'id_number': '',
        'phone': '',
        'enabled': '1',
        'password': '',
    }
    assert platform.post(f'/accounts/edit/?id={key}', data=edited).status_code == 302
    assert handler.get('/employer_applications/').status_code == 200  # nothing that moves it was changed
    assert platform.post(f'/accounts/edit/?id={key}', data=edited | {'employer_id': '2'}).status_code == 302
    assert handler.get('/employer_applications/').status_code == 302  # signed out
    assert len([line for line in audited(app, 'grant_taken') if '单位或身份变更' in line]) == 8
    assert len(audited(app, 'hand_over_cancelled')) == 1
    assert '待确认接任管理员' not in client_of('guanli1').get('/handlers/').get_data(as_text=True)
    save(client_of('guanli2'), key, **{'sign_in.': '~'})
    assert handler.get('/employer_applications/').status_code == 403


def test_the_list_says_first_who_cannot_sign_in(app: Flask, client_of: ClientOf) -> None:
    administrator, key = client_of('guanli1'), key_of(app, 'jingban2')
    yesterday = now().date() - timedelta(1)
    held = {'matter.专技人才': '~', 'menu.人员管理': '~', 'menu.首页': '~'}
    for sign_in, said in ((f'~{yesterday}', '不能登录'), ('~', '可登录')):
        save(administrator, key, **held, **{'sign_in.': sign_in})
        row = administrator.get('/handlers/').get_data(as_text=True).partition('>jingban2<')[2].partition('</tr>')[0]
        assert re.sub('<[^>]+>', '', row.partition('data-label="授权">')[2].partition('</td>')[0]) == (
            f'{said} 专技人才、首页、人员管理'
        )


def test_the_rows_are_numbered_through_all_pages(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        for number in range(30):
            db.session.add(Account(username=f'duo{number}', name='多', role='handler', employer_id=1, password_hash=''))
        db.session.commit()
    page = client_of('guanli1').get('/handlers/?page=1&page_size=20').get_data(as_text=True)
    assert re.findall(r'data-label="#">(\d+)<', page)[0] == '21'
