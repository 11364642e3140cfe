"""The review page over HTTP: dossier beside the form, drafts, the queue, 暂缓, remarks, wordings, both notices."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from pypdf import PdfReader
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from admin_views.declarations import bulk_pages
from admin_views.roles import collective_payment
from demo import papers as scans
from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.audit import AuditLine
from models.base import at, now
from models.declaration import Basic, Work
from models.employer import Employer, NoticeContact, OpinionTemplate
from models.material import Attachment, Material
from models.notice import Phase, WorkdayOverride
from models.payment import FeeItem
from models.reviewing import ReviewDraft, SetAside
from pdf_templates import issuing, reports
from rules import notices, overview, remarks, review_desk, workdays
from rules.flow.doing import perform
from rules.flow.table import TRANSITIONS
from rules.refusal import Refusal, Refused
from tests import passing
from tests.opinions import REVIEW_FORM

ClientOf = Callable[[str], FlaskClient]
ROOT = '/employer_applications'


def waiting(app: Flask, stage: Stage, employer: int = 1) -> list[tuple[int, int, str]]:
    """Key, version and name of what waits at a stage, oldest first."""
    with app.app_context():
        query = select(Application.id, Application.version, Application.applicant_name).where(
            Application.stage == stage, Application.employer_id == employer
        )
        ordered = query.order_by(Application.entered_at, Application.id)
        return [(key, version, name) for key, version, name in db.session.execute(ordered)]


def sent(version: int, source: Stage, **answers: Any) -> dict[str, Any]:
    """What a form of the review page sends."""
    return {'confirmed': '1', 'seen': str(version), 'source': source.value, **answers}


def last_step(app: Flask, key: int) -> Step:
    """The newest record of a declaration."""
    with app.app_context():
        query = select(Step).where(Step.application_id == key).order_by(Step.number.desc())
        found = db.session.scalars(query).first()
        assert found is not None
        return found


def page_of(client: FlaskClient, path: str) -> str:
    """A page that opens."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_page_holds_declaration_files_and_form(app: Flask, client_of: ClientOf) -> None:
    key, _version, name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    page = page_of(client_of('jingban1'), f'{ROOT}/act/approve/?id={key}')
    for words in (
        name, '基本信息', '工作经历', '所在单位对申报人完成继续教育情况的审核意见', '单位对申报人负面情况的意见',
        '单位年度考核情况', '单位的综合评价', '是否以考代评人员', '《广东省深圳市职称申报承诺书》（单位）',
        '上传签章件', '第 1 / ',
    ):  # fmt: skip
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
    key = waiting(app, stage)[0][0]
    page = page_of(client_of('guanli1'), f'{ROOT}/act/approve/?id={key}')
    with app.app_context():
        row = db.session.get_one(Application, key)
        assert row.committee is not None
        to = row.committee.office_name if to_office else str(row.employer)
    told = page.partition('<h3>申报下一环节信息</h3>')[2].partition('</form>')[0]
    assert re.findall(r'<dt>(.*?)</dt><dd>(.*?)</dd>', told) == [('报送去向', target.label), ('报送单位', to)]
    assert ('>单位经办人信息</h3>' in page) is (stage == Stage.EMPLOYER_REVIEW)


def test_a_whole_number_is_shown_on_request_and_written_down(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW)[0][0]
    page = page_of(client_of('guanli1'), f'{ROOT}/act/approve/?id={key}&whole=1')
    assert re.search(r'(?<!\d)\d{17}[\dX](?!\d)', page)
    with app.app_context():
        assert db.session.scalars(select(AuditLine).where(AuditLine.event == 'see_whole')).first() is not None


def test_after_a_decision_the_next_one_opens_and_at_last_the_list(app: Flask, client_of: ClientOf) -> None:
    client, rows = client_of('guanli1'), waiting(app, Stage.EMPLOYER_REVIEW)
    for number, (key, version, _name) in enumerate(rows):
        answers = sent(version, Stage.EMPLOYER_REVIEW, opinion='请补充证明。', url='/employer_applications/?year=2026')
        answer = client.post(f'{ROOT}/act/return/?id={key}', data=answers)
        if number + 1 < len(rows):
            assert answer.location.startswith(f'{ROOT}/act/approve/?id={rows[number + 1][0]}&url=')
            assert '返回列表' in page_of(client, answer.location)
        else:
            assert answer.location == '/employer_applications/?year=2026'


def test_what_is_typed_is_kept_for_its_reviewer_until_it_is_sent(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    client, path = client_of('guanli1'), f'{ROOT}/act/approve/?id={key}'
    typed = {'evaluation': '只写了一半', 'assessments.year': ['2025', ''], 'assessments.result': ['优秀', '']}
    told = client.post(f'{ROOT}/draft/approve/?id={key}', data=typed, headers={'Accept': 'application/json'})
    assert re.fullmatch(r'\d\d:\d\d', told.get_json()['saved'])
    page = page_of(client, path)
    assert '只写了一半' in page
    assert re.search(r'value="2025"', page)
    assert '已存' in page
    assert '只写了一半' not in page_of(client_of('jingban1'), path)
    assert client.post(path, data=sent(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM)).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(ReviewDraft)).all() == []


def test_a_draft_that_another_drops_meanwhile_does_no_harm(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    client = client_of('guanli1')
    client.post(f'{ROOT}/draft/return/?id={key}', data={'opinion': '写到一半'})

    def meanwhile(session: Any, *_given: object, **_more: object) -> None:
        session.rollback()
        with db.engine.begin() as other:
            other.execute(delete(ReviewDraft))
        raise Refused(Refusal('stale', '您打开页面后已有变化'))

    monkeypatch.setattr('rules.flow.doing.perform', meanwhile)
    answers = sent(version, Stage.EMPLOYER_REVIEW, opinion='请补充')
    answer = client.post(f'{ROOT}/act/return/?id={key}', data=answers)
    assert answer.status_code == 409
    assert '您打开页面后已有变化' in answer.get_data(as_text=True)


def test_without_a_script_the_other_form_opens_and_nothing_is_lost(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW)[0][0]
    client = client_of('guanli1')
    answer = client.post(f'{ROOT}/draft/approve/?id={key}', data={'evaluation': '只写了一半', 'then': 'return'})
    assert answer.location == f'{ROOT}/act/return/?id={key}'
    assert '逐项意见' in page_of(client, answer.location)
    assert '只写了一半' in page_of(client, f'{ROOT}/act/approve/?id={key}')
    forged = client.post(f'{ROOT}/draft/approve/?id={key}', data={'then': '//evil.example'})
    assert forged.location == f'{ROOT}/act/approve/?id={key}'


def test_a_draft_of_what_has_moved_on_is_refused(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.OFFICE_REVIEW)[0][0]
    answer = client_of('guanli1').post(
        f'{ROOT}/draft/approve/?id={key}', data={'opinion': 'x'}, headers={'Accept': 'application/json'}
    )
    assert (answer.status_code, '已不在此环节' in answer.get_json()['problem']) == (409, True)


def test_an_evaluation_that_is_too_short_keeps_everything_and_says_how_much_is_missing(
    app: Flask, client_of: ClientOf
) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    answers = REVIEW_FORM | {'evaluation': '短' * 96, 'assessments.year': ['二〇二五', '2024']}
    answer = client_of('guanli1').post(
        f'{ROOT}/act/approve/?id={key}', data=sent(version, Stage.EMPLOYER_REVIEW, **answers)
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
    client, (key, version, _name) = client_of('guanli1'), waiting(app, Stage.EMPLOYER_REVIEW)[0]
    form = REVIEW_FORM | {'evaluation': REVIEW_FORM['evaluation'] + said}
    one = client.post(f'{ROOT}/act/approve/?id={key}', data=sent(version, Stage.EMPLOYER_REVIEW, **form))
    many = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': [f'{key}:{version}'], **form}
    for answer in (one, client.post(f'{ROOT}/bulk/', data=many)):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert '没有字形，报表无法打印，请改写或删除' in page
        assert '<textarea' in page.rpartition('单位的综合评价中的')[0]
    assert last_step(app, key).action == 'submit'


def test_the_signed_commitment_is_handed_in_and_then_it_passes(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    with app.app_context():
        material = db.session.scalars(select(Material.id).where(Material.stage == 'employer_review')).one()
        for given in db.session.scalars(
            select(Attachment).where(Attachment.application_id == key, Attachment.material_id == material)
        ):
            db.session.delete(given)
        db.session.commit()
    client, path = client_of('guanli1'), f'{ROOT}/act/approve/?id={key}'
    assert '尚未上传《广东省深圳市职称申报承诺书》（单位），上传后可办' in page_of(client, path)
    refused = client.post(path, data=sent(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM))
    assert refused.status_code == 409
    assert REVIEW_FORM['evaluation'][:40] in refused.get_data(as_text=True)
    file = (io.BytesIO(scans.scan('承诺书', '单位', [])), '承诺书.pdf')
    data = {'material': str(material), 'file': file, 'url': path}
    answer = client.post(f'/files/upload/?id={key}', data=data, content_type='multipart/form-data')
    assert answer.location == f'{path}#material-{material}'
    assert client.post(path, data=sent(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM)).status_code == 302


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
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    client = client_of('guanli1')
    answers = {
        'opinion': '请修改两处。',
        'remarks.at': ['basic..phone', '', 'basic..email'],
        'remarks.remark': ['请填常用手机号', '', '邮箱写错了'],
    }
    assert client.post(
        f'{ROOT}/act/return/?id={key}', data=sent(version, Stage.EMPLOYER_REVIEW, **answers)
    ).status_code == 302  # fmt: skip
    with app.app_context():
        returned = db.session.get_one(Application, key)
        assert [each.place for each in remarks.remarks_of(returned)] == ['basic..phone', 'basic..email']
        Basic.of(returned).phone = '13800138000'
        perform(db.session(), 'submit', returned, returned.applicant)
        db.session.commit()
    page = page_of(client, f'{ROOT}/act/approve/?id={key}')
    assert '上次退回意见' in page
    assert '退回意见：请填常用手机号' in page
    assert re.search(r'退回意见：邮箱写错了</p><span class="quiet">未修改', page)
    assert re.search(r'<span class="changed"><ins>138\*+00</ins><del>1\d\d\*+', page)
    only = page_of(client, f'{ROOT}/act/approve/?id={key}&only=1')
    assert '工作经历' not in only.partition('id="dossier"')[2].partition('<aside')[0]
    assert '退回意见：请填常用手机号' in only


@pytest.mark.parametrize('only', ['', '&only=1'])
def test_a_remark_on_what_was_deleted_stands_beside_what_is_gone(app: Flask, client_of: ClientOf, only: str) -> None:
    key, _version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    with app.app_context():
        returned = db.session.get_one(Application, key)
        row = Work.of(returned)[1]
        row.post = None  # a value that was never there leaves no change behind
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        said = [remarks.kept(f'work.{row.id}.employer', '单位名称不全'), remarks.kept(f'work.{row.id}.post', '缺岗位')]
        perform(db.session(), 'return', returned, clerk, data={'opinion': '请改。', 'remarks': said})
        db.session.delete(row)
        db.session.flush()
        db.session.expire(returned)
        perform(db.session(), 'submit', returned, returned.applicant)
        db.session.commit()
    page = page_of(client_of('guanli1'), f'{ROOT}/act/approve/?id={key}{only}')
    section = page.partition('id="section-work"')[2].partition('</section>')[0]
    assert '退回意见：第 2 条 ' in section
    assert '：单位名称不全' in section
    assert '：缺岗位' in section


def test_a_draft_of_an_earlier_round_is_not_laid_over_what_is_proposed(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    one, other, path = client_of('guanli1'), client_of('jingban1'), f'{ROOT}/act/approve/?id={key}'
    for client in (one, other):
        client.post(f'{ROOT}/draft/approve/?id={key}', data={'evaluation': '第一轮写到一半'})
    with app.app_context():
        kept = db.session.scalars(select(ReviewDraft)).first()
        assert kept is not None
        of_colleague = {'application_id': key, 'account_id': kept.account_id, 'action': kept.action}
    returned = sent(version, Stage.EMPLOYER_REVIEW, opinion='请修改。')
    assert one.post(f'{ROOT}/act/return/?id={key}', data=returned).status_code == 302
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
            client.post(f'{ROOT}/draft/approve/?id={key}', data={'evaluation': '第二轮写到一半'})
            assert '第二轮写到一半' in page_of(client, path)


def test_setting_aside_marks_the_row_and_taking_back_clears_it(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW), client_of('jingban1')
    key, _version, name = rows[0]
    answer = client.post(f'{ROOT}/aside/?id={key}', data={'note': '等原件'})
    assert answer.location == f'{ROOT}/act/approve/?id={rows[1][0]}'
    listed = page_of(client_of('guanli1'), f'{ROOT}/?tab=set_aside')
    assert name in listed
    assert re.search(r'<span title="等原件">.*?暂缓', listed)
    assert '暂缓：等原件' in page_of(client, f'{ROOT}/act/approve/?id={key}')
    client.post(f'{ROOT}/unaside/?id={key}')
    with app.app_context():
        assert db.session.scalars(select(SetAside)).all() == []
    blank = client.post(f'{ROOT}/aside/?id={key}', data={'note': ''}, follow_redirects=True)
    assert '请写明暂缓的原因' in blank.get_data(as_text=True)


def set_aside(app: Flask, *keys: int) -> None:
    """As jingban1, set declarations aside."""
    with app.app_context():
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        for key in keys:
            review_desk.set_aside(db.session(), clerk, db.session.get_one(Application, key), '等原件')
        db.session.commit()


def test_what_is_set_aside_is_not_counted_among_what_waits(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW), client_of('guanli1')
    set_aside(app, *(key for key, _version, _name in rows[1:]))
    home = page_of(client, '/')
    assert '<b>1</b><span>单位审核</span>' in home
    assert f'<b>{len(rows) - 1}</b><span>暂缓</span>' in home
    assert '本环节待办第 1 / 1 项' in page_of(client, f'{ROOT}/act/approve/?id={rows[0][0]}')
    set_aside(app, rows[0][0])
    assert '<b>0</b><span>单位审核</span>' in page_of(client, '/')
    assert '本项已暂缓，本环节待办 0 项' in page_of(client, f'{ROOT}/act/approve/?id={rows[0][0]}')


def test_many_are_set_aside_with_one_note_and_taken_back_from_the_tab(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW)[:2], client_of('jingban1')
    elsewhere = waiting(app, Stage.OFFICE_REVIEW)[0]
    keys = [str(key) for key, _version, _name in (*rows, elsewhere)]
    assert 'value="aside"' in page_of(client, f'{ROOT}/?tab=employer_review')
    ask = {'action': 'aside', 'tab': 'employer_review', 'rowid': keys}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert '共选 3 项：2 项可办，1 项不可办' in page
    sent_on = {'action': 'aside', 'tab': 'employer_review', 'confirmed': '1', 'seen': keys}
    blank = client.post(f'{ROOT}/action/', data=sent_on | {'note': ' '}).get_data(as_text=True)
    assert '请填写暂缓说明' in blank
    done = client.post(f'{ROOT}/action/', data=sent_on | {'note': '等原件'}, follow_redirects=True)
    told = done.get_data(as_text=True)
    assert '已暂缓 2 项，未办理 1 项' in told
    assert '不在您办理的环节' in told
    listed = page_of(client_of('guanli1'), f'{ROOT}/?tab=set_aside')
    assert listed.count('<span class="cell-main">等原件</span>') == 2
    assert '朱晨曦 · <time' in listed
    assert 'unaside/' in listed
    one = client.post(f'{ROOT}/unaside/?id={rows[0][0]}&url={ROOT}/?tab=set_aside')
    assert one.location == f'{ROOT}/?tab=set_aside'
    back = {'action': 'unaside', 'tab': 'set_aside', 'rowid': [str(rows[1][0])]}
    assert '已取回 1 项' in client.post(f'{ROOT}/action/', data=back, follow_redirects=True).get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(SetAside)).all() == []
    foreign = client_of('guanli2').post(f'{ROOT}/action/', data=sent_on | {'note': 'x'}, follow_redirects=True)
    assert '请先勾选要办理的申报' in foreign.get_data(as_text=True)
    assert client.post(f'{ROOT}/action/', data=back | {'tab': 'all'}).status_code == 403


def test_what_is_set_aside_is_passed_with_many_only_when_it_is_ticked(app: Flask, client_of: ClientOf) -> None:
    (first, version, name), other = waiting(app, Stage.EMPLOYER_REVIEW)[:2]
    set_aside(app, first)
    client = client_of('guanli1')
    ask = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(first), str(other[0])]}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert '可办，但已暂缓 1 项' in page
    assert f'name="seen" value="{first}:{version}" aria-label="一并办理 {name}">' in page  # a box, and not ticked
    assert '等原件</span>' in page
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'held': f'{first}:{version}', **REVIEW_FORM}
    nothing = client.post(f'{ROOT}/bulk/', data=run).get_data(as_text=True)
    assert '请先勾选要办理的申报' in nothing
    assert REVIEW_FORM['evaluation'] in nothing
    seen = f'{other[0]}:{other[1]}'
    wrong = client.post(f'{ROOT}/bulk/', data=run | {'seen': seen, 'evaluation': '短'}).get_data(as_text=True)
    assert f'name="seen" value="{first}:{version}" aria-label="一并办理 {name}">' in wrong
    done = client.post(f'{ROOT}/bulk/', data=run | {'seen': seen}, follow_redirects=True).get_data(as_text=True)
    assert '已通过 1 项，未办理 0 项' in done
    with app.app_context():
        assert db.session.get_one(Application, first).stage == Stage.EMPLOYER_REVIEW


def test_a_job_over_a_filter_leaves_what_is_set_aside(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW)
    set_aside(app, rows[0][0])
    monkeypatch.setattr(bulk_pages, 'MOST_AT_ONCE', 1)
    client = client_of('guanli1')
    ask = {'action': 'employer_review.return', 'tab': 'employer_review', 'all_of_filter': '1'}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert f'共选 {len(rows) - 1} 项' in page
    until = page.partition('name="until" value="')[2].partition('"')[0]
    run = ask | {'confirmed': '1', 'until': until, 'opinion': '请补充。'}
    assert '/jobs/show/' in client.post(f'{ROOT}/bulk/', data=run).location
    assert [key for key, _version, _name in waiting(app, Stage.EMPLOYER_REVIEW)] == [rows[0][0]]


@pytest.mark.parametrize('left', [2, 1, 0])
def test_all_of_a_filter_becomes_a_job_where_it_shows_more_than_are_done_at_once(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW)
    for key, _version, _name in rows[left:]:
        set_aside(app, key)
    monkeypatch.setattr(bulk_pages, 'MOST_AT_ONCE', 2)
    assert len(rows) > bulk_pages.MOST_AT_ONCE
    ask = {'action': 'employer_review.return', 'tab': 'employer_review', 'all_of_filter': '1'}
    answer = client_of('guanli1').post(f'{ROOT}/action/', data=ask, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert (f'共选 {left} 项' if left else '筛选结果都已暂缓，请先取回，或逐项勾选') in page
    assert ('name="until"' in page) == (left > 0)


def test_a_period_that_suits_none_is_refused_on_the_form_for_many(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE)[:2], client_of('guanli1')
    today = now().date()
    seen = [f'{key}:{version}' for key, version, _name in rows]
    run = {'confirmed': '1', 'action': 'pre_notice.approve', 'opinion': '{姓名}无异议', 'seen': seen}
    for starts_on, ends_on, why in (
        (today, workdays.last_notice_day(today, {}), '公示未结束，还差 '),
        (today - timedelta(9), today - timedelta(8), '公示时间不能少于 5 个工作日'),
        (today - timedelta(400), today - timedelta(300), '公示开始时间不能早于进入'),
    ):
        answer = client.post(f'{ROOT}/bulk/', data=run | {'starts_on': str(starts_on), 'ends_on': str(ends_on)})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert why in page
        assert f'value="{starts_on}"' in page
        assert '{姓名}无异议' in page
        assert all(f'name="seen" value="{each}"' in page for each in seen)
    assert len(waiting(app, Stage.PRE_NOTICE)) >= 2


def test_wordings_are_offered_for_many_with_their_placeholders_open(app: Flask, client_of: ClientOf) -> None:
    client, rows = client_of('jingban1'), waiting(app, Stage.EMPLOYER_REVIEW)[:2]
    data = {'field': 'evaluation', 'name': '常用评价', 'body': '{姓名}同志在{专业}方面……'}
    assert client.post('/opinion_templates/new/', data=data).status_code == 302
    ask = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert re.search(r'data-wording-of="evaluation".*?<option value="\{姓名\}同志在\{专业\}', page, re.S)
    assert '{申报类型}' in page  # every placeholder is named


def test_what_is_printed_and_what_is_not_is_told_and_found(app: Flask, client_of: ClientOf) -> None:
    rows, client, today = waiting(app, Stage.PRE_NOTICE), client_of('guanli1'), now().date()
    last = workdays.last_notice_day(today, {})
    with app.app_context():
        application = db.session.get_one(Application, rows[0][0])
        notices.record(db.session(), Phase.PRE, today, last, {application: ''})
        db.session.commit()
    page = page_of(client, f'{ROOT}/?tab=print_pre')
    assert f'已打印</span><span class="cell-sub">{today:%m-%d} 至 {last:%m-%d}' in page
    assert page.count('尚未打印</span>') == len(rows) - 1
    link = re.search(rf'href="([^"]+)">{len(rows) - 1} 项尚未打印公示名单', page_of(client, '/'))
    assert link is not None
    found = page_of(client, link[1].replace('&amp;', '&'))
    assert found.count('class="row-actions"') == len(rows) - 1
    assert rows[0][2] not in found.partition('<tbody>')[2]
    printed = page_of(client, f'{ROOT}/?tab=print_pre&printed=yes')
    assert printed.count('class="row-actions"') == 1
    assert '尚未打印</span>' not in page_of(client, f'{ROOT}/?tab=employer_review')


def test_bulk_words_a_shared_opinion_for_each(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW)[:2]
    shared = REVIEW_FORM | {'training_opinion': '{姓名}已完成 {年度} 年度学时。'}
    run = {'confirmed': '1', 'action': 'employer_review.approve', **shared}
    run['seen'] = [f'{key}:{version}' for key, version, _name in rows]
    answer = client_of('guanli1').post(f'{ROOT}/bulk/', data=run, follow_redirects=True)
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
    key, version, _name = waiting(app, Stage.PRE_NOTICE)[0]
    starts_on = a_month_ago(app)
    run = {
        'confirmed': '1', 'action': 'pre_notice.approve', 'opinion': opinion, 'seen': f'{key}:{version}',
        'starts_on': str(starts_on), 'ends_on': str(workdays.last_notice_day(starts_on, {})),
    }  # fmt: skip
    page = client_of('guanli1').post(f'{ROOT}/bulk/', data=run).get_data(as_text=True)
    assert re.search(rf'id="opinion-error">没有占位符 {re.escape(told)}，可用：{{姓名}}、', page)
    with app.app_context():
        assert db.session.get_one(Application, key).stage == Stage.PRE_NOTICE


def a_month_ago(app: Flask) -> date:
    """A month passes, so that a notice may have begun on that day."""
    with app.app_context():
        passing.a_month(db.session())
        db.session.commit()
    return now().date() - timedelta(30)


def test_a_form_for_many_begins_with_no_one_s_own_words(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE)[:2], client_of('guanli1')
    starts_on = now().date() - timedelta(30)
    with app.app_context():
        for key, _version, _name in rows:
            ends_on = workdays.last_notice_day(starts_on, {})
            application = db.session.get_one(Application, key)
            notices.record(db.session(), Phase.PRE, starts_on, ends_on, {application: ''})
        db.session.commit()
    chosen = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{ROOT}/action/', data=chosen).get_data(as_text=True)
    assert f'value="{starts_on}"' in page
    assert '同志' not in page.partition('name="opinion"')[2].partition('</textarea>')[0]
    assert re.search(rf'示例（{rows[0][2]}）：<span data-example>【{rows[0][2]}】同志', page)
    assert f'【{rows[0][2]}】同志' in page_of(client, f'{ROOT}/act/approve/?id={rows[0][0]}')


def test_what_was_said_before_is_proposed_again_after_a_second_submission(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    client, path = client_of('guanli1'), f'{ROOT}/act/approve/?id={key}'
    client.post(path, data=sent(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM))
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
    others = waiting(app, Stage.EMPLOYER_REVIEW)
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in others]}
    assert REVIEW_FORM['evaluation'] not in client.post(f'{ROOT}/action/', data=chosen).get_data(as_text=True)


def test_a_masked_value_stays_masked_where_it_changed(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.EMPLOYER_REVIEW)[0][0]
    with app.app_context():
        application = db.session.get_one(Application, key)
        before = Basic.of(application).phone or ''
        clerk = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        perform(db.session(), 'return', application, clerk, data={'opinion': '请改。'})
        Basic.of(application).phone = '13800138000'
        perform(db.session(), 'submit', application, application.applicant)
        db.session.commit()
    for page in ('act/approve/', 'progress/'):
        text = page_of(client_of('guanli1'), f'{ROOT}/{page}?id={key}')
        assert before not in text
        assert '13800138000' not in text
        assert '138******00' in text


def test_bulk_names_who_has_not_handed_in_the_signed_paper(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW)
    with app.app_context():
        material = db.session.scalars(select(Material.id).where(Material.stage == 'employer_review')).one()
        given = set(db.session.scalars(select(Attachment.application_id).where(Attachment.material_id == material)))
    lacking = [name for key, _version, name in rows if key not in given]
    assert lacking, 'the demo world should have an unsigned declaration'
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    page = client_of('guanli1').post(f'{ROOT}/action/', data=chosen).get_data(as_text=True)
    assert f'{len(lacking)} 项不可办' in page
    assert '尚未上传《广东省深圳市职称申报承诺书》（单位）' in page


def test_a_notice_proposes_its_end_and_wording_as_soon_as_it_begins(app: Flask, client_of: ClientOf) -> None:
    key, _version, name = waiting(app, Stage.PRE_NOTICE)[0]
    client = client_of('guanli1')
    with app.app_context():
        passing.waited_since(db.session(), date(2026, 9, 28))
        db.session.commit()
    told = client.get(f'{ROOT}/period/?id={key}&starts_on=2026-09-28').get_json()
    assert told['ends_on'] == '2026-10-09'
    assert told['wording'].startswith(f'【{name}】同志申报职称评审信息')
    assert '2026年09月28日至2026年10月09日' in told['wording']
    short = client.get(f'{ROOT}/period/?id={key}&starts_on=2026-09-28&ends_on=2026-09-30').get_json()
    assert '结束时间最早为 2026-10-09' in short['sentence']
    foreign = waiting(app, Stage.PRE_NOTICE, employer=2)[0][0]
    assert 'wording' not in client.get(f'{ROOT}/period/?id={foreign}&starts_on=2026-09-28').get_json()
    for day in ('', 'x', '2026-02-30', '0001-01-01', '9999-12-31'):
        assert client.get(f'{ROOT}/period/?starts_on={day}').status_code == 404


@pytest.mark.parametrize(('stage', 'tab', 'title'), [
    (Stage.PRE_NOTICE, 'print_pre', '打印评前公示名单'), (Stage.POST_NOTICE, 'print_post', '打印评后公示名单'),
])  # fmt: skip
def test_lists_for_both_notices_are_printed_and_the_result_form_knows_the_period(
    app: Flask, client_of: ClientOf, stage: Stage, tab: str, title: str
) -> None:
    key, version, name = waiting(app, stage)[0]
    client, code = client_of('guanli1'), {'print_pre': 'pre-notice-list', 'print_post': 'post-notice-list'}[tab]
    assert f'value="report.{code}"' in page_of(client, f'{ROOT}/?tab={tab}')
    ask = {'action': f'report.{code}', 'tab': tab, 'rowid': str(key)}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert title in page
    assert 'value="518057"' in page  # the contact of 维护管理, not the employer's own 518000
    starts_on = a_month_ago(app)
    ends_on = workdays.last_notice_day(starts_on, {})
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    printed = ask | contact | {'confirmed': '1', 'starts_on': str(starts_on), 'ends_on': str(ends_on)}
    shown = client.post(f'{ROOT}/action/', data=printed)
    assert shown.location.startswith(f'{ROOT}/list/?id={key}&paper=')
    page = page_of(client, shown.location)
    titled = f'{now().year}{reports.REPORTS[code].title}'
    assert f'<h1>{titled}</h1>' in page
    assert f'href="{ROOT}/?tab={tab}">返回列表' in page
    assert f'href="{ROOT}/?tab={stage.value}">到「{stage.label}」登记结果' in page
    source = re.search(r'<iframe src="([^"]+)"', page)
    assert source is not None
    with client.get(source[1].replace('&amp;', '&')) as paper:
        assert paper.mimetype == 'application/pdf'
        assert PdfReader(io.BytesIO(paper.data)).metadata.title == titled  # type: ignore[union-attr]
    assert client_of('guanli2').get(shown.location).status_code == 404
    page = page_of(client, f'{ROOT}/act/approve/?id={key}')
    assert f'value="{starts_on}"' in page
    assert f'【{name}】同志' in page
    answers = {'starts_on': str(starts_on), 'ends_on': str(ends_on), 'opinion': '公示期间无异议，改写过的意见。'}
    assert client.post(f'{ROOT}/act/approve/?id={key}', data=sent(version, stage, **answers)).status_code == 302
    assert last_step(app, key).opinion == '公示期间无异议，改写过的意见。'


def test_a_list_printed_again_keeps_its_period_unless_another_is_confirmed(app: Flask, client_of: ClientOf) -> None:
    first, second, third = waiting(app, Stage.PRE_NOTICE)[:3]
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
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    named = re.search(rf'已打印，公示时间 {old}（已结束）：([^<]+)<', page)
    assert named is not None
    assert set(named[1].split('、')) == {first[2], second[2]}
    assert f'value="{old.starts_on}"' in page
    assert f'value="{old.ends_on}"' in page
    new = notices.Period(today, workdays.last_notice_day(today, {}))
    days = {name: str(day) for name, day in new._asdict().items()}
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    for consent in ({}, {'replaces': f'{old}'}):  # none, or to another period than is sent
        refused = client.post(f'{ROOT}/action/', data=ask | contact | days | consent | {'confirmed': '1'})
        page = refused.get_data(as_text=True)
        assert f'尚未打印：所填公示时间 {new} 与已打印名单上的不同' in page
        assert f'name="replaces" value="{new}"' in page
        assert periods_of(app, first[0], second[0], third[0]) == [old, old, None]
    confirmed = {'confirmed': '1', 'replaces': str(new)}
    assert client.post(f'{ROOT}/action/', data=ask | contact | days | confirmed).status_code == 302
    assert periods_of(app, first[0], second[0], third[0]) == [new, new, new]


def test_a_printed_period_too_early_for_another_row_is_told_and_not_proposed(app: Flask, client_of: ClientOf) -> None:
    first, second = waiting(app, Stage.PRE_NOTICE)[:2]
    starts_on, today = a_month_ago(app), now().date()
    with app.app_context():
        printed = db.session.get_one(Application, first[0])
        notices.record(db.session(), Phase.PRE, starts_on, workdays.last_notice_day(starts_on, {}), {printed: ''})
        db.session.execute(update(Application).where(Application.id == second[0]).values(entered_at=now()))
        db.session.commit()
    ask = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': [str(first[0]), str(second[0])]}
    page = client_of('guanli1').post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert f'已打印，公示时间 {starts_on} 至' in page
    assert f'value="{today}"' in page


def periods_of(app: Flask, *keys: int) -> list[notices.Period | None]:
    """The periods on paper of declarations at 单位评前公示."""
    with app.app_context():
        return [notices.period_of(db.session.get_one(Application, key), Phase.PRE) for key in keys]


def test_who_rejects_is_told_that_it_ends_there_before_and_after(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.PRE_NOTICE)[0]
    client, path = client_of('guanli1'), f'{ROOT}/act/reject/?id={key}'
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key)
    page = page_of(client, path)
    assert '请写明要改什么' not in page
    assert re.search(r'data-ask="[^"]*本次申报即告办结，不能继续办理', page)
    answers = {'opinion': '公示期间查实举报。', 'starts_on': str(starts_on), 'ends_on': str(ends_on)}
    rejected = client.post(path, data=sent(version, Stage.PRE_NOTICE, **answers), follow_redirects=True)
    told = rejected.get_data(as_text=True)
    assert re.search(rf'{name}[^<]*：已登记为不通过，本次申报办结', told)


def test_a_rejection_at_a_notice_begins_with_the_published_period_and_no_words(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE)[:2], client_of('guanli1')
    a_month_ago(app)
    today = now().date()
    ends_on = put_up(app, today, *(key for key, _version, _name in rows))
    key, _version, name = rows[0]
    page = page_of(client, f'{ROOT}/act/reject/?id={key}')
    form = page.partition('id="review-form"')[2].partition('</form>')[0]
    assert f'value="{today}"' in form
    assert f'value="{ends_on}"' in form
    assert '未收到举报投诉' not in form
    assert 'data-reason' in form
    assert '评前公示情况表》' in page.partition('id="handed-in"')[2]
    assert 'data-allowed>' in decision(page)
    ask = {'action': 'pre_notice.reject', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    many = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert '2 项可办，0 项不可办' in many
    assert f'value="{ends_on}"' in many
    assert '公示意见留空' not in many
    period = f'{ROOT}/period/?id={key}&action=reject&starts_on='
    told = client.get(f'{period}{today}').get_json()
    assert (told['refusal'], told['wording']) == ('', '')
    assert f'{today.month} 月 {today.day} 日起可登记结果' in told['sentence']
    assert '只能延长' in client.get(f'{period}{today + timedelta(1)}').get_json()['refusal']
    run = {
        'confirmed': '1', 'action': 'pre_notice.reject', 'opinion': '举报{姓名}经查属实。', 'starts_on': str(today),
        'ends_on': str(ends_on), 'seen': [f'{key}:{version}' for key, version, _name in rows],
    }  # fmt: skip
    soon = {'starts_on': str(today + timedelta(1)), 'ends_on': str(ends_on + timedelta(7))}
    early = client.post(f'{ROOT}/bulk/', data=run | soon).get_data(as_text=True)
    assert re.search(r'id="ends_on-error">公示尚未开始，最早 \d+ 月 \d+ 日可办', early)
    done = client.post(f'{ROOT}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已登记为不通过 2 项，未办理 0 项' in done
    with app.app_context():
        kept = db.session.get_one(Application, key).notices
        assert [(each.ends_on, each.opinion) for each in kept] == [(ends_on, f'举报{name}经查属实。')]


def test_one_period_for_many_is_told_by_the_one_that_was_ready_last(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE), client_of('guanli1')
    with app.app_context():
        days = {key: db.session.get_one(Application, key).entered_at.date() for key, _version, _name in rows}
    entered = max(days.values())
    last, name = next((key, name) for key, _version, name in rows if days[key] == entered)
    keys = [str(key) for key, _version, _name in rows]
    chosen = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': keys}
    for asked in (chosen, {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': keys}):
        page = client.post(f'{ROOT}/action/', data=asked).get_data(as_text=True)
        assert re.search(rf'/period/\?(id=\d+&amp;action=approve&amp;)?last_ready={last}"', page)
    early = entered - timedelta(1)
    told = client.get(f'{ROOT}/period/?last_ready={last}&starts_on={early}').get_json()
    assert told['sentence'] == f'{name}：公示开始时间不能早于进入「单位评前公示」环节的 {entered}'
    assert 'wording' not in told  # it would name one of them
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    period = {'confirmed': '1', 'starts_on': str(early), 'ends_on': str(early)}
    page = client.post(f'{ROOT}/action/', data=chosen | contact | period).get_data(as_text=True)
    assert re.search(rf'id="starts_on-error">{name}[^<]*不能早于', page)
    assert re.search(r'id="ends_on-error">公示时间不能少于 5 个工作日', page)


def test_papers_and_files_stand_under_the_list_that_they_were_opened_from(app: Flask, client_of: ClientOf) -> None:
    key, client = waiting(app, Stage.PRE_NOTICE)[0][0], client_of('guanli1')
    listed = f'{ROOT}/?tab=pre_notice&year=2026'
    reports = f'/files/reports/?id={key}&url={quote(listed)}'
    for path in (f'/files/?id={key}&url={quote(listed)}', reports,
                 f'/files/paper/?id={key}&report=commitment-personal&url={quote(reports)}'):  # fmt: skip
        page = page_of(client, path)
        assert f'<a href="{escape(listed)}">职称评审业务</a></li>' in page
        assert 'aria-current="page">职称评审业务</a>' in page
    strange = page_of(client, f'/files/?id={key}&url=//evil.example/employer_applications/')
    assert f'<a href="{ROOT}/">职称评审业务</a></li>' in strange


def test_the_employer_s_own_data_are_shown_at_once_with_whose_the_code_is(client_of: ClientOf) -> None:
    client = client_of('guanli1')
    page = page_of(client, '/own_employer/')
    assert '共 1 项' not in page
    assert '/own_employer/edit/?id=1"' in page
    form = page_of(client, '/own_employer/edit/?id=1')
    assert re.search(r'<input[^>]*id="code"[^>]*readonly', form)
    assert '由平台管理员维护' in form


def test_results_in_bulk_have_each_their_own_wording(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.PRE_NOTICE)[:2]
    starts_on = a_month_ago(app)
    run = {
        'confirmed': '1', 'action': 'pre_notice.approve', 'opinion': '', 'starts_on': str(starts_on),
        'ends_on': str(workdays.last_notice_day(starts_on, {})),
        'seen': [f'{key}:{version}' for key, version, _name in rows],
    }  # fmt: skip
    page = client_of('guanli1').post(f'{ROOT}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已通过 2 项' in page
    with app.app_context():
        for key, _version, name in rows:
            (notice,) = db.session.get_one(Application, key).notices
            assert notice.opinion.startswith(f'【{name}】同志申报职称评审信息')


def test_a_running_notice_offers_no_pass_and_says_from_when(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.PRE_NOTICE)[0][0]
    today = now().date()
    last = workdays.last_notice_day(today, {})
    printed = {
        'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': str(key), 'confirmed': '1',
        'starts_on': str(today), 'ends_on': str(last), 'contact': '王芳', 'phone': '0755-23456789',
        'postcode': '518057',
    }  # fmt: skip
    client = client_of('guanli1')
    client.post(f'{ROOT}/action/', data=printed).close()
    possible = last + timedelta(1)
    for path in (f'{ROOT}/act/approve/?id={key}', f'{ROOT}/?tab=pre_notice', '/'):
        page = page_of(client, path)
        assert f'{possible.month} 月 {possible.day} 日可办' in page or f'最早 {last} 结束' in page, path


def put_up(app: Flask, starts_on: date, *keys: int) -> date:
    """A list on paper with the shortest period from a day; answers with its last day."""
    with app.app_context():
        ends_on = workdays.last_notice_day(starts_on, workdays.overrides(db.session()))
        for key in keys:
            notices.record(db.session(), Phase.PRE, starts_on, ends_on, {db.session.get_one(Application, key): ''})
        db.session.commit()
    return ends_on


def decision(page: str) -> str:
    """The button of the decision, and why not."""
    return page.partition('id="decide"')[2].partition('</aside>')[0]


def test_the_page_judges_the_period_in_the_form_as_sending_does(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.PRE_NOTICE)[0]
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key)
    client, path = client_of('guanli1'), f'{ROOT}/act/approve/?id={key}'
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
        told = client.get(f'{ROOT}/period/', query_string={'id': key, **days}).get_json()
        assert told['refusal'].startswith(why)
        assert bool(told['refusal']) == bool(why)
        assert (published in told['sentence']) == (why == published)
        client.post(f'{ROOT}/draft/approve/?id={key}', data=days | {'opinion': f'【{name}】已公示。'})
        again = page_of(client, path)
        from_list = f'data-printed="{first} {last}">来自已打印名单' in again
        assert from_list == ((first, last) == (starts_on, ends_on))
        assert ('data-allowed>' in decision(again)) == (not why)
        assert why in decision(again)
        if why:
            answer = client.post(path, data=sent(version, Stage.PRE_NOTICE, **days))
            assert (answer.status_code, why in decision(answer.get_data(as_text=True))) == (409, True)
    assert client.get(f'{ROOT}/period/?id={key}&starts_on={starts_on}').get_json()['ends_on'] == str(ends_on)
    days = {'starts_on': str(starts_on), 'ends_on': str(ends_on + week)}
    assert client.post(path, data=sent(version, Stage.PRE_NOTICE, **days)).status_code == 302
    with app.app_context():
        assert [each.ends_on for each in db.session.get_one(Application, key).notices] == [ends_on + week]


@pytest.mark.parametrize('began', [10, 2], ids=['over', 'running'])
def test_a_notice_that_the_calendar_has_shortened_is_told_everywhere(
    app: Flask, client_of: ClientOf, began: int
) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE)[0]
    client, path = client_of('guanli1'), f'{ROOT}/act/approve/?id={key}'
    a_month_ago(app)
    first = now().date() - timedelta(began)
    last = put_up(app, first, key)
    with app.app_context():
        possible = workdays.last_notice_day(first, {last: False})
        db.session.add(WorkdayOverride(on=last, works=False, reason='台风停工'))
        db.session.commit()
    told = f'工作日调整后公示不足 5 个工作日，须延长至 {possible}'
    for page in (page_of(client, f'{ROOT}/?tab=pre_notice'), decision(page_of(client, path))):
        assert told in page
    home = page_of(client, '/')
    assert f'1 项工作日调整后不足 5 个工作日，最早须延长至 {possible}' in home
    assert '公示已结束，待登记结果' not in home
    assert '项正在公示' not in home
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(key)]}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert ('0 项可办，1 项不可办' in page, told in page) == (True, True)
    days = {'starts_on': str(first), 'ends_on': str(last)}
    answer = client.post(path, data=sent(version, Stage.PRE_NOTICE, **days))
    assert (answer.status_code, told in answer.get_data(as_text=True)) == (409, True)
    extended = client.get(f'{ROOT}/period/?id={key}&starts_on={first}').get_json()
    assert extended['ends_on'] == str(possible)
    assert told not in extended['sentence']


def test_a_form_for_many_begins_with_the_period_that_most_share_and_names_the_others(
    app: Flask, client_of: ClientOf
) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE), client_of('guanli1')
    first = a_month_ago(app)
    (odd, *others), other_first = rows[:3], first + timedelta(3)
    ends_on, other_end = put_up(app, first, odd[0]), put_up(app, other_first, *(key for key, _version, _name in others))
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows[:3]]}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
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
        'confirmed': '1', 'action': 'pre_notice.approve', 'opinion': '', 'starts_on': str(other_first),
        'ends_on': str(other_end), 'seen': [f'{key}:{version}' for key, version, _name in rows[:3]],
    }  # fmt: skip
    wrong = client.post(f'{ROOT}/bulk/', data=run | {'ends_on': str(other_end + timedelta(1))})
    assert wrong.get_data(as_text=True).count('，与所填的不同') == 3
    done = client.post(f'{ROOT}/bulk/', data=run, follow_redirects=True).get_data(as_text=True)
    assert '已通过 2 项，未办理 1 项' in done
    assert f'已公布的公示时间是 {first} 至 {ends_on}，与所填的不同' in done


def test_what_has_not_ended_does_not_keep_a_form_for_many_from_what_has(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.PRE_NOTICE)[:3], client_of('guanli1')
    over, *running = rows
    first = a_month_ago(app)
    put_up(app, first, over[0])
    put_up(app, now().date(), *(key for key, _version, _name in running))
    ask = {'action': 'pre_notice.approve', 'tab': 'pre_notice', 'rowid': [str(row[0]) for row in rows]}
    page = client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    assert '1 项可办，2 项不可办' in page
    assert f'value="{first}"' in page


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
    application: Callable[..., Application],
    account: Callable[[str], Account],
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
    session: Session, application: Callable[..., Application], account: Callable[[str], Account]
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
    key, version, _name = waiting(app, Stage.PRE_NOTICE)[0]
    starts_on = a_month_ago(app)
    ends_on = put_up(app, starts_on, key) + timedelta(7)
    client, days = client_of('guanli1'), {'starts_on': str(starts_on), 'ends_on': str(ends_on)}

    def printed(by: FlaskClient) -> str:
        with by.get(f'/files/print/?id={key}&report=pre-notice-report') as paper:
            text = ''.join(page.extract_text() for page in PdfReader(io.BytesIO(paper.data)).pages)
            return ''.join(text.split())

    def day(each: date) -> str:
        return f'{each.year}年{each.month}月{each.day}日'

    client.post(f'{ROOT}/draft/approve/?id={key}', data=days | {'opinion': SAID})
    assert f'{day(starts_on)}至{day(ends_on)}' in printed(client)
    assert SAID in printed(client)
    assert SAID not in printed(client_of('jingban1'))
    recorded = days | {'opinion': '公示期满，无异议。'}
    assert client.post(f'{ROOT}/act/approve/?id={key}', data=sent(version, Stage.PRE_NOTICE, **recorded)).location
    assert '公示期满，无异议。' in printed(client_of('jingban1'))


# --- 维护管理, 单位信息, 首页, 集体缴费 ---


def test_a_wording_is_offered_at_its_field_in_the_declaration_s_words(app: Flask, client_of: ClientOf) -> None:
    client = client_of('jingban1')
    data = {'field': 'evaluation', 'name': '常用评价', 'body': '{姓名}同志在{专业}方面……'}
    assert client.post('/opinion_templates/new/', data=data).status_code == 302
    key, _version, name = waiting(app, Stage.EMPLOYER_REVIEW)[0]
    page = page_of(client, f'{ROOT}/act/approve/?id={key}')
    assert re.search(rf'data-wording-of="evaluation".*?<option value="{name}同志在', page, re.S)
    foreign = waiting(app, Stage.EMPLOYER_REVIEW, employer=2)[0][0]
    assert '常用评价' not in page_of(client_of('guanli2'), f'{ROOT}/act/approve/?id={foreign}')
    wrong = client.post('/opinion_templates/new/', data=data | {'body': '{职务}'}).get_data(as_text=True)
    assert '没有占位符 {职务}，可用：{姓名}' in wrong
    with app.app_context():
        kept = db.session.scalars(select(OpinionTemplate).where(OpinionTemplate.name == '常用评价')).all()
        assert [each.employer_id for each in kept] == [1]


def test_the_newest_contact_is_proposed(app: Flask, client_of: ClientOf) -> None:
    client, key = client_of('guanli1'), waiting(app, Stage.PRE_NOTICE)[0][0]
    data = {'contact': '赵敏', 'phone': '13800138000', 'postcode': '518100'}
    assert client.post('/notice_contacts/new/', data=data).status_code == 302
    ask = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': str(key)}
    assert 'value="赵敏"' in client.post(f'{ROOT}/action/', data=ask).get_data(as_text=True)
    wrong = client.post('/notice_contacts/new/', data=data | {'postcode': '51810'}).get_data(as_text=True)
    assert '邮政编码为 6 位数字' in wrong
    with app.app_context():
        foreign = db.session.scalars(select(NoticeContact.id).where(NoticeContact.employer_id == 2)).first()
    assert client.post(f'/notice_contacts/delete/?id={foreign}').status_code == 404


@pytest.mark.parametrize(
    ('changed', 'said'),
    [
        ({'name': ''}, '请填写单位名称'),
        ({'phone': '123'}, '联系电话格式不正确'),
        ({'postcode': 'abc'}, '邮政编码为 6 位数字'),
    ],
)
def test_the_employer_s_own_data_are_checked(
    app: Flask, client_of: ClientOf, changed: dict[str, str], said: str
) -> None:
    with app.app_context():
        kept = db.session.get_one(Employer, 1)
        data = {name: getattr(kept, name) for name in ('name', 'code', 'address', 'postcode', 'contact', 'phone')}
    client = client_of('guanli1')
    assert said in client.post('/own_employer/edit/?id=1', data=data | changed).get_data(as_text=True)
    others = data | {'contact': '赵敏', 'code': '91350100M000100Y43'}
    assert client.post('/own_employer/edit/?id=1', data=others).status_code == 302
    with app.app_context():
        mine = db.session.get_one(Employer, 1)
        assert (mine.contact, mine.code) == ('赵敏', data['code'])  # the code is the platform's
        assert db.session.scalars(select(AuditLine).where(AuditLine.event == 'own_employer')).one().actor_name


@pytest.mark.parametrize(
    ('code', 'said'), [('91440300MA5EQ9K3XX', '统一社会信用代码不正确'), ('', '请填写统一社会信用代码')]
)
def test_the_platform_enters_the_code_of_an_employer(client_of: ClientOf, code: str, said: str) -> None:
    typed = {'name': '深圳市云帆科技有限公司', 'code': code}
    assert said in client_of('pingtai1').post('/employers/edit/?id=1', data=typed).get_data(as_text=True)


def test_the_first_page_tells_what_waits_what_is_due_and_how_far_the_year_has_come(
    app: Flask, client_of: ClientOf
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW)
    page = page_of(client_of('guanli1'), '/')
    assert re.search(rf'<b>{len(rows)}</b><span>单位审核</span>', page)
    assert f'{len(waiting(app, Stage.PRE_NOTICE))} 项尚未打印公示名单' in page
    assert re.search(r'<small class="late">超期 \d+ 项</small>', page)
    assert re.search(r'申报时间 [^<]*，还有 \d+ 个工作日', page)
    submitted = re.search(r'提交单位 (\d+)</text>', page)
    assert submitted is not None
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.submitted_at.is_not(None))
        count = sum(each.year == now().year for each in db.session.scalars(query))
    assert int(submitted[1]) == count
    assert f'class="money">{count}</td>' in page  # the same number as a table


def test_declarations_are_paid_for_together(app: Flask, client_of: ClientOf) -> None:
    due = waiting(app, Stage.PAYMENT)
    with app.app_context():
        for key, _version, _name in due:
            db.session.get_one(Application, key).committee_id = 1
        db.session.commit()
    client = client_of('jingban1')
    page = page_of(client, '/collective_payment/')
    assert all(name in page for _key, _version, name in due)
    with app.app_context():
        assert str(db.session.get_one(Application, due[0][0]).committee) in page
    assert f'可勾选 {len(due)} 项，合计 {len(due) * 580:,}.00 元' in page
    none = client.post('/collective_payment/collect/', data={}, follow_redirects=True).get_data(as_text=True)
    assert '请先勾选要集体缴费的申报' in none
    keys = [str(key) for key, _version, _name in due]
    answer = client.post('/collective_payment/collect/', data={'application': keys})
    page = page_of(client, answer.location)
    assert '<svg' in page
    assert all(name in page for _key, _version, name in due)
    assert client_of('guanli2').get(answer.location).status_code == 404
    foreign = client_of('guanli2').post(
        '/collective_payment/collect/', data={'application': keys}, follow_redirects=True
    )
    assert '请先勾选' in foreign.get_data(as_text=True)
    order = answer.location.partition('id=')[2]
    one = client_of('geren4')  # sees that the employer pays, and no word of the colleagues
    with app.app_context():
        key = db.session.scalars(
            select(Application.id).where(Application.applicant.has(username='geren4'), Application.stage == 'payment')
        ).one()
    other = next(row for row in due if row[0] != key)
    own = page_of(one, f'/my_orders/pay/?id={key}')
    assert '由单位统一缴纳' in own
    assert '1,160.00' not in own
    assert other[2] not in own + page_of(one, '/my_orders/')
    for path in ('paper', 'print'):
        assert one.get(f'/files/{path}/?id={order}&report=fee-notice').status_code == 404
    assert '缴费通知书' not in page_of(one, f'/files/reports/?id={key}')
    assert '缴费通知书' in page_of(client, f'/files/reports/?id={key}')
    assert client_of('guanli2').post(f'/collective_payment/dissolve/?id={order}').status_code == 404
    told = client.post(f'/collective_payment/dissolve/?id={order}', follow_redirects=True).get_data(as_text=True)
    assert '已取消集体缴费单' in told
    assert '已作废' in page_of(client, answer.location)


def test_what_is_not_listed_is_told_and_what_is_in_an_order_takes_no_place(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for each in db.session.scalars(select(Application).where(Application.stage == Stage.PAYMENT)):
            each.employer_id = 1
        db.session.commit()
    due, client, apart = waiting(app, Stage.PAYMENT), client_of('guanli1'), '已列入集体缴费单、待缴的申报'
    count = len(due)
    with app.app_context():
        asked_for = select(func.sum(FeeItem.amount_fen)).where(FeeItem.application.has(stage=Stage.PAYMENT))
        whole = db.session.scalars(asked_for).one()
    monkeypatch.setattr(collective_payment, 'SHOWN', 1)
    page = page_of(client, '/collective_payment/')
    assert f'共 {count} 项，以下为前 1 项' in page
    assert re.search(rf'可勾选 1 项，合计 (?:580|450|280)\.00 元（全部 {count} 项合计 {whole / 100:,.2f} 元）', page)
    assert page.count('name="application"') == 1
    assert apart not in page
    for held, (key, _version, _name) in enumerate(due, 1):
        client.post('/collective_payment/collect/', data={'application': key})
        free, _apart, listed = page_of(client, '/collective_payment/').partition(apart)
        assert free.count('name="application"') == (1 if held < count else 0), 'what is in an order takes no place'
        assert ('以下为前 1 项' in free) == (count - held > 1)
        assert ('以下为前 1 项' in listed) == (held > 1)
        assert (f'共 {held} 张，以下为最近 1 张' in listed) == (held > 1)
    monkeypatch.setattr(collective_payment, 'SHOWN', count)
    free, _apart, listed = page_of(client, '/collective_payment/').partition(apart)
    assert 'name="application"' not in free + listed
    assert all(name in listed for _key, _version, name in due)


# --- what was said before ---


def test_the_result_and_what_was_said_before_stand_beside_the_second_notice(app: Flask, client_of: ClientOf) -> None:
    key = waiting(app, Stage.POST_NOTICE)[0][0]
    page = page_of(client_of('guanli1'), f'{ROOT}/act/approve/?id={key}')
    side = page.partition('<aside')[2]
    result = side.partition('专家评审结果</h2>')[2].partition('</dl>')[0]
    assert '<dt>评审结果</dt><dd>通过</dd>' in result
    assert re.search(r'<dt>会议日期</dt><dd>\d{4}-\d\d-\d\d</dd>', result)
    assert not re.search(r'同意|反对|弃权|票', result)
    assert '此前意见' in side
    assert REVIEW_FORM['evaluation'] in side
    before = waiting(app, Stage.EMPLOYER_REVIEW)[0][0]
    assert '专家评审结果' not in page_of(client_of('guanli1'), f'{ROOT}/act/approve/?id={before}')


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
