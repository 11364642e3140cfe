"""What a new paper costs: one row and one template; list, page, bundle and code follow."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from flask import Flask
from sqlalchemy import select

from admin_views.declarations import print_many
from models import db
from models.application import Application, Party
from models.issued_paper import IssuedPaper
from pdf_templates import issuing, reports, verifying
from pdf_templates.contexts.shared import Context, head_of
from pdf_templates.engine import renderer
from pdf_templates.reports import Report, always
from tests.helpers.papers import pages
from tests.helpers.types import ClientOf

TEMPLATE = """{% extends 'form.html' %}
{% block content %}<h1>职称申报回执</h1>
{{ sheet('', [('pairs', [('申报人', name), ('业务流水号', serial)])]) }}{% endblock %}"""


def receipt(_session: object, applications: list[Application], _given: object) -> Context:
    """The head of a declaration is all that it says."""
    return head_of(applications[0])


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row and a template that the product has never seen."""
    row = Report(
        'receipt', '职称申报回执', '个人申报', (Party.APPLICANT, Party.EMPLOYER), always, receipt, worded=False
    )
    (tmp_path / row.template).write_text(TEMPLATE, encoding='utf-8')
    shipped = jinja2.FileSystemLoader(renderer.TEMPLATES)
    loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(tmp_path), shipped])
    monkeypatch.setattr(renderer, '_environment', renderer._environment.overlay(loader=loader))
    table = {**reports.REPORTS, row.code: row}
    for module in (reports, issuing, verifying):
        monkeypatch.setattr(module, 'REPORTS', table)


@pytest.mark.usefixtures('new')
def test_a_new_row_is_a_paper(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        query = select(Application).where(Application.stage == 'employer_review', Application.employer_id == 1)
        found = db.session.scalars(query).first()
        key, name = found.id, found.applicant_name
    client = client_of('guanli1')
    assert '职称申报回执' in client.get(f'/files/reports/?id={key}').get_data(as_text=True)
    assert client.get(f'/files/paper/?id={key}&report=receipt').status_code == 200
    text = ''.join(pages(client.get(f'/files/print/?id={key}&report=receipt').data))
    assert f'申报人{name}' in text
    with app.app_context():
        code = db.session.scalars(select(IssuedPaper.code)).one()
    assert '职称申报回执' in client_of('').get(f'/verify/{code}').get_data(as_text=True)
    data = {'action': print_many.ACTION, 'confirmed': '1', 'report': 'receipt', 'way': 'pdf', 'tab': 'employer_review'}
    answer = client.post('/employer_applications/action/', data={**data, 'rowid': [key]})
    assert answer.mimetype == 'application/pdf'
