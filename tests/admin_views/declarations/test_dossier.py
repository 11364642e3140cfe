"""打包办: one file of all forms and materials, in order, for whoever sees the declaration."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from demo import papers
from models import db
from models.application import Application, Stage
from models.issued_paper import IssuedPaper
from models.job import Job
from pdf_templates.engine import merging
from tests.helpers.types import ClientOf


def submitted(app: Flask) -> tuple[int, str, str]:
    """Key, serial and applicant of a declaration at the employer's."""
    with app.app_context():
        found = db.session.scalars(
            select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        ).first()
        assert found is not None
        return found.id, found.serial, found.applicant.username


def product(app: Flask, client: FlaskClient, key: int, form: str) -> bytes:
    """Pack, and fetch what was made."""
    answer = client.post(f'/files/pack/?id={key}&form={form}')
    assert answer.status_code == 302
    with app.app_context():
        job = db.session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
        assert (job.state, job.outcome) == ('done', '')
        number = job.id
    with client.get(f'/jobs/product/?id={number}') as made:
        return made.data


def test_a_dossier_is_one_pdf_with_a_bookmark_an_item_and_numbered_pages(app: Flask, client_of: ClientOf) -> None:
    key, _serial, username = submitted(app)
    reader = pypdf.PdfReader(io.BytesIO(product(app, client_of(username), key, 'pdf')))
    names = [str(item.title) for item in reader.outline]  # type: ignore[union-attr]
    assert names[:2] == ['广东省深圳市职称申报承诺书（个人）', '专业技术资格评审申报人情况登记表']
    assert names[2].startswith('照片-')
    with app.app_context():
        application = db.session.get_one(Application, key)
        assert len(names) == 2 + len(application.attachments)
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        assert f'{number} / {total}' in page.extract_text()


def test_a_dossier_is_a_zip_of_numbered_files(app: Flask, client_of: ClientOf) -> None:
    key, serial, _username = submitted(app)
    archive = zipfile.ZipFile(io.BytesIO(product(app, client_of('guanli1'), key, 'zip')))
    names = [name.split('/', 1)[1] for name in archive.namelist()]
    assert all(name.startswith(serial) for name in archive.namelist())
    assert names == sorted(names)
    with app.app_context():
        stored = db.session.get_one(Application, key).attachments[0].file.size
    assert stored in {info.file_size for info in archive.infolist()}


def test_the_forms_in_a_dossier_can_be_verified(app: Flask, client_of: ClientOf) -> None:
    key, _serial, username = submitted(app)
    product(app, client_of(username), key, 'pdf')
    with app.app_context():
        codes = list(db.session.scalars(select(IssuedPaper.code)))
    assert codes
    page = client_of('').get(f'/verify/{codes[-1]}').get_data(as_text=True)
    assert '真实有效' in page


def test_a_stranger_packs_nothing_and_an_unknown_form_is_refused(app: Flask, client_of: ClientOf) -> None:
    key, _serial, username = submitted(app)
    assert client_of('geren1').post(f'/files/pack/?id={key}').status_code == 404
    assert client_of(username).post(f'/files/pack/?id={key}&form=exe').status_code == 400


@pytest.mark.parametrize('content', [b'%PDF-1.4 broken', b'%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>'])
def test_a_file_that_cannot_be_bound_leaves_a_page_that_says_so(app: Flask, content: bytes) -> None:
    book = merging.Binding('卷宗', Path(app.config['FONT_FOLDER']))
    book.add('好', papers.scan('证书', '甲', []), 'application/pdf')
    book.add('坏', content, 'application/pdf')
    book.add('照片', papers.portrait(1), 'image/jpeg')
    reader = pypdf.PdfReader(io.BytesIO(book.bound()))
    assert len(reader.pages) == 3
    assert '「坏」无法并入' in reader.pages[1].extract_text()
