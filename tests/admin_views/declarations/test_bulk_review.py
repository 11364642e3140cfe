"""Forms that review many declarations at once: periods, wordings and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from models.base import now
from models.material import Attachment, Material
from models.notice import Phase
from rules import notices, workdays
from tests.helpers.declarations import last_step, waiting
from tests.helpers.notices import a_month_ago, put_up
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import REVIEWS, page_of
from tests.helpers.types import ClientOf


def test_a_period_that_suits_none_is_refused_on_the_form_for_many(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:2], client_of('guanli1')
    today = now().date()
    seen = [f'{key}:{version}' for key, version, _name in rows]
    run = {'confirmed': '1', 'action': 'pre_notice.approve', 'opinion': '{姓名}无异议', 'seen': seen}
    for starts_on, ends_on, why in (
        (today, workdays.last_notice_day(today, {}), '公示未结束，还差 '),
        (today - timedelta(9), today - timedelta(8), '公示时间不能少于 5 个工作日'),
        (today - timedelta(400), today - timedelta(300), '公示开始时间不能早于进入'),
    ):
        answer = client.post(f'{REVIEWS}/bulk/', data=run | {'starts_on': str(starts_on), 'ends_on': str(ends_on)})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert why in page
        assert f'value="{starts_on}"' in page
        assert '{姓名}无异议' in page
        assert all(f'name="seen" value="{each}"' in page for each in seen)
    assert len(waiting(app, Stage.PRE_NOTICE, employer_id=1)) >= 2


def test_wordings_are_offered_for_many_with_their_placeholders_open(app: Flask, client_of: ClientOf) -> None:
    client, rows = client_of('jingban1'), waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    data = {'field': 'evaluation', 'name': '常用评价', 'body': '{姓名}同志在{专业}方面……'}
    assert client.post('/opinion_templates/new/', data=data).status_code == 302
    ask = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert re.search(r'data-wording-of="evaluation".*?<option value="\{姓名\}同志在\{专业\}', page, re.S)
    assert '{申报类型}' in page  # every placeholder is named


def test_bulk_words_a_shared_opinion_for_each(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    shared = REVIEW_FORM | {'training_opinion': '{姓名}已完成 {年度} 年度学时。'}
    run = {'confirmed': '1', 'action': 'employer_review.approve', **shared}
    run['seen'] = [f'{key}:{version}' for key, version, _name in rows]
    answer = client_of('guanli1').post(f'{REVIEWS}/bulk/', data=run, follow_redirects=True)
    assert '已通过 2 项' in answer.get_data(as_text=True)
    for key, _version, name in rows:
        assert last_step(app, key).data['training_opinion'] == f'{name}已完成 {now().year} 年度学时。'


@pytest.mark.parametrize(
    ('opinion', 'told'),
    [
        ('{姓名}同志公示无异议。{年}', '{年}'),
        ('{名字}：{}。', '{名字}、{}'),
    ],
)
def test_a_placeholder_that_means_nothing_is_refused_at_its_field_for_many(
    app: Flask, client_of: ClientOf, opinion: str, told: str
) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    starts_on = a_month_ago(app)
    run = {
        'confirmed': '1',
        'action': 'pre_notice.approve',
        'opinion': opinion,
        'seen': f'{key}:{version}',
        'starts_on': str(starts_on),
        'ends_on': str(workdays.last_notice_day(starts_on, {})),
    }
    page = client_of('guanli1').post(f'{REVIEWS}/bulk/', data=run).get_data(as_text=True)
    assert re.search(rf'id="opinion-error">没有占位符 {re.escape(told)}，可用：{{姓名}}、', page)
    with app.app_context():
        assert db.session.get_one(Application, key).stage == Stage.PRE_NOTICE


def test_a_form_for_many_begins_with_no_one_s_own_words(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:2], client_of('guanli1')
    starts_on = now().date() - timedelta(30)
    with app.app_context():
        for key, _version, _name in rows:
            ends_on = workdays.last_notice_day(starts_on, {})
            application = db.session.get_one(Application, key)
            notices.record(db.session(), Phase.PRE, starts_on, ends_on, {application: ''})
        db.session.commit()
    chosen = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{REVIEWS}/action/', data=chosen).get_data(as_text=True)
    assert f'value="{starts_on}"' in page
    assert '同志' not in page.partition('name="opinion"')[2].partition('</textarea>')[0]
    assert re.search(rf'示例（{rows[0][2]}）：<span data-example>【{rows[0][2]}】同志', page)
    assert f'【{rows[0][2]}】同志' in page_of(client, f'{REVIEWS}/act/approve/?id={rows[0][0]}')


def test_bulk_names_who_has_not_handed_in_the_signed_paper(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    with app.app_context():
        material = db.session.scalars(select(Material.id).where(Material.stage == 'employer_review')).one()
        given = set(db.session.scalars(select(Attachment.application_id).where(Attachment.material_id == material)))
    lacking = [name for key, _version, name in rows if key not in given]
    assert lacking, 'the demo world should have an unsigned declaration'
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    page = client_of('guanli1').post(f'{REVIEWS}/action/', data=chosen).get_data(as_text=True)
    assert f'{len(lacking)} 项不可办' in page
    assert '尚未上传《广东省深圳市职称申报承诺书》（单位）' in page


def test_one_period_for_many_is_told_by_the_one_that_was_ready_last(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1), client_of('guanli1')
    with app.app_context():
        days = {key: db.session.get_one(Application, key).entered_at.date() for key, _version, _name in rows}
    entered = max(days.values())
    last, name = next((key, name) for key, _version, name in rows if days[key] == entered)
    keys = [str(key) for key, _version, _name in rows]
    chosen = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': keys}
    for asked in (chosen, {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': keys}):
        page = client.post(f'{REVIEWS}/action/', data=asked).get_data(as_text=True)
        assert re.search(rf'/period/\?(id=\d+&amp;action=approve&amp;)?last_ready={last}"', page)
    early = entered - timedelta(1)
    told = client.get(f'{REVIEWS}/period/?last_ready={last}&starts_on={early}').get_json()
    assert told['sentence'] == f'{name}：公示开始时间不能早于进入「单位评前公示」环节的 {entered}'
    assert 'wording' not in told  # it would name one of them
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    period = {'confirmed': '1', 'starts_on': str(early), 'ends_on': str(early)}
    page = client.post(f'{REVIEWS}/action/', data=chosen | contact | period).get_data(as_text=True)
    assert re.search(rf'id="starts_on-error">{name}[^<]*不能早于', page)
    assert re.search(r'id="ends_on-error">公示时间不能少于 5 个工作日', page)


def test_results_in_bulk_have_each_their_own_wording(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:2]
    starts_on = a_month_ago(app)
    run = {
        'confirmed': '1',
        'action': 'pre_notice.approve',
        'opinion': '',
        'starts_on': str(starts_on),
        'ends_on': str(workdays.last_notice_day(starts_on, {})),
        'seen': [f'{key}:{version}' for key, version, _name in rows],
    }
    page = client_of('guanli1').post(f'{REVIEWS}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已通过 2 项' in page
    with app.app_context():
        for key, _version, name in rows:
            (notice,) = db.session.get_one(Application, key).notices
            assert notice.opinion.startswith(f'【{name}】同志申报职称评审信息')


def test_a_form_for_many_begins_with_the_period_that_most_share_and_names_the_others(
    app: Flask, client_of: ClientOf
) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1), client_of('guanli1')
    first = a_month_ago(app)
    (odd, *others), other_first = rows[:3], first + timedelta(3)
    ends_on, other_end = put_up(app, first, odd[0]), put_up(app, other_first, *(key for key, _version, _name in others))
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows[:3]]}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert '2 项可办，1 项不可办' in page
    assert f'已公布的公示时间是 {first} 至 {ends_on}，与所填的不同' in page
    assert f'value="{other_first}"' in page
    assert f'value="{other_end}"' in page
    link = re.search(r'data-period="([^"]+)"', page)
    assert link is not None
    asked = link[1].replace('&amp;', '&')
    own = f'已公布的公示时间是 {other_first} 至 {other_end}，与所填的不同'
    assert own in client.get(f'{asked}&starts_on={first}').get_json()['sentence']
    assert own not in client.get(f'{asked}&starts_on={other_first}').get_json()['sentence']
    run = {
        'confirmed': '1',
        'action': 'pre_notice.approve',
        'opinion': '',
        'starts_on': str(other_first),
        'ends_on': str(other_end),
        'seen': [f'{key}:{version}' for key, version, _name in rows[:3]],
    }
    wrong = client.post(f'{REVIEWS}/bulk/', data=run | {'ends_on': str(other_end + timedelta(1))})
    assert wrong.get_data(as_text=True).count('，与所填的不同') == 3
    done = client.post(f'{REVIEWS}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已通过 2 项，未办理 1 项' in done
    assert f'已公布的公示时间是 {first} 至 {ends_on}，与所填的不同' in done


def test_what_has_not_ended_does_not_keep_a_form_for_many_from_what_has(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE, employer_id=1)[:3], client_of('guanli1')
    over, *running = rows
    first = a_month_ago(app)
    put_up(app, first, over[0])
    put_up(app, now().date(), *(key for key, _version, _name in running))
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{REVIEWS}/action/', data=ask).get_data(as_text=True)
    assert '1 项可办，2 项不可办' in page
    assert f'value="{first}"' in page
