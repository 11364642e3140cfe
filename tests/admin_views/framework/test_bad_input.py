"""What nobody types in earnest is refused with words, on every database, and changes nothing."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import lxml.html
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import db
from models.application import Application, Stage
from models.base import now
from models.catalogue import Committee, FeeStandard
from models.name_search import NameTail
from tests.helpers import passing
from tests.helpers.declarations import stage_of, waiting
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import REVIEWS
from tests.helpers.types import ClientOf

TOO_LARGE = 2**31


@pytest.mark.parametrize('key', [TOO_LARGE, 10**17, 2**63])
def test_rows_that_no_key_names_are_not_ticked(app: Flask, client_of: ClientOf, key: int) -> None:
    client = client_of('guanli1')
    ticked = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': key}
    assert client.post(f'{REVIEWS}/action/', data=ticked).status_code == 302
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': [f'{key}:1', f'1:{key}'], **REVIEW_FORM}
    assert client.post(f'{REVIEWS}/bulk/', data=run).status_code < 500
    assert client.post('/collective_payment/collect/', data={'application': [key]}).status_code == 302


@pytest.mark.parametrize(
    ('page', 'sent'),
    [
        ('action', {'action': 'employer_review.approve', 'rowid': '{}'}),
        ('action', {'action': 'aside', 'confirmed': '1', 'note': '等材料', 'seen': '{}'}),
        ('action', {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': '{}'}),
        ('bulk', {'action': 'employer_review.approve', 'confirmed': '1', 'held': '{}:1'}),
        ('bulk', {'action': 'employer_review.approve', 'confirmed': '1', 'seen': '{}:1'}),
    ],
)
def test_more_rows_than_any_page_ticks_are_refused(client_of: ClientOf, page: str, sent: dict[str, str]) -> None:
    many = {name: [value.format(key) for key in range(1, 70_000)] for name, value in sent.items() if '{}' in value}
    answer = client_of('guanli1').post(f'{REVIEWS}/{page}/', data={'tab': 'employer_review', **sent, **many})
    assert answer.status_code == 400
    assert '一次最多办理 2000 项' in answer.get_data(as_text=True)


@pytest.mark.parametrize('until', ['0001-01-01T00:00:00+14:00', '0001-01-01', '昨天', '9999-12-31T23:59:59-12:00'])
def test_a_moment_that_no_page_wrote_is_refused(client_of: ClientOf, until: str) -> None:
    run = {
        'action': 'employer_review.return',
        'all_of_filter': '1',
        'confirmed': '1',
        'opinion': '请改',
        'until': until,
    }
    answer = client_of('guanli1').post(f'{REVIEWS}/bulk/', data=run)
    assert answer.status_code == 400
    assert '请求不完整' in answer.get_data(as_text=True)


@pytest.mark.parametrize('ends_on', ['9999-12-31', '2101-01-01', '0001-01-01'])
def test_a_day_far_off_is_refused_at_once(app: Flask, client_of: ClientOf, ends_on: str) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    answers = {
        'confirmed': '1',
        'seen': version,
        'source': 'pre_notice',
        'starts_on': str(now().date()),
        'ends_on': ends_on,
    }
    client = client_of('guanli1')
    answer = client.post(f'{REVIEWS}/act/approve/?id={key}', data=answers)
    assert '应在 1900 至 2100 年之间' in answer.get_data(as_text=True)
    assert f'value="{ends_on}"' in answer.get_data(as_text=True)  # what was typed is still there
    listed = answers | {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': key}
    answer = client.post(f'{REVIEWS}/action/', data=listed)
    assert '应在 1900 至 2100 年之间' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_a_notice_cannot_have_begun_before_there_was_anything_to_make_public(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    with app.app_context():
        passing.a_month(db.session())
        db.session.commit()
        entered = db.session.get_one(Application, key).entered_at.date()
    client = client_of('guanli1')

    def answers(starts_on: date) -> dict[str, Any]:
        ends_on = starts_on + timedelta(28)
        period = {'starts_on': str(starts_on), 'ends_on': str(ends_on)}
        return {'confirmed': '1', 'seen': version, 'source': 'pre_notice', **period}

    early = answers(entered - timedelta(1))
    page = client.post(f'{REVIEWS}/act/approve/?id={key}', data=early).get_data(as_text=True)
    assert f'公示开始时间不能早于进入「单位评前公示」环节的 {entered}' in page
    contact = {'contact': '王芳', 'phone': '0755-23456789', 'postcode': '518057'}
    printed = early | contact | {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': key}
    assert '公示开始时间不能早于' in client.post(f'{REVIEWS}/action/', data=printed).get_data(as_text=True)
    told = client.get(f'{REVIEWS}/period/?id={key}&starts_on={entered - timedelta(1)}').get_json()
    assert '公示开始时间不能早于' in told['sentence']
    assert stage_of(app, key) == Stage.PRE_NOTICE
    assert client.post(f'{REVIEWS}/act/approve/?id={key}', data=answers(entered)).status_code == 302
    assert stage_of(app, key) == Stage.OFFICE_REVIEW


@pytest.mark.parametrize(
    'amount', ['NaN', 'Infinity', '-Infinity', '1e30', '-5', '21474836.48', '9' * 400, '100000.01']
)
def test_a_fee_that_is_none_is_refused(app: Flask, client_of: ClientOf, amount: str) -> None:
    with app.app_context():
        standard = db.session.scalars(select(FeeStandard).order_by(FeeStandard.id)).first()
        assert standard is not None
        key, before = standard.id, standard.amount_fen
        typed = {'level': standard.level, 'track': standard.track, 'in_force': '1', 'amount_fen': amount}
    answer = client_of('pingtai1').post(f'/fee_standards/edit/?id={key}', data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert '金额不正确' in page or '应在 0.00 至 100,000.00 之间' in page
    with app.app_context():
        assert db.session.get_one(FeeStandard, key).amount_fen == before


@pytest.mark.parametrize('code', ['A1', '1', '１２', '²3'])
def test_a_committee_is_numbered_by_two_digits(app: Flask, client_of: ClientOf, code: str) -> None:
    with app.app_context():
        committee = db.session.get_one(Committee, 1)
        names = ('name', 'office_name', 'host_name', 'host_code', 'phone')
        typed, before = {name: getattr(committee, name) for name in names}, committee.code
    page = client_of('pingtai1').post('/committees/edit/?id=1', data=typed | {'code': code}).get_data(as_text=True)
    with app.app_context():
        kept = db.session.get_one(Committee, 1).code
    assert kept == ('12' if code == '１２' else before)  # full-width digits are meant as plain ones
    assert ('评委会编号为 2 位数字' in page) is (kept == before)


@pytest.mark.parametrize('named', ['扫\x00描.pdf', '\x00'])
def test_a_file_named_with_a_nul_is_refused(app: Flask, client_of: ClientOf, named: str) -> None:
    file = {'file': (io.BytesIO(b'%PDF-1.4'), named)}
    answer = client_of('geren3').post('/library/upload/', data=file, content_type='multipart/form-data')
    assert answer.status_code == 400
    assert '无效字符' in answer.get_data(as_text=True)


@pytest.mark.parametrize('name', ['İ' * 40, 'ß' * 60, '𠮷' * 60])
def test_a_name_whose_small_letters_are_longer_is_kept_and_found(session: Session, name: str) -> None:
    application = session.scalars(select(Application).order_by(Application.id).limit(1)).one()
    application.applicant_name = name
    session.flush()
    found = select(NameTail.application_id).where(NameTail.begins(name))
    assert application.id in session.scalars(found).all()


@pytest.mark.parametrize(
    ('path', 'field', 'value'),
    [
        ('/fee_standards/edit/?id=1', 'track', '破格'),
        ('/materials/edit/?id=1', 'stage', '草稿'),
        ('/materials/edit/?id=1', 'report', 'nothing'),
        ('/materials/edit/?id=1', 'rule', 'sometimes'),
    ],
)
def test_a_word_that_would_never_apply_is_not_kept(client_of: ClientOf, path: str, field: str, value: str) -> None:
    client = client_of('pingtai1')
    page = client.get(path).get_data(as_text=True)
    typed = sent_back(page) | {field: value}
    answer = client.post(path, data=typed)
    assert answer.status_code == 200
    assert '不是有效的选择' in answer.get_data(as_text=True)
    assert client.post(path, data=sent_back(page)).status_code == 302


def sent_back(page: str) -> dict[str, str]:
    """The fields of a form as a browser would send them unchanged."""
    form = lxml.html.fromstring(page).xpath('//form[@method="POST" or @method="post"][.//*[@name="version"]]')[0]
    return dict(form.form_values())
