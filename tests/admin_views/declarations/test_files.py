"""Files of a declaration: what is refused, kept once, and shown to whom they concern."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from demo import papers
from models import db
from models.application import Application
from models.declaration import Basic
from models.material import Attachment
from tests.helpers.declarations import begin, draft_of, files_of
from tests.helpers.scans import picture, spoiled
from tests.helpers.types import ClientOf


def hand_in(client: FlaskClient, key: int, material: int, name: str, content: bytes) -> str:
    """Upload one file; answers with the page that follows."""
    data = {'material': str(material), 'file': (io.BytesIO(content), name)}
    answer = client.post(f'/files/upload/?id={key}', data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ('material', 'name', 'content', 'why'),
    [
        (3, 'a.pdf', b'', '文件是空的'),
        (3, 'a.pdf', b'%PDF-' + b'0' * (10 * 1024 * 1024), '超过 10 MB'),
        (3, 'a.pdf', b'MZ' + b'0' * 200, '内容不是 PDF、JPEG 或 PNG'),
        (3, 'a.pdf', papers.portrait(1), '内容与文件名不符'),
        (3, 'a.pdf', spoiled('truncated'), 'PDF 已损坏或不完整'),
        (3, 'a.pdf', spoiled('encrypted'), 'PDF 已加密'),
        (3, 'a.pdf', spoiled('script'), 'PDF 含有脚本或内嵌文件'),
        (1, 'a.pdf', papers.scan('x', 'y', []), '此材料只接受证件照'),
        (5, 'a.jpg', papers.portrait(1), '此材料只接受PDF 文件'),
        (3, 'a.jpg', papers.portrait(1)[:500], '图片'),
        (1, 'a.png', picture(294, 500), '至少应为 295×413 像素'),
        (1, 'a.png', picture(600, 500), '不是证件照的比例'),
    ],
    ids=[
        'empty',
        'large',
        'other',
        'misnamed',
        'truncated',
        'encrypted',
        'script',
        'not a photo',
        'not pdf',
        'broken',
        'small',
        'wide',
    ],
)
def test_a_bad_file_is_refused_with_the_reason(
    app: Flask, client_of: ClientOf, material: int, name: str, content: bytes, why: str
) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    assert why in hand_in(client, key, material, name, content)
    with app.app_context():
        assert list(db.session.scalars(select(Attachment).where(Attachment.application_id == key))) == []


def test_the_same_bytes_are_stored_once_and_shown_only_to_whom_they_concern(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    content = papers.scan('毕业证书', '陈思远', ['同一份'])
    hand_in(client, key, 3, '一.pdf', content)
    hand_in(client, key, 4, '二.pdf', content)
    with app.app_context():
        files = list(db.session.scalars(select(Attachment).where(Attachment.application_id == key)))
        assert [each.name for each in files] == ['一.pdf', '二.pdf']
        assert len({each.file_id for each in files}) == 1
        number = files[0].id
    with client.get(f'/files/file/?file={number}') as answer:
        assert (answer.status_code, answer.data) == (200, content)
    assert client_of('geren2').get(f'/files/file/?file={number}').status_code == 404
    assert client_of('guanli1').get(f'/files/file/?file={number}').status_code == 404


def test_a_bad_file_keeps_neither_the_good_ones_nor_the_form_out(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    client.post(f'/my_applications/edit/?id={key}', data={'version': version, 'basic-household': '广东省深圳市'})
    good = papers.scan('毕业证书', '陈思远', ['好'])
    data = {
        'material': '3',
        'file': [(io.BytesIO(b'MZ' + b'0' * 99), '坏.pdf'), (io.BytesIO(good), '../../好.pdf')],
    }
    answer = client.post(f'/files/upload/?id={key}', data=data, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert '坏.pdf' in page
    with app.app_context():
        application = db.session.get_one(Application, key)
        assert [each.name.rpartition('/')[2] for each in application.attachments] == ['好.pdf']
        assert Basic.of(application).household == '广东省深圳市'


@pytest.mark.parametrize('material', ['', '0', '-1', 'x', '99', '9' * 30, '²'])
def test_a_file_for_no_material_is_refused(app: Flask, client_of: ClientOf, material: str) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    data = {'material': material, 'file': (io.BytesIO(papers.scan('x', 'y', [])), 'a.pdf')}
    assert client.post(f'/files/upload/?id={key}', data=data).status_code == 404
    assert client.post(f'/files/upload/?id={key}', data={'material': '3'}).status_code == 302


@pytest.mark.parametrize('username', ['geren1', 'guanli1', 'guanli2', 'bangong1', 'bangong2', 'rensheju1', 'zhuanjia1'])
def test_only_the_applicant_hands_files_in_and_takes_them_back(app: Flask, client_of: ClientOf, username: str) -> None:
    key, _version = draft_of(app, 'geren3')  # in correction: the employer sees it, too
    held, client = files_of(app, key), client_of(username)
    data = {'material': '3', 'file': (io.BytesIO(papers.scan('x', 'y', [])), 'a.pdf')}
    status = 403 if username == 'guanli1' or (username == 'bangong2' and held) else 404
    assert client.post(f'/files/upload/?id={key}', data=data).status_code == status
    assert client.post(f'/files/remove/?file={held[0]}').status_code == status
    assert files_of(app, key) == held
