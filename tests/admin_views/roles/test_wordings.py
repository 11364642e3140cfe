"""文本设置: every paper's text in versions, with a preview that shows no person and keeps nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import db
from models.application import Application
from models.declaration import Basic
from models.issued_paper import IssuedPaper
from models.notice import Notice
from models.wording import Wording
from pdf_templates.reports import WORDINGS
from tests.helpers.papers import pages
from tests.helpers.types import ClientOf


def test_every_paper_with_a_text_has_one(app: Flask) -> None:
    with app.app_context():
        assert set(db.session.scalars(select(Wording.code))) == set(WORDINGS)


def test_a_new_version_takes_force_and_the_old_one_stays(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    with app.app_context():
        old = db.session.scalars(select(Wording).where(Wording.code == 'fee-notice')).one()
        key, body = old.id, old.body
    page = client.get(f'/wordings/new/?since={key}').get_data(as_text=True)
    assert body.splitlines()[0] in page
    assert 'value="fee-notice" selected' in page or 'selected value="fee-notice"' in page
    answer = client.post('/wordings/new/', data={'code': 'fee-notice', 'body': '新的说明。'})
    assert answer.status_code == 302
    with app.app_context():
        found = db.session.execute(
            select(Wording.version, Wording.body).where(Wording.code == 'fee-notice').order_by(Wording.version)
        ).all()
        assert [tuple(row) for row in found] == [(1, body), (2, '新的说明。')]


def test_a_text_of_no_paper_is_refused(app: Flask, client_of: ClientOf) -> None:
    answer = client_of('pingtai1').post('/wordings/new/', data={'code': 'nonsense', 'body': '文'})
    assert '不是有效的选择' in answer.get_data(as_text=True)


@pytest.mark.parametrize('code', WORDINGS)
def test_a_preview_shows_the_new_words_and_no_person(app: Flask, client_of: ClientOf, code: str) -> None:
    def counts() -> tuple[int, int, int]:
        with app.app_context():
            return tuple(
                db.session.scalar(select(func.count()).select_from(model)) for model in (Wording, IssuedPaper, Notice)
            )

    with app.app_context():
        submitted = select(Application).where(Application.submitted_at.is_not(None)).order_by(Application.id.desc())
        example = db.session.scalars(submitted).first()
        hidden = {example.applicant_name, Basic.of(example).id_number}
    before = counts()
    answer = client_of('pingtai1').post(
        '/wordings/proof/', data={'code': code, 'body': '独特的新文本。\n{年度}年，{申报人}，{姓名}，{缴款人}。'}
    )
    assert answer.mimetype == 'application/pdf'
    text = ''.join(pages(answer.data))
    assert '独特的新文本。' in text
    assert '草稿' in text
    assert not any(each in text for each in hidden)
    assert counts() == before


@pytest.mark.parametrize('data', [{}, {'code': 'fee-notice'}, {'code': 'registration', 'body': '文'}, {'body': '文'}])
def test_a_preview_of_nothing_is_refused(client_of: ClientOf, data: dict[str, str]) -> None:
    assert client_of('pingtai1').post('/wordings/proof/', data=data).status_code == 400


def test_only_the_platform_previews(client_of: ClientOf) -> None:
    for username in ('geren3', 'guanli1', 'bangong1'):
        data = {'code': 'fee-notice', 'body': '文'}
        assert client_of(username).post('/wordings/proof/', data=data).status_code == 403
