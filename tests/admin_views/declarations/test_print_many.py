"""生成报表 for ticked rows: merged or apart, at once or as a job, and only what the visitor may print."""

from __future__ import annotations

import io
import zipfile

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_views.declarations import print_many
from models import db
from models.application import Application
from models.issued_paper import IssuedPaper, Printing
from models.job import Job
from tests.helpers.types import ClientOf


def rows(app: Flask, stage: str = 'employer_review', employer: int = 1) -> list[tuple[int, str, str]]:
    """Key, name and serial of the declarations at a stage."""
    with app.app_context():
        query = select(Application).where(Application.stage == stage, Application.employer_id == employer)
        found = db.session.scalars(query.order_by(Application.entered_at, Application.id))
        return [(row.id, row.applicant_name, row.serial) for row in found]


def ask(client: FlaskClient, keys: list[int], report: str, way: str, room: str = 'employer_applications') -> object:
    """Confirm a bundle."""
    data = {'action': 'papers', 'confirmed': '1', 'report': report, 'way': way, 'tab': 'employer_review', 'rowid': keys}
    return client.post(f'/{room}/action/', data=data)


def test_the_page_asks_which_report(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    assert '生成报表' in client.get('/employer_applications/?tab=employer_review').get_data(as_text=True)
    keys = [row[0] for row in rows(app)]
    data = {'action': 'papers', 'tab': 'employer_review', 'rowid': keys}
    text = client.post('/employer_applications/action/', data=data).get_data(as_text=True)
    for wanted in ('合并为一个 PDF', '打包为 ZIP', '专业技术资格评审申报人情况登记表', f'共选 {len(keys)} 项'):
        assert wanted in text
    nothing = client.post('/employer_applications/action/', data={'action': 'papers', 'tab': 'employer_review'})
    assert '请先勾选' in nothing.get_data(as_text=True)


def test_one_document_with_bookmarks(app: Flask, client_of: ClientOf) -> None:
    chosen = rows(app)
    answer = ask(client_of('guanli1'), [row[0] for row in chosen], 'registration', 'pdf')
    assert answer.mimetype == 'application/pdf'
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    tops = [each.title for each in reader.outline if not isinstance(each, list)]
    assert tops == [f'{name} {serial}' for _key, name, serial in chosen]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(IssuedPaper)) == len(chosen)
        assert db.session.scalar(select(func.count()).select_from(Printing)) == len(chosen)


def test_a_zip_is_the_same_bytes_twice(app: Flask, client_of: ClientOf) -> None:
    chosen, client = rows(app), client_of('guanli1')
    first, again = (ask(client, [row[0] for row in chosen], 'commitment-employer', 'zip') for _ in range(2))
    assert first.data == again.data
    with zipfile.ZipFile(io.BytesIO(first.data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f'{name} {serial}.pdf' for _key, name, serial in chosen)
        single = client.get(f'/files/print/?id={chosen[0][0]}&report=commitment-employer').data
        assert archive.read(f'{chosen[0][1]} {chosen[0][2]}.pdf')[:5] == single[:5] == b'%PDF-'


def test_what_cannot_be_printed_is_left_out_or_named(app: Flask, client_of: ClientOf) -> None:
    open_ones, closed = rows(app, 'pre_notice'), rows(app)
    client = client_of('guanli1')
    answer = ask(client, [closed[0][0], open_ones[0][0]], 'pre-notice-report', 'pdf')
    tops = pypdf.PdfReader(io.BytesIO(answer.data)).outline
    assert [each.title for each in tops if not isinstance(each, list)] == [f'{open_ones[0][1]} {open_ones[0][2]}']
    text = ask(client, [closed[0][0]], 'pre-notice-report', 'pdf').get_data(as_text=True)
    assert '所选申报都不能打印这种报表' in text
    assert '单位评前公示环节起可打印' in text


def test_rows_of_others_are_not_printed(app: Flask, client_of: ClientOf) -> None:
    foreign = [row[0] for row in rows(app, employer=2)]
    assert foreign
    assert '请先勾选' in ask(client_of('guanli1'), foreign, 'registration', 'pdf').get_data(as_text=True)


def test_a_report_of_others_is_not_on_offer(app: Flask, client_of: ClientOf) -> None:
    keys = [row[0] for row in rows(app)]
    answer = ask(client_of('guanli1'), keys, 'certificate', 'pdf')
    assert answer.mimetype == 'text/html'
    assert '职称证书' not in answer.get_data(as_text=True)


@pytest.mark.parametrize('way', ['pdf', 'zip'])
def test_many_are_made_by_a_job(app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(print_many, 'MOST_PAPERS_AT_ONCE', 2)
    monkeypatch.setattr(print_many, 'PAPERS_A_BATCH', 2)
    chosen, client = rows(app), client_of('guanli1')
    answer = ask(client, [row[0] for row in chosen], 'registration', way)
    assert answer.status_code == 302
    with app.app_context():
        job = db.session.scalars(select(Job)).one()
        key = job.id
        assert (job.state, job.outcome, job.done) == ('done', f'已生成 {len(chosen)} 份', len(chosen))
    assert answer.location == f'/jobs/show/?id={key}'
    with client.get(f'/jobs/product/?id={key}') as product:
        if way == 'pdf':
            tops = pypdf.PdfReader(io.BytesIO(product.data)).outline
            assert len([each for each in tops if not isinstance(each, list)]) == len(chosen)
        else:
            with zipfile.ZipFile(io.BytesIO(product.data)) as archive:
                assert len(archive.namelist()) == len(chosen)


def test_experts_print_nothing(client_of: ClientOf) -> None:
    assert '生成报表' not in client_of('zhuanjia1').get('/ballots/').get_data(as_text=True)
    assert client_of('zhuanjia1').post('/ballots/action/', data={'action': 'papers'}).status_code == 403
