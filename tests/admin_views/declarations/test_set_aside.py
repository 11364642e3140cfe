"""暂缓: what is set aside waits for nobody, is counted apart, and comes back when it is taken back."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from admin_views.declarations import bulk_pages
from models import db
from models.account import Account
from models.application import Application, Stage
from models.reviewing import SetAside
from rules import review_desk
from tests.helpers.declarations import waiting
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import REVIEWS, page_of
from tests.helpers.statements import counting
from tests.helpers.types import ClientOf


def test_setting_aside_marks_the_row_and_taking_back_clears_it(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1), client_of('jingban1')
    key, _version, name = rows[0]
    answer = client.post(f'{REVIEWS}/aside/?id={key}', data={'note': '等原件'})
    assert answer.location == f'{REVIEWS}/act/approve/?id={rows[1][0]}'
    listed = page_of(client_of('guanli1'), f'{REVIEWS}/?tab=set_aside')
    assert name in listed
    assert re.search(r'<span title="等原件">.*?暂缓', listed)
    assert '暂缓：等原件' in page_of(client, f'{REVIEWS}/act/approve/?id={key}')
    client.post(f'{REVIEWS}/unaside/?id={key}')
    with app.app_context():
        assert db.session.scalars(select(SetAside)).all() == []
    blank = client.post(f'{REVIEWS}/aside/?id={key}', data={'note': ''}, follow_redirects=True)
    assert '请写明暂缓的原因' in blank.get_data(as_text=True)


def set_aside(app: Flask, *keys: int) -> None:
    """As jingban1, set declarations aside."""
    with app.app_context():
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        for key in keys:
            review_desk.set_aside(db.session(), clerk, db.session.get_one(Application, key), '等原件')
        db.session.commit()


def test_what_is_set_aside_is_not_counted_among_what_waits(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1), client_of('guanli1')
    set_aside(app, *(key for key, _version, _name in rows[1:]))
    home = page_of(client, '/')
    assert '<b>1</b><span>单位审核</span>' in home
    assert f'<b>{len(rows) - 1}</b><span>暂缓</span>' in home
    assert '本环节待办第 1 / 1 项' in page_of(client, f'{REVIEWS}/act/approve/?id={rows[0][0]}')
    set_aside(app, rows[0][0])
    assert '<b>0</b><span>单位审核</span>' in page_of(client, '/')
    assert '本项已暂缓，本环节待办 0 项' in page_of(client, f'{REVIEWS}/act/approve/?id={rows[0][0]}')


def test_many_are_set_aside_with_one_note_and_taken_back_from_the_tab(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2], client_of('jingban1')
    elsewhere = waiting(app, Stage.OFFICE_REVIEW, employer_id=1)[0]
    keys = [str(key) for key, _version, _name in (*rows, elsewhere)]
    assert 'value="aside"' in page_of(client, f'{REVIEWS}/?tab=employer_review')
    ask = {'action': 'aside', 'tab': 'employer_review', 'rowid': keys}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert '共选 3 项：2 项可办，1 项不可办' in page
    sent_on = {'action': 'aside', 'tab': 'employer_review', 'confirmed': '1', 'seen': keys}
    blank = client.post(f'{REVIEWS}/action/', data=sent_on | {'note': ' '}).get_data(as_text=True)
    assert '请填写暂缓说明' in blank
    done = client.post(f'{REVIEWS}/action/', data=sent_on | {'note': '等原件'}, follow_redirects=True)
    told = done.get_data(as_text=True)
    assert '已暂缓 2 项，未办理 1 项' in told
    assert '不在您办理的环节' in told
    listed = page_of(client_of('guanli1'), f'{REVIEWS}/?tab=set_aside')
    assert listed.count('<span class="cell-main">等原件</span>') == 2
    assert '朱晨曦 · <time' in listed
    assert 'unaside/' in listed
    one = client.post(f'{REVIEWS}/unaside/?id={rows[0][0]}&url={REVIEWS}/?tab=set_aside')
    assert one.location == f'{REVIEWS}/?tab=set_aside'
    back = {'action': 'unaside', 'tab': 'set_aside', 'rowid': [str(rows[1][0])]}
    assert '已取回 1 项' in client.post(f'{REVIEWS}/action/', data=back, follow_redirects=True).get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(SetAside)).all() == []
    foreign = client_of('guanli2').post(f'{REVIEWS}/action/', data=sent_on | {'note': 'x'}, follow_redirects=True)
    assert '请先勾选要办理的申报' in foreign.get_data(as_text=True)
    assert client.post(f'{REVIEWS}/action/', data=back | {'tab': 'all'}).status_code == 403


@pytest.mark.parametrize('action', ['aside', 'unaside'])
def test_many_are_set_aside_and_taken_back_by_as_many_queries_as_one(
    app: Flask, client_of: ClientOf, action: str
) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1), client_of('guanli1')
    if action == 'unaside':
        set_aside(app, *(key for key, _version, _name in rows))
    tab, counted = {'aside': 'employer_review', 'unaside': 'set_aside'}[action], []
    for some in (rows[:1], rows[1:4]):
        keys = [str(key) for key, _version, _name in some]
        form = {'action': action, 'tab': tab, 'rowid': keys, 'confirmed': '1', 'seen': keys, 'note': '等原件'}
        with counting(app) as seen:
            assert '/result/' in client.post(f'{REVIEWS}/action/', data=form).location
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_what_is_set_aside_is_passed_with_many_only_when_it_is_ticked(app: Flask, client_of: ClientOf) -> None:
    (first, version, name), other = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    set_aside(app, first)
    client = client_of('guanli1')
    ask = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(first), str(other[0])]}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert '可办，但已暂缓 1 项' in page
    assert f'name="seen" value="{first}:{version}" aria-label="一并办理 {name}">' in page  # a box, and not ticked
    assert '等原件</span>' in page
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'held': f'{first}:{version}', **REVIEW_FORM}
    nothing = client.post(f'{REVIEWS}/bulk/', data=run).get_data(as_text=True)
    assert '请先勾选要办理的申报' in nothing
    assert REVIEW_FORM['evaluation'] in nothing
    seen = f'{other[0]}:{other[1]}'
    wrong = client.post(f'{REVIEWS}/bulk/', data=run | {'seen': seen, 'evaluation': '短'}).get_data(as_text=True)
    assert f'name="seen" value="{first}:{version}" aria-label="一并办理 {name}">' in wrong
    done = client.post(f'{REVIEWS}/bulk/', data=run | {'seen': seen}, follow_redirects=True).get_data(as_text=True)
    assert '已通过 1 项，未办理 0 项' in done
    with app.app_context():
        assert db.session.get_one(Application, first).stage == Stage.EMPLOYER_REVIEW


def test_a_job_over_a_filter_leaves_what_is_set_aside(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    set_aside(app, rows[0][0])
    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 1)
    client = client_of('guanli1')
    ask = {'action': 'employer_review.return', 'tab': 'employer_review', 'all_of_filter': '1'}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert f'共选 {len(rows) - 1} 项' in page
    until = page.partition('name="until" value="')[2].partition('"')[0]
    run = ask | {'confirmed': '1', 'until': until, 'opinion': '请补充。'}
    assert '/jobs/show/' in client.post(f'{REVIEWS}/bulk/', data=run).location
    assert [key for key, _version, _name in waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)] == [rows[0][0]]


@pytest.mark.parametrize('left', [2, 1, 0])
def test_all_of_a_filter_becomes_a_job_where_it_shows_more_than_are_done_at_once(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    for key, _version, _name in rows[left:]:
        set_aside(app, key)
    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 2)
    assert len(rows) > bulk_pages.MOST_IN_REQUEST
    ask = {'action': 'employer_review.return', 'tab': 'employer_review', 'all_of_filter': '1'}
    answer = client_of('guanli1').post(f'{REVIEWS}/action/', data=ask, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert (f'共选 {left} 项' if left else '筛选结果都已暂缓，请先取回，或逐项勾选') in page
    assert ('name="until"' in page) == (left > 0)
