"""Acting on one declaration over HTTP, and everything that is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import db
from models.application import Application, Stage
from models.base import now
from models.notice import Notice
from rules import workdays
from tests.helpers.declarations import committee_of, stage_of, steps_of, waiting
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import action_form
from tests.helpers.types import ClientOf


def test_the_confirmation_page_asks_and_the_action_follows(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client, path = client_of('guanli1'), f'/employer_applications/act/approve/?id={key}'
    assert name in client.get(path).get_data(as_text=True)
    assert client.post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM)).status_code == 302
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_a_return_without_reason_keeps_the_page_and_says_so(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    path = f'/employer_applications/act/return/?id={key}'
    answer = client_of('guanli1').post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, opinion=''))
    assert answer.status_code == 200
    assert '请填写原因' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_a_stale_page_is_answered_409_with_who_acted_and_keeps_what_was_typed(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    path = f'/employer_applications/act/return/?id={key}'
    answers = action_form(version, Stage.EMPLOYER_REVIEW, opinion='请补充 2019 年证明。')
    assert client_of('jingban1').post(path, data=answers).status_code == 302
    answer = client_of('guanli1').post(path, data=answers)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert '朱晨曦已于' in page
    assert '请补充 2019 年证明。' in page


def test_a_forged_action_is_refused_and_changes_nothing(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    for action in ('paid', 'pass', 'nothing'):
        path = f'/employer_applications/act/{action}/?id={key}'
        assert client_of('guanli1').post(path, data=action_form(version, Stage.EMPLOYER_REVIEW)).status_code in (
            404,
            409,
        )
    office = f'/office_applications/act/approve/?id={key}'
    answer = client_of('bangong1').post(office, data=action_form(version, Stage.EMPLOYER_REVIEW))
    assert answer.status_code in (404, 409)
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_a_notice_that_is_too_short_is_refused_with_the_earliest_day(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    path = f'/employer_applications/act/approve/?id={key}'
    starts_on = date(2026, 9, 28)
    answers = action_form(version, Stage.PRE_NOTICE, starts_on=str(starts_on), ends_on='2026-10-01')
    answer = client_of('guanli1').post(path, data=answers)
    assert answer.status_code == 409
    assert '公示时间不能少于 5 个工作日，现为 3 个，结束时间最早为 2026-10-09' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_a_running_notice_says_how_long_it_still_runs(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    today = now().date()
    last = workdays.last_notice_day(today, {})
    answers = action_form(version, Stage.PRE_NOTICE, starts_on=str(today), ends_on=str(last))
    answer = client_of('guanli1').post(f'/employer_applications/act/approve/?id={key}', data=answers)
    possible = last + timedelta(1)
    assert f'最早 {possible.month} 月 {possible.day} 日可办' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_looking_at_the_confirmation_page_does_nothing(app: Flask, client_of: ClientOf) -> None:
    key, _version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    before = steps_of(app, key)
    for action in ('approve', 'return'):
        answer = client_of('guanli1').get(f'/employer_applications/act/{action}/?id={key}&confirmed=1')
        page = answer.get_data(as_text=True)
        assert (answer.status_code, 'name="seen"' in page, '返回列表' in page) == (200, True, True)
    assert (stage_of(app, key), steps_of(app, key)) == (Stage.EMPLOYER_REVIEW, before)


@pytest.mark.parametrize(
    ('username', 'room', 'status'),
    [
        ('guanli2', 'employer_applications', 404),
        ('jingban3', 'employer_applications', 404),
        ('bangong1', 'employer_applications', 403),
        ('bangong1', 'office_applications', 409),
        ('bangong2', 'office_applications', 404),
        ('geren5', 'my_applications', 404),
        ('rensheju1', 'bureau_applications', 404),
        ('zhuanjia1', 'ballots', 404),
        ('pingtai1', 'employer_applications', 403),
        ('jingban2', 'employer_applications', 401),
        ('', 'employer_applications', 401),
    ],
)
def test_no_one_else_acts_and_nothing_changes(
    app: Flask, client_of: ClientOf, username: str, room: str, status: int
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    key, version = next((row[0], row[1]) for row in rows if committee_of(app, row[0]) == 1)
    before = steps_of(app, key)
    answers = action_form(version, Stage.EMPLOYER_REVIEW, opinion='越权')
    answer = client_of(username).post(f'/{room}/act/approve/?id={key}', data=answers)
    assert answer.status_code == status
    assert (stage_of(app, key), steps_of(app, key)) == (Stage.EMPLOYER_REVIEW, before)


def test_an_applicant_approves_nothing_of_their_own(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        own = db.session.scalars(select(Application).where(Application.applicant.has(username='geren5'))).one()
        key, version = own.id, own.version
    for action in ('approve', 'return', 'terminate', 'delete', 'submit'):
        answers = action_form(version, Stage.EMPLOYER_REVIEW, opinion='自批')
        answer = client_of('geren5').post(f'/my_applications/act/{action}/?id={key}', data=answers)
        assert answer.status_code == 409, action
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


@pytest.mark.parametrize('source', [Stage.PRE_NOTICE, Stage.EMPLOYER_REVIEW])
def test_an_act_of_another_stage_is_not_taken_for_the_present_one(
    app: Flask, client_of: ClientOf, source: Stage
) -> None:
    """Who meant to approve where the declaration no longer is does not approve where it is now."""
    key, version, _name = waiting(app, Stage.POST_NOTICE, employer_id=1)[0]
    today = now().date()
    answers = action_form(version, source, starts_on=str(today - timedelta(30)), ends_on=str(today - timedelta(1)))
    answer = client_of('guanli1').post(f'/employer_applications/act/approve/?id={key}', data=answers)
    assert answer.status_code == 409
    assert '现处「单位评后公示」环节' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.POST_NOTICE


@pytest.mark.parametrize('seen', ['', 'x', '-1', '²', '9' * 30, '9' * 5000, '1e3'])
def test_a_version_that_is_none_is_a_stale_page(app: Flask, client_of: ClientOf, seen: str) -> None:
    key, _version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    answers = {'confirmed': '1', 'seen': seen, 'source': 'employer_review', **REVIEW_FORM}
    answer = client_of('guanli1').post(f'/employer_applications/act/approve/?id={key}', data=answers)
    assert answer.status_code == 409
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_an_opinion_that_is_too_long_is_said_and_kept(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    answers = action_form(version, Stage.EMPLOYER_REVIEW, opinion='意' * 501)
    answer = client_of('guanli1').post(f'/employer_applications/act/return/?id={key}', data=answers)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, '意' * 501 in page, '500' in page) == (200, True, True)
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_the_notice_list_takes_only_who_is_at_that_step(app: Flask, client_of: ClientOf) -> None:
    """手册 §3.2.6: the list is of those at 单位评前公示; no period is written down for anyone else."""
    other = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    today = now().date()
    data = {
        'action': 'report.pre-notice-list',
        'tab': 'print_pre',
        'rowid': str(other),
        'confirmed': '1',
        'starts_on': str(today),
        'ends_on': str(workdays.last_notice_day(today, {})),
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518000',
    }
    answer = client_of('guanli1').post('/employer_applications/action/', data=data)
    with app.app_context():
        kept = db.session.scalars(select(func.count(Notice.id)).where(Notice.application_id == other)).one()
    assert (answer.mimetype, kept) == ('text/html', 0)


def test_the_printing_tab_offers_the_report_and_no_act(app: Flask, client_of: ClientOf) -> None:
    page = client_of('guanli1').get('/employer_applications/?tab=print_pre').get_data(as_text=True)
    assert 'value="report.pre-notice-list"' in page
    assert 'value="pre_notice.approve"' not in page
    nobody = {'action': 'report.pre-notice-list', 'tab': 'print_pre'}
    answer = client_of('guanli1').post('/employer_applications/action/', data=nobody)
    assert '请先勾选要打印的人员' in answer.get_data(as_text=True)
    elsewhere = nobody | {'tab': 'employer_review'}
    assert client_of('guanli1').post('/employer_applications/action/', data=elsewhere).status_code == 403


@pytest.mark.parametrize(
    'target',
    ['https://evil.example/', '//evil.example/', '/\\evil.example/', '/\t/evil.example/', 'javascript:alert(1)'],
)
def test_the_way_back_from_an_act_stays_within_the_site(app: Flask, client_of: ClientOf, target: str) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client, path = client_of('guanli1'), '/employer_applications/act/approve/'
    page = client.get(path, query_string={'id': key, 'url': target}).get_data(as_text=True)
    assert f'href="{target}"' not in page
    data = action_form(version, Stage.EMPLOYER_REVIEW, url=target, **REVIEW_FORM)
    answer = client.post(f'{path}?id={key}', data=data)
    following = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    assert (answer.status_code, answer.location) == (302, f'{path}?id={following}')


def test_a_refused_action_says_why_beside_its_button(app: Flask, client_of: ClientOf) -> None:
    key = next(row[0] for row in waiting(app, Stage.FEE_CONFIRMATION) if committee_of(app, row[0]) == 1)
    page = client_of('bangong1').get('/office_applications/?tab=fee_confirmation').get_data(as_text=True)
    assert '不可免缴：</span>该申报须缴费，不能免缴' in page
    answer = client_of('bangong1').post(
        f'/office_applications/act/waive/?id={key}', data=action_form(10, Stage.FEE_CONFIRMATION)
    )
    assert (answer.status_code, stage_of(app, key)) == (409, Stage.FEE_CONFIRMATION)
