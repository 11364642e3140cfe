"""报表列表, papers shown in the page, and the public page that verifies them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from admin_views.site import verify
from models import db
from models.account import Account
from models.application import Application, Stage
from models.approval import ApprovalDocument, Certificate
from models.base import now
from models.declaration import Basic
from models.issued_paper import IssuedPaper, Printing
from models.payment import FeeItem, FeeOrder
from models.review import ReviewMeeting
from pdf_templates.issuing import spelled
from rules import workdays
from tests.helpers.types import ClientOf


def key(app: Flask, model: type = Application, **wanted: object) -> int:
    """The key of the first row of a model that is so."""
    with app.app_context():
        return db.session.scalars(select(model).filter_by(**wanted).order_by(model.id)).first().id


def own(app: Flask, username: str) -> int:
    """The declaration of one of the cast."""
    with app.app_context():
        mine = select(Application.id).join(Application.applicant).where(Account.username == username)
        return db.session.scalars(mine).first()


def printed(client: FlaskClient, report: str, row: int) -> bytes:
    """A paper."""
    with client.get(f'/files/print/?id={row}&report={report}') as answer:
        assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
        assert answer.mimetype == 'application/pdf'
        return answer.data


def listed(client: FlaskClient, row: int) -> dict[str, tuple[str, str]]:
    """报表列表 as name to state and the word of its action."""
    page = client.get(f'/files/reports/?id={row}').get_data(as_text=True)
    rows = re.findall(r'data-label="报表名称">([^<]+)<.*?data-label="打印状态">([^<]+)<.*?(打印草稿|>打印)<', page)
    return {name: (state, act.strip('>')) for name, state, act in rows}


def test_the_list_says_what_is_open_and_what_was_printed(app: Flask, client_of: ClientOf) -> None:
    row, client = own(app, 'geren4'), client_of('geren4')  # at payment
    states = listed(client, row)
    assert states['缴费通知书'] == ('未打印（已开放打印）', '打印')
    assert states['职称证书'][0] == '未打印（未开放）'
    printed(client, 'registration', row)
    assert listed(client, row)['专业技术资格评审申报人情况登记表'][0] == '已打印'


def test_a_draft_is_offered_as_such_and_leaves_no_trace(app: Flask, client_of: ClientOf) -> None:
    row, client = own(app, 'geren2'), client_of('geren2')
    name = '专业技术资格评审申报人情况登记表'
    assert listed(client, row)[name] == ('未打印（未开放）', '打印草稿')
    printed(client, 'registration', row)
    assert listed(client, row)[name] == ('未打印（未开放）', '打印草稿')
    with app.app_context():
        assert db.session.scalars(select(Printing)).first() is None


@pytest.mark.parametrize(
    ('username', 'report', 'model', 'wanted'),
    [
        ('geren9', 'certificate', Certificate, {}),
        ('geren4', 'fee-notice', FeeOrder, {}),
        ('bangong1', 'ballot-sheet', ReviewMeeting, {'committee_id': 1, 'state': 'closed'}),
        ('bangong1', 'session-minutes', ReviewMeeting, {'committee_id': 1, 'state': 'closed'}),
        ('bangong1', 'approval-document', ApprovalDocument, {'committee_id': 1}),
        ('rensheju1', 'approval-document', ApprovalDocument, {}),
        ('rensheju1', 'certificate', Certificate, {}),
        ('guanli1', 'registration', Application, {'employer_id': 1, 'stage': 'employer_review'}),
        ('guanli1', 'commitment-employer', Application, {'employer_id': 1, 'stage': 'employer_review'}),
        ('guanli1', 'pre-notice-report', Application, {'employer_id': 1, 'stage': 'pre_notice'}),
        ('guanli1', 'post-notice-report', Application, {'employer_id': 1, 'stage': 'post_notice'}),
    ],
)
def test_a_paper_is_shown_kept_and_saved(
    app: Flask, client_of: ClientOf, username: str, report: str, model: type, wanted: dict[str, object]
) -> None:
    client = client_of(username)
    if model is FeeOrder:
        with app.app_context():
            mine = select(Application.id).join(Application.applicant).where(Account.username == username)
            row = db.session.scalars(select(FeeItem.order_id).where(FeeItem.application_id.in_(mine))).first()
    elif model is Certificate and username == 'geren9':
        row = key(app, Certificate, application_id=own(app, 'geren9'))
    else:
        row = key(app, model, **wanted)
    page = client.get(f'/files/paper/?id={row}&report={report}')
    assert page.status_code == 200
    assert f'/files/print/?id={row}&amp;report={report}' in page.get_data(as_text=True)
    first = printed(client, report, row)
    assert first.startswith(b'%PDF-')
    assert printed(client, report, row) == first
    with client.get(f'/files/print/?id={row}&report={report}&save=1') as answer:
        assert answer.headers['Content-Disposition'].startswith('attachment')
        assert answer.data == first
    with app.app_context():
        (paper,) = db.session.scalars(select(IssuedPaper))
        assert (paper.report, len(paper.printings)) == (report, 3)
        assert all(printing.account_id for printing in paper.printings)


@pytest.mark.parametrize(
    ('username', 'report', 'status'),
    [
        ('geren9', 'commitment-employer', 403),
        ('geren9', 'nonsense', 404),
        ('geren9', 'pre-notice-list', 404),
        ('guanli1', 'registration', 404),  # of the second employer
        ('bangong1', 'registration', 404),  # of the second committee
        ('bangong2', 'registration', 403),
        ('zhuanjia1', 'registration', 404),
    ],
)
def test_a_paper_of_others_stays_closed(
    app: Flask, client_of: ClientOf, username: str, report: str, status: int
) -> None:
    row = own(app, 'geren9')
    for page in ('paper', 'print'):
        assert client_of(username).get(f'/files/{page}/?id={row}&report={report}').status_code == status


def test_an_open_session_has_no_papers_yet(app: Flask, client_of: ClientOf) -> None:
    row = key(app, ReviewMeeting, committee_id=1, state='open')
    answer = client_of('bangong1').get(f'/files/print/?id={row}&report=ballot-sheet')
    assert answer.status_code == 403
    assert '会议结束后可打印' in answer.get_data(as_text=True)


def test_the_public_page_says_what_a_paper_is(app: Flask, client_of: ClientOf) -> None:
    row = own(app, 'geren9')
    printed(client_of('geren9'), 'registration', row)
    with app.app_context():
        paper = db.session.scalars(select(IssuedPaper)).one()
        application = db.session.get(Application, row)
        code, serial, name = paper.code, application.serial, application.applicant_name
        id_number = application.id_number
    visitor = client_of('')
    answer = visitor.get(f'/verify/{code}')
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for wanted in ('真实有效', serial, f'{name[0]}*', '高级工程师', '第 1 次', '办结', spelled(code)):
        assert wanted in text
    assert name not in text
    assert id_number not in text
    assert visitor.get(f'/verify/?code={spelled(code)}').location == f'/verify/{spelled(code)}'


def test_a_result_stays_hidden_from_the_public_page(app: Flask, client_of: ClientOf) -> None:
    row = key(app, stage=Stage.NOTICE_LAUNCH.value)
    with app.app_context():
        application = db.session.get(Application, row)
        username = application.applicant.username
    printed(client_of(username), 'registration', row)
    with app.app_context():
        code = db.session.scalars(select(IssuedPaper.code)).one()
    text = client_of('').get(f'/verify/{code}').get_data(as_text=True)
    assert '专家评审' in text
    assert '发起单位评后公示' not in text


@pytest.mark.parametrize('code', ['AAAAAAAAAAAAAAAA', '%00', "x' OR '1'='1", '验证', 'A' * 3000])
def test_a_made_up_code_is_told_so(client_of: ClientOf, code: str) -> None:
    verify._asked.clear()
    answer = client_of('').get(f'/verify/{code}')
    assert answer.status_code in (200, 400)
    assert '真实' not in answer.get_data(as_text=True)


def test_too_many_codes_in_a_minute_are_refused(client_of: ClientOf) -> None:
    verify._asked.clear()
    client = client_of('')
    answers = [client.get(f'/verify/{number}').status_code for number in range(verify.MOST_VERIFICATIONS + 1)]
    verify._asked.clear()
    assert answers == [200] * verify.MOST_VERIFICATIONS + [429]


def test_what_was_printed_prints_again_as_it_was(app: Flask, client_of: ClientOf) -> None:
    row, client = own(app, 'geren9'), client_of('geren9')
    first = printed(client, 'registration', row)
    with app.app_context():
        key = db.session.scalars(select(IssuedPaper.id)).one()
        Basic.of(db.session.get_one(Application, row)).name = '后来改名'
        db.session.commit()
    page = client.get(f'/files/reports/?id={row}').get_data(as_text=True)
    assert '原样重印' in page
    assert client.get(f'/files/again/?id={row}&paper={key}').data == first
    assert printed(client, 'registration', row) != first
    with app.app_context():
        assert len(db.session.get_one(IssuedPaper, key).printings) == 2


def test_the_lists_that_name_a_declaration_stand_among_its_papers(app: Flask, client_of: ClientOf) -> None:
    row, today = key(app, stage=Stage.PRE_NOTICE.value, employer_id=1), now().date()
    client, path = client_of('guanli1'), f'/files/reports/?id={row}'
    title = f'{today.year}年度推荐申报职称评审人员公示名单'
    assert title not in listed(client, row)
    asked = {
        'action': 'report.pre-notice-list',
        'tab': 'print_pre',
        'rowid': str(row),
        'confirmed': '1',
        'starts_on': str(today),
        'ends_on': str(workdays.last_notice_day(today, {})),
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518057',
    }
    shown = client.post('/employer_applications/action/', data=asked).location
    page = client.get(path).get_data(as_text=True).partition('打印记录')[0]
    found = re.search(rf'>{title}</td>.*?>单位评前公示</td>.*?>已打印</td>.*?href="([^"]+)"[^>]*>查看<', page)
    assert found is not None
    assert found[1].startswith(escape(shown))
    opened = client.get(found[1].replace('&amp;', '&')).get_data(as_text=True)
    assert f'<h1>{title}</h1>' in opened
    assert re.search(rf'href="/files/reports/\?id={row}[^"]*">返回列表', opened)
    with app.app_context():
        username = db.session.get_one(Application, row).applicant.username
    assert title not in client_of(username).get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    ('username', 'status'), [('geren9', 404), ('guanli2', 200), ('bangong2', 404), ('geren8', 404)]
)
def test_only_who_prints_a_paper_prints_it_again(app: Flask, client_of: ClientOf, username: str, status: int) -> None:
    row = own(app, 'geren9')
    printed(client_of('guanli2'), 'commitment-employer', row)
    with app.app_context():
        key = db.session.scalars(select(IssuedPaper.id)).one()
    assert client_of(username).get(f'/files/again/?id={row}&paper={key}').status_code == status
    assert client_of(username).get(f'/files/again/?id={row}&paper={key}9').status_code == 404
