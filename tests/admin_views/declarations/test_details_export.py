"""导出明细: a sheet a section, safe and masked, of exactly the filtered rows that the account sees."""

from __future__ import annotations

import io

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from models.audit import AuditLine
from models.declaration import Basic, Project
from models.job import Job
from models.section import SECTIONS
from tests.helpers.types import ClientOf


def exported(app: Flask, client: FlaskClient, query: str) -> Workbook:
    """The workbook of a filter."""
    answer = client.post(f'/employer_applications/workbook/?{query}')
    with app.app_context():
        job = db.session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
        assert (job.state, answer.location.split('&')[0]) == ('done', f'/jobs/show/?id={job.id}')
        number = job.id
    with client.get(f'/jobs/product/?id={number}') as made:
        return load_workbook(io.BytesIO(made.data))


def test_every_section_has_its_sheet_and_every_row_its_serial(app: Flask, client_of: ClientOf) -> None:
    book = exported(app, client_of('guanli1'), 'tab=employer_review')
    assert len(book.worksheets) == len(SECTIONS) + 1
    with app.app_context():
        own = select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        serials = {row.serial for row in db.session.scalars(own)}
    basic = list(book['基本信息'].values)
    assert {row[0] for row in basic[1:]} == serials
    assert basic[0][2:5] == ('姓名', '性别', '证件类型')
    assert all('*' in str(row[5]) for row in basic[1:])
    about = {row[0]: row[1] for row in book['说明'].values}
    assert about['申报数'] == str(len(serials))
    assert about['筛选'].startswith('单位审核')


def test_a_text_is_never_a_formula(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        found = db.session.scalars(
            select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        ).first()
        assert found is not None
        Project.of(found)[0].name = '=HYPERLINK("http://evil")'
        Basic.of(found).work_employer = '+1'
        db.session.commit()
    book = exported(app, client_of('guanli1'), 'tab=employer_review')
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert not any(cell.data_type == 'f' for cell in cells)
    assert any(cell.value == '\'=HYPERLINK("http://evil")' for cell in cells)


def test_a_text_that_reads_as_an_error_is_a_text(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    with app.app_context():
        own = select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        found = db.session.scalars(own).first()
        assert found is not None
        found.applicant_name = Project.of(found)[0].name = '#REF!'
        db.session.commit()
    with client.get('/employer_applications/export/xlsx/?tab=employer_review') as answer:
        listed = load_workbook(io.BytesIO(answer.data))
    for book in (exported(app, client, 'tab=employer_review'), listed):
        kinds = {cell.data_type for sheet in book for row in sheet for cell in row if cell.value == '#REF!'}
        assert kinds == {'s'}


def test_control_characters_are_left_out(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        own = select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        found = db.session.scalars(own).first()
        assert found is not None
        Project.of(found)[0].name = '第一行\x0b第二行'
        Basic.of(found).work_employer = '\x07=1+1'
        db.session.commit()
    book = exported(app, client_of('guanli1'), 'tab=employer_review')
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert {'第一行第二行', "'=1+1"} <= {cell.value for cell in cells}
    assert not any(cell.data_type == 'f' for cell in cells)
    about = {row[0]: row[1] for row in exported(app, client_of('guanli1'), 'tab=all&search=%0b')['说明'].values}
    assert about['筛选'].endswith('搜索=')


def test_the_export_is_audited_and_an_empty_one_is_not_made(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    answer = client.post('/employer_applications/workbook/?search=没有这个人', follow_redirects=True)
    assert '没有可导出的申报' in answer.get_data(as_text=True)
    client.post('/employer_applications/workbook/?tab=all')
    with app.app_context():
        line = db.session.scalars(select(AuditLine.details).order_by(AuditLine.id.desc()).limit(1)).one()
    assert '明细' in line


def test_a_list_without_export_has_no_details_either(client_of: ClientOf) -> None:
    assert client_of('zhuanjia1').post('/ballots/workbook/').status_code == 403
