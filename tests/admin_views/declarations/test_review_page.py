"""The review page over HTTP: dossier beside the form, drafts, remarks, and what was said before."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import delete, select

from demo import papers as scans
from models import db
from models.account import Account
from models.application import Application, Stage
from models.audit import AuditLine
from models.base import at, now
from models.declaration import Basic, Work
from models.material import Attachment, Material
from models.reviewing import ReviewDraft
from rules import remarks
from rules.flow.doing import perform
from rules.refusal import Refusal, Refused
from tests.helpers.declarations import last_step, waiting
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import REVIEWS, action_form, page_of
from tests.helpers.types import ClientOf


def test_the_page_holds_declaration_files_and_form(app: Flask, client_of: ClientOf) -> None:
    key, _version, name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    page = page_of(client_of('jingban1'), f'{REVIEWS}/act/approve/?id={key}')
    for words in (
        name,
        '基本信息',
        '工作经历',
        '所在单位对申报人完成继续教育情况的审核意见',
        '单位对申报人负面情况的意见',
        '单位年度考核情况',
        '单位的综合评价',
        '是否以考代评人员',
        '《广东省深圳市职称申报承诺书》（单位）',
        '上传签章件',
        '第 1 / ',
    ):
        assert words in page, words
    assert re.search(r'data-look="application/pdf"', page)
    assert 'value="朱晨曦"' in page  # who handles it is filled in
    assert not re.search(r'(?<!\d)\d{17}[\dX](?!\d)', page)


@pytest.mark.parametrize(
    ('stage', 'target', 'to_office'),
    [
        (Stage.EMPLOYER_REVIEW, Stage.PRE_NOTICE, False),
        (Stage.PRE_NOTICE, Stage.OFFICE_REVIEW, True),
        (Stage.POST_NOTICE, Stage.OFFICE_CONFIRMATION, True),
    ],
)
def test_where_a_pass_leads_and_to_whom_stands_under_the_opinion(
    app: Flask, client_of: ClientOf, stage: Stage, target: Stage, to_office: bool
) -> None:
    key = waiting(app, stage, employer_id=1)[0][0]
    page = page_of(client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}')
    with app.app_context():
        row = db.session.get_one(Application, key)
        assert row.committee is not None
        to = row.committee.office_name if to_office else str(row.employer)
    told = page.partition('<h3>申报下一环节信息</h3>')[2].partition('</form>')[0]
    assert re.findall(r'<dt>(.*?)</dt><dd>(.*?)</dd>', told) == [('报送去向', target.label), ('报送单位', to)]
    assert ('>单位经办人信息</h3>' in page) is (stage == Stage.EMPLOYER_REVIEW)


def test_a_whole_number_is_shown_on_request_and_written_down(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    page = page_of(client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}&whole=1')
    assert re.search(r'(?<!\d)\d{17}[\dX](?!\d)', page)
    with app.app_context():
        assert db.session.scalars(select(AuditLine).where(AuditLine.event == 'see_whole')).first() is not None


def test_after_a_decision_the_next_one_opens_and_at_last_the_list(app: Flask, client_of: ClientOf) -> None:
    client, rows = client_of('guanli1'), waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    for number, (key, version, _name) in enumerate(rows):
        answers = action_form(
            version, Stage.EMPLOYER_REVIEW, opinion='请补充证明。', url='/employer_applications/?year=2026'
        )
        answer = client.post(f'{REVIEWS}/act/return/?id={key}', data=answers)
        if number + 1 < len(rows):
            assert answer.location.startswith(f'{REVIEWS}/act/approve/?id={rows[number + 1][0]}&url=')
            assert '返回列表' in page_of(client, answer.location)
        else:
            assert answer.location == '/employer_applications/?year=2026'


def test_what_is_typed_is_kept_for_its_reviewer_until_it_is_sent(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client, path = client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}'
    typed = {'evaluation': '只写了一半', 'assessments.year': ['2025', ''], 'assessments.result': ['优秀', '']}
    told = client.post(f'{REVIEWS}/draft/approve/?id={key}', data=typed, headers={'Accept': 'application/json'})
    assert re.fullmatch(r'\d\d:\d\d', told.get_json()['saved'])
    page = page_of(client, path)
    assert '只写了一半' in page
    assert re.search(r'value="2025"', page)
    assert '已存' in page
    assert '只写了一半' not in page_of(client_of('jingban1'), path)
    assert client.post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM)).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(ReviewDraft)).all() == []


def test_a_draft_that_another_drops_meanwhile_does_no_harm(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client = client_of('guanli1')
    client.post(f'{REVIEWS}/draft/return/?id={key}', data={'opinion': '写到一半'})

    def meanwhile(session: Any, *_given: object, **_more: object) -> None:
        session.rollback()
        with db.engine.begin() as other:
            other.execute(delete(ReviewDraft))
        raise Refused(Refusal('stale', '您打开页面后已有变化'))

    monkeypatch.setattr('rules.flow.doing.perform', meanwhile)
    answers = action_form(version, Stage.EMPLOYER_REVIEW, opinion='请补充')
    answer = client.post(f'{REVIEWS}/act/return/?id={key}', data=answers)
    assert answer.status_code == 409
    assert '您打开页面后已有变化' in answer.get_data(as_text=True)


def test_without_a_script_the_other_form_opens_and_nothing_is_lost(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    client = client_of('guanli1')
    answer = client.post(f'{REVIEWS}/draft/approve/?id={key}', data={'evaluation': '只写了一半', 'then': 'return'})
    assert answer.location == f'{REVIEWS}/act/return/?id={key}'
    assert '逐项意见' in page_of(client, answer.location)
    assert '只写了一半' in page_of(client, f'{REVIEWS}/act/approve/?id={key}')
    forged = client.post(f'{REVIEWS}/draft/approve/?id={key}', data={'then': '//evil.example'})
    assert forged.location == f'{REVIEWS}/act/approve/?id={key}'


def test_a_draft_of_what_has_moved_on_is_refused(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.OFFICE_REVIEW, employer_id=1)[0][0]
    answer = client_of('guanli1').post(
        f'{REVIEWS}/draft/approve/?id={key}', data={'opinion': 'x'}, headers={'Accept': 'application/json'}
    )
    assert (answer.status_code, '已不在此环节' in answer.get_json()['problem']) == (409, True)


def test_an_evaluation_that_is_too_short_keeps_everything_and_says_how_much_is_missing(
    app: Flask, client_of: ClientOf
) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    answers = REVIEW_FORM | {'evaluation': '短' * 96, 'assessments.year': ['二〇二五', '2024']}
    answer = client_of('guanli1').post(
        f'{REVIEWS}/act/approve/?id={key}', data=action_form(version, Stage.EMPLOYER_REVIEW, **answers)
    )
    page = answer.get_data(as_text=True)
    assert '单位的综合评价不少于 150 字，还差 54 字' in page
    assert '考核年度「二〇二五」不正确' in page
    assert 'value="二〇二五"' in page
    assert '短' * 96 in page


@pytest.mark.parametrize('said', ['😀', '\x07', '\ue000', '\U00031350'])
def test_what_no_paper_can_print_is_told_at_its_field_for_one_and_for_many(
    app: Flask, client_of: ClientOf, said: str
) -> None:
    client, (key, version, _name) = client_of('guanli1'), waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    form = REVIEW_FORM | {'evaluation': REVIEW_FORM['evaluation'] + said}
    one = client.post(f'{REVIEWS}/act/approve/?id={key}', data=action_form(version, Stage.EMPLOYER_REVIEW, **form))
    many = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': [f'{key}:{version}'], **form}
    for answer in (one, client.post(f'{REVIEWS}/bulk/', data=many)):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert '没有字形，报表无法打印，请改写或删除' in page
        assert '<textarea' in page.rpartition('单位的综合评价中的')[0]
    assert last_step(app, key).action == 'submit'


def test_the_signed_commitment_is_handed_in_and_then_it_passes(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    with app.app_context():
        material = db.session.scalars(select(Material.id).where(Material.stage == 'employer_review')).one()
        for given in db.session.scalars(
            select(Attachment).where(Attachment.application_id == key, Attachment.material_id == material)
        ):
            db.session.delete(given)
        db.session.commit()
    client, path = client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}'
    assert '尚未上传《广东省深圳市职称申报承诺书》（单位），上传后可办' in page_of(client, path)
    refused = client.post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM))
    assert refused.status_code == 409
    assert REVIEW_FORM['evaluation'][:40] in refused.get_data(as_text=True)
    file = (io.BytesIO(scans.scan('承诺书', '单位', [])), '承诺书.pdf')
    data = {'material': str(material), 'file': file, 'url': path}
    answer = client.post(f'/files/upload/?id={key}', data=data, content_type='multipart/form-data')
    assert answer.location == f'{path}#material-{material}'
    assert client.post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM)).status_code == 302


@pytest.mark.parametrize(('username', 'status'), [('guanli2', 404), ('bangong1', 403), ('geren2', 404)])
def test_no_one_else_hands_in_the_employer_s_papers(
    app: Flask, client_of: ClientOf, username: str, status: int
) -> None:
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.committee_id == 1)
        key = db.session.scalars(query.where(Application.stage == Stage.EMPLOYER_REVIEW)).all()[0].id
        material = db.session.scalars(select(Material.id).where(Material.stage == 'employer_review')).one()
    file = (io.BytesIO(scans.scan('承诺书', '单位', [])), '承诺书.pdf')
    data = {'material': str(material), 'file': file}
    answer = client_of(username).post(f'/files/upload/?id={key}', data=data, content_type='multipart/form-data')
    assert answer.status_code == status


def test_remarks_are_asked_at_fields_and_the_next_round_shows_what_became_of_them(
    app: Flask, client_of: ClientOf
) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client = client_of('guanli1')
    answers = {
        'opinion': '请修改两处。',
        'remarks.at': ['basic..phone', '', 'basic..email'],
        'remarks.remark': ['请填常用手机号', '', '邮箱写错了'],
    }
    assert (
        client.post(
            f'{REVIEWS}/act/return/?id={key}', data=action_form(version, Stage.EMPLOYER_REVIEW, **answers)
        ).status_code
        == 302
    )
    with app.app_context():
        returned = db.session.get_one(Application, key)
        assert [each.place for each in remarks.remarks_of(returned)] == ['basic..phone', 'basic..email']
        Basic.of(returned).phone = '13800138000'
        perform(db.session(), 'submit', returned, returned.applicant)
        db.session.commit()
    page = page_of(client, f'{REVIEWS}/act/approve/?id={key}')
    assert '上次退回意见' in page
    assert '退回意见：请填常用手机号' in page
    assert re.search(r'退回意见：邮箱写错了</p><span class="quiet">未修改', page)
    assert re.search(r'<span class="changed"><ins>138\*+00</ins><del>1\d\d\*+', page)
    only = page_of(client, f'{REVIEWS}/act/approve/?id={key}&only=1')
    assert '工作经历' not in only.partition('id="dossier"')[2].partition('<aside')[0]
    assert '退回意见：请填常用手机号' in only


@pytest.mark.parametrize('only', ['', '&only=1'])
def test_a_remark_on_what_was_deleted_stands_beside_what_is_gone(app: Flask, client_of: ClientOf, only: str) -> None:
    key, _version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    with app.app_context():
        returned = db.session.get_one(Application, key)
        row = Work.of(returned)[1]
        row.post = None  # a value that was never there leaves no change behind
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        said = [
            remarks.stored_remark(f'work.{row.id}.employer', '单位名称不全'),
            remarks.stored_remark(f'work.{row.id}.post', '缺岗位'),
        ]
        perform(db.session(), 'return', returned, clerk, data={'opinion': '请改。', 'remarks': said})
        db.session.delete(row)
        db.session.flush()
        db.session.expire(returned)
        perform(db.session(), 'submit', returned, returned.applicant)
        db.session.commit()
    page = page_of(client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}{only}')
    section = page.partition('id="section-work"')[2].partition('</section>')[0]
    assert '退回意见：第 2 条 ' in section
    assert '：单位名称不全' in section
    assert '：缺岗位' in section


def test_a_draft_of_an_earlier_round_is_not_laid_over_what_is_proposed(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    one, other, path = client_of('guanli1'), client_of('jingban1'), f'{REVIEWS}/act/approve/?id={key}'
    for client in (one, other):
        client.post(f'{REVIEWS}/draft/approve/?id={key}', data={'evaluation': '第一轮写到一半'})
    with app.app_context():
        kept = db.session.scalars(select(ReviewDraft)).first()
        assert kept is not None
        of_colleague = {'application_id': key, 'account_id': kept.account_id, 'action': kept.action}
    returned = action_form(version, Stage.EMPLOYER_REVIEW, opinion='请修改。')
    assert one.post(f'{REVIEWS}/act/return/?id={key}', data=returned).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(ReviewDraft)).all() == []
        db.session.add(ReviewDraft(**of_colleague, typed={'evaluation': ['第一轮写到一半']}, saved_at=now()))
        db.session.flush()
        application = db.session.get_one(Application, key)
        with at(now() + timedelta(minutes=1)):
            perform(db.session(), 'submit', application, application.applicant)
        db.session.commit()
    with at(now() + timedelta(minutes=2)):
        for client in (one, other):
            assert '第一轮写到一半' not in page_of(client, path)
            client.post(f'{REVIEWS}/draft/approve/?id={key}', data={'evaluation': '第二轮写到一半'})
            assert '第二轮写到一半' in page_of(client, path)


def test_what_was_said_before_is_proposed_again_after_a_second_submission(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client, path = client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}'
    client.post(path, data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM))
    with app.app_context():
        application, employer = db.session.get_one(Application, key), db.session.get_one(Application, key).employer
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        assert employer is not None
        perform(db.session(), 'return', application, clerk, data={'opinion': '有异议，请补充。'})
        perform(db.session(), 'submit', application, application.applicant)
        db.session.commit()
    page = page_of(client, path)
    assert REVIEW_FORM['evaluation'] in page
    assert REVIEW_FORM['assessments.year'][0] in page
    others = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in others]}
    assert REVIEW_FORM['evaluation'] not in client.post(f'{REVIEWS}/action/', data=chosen).get_data(as_text=True)


def test_a_masked_value_stays_masked_where_it_changed(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    with app.app_context():
        application = db.session.get_one(Application, key)
        before = Basic.of(application).phone or ''
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        perform(db.session(), 'return', application, clerk, data={'opinion': '请改。'})
        Basic.of(application).phone = '13800138000'
        perform(db.session(), 'submit', application, application.applicant)
        db.session.commit()
    for page in ('act/approve/', 'progress/'):
        text = page_of(client_of('guanli1'), f'{REVIEWS}/{page}?id={key}')
        assert before not in text
        assert '13800138000' not in text
        assert '138******00' in text


def test_papers_and_files_stand_under_the_list_that_they_were_opened_from(app: Flask, client_of: ClientOf) -> None:
    key, client = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0][0], client_of('guanli1')
    listed = f'{REVIEWS}/?tab=pre_notice&year=2026'
    reports = f'/files/reports/?id={key}&url={quote(listed)}'
    for path in (
        f'/files/?id={key}&url={quote(listed)}',
        reports,
        f'/files/paper/?id={key}&report=commitment-personal&url={quote(reports)}',
    ):
        page = page_of(client, path)
        assert f'<a href="{escape(listed)}">职称评审业务</a></li>' in page
        assert 'aria-current="page">职称评审业务</a>' in page
    strange = page_of(client, f'/files/?id={key}&url=//evil.example/employer_applications/')
    assert f'<a href="{REVIEWS}/">职称评审业务</a></li>' in strange


# --- what was said before ---


def test_the_result_and_what_was_said_before_stand_beside_the_second_notice(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.POST_NOTICE, employer_id=1)[0][0]
    page = page_of(client_of('guanli1'), f'{REVIEWS}/act/approve/?id={key}')
    side = page.partition('<aside')[2]
    result = side.partition('专家评审结果</h2>')[2].partition('</dl>')[0]
    assert '<dt>评审结果</dt><dd>通过</dd>' in result
    assert re.search(r'<dt>会议日期</dt><dd>\d{4}-\d\d-\d\d</dd>', result)
    assert not re.search(r'同意|反对|弃权|票', result)
    assert '此前意见' in side
    assert REVIEW_FORM['evaluation'] in side
    before = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0][0]
    assert '专家评审结果' not in page_of(client_of('guanli1'), f'{REVIEWS}/act/approve/?id={before}')


def test_the_office_reads_the_employer_s_review_on_the_progress_and_beside_its_own_pass(
    app: Flask, client_of: ClientOf
) -> None:
    with app.app_context():
        query = select(Application).where(Application.stage == Stage.OFFICE_REVIEW, Application.committee_id == 1)
        key, username = next((each.id, each.applicant.username) for each in db.session.scalars(query))
    for path in (f'/office_applications/progress/?id={key}', f'/office_applications/act/approve/?id={key}'):
        page = page_of(client_of('bangong1'), path)
        for words in (REVIEW_FORM['evaluation'], '单位的综合评价', '公示开始时间', '公示意见', '称职（合格）'):
            assert words in page, words
        assert REVIEW_FORM['handler_phone'] not in page
    page = page_of(client_of(username), f'/my_applications/progress/?id={key}')
    assert REVIEW_FORM['evaluation'] in page
