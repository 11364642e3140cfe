"""【获取】 on the declaration: what is filled in, what is said, and that nothing else ever happens."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import db
from models.account import Account
from models.application import Application, Stage
from models.audit import AuditLine
from models.catalogue import ExamMode
from models.declaration import Basic
from models.registry import ExamRecord, InsuranceRecord
from rules.rate_limits import MOST_LOOKED_UP as MOST
from tests.helpers.types import ClientOf

NUMBER = '105611999605123456'

DEAD = 'http://127.0.0.1:9/'


@pytest.fixture
def draft(app: Flask, client_of: ClientOf) -> int:
    """A new draft of geren1."""
    client_of('geren1').post('/my_applications/new/')
    with app.app_context():
        return db.session.scalars(select(Application.id).order_by(Application.id.desc())).first() or 0


def fetch(client: FlaskClient, draft: int, section: str = 'education', number: str = NUMBER) -> Any:
    """Press 获取 and read the answer."""
    answer = client.post(f'/my_applications/fetch/?id={draft}&section={section}', data={'number': number})
    assert answer.status_code == 200
    return answer.get_json()


def set_ports(app: Flask, monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    """Point ports at other places for one test."""
    for name, url in urls.items():
        monkeypatch.setitem(app.config, name, url)


def test_education_is_fetched_by_number(client_of: ClientOf, draft: int) -> None:
    said = fetch(client_of('geren1'), draft, number=' １０５６１１９９９６０５１２３４５６')
    assert said['values'] == {
        'school': '华南理工大学',
        'entered_on': '2008-09-01',
        'left_on': '2012-06-30',
        'schooling': '大学本科',
        'subject': '软件工程',
        'study_form': '全日制',
    }
    assert said['message'] == '已从学历证书库获取，请核对'


def test_an_exam_is_fetched_by_ticket(app: Flask, client_of: ClientOf, draft: int) -> None:
    with app.app_context():
        ticket = db.session.scalars(select(ExamRecord.ticket).order_by(ExamRecord.id)).first() or ''
    assert fetch(client_of('geren1'), draft, 'exam', ticket)['values']['score'] == '73'


@pytest.mark.parametrize(
    ('number', 'sentence'),
    [
        ('', '请先填写学历证书编号'),
        ('　 ', '请先填写学历证书编号'),
        ('123', '学历证书库没有查到'),
        ("' OR 1=1 --", '学历证书库没有查到'),
        ('9' * 5000, '学历证书库没有查到'),
    ],
)
def test_an_unknown_number_is_said_to_be_so(client_of: ClientOf, draft: int, number: str, sentence: str) -> None:
    said = fetch(client_of('geren1'), draft, number=number)
    assert sentence in said['message']
    assert not said.get('values')


def test_the_certificate_of_another_person_is_not_told(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        other = db.session.scalars(
            select(Application.id).join(Application.applicant).where(Account.username == 'geren2')
        ).one()
        db.session.get_one(Application, other).basic.id_number = db.session.scalars(
            select(Account.id_number).where(Account.username == 'geren1')
        ).one()  # claiming to be someone else helps nothing
        db.session.commit()
    assert not fetch(client_of('geren2'), other)['values']


def test_an_unreachable_registry_leaves_the_form_usable(
    app: Flask, client_of: ClientOf, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_ports(app, monkeypatch, EDUCATION_URL=DEAD)
    client = client_of('geren1')
    assert fetch(client, draft) == {'values': {}, 'message': '学历证书库暂时无法查询，请先手工填写，稍后可再点“获取”'}
    by_hand = {
        'certificate_number': NUMBER,
        'school': '深圳大学',
        'entered_on': '2008-09-01',
        'left_on': '2012-06-30',
        'schooling': '大学本科',
        'subject': '软件工程',
        'study_form': '全日制',
        'region': '大陆',
        'degree': '学士',
        'used_here': '1',
    }
    assert client.post(f'/declaration_education/new/?application={draft}', data=by_hand).status_code == 302
    assert '深圳大学' in client.get(f'/my_applications/edit/?id={draft}').get_data(as_text=True)


def test_asking_too_often_is_refused_kindly(client_of: ClientOf, draft: int) -> None:
    client = client_of('geren1')
    said = [fetch(client, draft)['message'] for _attempt in range(MOST)]
    assert said[0] == '已从学历证书库获取，请核对'
    assert said[-1] == f'一分钟内最多查询 {MOST} 次，请稍候再获取，也可手工填写'  # the new draft has asked once already


def test_every_look_up_is_written_down(app: Flask, client_of: ClientOf, draft: int) -> None:
    fetch(client_of('geren1'), draft)
    with app.app_context():
        lines = list(db.session.scalars(select(AuditLine.details).where(AuditLine.event == 'fetch')))
    assert lines == ['参保信息库', f'学历证书库 {NUMBER}']


@pytest.mark.parametrize('section', ['', 'work', 'basic', 'nonsense'])
def test_a_section_that_fetches_nothing_answers_404(client_of: ClientOf, draft: int, section: str) -> None:
    path = f'/my_applications/fetch/?id={draft}&section={section}'
    assert client_of('geren1').post(path, data={'number': NUMBER}).status_code == 404


def test_a_sealed_declaration_fetches_nothing(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        sealed = db.session.scalars(
            select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW).order_by(Application.id)
        ).first()
        assert sealed is not None
        key, owner = sealed.id, sealed.applicant.username
    path = f'/my_applications/fetch/?id={key}&section=education'
    assert client_of(owner).post(path, data={'number': NUMBER}).status_code == 403


def test_a_new_draft_knows_the_insured_employer(app: Flask, draft: int) -> None:
    with app.app_context():
        basic = Basic.of(db.session.get_one(Application, draft))
        insured = db.session.scalars(select(InsuranceRecord).where(InsuranceRecord.id_number == basic.id_number)).one()
        assert basic.insured_employer == basic.work_employer == insured.employer
        assert basic.insured_code == insured.employer_code


def test_a_new_draft_is_made_without_the_registry_too(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_ports(app, monkeypatch, INSURANCE_URL=DEAD)
    page = client_of('geren1').post('/my_applications/new/', follow_redirects=True)
    assert page.status_code == 200
    assert '现参保单位未能自动获取：参保信息库暂时无法查询' in page.get_data(as_text=True)


def save_and_fetch(client: FlaskClient, app: Flask, draft: int, **values: str) -> str:
    """Press 获取 at 现参保单位: saves what was typed, then asks."""
    with app.app_context():
        version = db.session.get_one(Application, draft).version
    data = {'version': str(version), 'then': 'fetch', **values}
    answer = client.post(f'/my_applications/edit/?id={draft}', data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(('works_at', 'afterwards'), [('', '新单位'), ('别的单位', '别的单位')])
def test_the_insured_employer_is_fetched_anew(
    app: Flask, client_of: ClientOf, draft: int, works_at: str, afterwards: str
) -> None:
    with app.app_context():
        number = Basic.of(db.session.get_one(Application, draft)).id_number
        row = db.session.scalars(select(InsuranceRecord).where(InsuranceRecord.id_number == number)).one()
        row.employer, row.employer_code = '新单位', '91350100M000100Y43'
        db.session.commit()
    typed = {'basic-work_employer': works_at, 'basic-email': 'a@b.cn'}
    page = save_and_fetch(client_of('geren1'), app, draft, **typed)
    assert '已从参保信息库获取，请核对' in page
    with app.app_context():
        basic = Basic.of(db.session.get_one(Application, draft))
        assert (basic.insured_employer, basic.insured_code) == ('新单位', '91350100M000100Y43')
        assert (basic.work_employer, basic.email) == (afterwards, 'a@b.cn')


def test_an_unreachable_registry_changes_no_insured_employer(
    app: Flask, client_of: ClientOf, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        before = Basic.of(db.session.get_one(Application, draft)).insured_employer
    set_ports(app, monkeypatch, INSURANCE_URL=DEAD)
    assert '参保信息库暂时无法查询' in save_and_fetch(client_of('geren1'), app, draft)
    with app.app_context():
        assert Basic.of(db.session.get_one(Application, draft)).insured_employer == before


def test_the_page_is_told_in_place_what_was_fetched(app: Flask, client_of: ClientOf, draft: int) -> None:
    with app.app_context():
        version = db.session.get_one(Application, draft).version
    said = (
        client_of('geren1')
        .post(
            f'/my_applications/edit/?id={draft}',
            data={'version': str(version), 'then': 'fetch'},
            headers={'Accept': 'application/json'},
        )
        .get_json()
    )
    with app.app_context():
        row = db.session.get_one(Application, draft)
        basic = Basic.of(row)
        assert said['version'] == row.version
        assert said['values'] == {
            'insured_employer': basic.insured_employer,
            'insured_code': basic.insured_code,
            'work_employer': basic.insured_employer,
        }
    assert said['message'] == '已从参保信息库获取，请核对'


@pytest.mark.parametrize(('mode', 'shown'), [(ExamMode.NONE, False), (ExamMode.COMBINED, True)])
def test_an_exam_can_be_fetched_where_one_is_asked_for(
    app: Flask, client_of: ClientOf, mode: ExamMode, shown: bool
) -> None:
    with app.app_context():
        row = db.session.scalars(
            select(Application).join(Application.applicant).where(Account.username == 'geren2')
        ).one()
        assert row.offering is not None
        row.offering.exam_mode = mode
        key = row.id
        db.session.commit()
    page = client_of('geren2').get(f'/my_applications/edit/?id={key}').get_data(as_text=True)
    assert (f'data-fetch-url="/my_applications/fetch/?id={key}&amp;section=exam"' in page) is shown
