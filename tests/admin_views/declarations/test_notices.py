"""Both notices over HTTP: periods, lists on paper, running and shortened notices, and the report on each."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import db
from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.notice import Phase, WorkdayOverride
from pdf_templates import issuing, reports
from rules import notices, overview, review_desk, workdays
from rules.flow.table import TRANSITIONS
from tests.helpers import passing
from tests.helpers.declarations import last_step, waiting
from tests.helpers.notices import a_month_ago, put_up
from tests.helpers.pages import REVIEWS, action_form, decision, page_of
from tests.helpers.types import ClientOf, Find, Who


def test_what_is_printed_and_what_is_not_is_told_and_found(app: Flask, client_of: ClientOf) -> None:
    rows, client, today = waiting(app, Stage.PRE_NOTICE, employer_id=1), client_of('guanli1'), now().date()
    last = workdays.last_notice_day(today, {})
    with app.app_context():
        application = db.session.get_one(Application, rows[0][0])
        notices.record(db.session(), Phase.PRE, today, last, {application: ''})
        db.session.commit()
    page = page_of(client, f'{REVIEWS}/?tab=print_pre')
    assert f'已打印</span><span class="cell-sub">{today:%m-%d} 至 {last:%m-%d}' in page
    assert page.count('尚未打印</span>') == len(rows) - 1
    link = re.search(rf'href="([^"]+)">{len(rows) - 1} 项尚未打印公示名单', page_of(client, '/'))
    assert link is not None
    found = page_of(client, link[1].replace('&amp;', '&'))
    assert found.count('class="row-actions"') == len(rows) - 1
    assert rows[0][2] not in found.partition('<tbody>')[2]
    printed = page_of(client, f'{REVIEWS}/?tab=print_pre&printed=yes')
    assert printed.count('class="row-actions"') == 1
    assert '尚未打印</span>' not in page_of(client, f'{REVIEWS}/?tab=employer_review')


def test_a_notice_proposes_its_end_and_wording_as_soon_as_it_begins(app: Flask, client_of: ClientOf) -> None:
    key, _version, name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    client = client_of('guanli1')
    with app.app_context():
        passing.waited_since(db.session(), date(2026, 9, 28))
        db.session.commit()
    told = client.get(f'{REVIEWS}/period/?id={key}&starts_on=2026-09-28').get_json()
    assert told['ends_on'] == '2026-10-09'
    assert told['wording'].startswith(f'【{name}】同志申报职称评审信息')
    assert '2026年09月28日至2026年10月09日' in told['wording']
    short = client.get(f'{REVIEWS}/period/?id={key}&starts_on=2026-09-28&ends_on=2026-09-30').get_json()
    assert '结束时间最早为 2026-10-09' in short['sentence']
    foreign = waiting(app, Stage.PRE_NOTICE, employer_id=2)[0][0]
    assert 'wording' not in client.get(f'{REVIEWS}/period/?id={foreign}&starts_on=2026-09-28').get_json()
    for day in ('', 'x', '2026-02-30', '0001-01-01', '9999-12-31'):
        assert client.get(f'{REVIEWS}/period/?starts_on={day}').status_code == 404


@pytest.mark.parametrize(
    ('stage', 'tab', 'title'),
    [
        (Stage.PRE_NOTICE, 'print_pre', '打印评前公示名单'),
        (Stage.POST_NOTICE, 'print_post', '打印评后公示名单'),
    ],
)
def test_lists_for_both_notices_are_printed_and_the_result_form_knows_the_period(
    app: Flask, client_of: ClientOf, stage: Stage, tab: str, title: str
) -> None:
    key, version, name = waiting(app, stage, employer_id=1)[0]
    client, code = client_of('guanli1'), {'print_pre': 'pre-notice-list', 'print_post': 'post-notice-list'}[tab]
    assert f'value="report.{code}"' in page_of(client, f'{REVIEWS}/?tab={tab}')
    ask = {'action': f'report.{code}', 'tab': tab, 'rowid': str(key)}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert title in page
    assert 'value="518057"' in page  # the contact of 维护管理, not the employer's own 518000
    starts_on = a_month_ago(app)
    ends_on = workdays.last_notice_day(starts_on, {})
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    printed = ask | contact | {'confirmed': '1', 'starts_on': str(starts_on), 'ends_on': str(ends_on)}
    shown = client.post(f'{REVIEWS}/action/', data=printed)
    assert shown.location.startswith(f'{REVIEWS}/list/?id={key}&paper=')
    page = page_of(client, shown.location)
    titled = f'{now().year}{reports.REPORTS[code].title}'
    assert f'<h1>{titled}</h1>' in page
    assert f'href="{REVIEWS}/?tab={tab}">返回列表' in page
    assert f'href="{REVIEWS}/?tab={stage.value}">到「{stage.label}」登记结果' in page
    source = re.search(r'<iframe src="([^"]+)"', page)
    assert source is not None
    with client.get(source[1].replace('&amp;', '&')) as paper:
        assert paper.mimetype == 'application/pdf'
        assert PdfReader(io.BytesIO(paper.data)).metadata.title == titled  # type: ignore[union-attr]
    assert client_of('guanli2').get(shown.location).status_code == 404
    page = page_of(client, f'{REVIEWS}/act/approve/?id={key}')
    assert f'value="{starts_on}"' in page
    assert f'【{name}】同志' in page
    answers = {'starts_on': str(starts_on), 'ends_on': str(ends_on), 'opinion': '公示期间无异议，改写过的意见。'}
    assert (
        client.post(f'{REVIEWS}/act/approve/?id={key}', data=action_form(version, stage, **answers)).status_code == 302
    )
    assert last_step(app, key).opinion == '公示期间无异议，改写过的意见。'


def test_a_list_printed_again_keeps_its_period_unless_another_is_confirmed(app: Flask, client_of: ClientOf) -> None:
    first, second, third = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:3]
    starts_on = a_month_ago(app)
    old = notices.Period(starts_on, workdays.last_notice_day(starts_on, {}))
    with app.app_context():
        rows = [db.session.get_one(Application, key) for key in (first[0], second[0])]
        notices.record(db.session(), Phase.PRE, *old, dict.fromkeys(rows, ''))
        db.session.commit()
    client, today = client_of('guanli1'), now().date()
    ask = {
        'action': 'report.pre-notice-list',
        'tab': 'print_pre',
        'rowid': [str(first[0]), str(second[0]), str(third[0])],
    }
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    named = re.search(rf'已打印，公示时间 {old}（已结束）：([^<]+)<', page)
    assert named is not None
    assert set(named[1].split('、')) == {first[2], second[2]}
    assert f'value="{old.starts_on}"' in page
    assert f'value="{old.ends_on}"' in page
    new = notices.Period(today, workdays.last_notice_day(today, {}))
    days = {name: str(day) for name, day in new._asdict().items()}
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    for consent in ({}, {'replaces': f'{old}'}):  # none, or to another period than is sent
        refused = client.post(f'{REVIEWS}/action/', data=ask | contact | days | consent | {'confirmed': '1'})
        page = refused.get_data(as_text=True)
        assert f'尚未打印：所填公示时间 {new} 与已打印名单上的不同' in page
        assert f'name="replaces" value="{new}"' in page
        assert periods_of(app, first[0], second[0], third[0]) == [old, old, None]
    confirmed = {'confirmed': '1', 'replaces': str(new)}
    assert client.post(f'{REVIEWS}/action/', data=ask | contact | days | confirmed).status_code == 302
    assert periods_of(app, first[0], second[0], third[0]) == [new, new, new]


def test_a_printed_period_too_early_for_another_row_is_told_and_not_proposed(app: Flask, client_of: ClientOf) -> None:
    first, second = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:2]
    starts_on, today = a_month_ago(app), now().date()
    with app.app_context():
        printed = db.session.get_one(Application, first[0])
        notices.record(db.session(), Phase.PRE, starts_on, workdays.last_notice_day(starts_on, {}), {printed: ''})
        db.session.execute(update(Application).where(Application.id == second[0]).values(entered_at=now()))
        db.session.commit()
    ask = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': [str(first[0]), str(second[0])]}
    page = client_of('guanli1').post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert f'已打印，公示时间 {starts_on} 至' in page
    assert f'value="{today}"' in page


def periods_of(app: Flask, *keys: int) -> list[notices.Period | None]:
    """The periods on paper of declarations at 单位评前公示."""
    with app.app_context():
        return [notices.period_of(db.session.get_one(Application, key), Phase.PRE) for key in keys]


def test_who_rejects_is_told_that_it_ends_there_before_and_after(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    client, path = client_of('guanli1'), f'{REVIEWS}/act/reject/?id={key}'
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key)
    page = page_of(client, path)
    assert '请写明要改什么' not in page
    assert re.search(r'data-ask="[^"]*本次申报即告办结，不能继续办理', page)
    answers = {'opinion': '公示期间查实举报。', 'starts_on': str(starts_on), 'ends_on': str(ends_on)}
    rejected = client.post(path, data=action_form(version, Stage.PRE_NOTICE, **answers), follow_redirects=True)
    told = rejected.get_data(as_text=True)
    assert re.search(rf'{name}[^<]*：已登记为不通过，本次申报办结', told)


def test_a_rejection_at_a_notice_begins_with_the_published_period_and_no_words(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:2], client_of('guanli1')
    a_month_ago(app)
    today = now().date()
    ends_on = put_up(app, today, *(key for key, _version, _name in rows))
    key, _version, name = rows[0]
    page = page_of(client, f'{REVIEWS}/act/reject/?id={key}')
    form = page.partition('id="review-form"')[2].partition('</form>')[0]
    assert f'value="{today}"' in form
    assert f'value="{ends_on}"' in form
    assert '未收到举报投诉' not in form
    assert 'data-reason' in form
    assert '评前公示情况表》' in page.partition('id="handed-in"')[2]
    assert 'data-allowed>' in decision(page)
    ask = {'action': 'pre_notice.reject', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    many = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert '2 项可办，0 项不可办' in many
    assert f'value="{ends_on}"' in many
    assert '公示意见留空' not in many
    period = f'{REVIEWS}/period/?id={key}&action=reject&starts_on='
    told = client.get(f'{period}{today}').get_json()
    assert (told['refusal'], told['wording']) == ('', '')
    assert f'{today.month} 月 {today.day} 日起可登记结果' in told['sentence']
    assert '只能延长' in client.get(f'{period}{today + timedelta(1)}').get_json()['refusal']
    run = {
        'confirmed': '1',
        'action': 'pre_notice.reject',
        'opinion': '举报{姓名}经查属实。',
        'starts_on': str(today),
        'ends_on': str(ends_on),
        'seen': [f'{key}:{version}' for key, version, _name in rows],
    }
    soon = {'starts_on': str(today + timedelta(1)), 'ends_on': str(ends_on + timedelta(7))}
    early = client.post(f'{REVIEWS}/bulk/', data=run | soon).get_data(as_text=True)
    assert re.search(r'id="ends_on-error">公示尚未开始，最早 \d+ 月 \d+ 日可办', early)
    done = client.post(f'{REVIEWS}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已登记为不通过 2 项，未办理 0 项' in done
    with app.app_context():
        kept = db.session.get_one(Application, key).notices
        assert [(each.ends_on, each.opinion) for each in kept] == [(ends_on, f'举报{name}经查属实。')]


def test_a_running_notice_offers_no_pass_and_says_from_when(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0][0]
    today = now().date()
    last = workdays.last_notice_day(today, {})
    printed = {
        'action': 'report.pre-notice-list',
        'tab': 'print_pre',
        'rowid': str(key),
        'confirmed': '1',
        'starts_on': str(today),
        'ends_on': str(last),
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518057',
    }
    client = client_of('guanli1')
    client.post(f'{REVIEWS}/action/', data=printed).close()
    possible = last + timedelta(1)
    for path in (f'{REVIEWS}/act/approve/?id={key}', f'{REVIEWS}/?tab=pre_notice', '/'):
        page = page_of(client, path)
        assert f'{possible.month} 月 {possible.day} 日可办' in page or f'最早 {last} 结束' in page, path


def test_the_page_judges_the_period_in_the_form_as_sending_does(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key)
    client, path = client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}'
    page = page_of(client, path)
    assert re.search(r'data-printed="[\d -]+">来自已打印名单', page)
    assert 'data-allowed>' in decision(page)
    published = f'已公布的公示时间是 {starts_on} 至 {ends_on}，只能延长'
    week = timedelta(7)
    for first, last, why in (
        (starts_on, ends_on, ''),
        (starts_on, ends_on + week, ''),
        (starts_on, now().date(), '公示未结束'),
        (starts_on + timedelta(1), ends_on + week, published),
        (starts_on - timedelta(1), ends_on, published),
        (now().date(), workdays.last_notice_day(now().date(), {}), published),
    ):
        days = {'starts_on': str(first), 'ends_on': str(last)}
        told = client.get(f'{REVIEWS}/period/', query_string={'id': key, **days}).get_json()
        assert told['refusal'].startswith(why)
        assert bool(told['refusal']) == bool(why)
        assert (published in told['sentence']) == (why == published)
        client.post(f'{REVIEWS}/draft/approve/?id={key}', data=days | {'opinion': f'【{name}】已公示。'})
        again = page_of(client, path)
        from_list = f'data-printed="{first} {last}">来自已打印名单' in again
        assert from_list == ((first, last) == (starts_on, ends_on))
        assert ('data-allowed>' in decision(again)) == (not why)
        assert why in decision(again)
        if why:
            answer = client.post(path, data=action_form(version, Stage.PRE_NOTICE, **days))
            assert (answer.status_code, why in decision(answer.get_data(as_text=True))) == (409, True)
    assert client.get(f'{REVIEWS}/period/?id={key}&starts_on={starts_on}').get_json()['ends_on'] == str(ends_on)
    days = {'starts_on': str(starts_on), 'ends_on': str(ends_on + week)}
    assert client.post(path, data=action_form(version, Stage.PRE_NOTICE, **days)).status_code == 302
    with app.app_context():
        assert [each.ends_on for each in db.session.get_one(Application, key).notices] == [ends_on + week]


@pytest.mark.parametrize('began', [10, 2], ids=['over', 'running'])
def test_a_notice_that_the_calendar_has_shortened_is_told_everywhere(
    app: Flask, client_of: ClientOf, began: int
) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    client, path = client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}'
    a_month_ago(app)
    first = now().date() - timedelta(began)
    last = put_up(app, first, key)
    with app.app_context():
        possible = workdays.last_notice_day(first, {last: False})
        db.session.add(WorkdayOverride(on=last, works=False, reason='台风停工'))
        db.session.commit()
    told = f'工作日调整后公示不足 5 个工作日，须延长至 {possible}'
    for page in (page_of(client, f'{REVIEWS}/?tab=pre_notice'), decision(page_of(client, path))):
        assert told in page
    home = page_of(client, '/')
    assert f'1 项工作日调整后不足 5 个工作日，最早须延长至 {possible}' in home
    assert '公示已结束，待登记结果' not in home
    assert '项正在公示' not in home
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(key)]}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert ('0 项可办，1 项不可办' in page, told in page) == (True, True)
    days = {'starts_on': str(first), 'ends_on': str(last)}
    answer = client.post(path, data=action_form(version, Stage.PRE_NOTICE, **days))
    assert (answer.status_code, told in answer.get_data(as_text=True)) == (409, True)
    extended = client.get(f'{REVIEWS}/period/?id={key}&starts_on={first}').get_json()
    assert extended['ends_on'] == str(possible)
    assert told not in extended['sentence']


OCTOBER, LONGER = (date(2026, 10, 12), date(2026, 10, 16)), (date(2026, 10, 12), date(2026, 10, 20))

SAID = '收到举报一件，经核查不属实。'


def days_of(period: tuple[date, date]) -> dict[str, str]:
    """A period as the form sends it."""
    return {'starts_on': str(period[0]), 'ends_on': str(period[1])}


@pytest.mark.parametrize(
    ('listed', 'typed', 'period', 'opinion'),
    [
        (OCTOBER, {**days_of(LONGER), 'opinion': SAID}, LONGER, SAID),
        (OCTOBER, {**days_of(LONGER), 'opinion': ' '}, LONGER, '2026年10月12日至2026年10月20日】'),
        (OCTOBER, {'starts_on': str(LONGER[0]), 'ends_on': '', 'opinion': SAID}, OCTOBER, SAID),
        (OCTOBER, {'starts_on': '2026-10-20', 'ends_on': '2026-10-12'}, OCTOBER, '2026年10月12日至2026年10月16日】'),
        (OCTOBER, {}, OCTOBER, '2026年10月12日至2026年10月16日】'),
        (None, {**days_of(LONGER), 'opinion': SAID}, LONGER, SAID),
        (None, {'opinion': SAID}, None, SAID),
        (None, {}, None, ''),
    ],
)
@pytest.mark.parametrize('stage', [Stage.PRE_NOTICE, Stage.POST_NOTICE])
def test_the_report_on_a_notice_says_what_its_reviewer_has_entered(
    session: Session,
    application: Find,
    account: Who,
    stage: Stage,
    listed: tuple[date, date] | None,
    typed: dict[str, str],
    period: tuple[date, date] | None,
    opinion: str,
) -> None:
    passing.waited_since(session, date(2026, 9, 1))
    session.expire_all()
    found, by, phase = application(stage, employer=1), account('guanli1'), overview.PHASES[stage]
    if listed:
        notices.record(session, phase, *listed, {found: ''})
    if typed:
        row = TRANSITIONS[stage, 'approve']
        review_desk.keep_draft(session, row, found, by, {name: [text] for name, text in typed.items()})
    said = reported(session, found, by, phase)
    assert (said.get('starts_on'), said.get('ends_on')) == (tuple(map(str, period)) if period else (None, None))
    assert opinion in said['opinion'] if opinion else said['opinion'] == ''
    of_colleague = reported(session, found, account('jingban1'), phase)
    assert (of_colleague.get('ends_on'), SAID in of_colleague['opinion']) == (str(listed[1]) if listed else None, False)


def reported(session: Session, application: Application, by: Account, phase: Phase) -> dict[str, Any]:
    """What 公示情况表 says of a notice when an account prints it."""
    found = issuing.prepared(session, reports.REPORTS[f'{phase}-notice-report'], [application], {}, by)
    return dict(found.context['notice'])


def test_the_report_says_what_the_form_that_was_typed_in_last_says(
    session: Session, application: Find, account: Who
) -> None:
    found, by = application(Stage.PRE_NOTICE, employer=1), account('guanli1')
    days = {'starts_on': ['2026-11-02'], 'ends_on': ['2026-11-06']}
    for action, typed, said in (
        ('approve', {}, '未收到举报投诉'),
        ('reject', {}, ''),  # no wording stands in for a reason
        ('reject', {'opinion': ['收到举报，经查属实。']}, '收到举报，经查属实。'),
        ('approve', {'opinion': [SAID]}, SAID),
    ):
        review_desk.keep_draft(session, TRANSITIONS[Stage.PRE_NOTICE, action], found, by, days | typed)
        opinion = reported(session, found, by, Phase.PRE)['opinion']
        assert (said in opinion) if said else (opinion == '')


def test_the_report_is_printed_as_it_was_entered_and_after_the_pass_as_it_was_recorded(
    app: Flask, client_of: ClientOf
) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key) + timedelta(7)
    client, days = client_of('guanli1'), {'starts_on': str(starts_on), 'ends_on': str(ends_on)}

    def printed(by: FlaskClient) -> str:
        with by.get(f'/files/print/?id={key}&report=pre-notice-report') as paper:
            text = ''.join(page.extract_text() for page in PdfReader(io.BytesIO(paper.data)).pages)
            return ''.join(text.split())

    def day(each: date) -> str:
        return f'{each.year}年{each.month}月{each.day}日'

    client.post(f'{REVIEWS}/draft/approve/?id={key}', data=days | {'opinion': SAID})
    assert f'{day(starts_on)}至{day(ends_on)}' in printed(client)
    assert SAID in printed(client)
    assert SAID not in printed(client_of('jingban1'))
    recorded = days | {'opinion': '公示期满，无异议。'}
    assert client.post(
        f'{REVIEWS}/act/approve/?id={key}', data=action_form(version, Stage.PRE_NOTICE, **recorded)
    ).location
    assert '公示期满，无异议。' in printed(client_of('jingban1'))
