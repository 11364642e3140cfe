"""An unknown name in the program stops the start; one in the database is reported and stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_views.framework import field_checks
from admin_views.framework.field_checks import BadDeclaration, check_fields, unknown_stored
from models import db
from models.application import Application, Stage
from models.declaration import Basic
from models.fields import Field, Kind, fields_of
from models.material import Material
from models.wording import Wording
from pdf_templates import reports
from rules import table_imports, validators, wordings
from rules.flow.table import FLOW

ClientOf = Callable[[str], FlaskClient]


@pytest.fixture
def declare() -> Iterator[Callable[..., None]]:
    """A change to the field of the declarant's e-mail address, taken back after the test."""
    column = Basic.__table__.c.email
    kept = column.info['field']

    def change(**attributes: Any) -> None:
        column.info['field'] = replace(kept, **attributes)
        fields_of.cache_clear()

    yield change
    column.info['field'] = kept
    fields_of.cache_clear()


def test_an_unknown_check_is_no_check_that_passes() -> None:
    with pytest.raises(KeyError):
        validators.value_problem(Field('x', '项目', check='emial'), 'nonsense')
    with pytest.raises(KeyError):
        validators.value_problem(Field('x', '项目', Kind.WHOLE, check='emial'), 1)


def test_every_name_resolves_today() -> None:
    check_fields()


@pytest.mark.parametrize(
    ('attributes', 'said'),
    [
        ({'check': 'emial'}, "Basic.email: check='emial' is unknown; known: division, email, "),
        ({'choices_from': 'titel'}, "Basic.email: choices_from='titel' is unknown; known: employer, "),
        ({'suggest': 'divison'}, "Basic.email: suggest='divison' is unknown; known: division"),
        ({'fetch': 'insurence'}, "Basic.email: fetch='insurence' is unknown; known: education, exam, insurance"),
        ({'only_for': ('课题',)}, "Basic.email: only_for='课题' is unknown; known: "),
        ({'row_fields': (Field('x', '行', check='fone'),)}, "Basic.email.x: check='fone' is unknown"),
    ],
)
def test_an_unknown_name_stops_the_start(
    declare: Callable[..., None], attributes: Mapping[str, Any], said: str
) -> None:
    declare(**attributes)
    with pytest.raises(BadDeclaration, match='^' + said.replace('.', r'\.').replace('(', r'\(')):
        check_fields()


def test_the_questions_of_the_flow_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(FLOW[0], asks=(Field('x', '项目', check='emial'),))
    monkeypatch.setattr(field_checks, 'FLOW', (row,))
    with pytest.raises(BadDeclaration, match=r"^FLOW\[draft, submit\].x: check='emial' is unknown"):
        check_fields()


def test_the_questions_of_the_papers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    report = replace(reports.REPORTS['certificate'], asks=(Field('x', '项目', check='emial'),))
    monkeypatch.setattr(field_checks, 'REPORTS', {'certificate': report})
    with pytest.raises(BadDeclaration, match=r"^REPORTS\['certificate'\].x: check='emial' is unknown"):
        check_fields()


def test_the_columns_of_an_import_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    roster = replace(table_imports.IMPORTS['roster'], names=('name', 'idnumber'), key='name', example={})
    monkeypatch.setattr(field_checks, 'IMPORTS', {'roster': roster})
    with pytest.raises(BadDeclaration, match=r"^IMPORTS\['roster'\]: field='idnumber' is unknown; known: .*id_number"):
        check_fields()


def test_the_texts_of_the_papers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {code: names for code, names in wordings.NAMES_IN_TEXT.items() if code != 'certificate'}
    monkeypatch.setattr(field_checks, 'NAMES_IN_TEXT', known)
    with pytest.raises(BadDeclaration, match=r"^REPORTS: worded='certificate' is unknown"):
        check_fields()


def test_what_is_shipped_names_nothing_unknown(app: Flask) -> None:
    with app.app_context():
        assert list(unknown_stored(db.session())) == []


def test_what_the_database_names_and_nobody_knows_is_said_and_stops_nothing(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        material = db.session.scalars(select(Material).where(Material.rule == 'work_patent')).first()
        assert material is not None
        material.rule = 'work_pattent'
        db.session.add(Wording(code='certificate', version=9, body='{姓名}，{性名}。'))
        db.session.commit()
        name = material.name
        found = db.session.scalars(select(Application).where(Application.stage == Stage.DRAFT)).first()
        assert found is not None
        key, applicant = found.id, found.applicant.username
    runner = app.test_cli_runner()
    answer = runner.invoke(args=['check'])
    assert answer.exit_code == 1
    first, second = answer.output.splitlines()
    assert first.startswith(f'材料「{name}」的是否必传「work_pattent」不存在，可用：always、optional、')
    assert second == '文本「职称证书」中的 {性名} 不是可用的名称，可用：姓名、资格名称'
    client = client_of(applicant)
    page = client.get(f'/files/?id={key}')
    assert (page.status_code, name in page.get_data(as_text=True)) == (200, True)


def test_a_text_with_an_unknown_name_is_not_taken(app: Flask, client_of: ClientOf) -> None:
    answer = client_of('pingtai1').post('/wordings/new/', data={'code': 'certificate', 'body': '{姓名}，{单位}。'})
    assert '{单位} 不是此文本可用的名称，可用：{姓名}、{资格名称}' in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(Wording).where(Wording.body == '{姓名}，{单位}。')).first() is None
