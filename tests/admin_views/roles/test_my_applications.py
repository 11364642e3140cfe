"""我的事项: 快速查询, 复制申报, and what the announcement may say."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.account import Account
from models.application import Application, Stage
from models.catalogue import Call
from models.declaration import Basic, Destination, Education, Negative, Project, SelfEvaluation, Target, Work
from models.fields import fields_of
from models.section import SECTIONS
from rules import declaration
from tests.helpers.types import ClientOf


def closed_one(app: Flask) -> tuple[int, str, str]:
    """Key, serial and applicant of a declaration that is over."""
    with app.app_context():
        found = db.session.scalars(
            select(Application).where(Application.stage == Stage.CLOSED).order_by(Application.id)
        ).first()
        assert found is not None
        return found.id, found.serial, found.applicant.username


def test_a_serial_leads_to_its_progress_and_a_state_to_its_list(app: Flask, client_of: ClientOf) -> None:
    key, serial, username = closed_one(app)
    client = client_of(username)
    assert client.get(f'/my_applications/find/?serial= {serial} ').location == f'/my_applications/progress/?id={key}'
    assert client.get('/my_applications/find/?state=todo').location == '/my_applications/?tab=todo'
    stranger = client_of('geren1')
    answer = stranger.get(f'/my_applications/find/?serial={serial}', follow_redirects=True).get_data(as_text=True)
    assert f'没有业务流水号为「{serial}」的事项' in answer


def test_an_earlier_declaration_fills_a_new_one(app: Flask, client_of: ClientOf) -> None:
    key, serial, username = closed_one(app)
    client = client_of(username)
    assert '复制申报' in client.get('/my_applications/').get_data(as_text=True)
    answer = client.post('/my_applications/copy/', data={'id': key}, follow_redirects=True).get_data(as_text=True)
    assert f'已从 {serial} 复制为草稿' in answer
    with app.app_context():
        source = db.session.get_one(Application, key)
        copy = db.session.scalars(select(Application).order_by(Application.id.desc()).limit(1)).one()
        assert (copy.stage, copy.revision, copy.commitment_version) == (Stage.DRAFT, 0, None)
        assert copy.applicant_id == source.applicant_id
        for section in (Basic, Education, Work, Project, SelfEvaluation, Destination):
            assert values(copy, section) == values(source, section) != []
        assert Target.of(copy).title == Target.of(source).title
        assert (Target.of(copy).elsewhere, Target.of(copy).others) == (None, None)
        assert Negative.of(copy).happened is None
        carried = {given.material.name for given in source.attachments if given.material.carried}
        assert {given.material.name for given in copy.attachments} == carried
        assert '照片' in carried
        assert not any('承诺书' in name for name in carried)
        assert {given.file_id for given in copy.attachments} <= {given.file_id for given in source.attachments}


def values(application: Application, section: type) -> list[list[object]]:
    """What a section says, row by row."""
    names = [name for name, field in fields_of(section).items() if field.copy_forward]
    return [[getattr(row, name) for name in names] for row in declaration.rows_of(application, section)]


@pytest.mark.parametrize('stage', [Stage.DRAFT, Stage.CORRECTION, Stage.EMPLOYER_REVIEW, Stage.PAYMENT])
def test_what_is_not_over_is_not_copied(app: Flask, client_of: ClientOf, stage: Stage) -> None:
    with app.app_context():
        found = db.session.scalars(select(Application).where(Application.stage == stage)).first()
        assert found is not None
        key, username = found.id, found.applicant.username
    assert client_of(username).post('/my_applications/copy/', data={'id': key}).status_code == 403


def test_nothing_is_copied_while_no_call_is_open(app: Flask, client_of: ClientOf) -> None:
    key, _serial, username = closed_one(app)
    with app.app_context():
        for call in db.session.scalars(select(Call)):
            call.closes_on = call.opens_on
        db.session.commit()
    assert client_of(username).post('/my_applications/copy/', data={'id': key}).status_code == 403


def test_every_section_has_something_to_carry_or_is_asked_anew() -> None:
    """A field that is asked anew is the exception, and marked so on purpose."""
    anew = {(s.key(), name) for s in SECTIONS for name, field in fields_of(s).items() if not field.copy_forward}
    assert {section for section, _name in anew} == {'target', 'negative'}


def test_the_announcement_is_rich_and_harmless(app: Flask, client_of: ClientOf) -> None:
    platform = client_of('pingtai1')
    with app.app_context():
        call = db.session.scalars(select(Call)).first()
        assert call is not None
        fields = fields_of(Call)
        given = {
            name: fields[name].shown(getattr(call, name))
            for name in ('year', 'name', 'opens_on', 'closes_on', 'payment_days')
        }
        key = call.id
    rich = '<h3>条件</h3><ul><li>在职</li></ul><script>alert(1)</script><a href="javascript:x()">点</a>'
    answer = platform.post(f'/calls/edit/?id={key}', data={**given, 'conditions': rich, 'hints': '第一行\n第二行'})
    assert answer.status_code == 302
    page = client_of('geren1').get('/my_applications/new/').get_data(as_text=True)
    assert '<h3>条件</h3><ul><li>在职</li></ul>' in page
    assert 'alert(1)' not in page
    assert 'javascript:' not in page
    assert '<p>第一行</p><p>第二行</p>' in page


def test_a_person_without_an_id_number_may_start(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren1')).one()
        me.id_number = None
        db.session.commit()
    assert client_of('geren1').post('/my_applications/new/').status_code == 302


def test_how_long_a_stage_has_lasted_is_told_to_those_who_work_on_it(client_of: ClientOf) -> None:
    assert '超期' in client_of('guanli1').get('/employer_applications/?tab=all').get_data(as_text=True)
    assert '超期' not in client_of('geren3').get('/my_applications/?tab=all').get_data(as_text=True)
