"""The applicant's form: drafts, lists, files, and what keeps a declaration from being submitted."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select

from demo import papers
from models import db
from models.account import Account
from models.application import Application, Stage
from models.declaration import Basic, Education, Target
from models.material import Attachment

ClientOf = Callable[[str], FlaskClient]


def draft_of(app: Flask, username: str) -> tuple[int, int]:
    """Key and version of a person's newest declaration."""
    with app.app_context():
        query = select(Application.id, Application.version).join(Account, Account.id == Application.applicant_id)
        row = db.session.execute(query.where(Account.username == username).order_by(Application.id.desc())).first()
        assert row is not None
        return row[0], row[1]


def begin(app: Flask, client: FlaskClient, username: str = 'geren1') -> tuple[int, int]:
    """Start a declaration."""
    assert client.post('/my_applications/new/').status_code == 302
    return draft_of(app, username)


def test_a_new_draft_knows_the_person_and_the_insured_employer(app: Flask, client_of: ClientOf) -> None:
    key, _version = begin(app, client_of('geren1'))
    with app.app_context():
        application = db.session.get_one(Application, key)
        basic = Basic.of(application)
        assert (application.stage, len(application.serial)) == (Stage.DRAFT, 19)
        assert (basic.name, basic.insured_employer) == (application.applicant.name, '深圳市云帆科技有限公司')


def test_a_draft_is_saved_whatever_is_missing(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    answer = client.post(
        f'/my_applications/edit/?id={key}', data={'version': version, 'basic-household': '广东省深圳市'}
    )
    assert answer.status_code == 302
    with app.app_context():
        assert Basic.of(db.session.get_one(Application, key)).household == '广东省深圳市'


def test_saving_by_itself_answers_with_version_and_index(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    answer = client.post(
        f'/my_applications/edit/?id={key}',
        data={'version': version, 'basic-sex': '男'},
        headers={'Accept': 'application/json'},
    )
    said = answer.get_json()
    assert (answer.status_code, said['version']) == (200, version + 1)
    assert [each['label'] for each in said['sections']][:3] == ['申报承诺', '基本信息', '教育经历']


def test_two_tabs_do_not_overwrite_each_other(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    path = f'/my_applications/edit/?id={key}'
    client.post(path, data={'version': version, 'basic-household': '广东省深圳市'})
    second = client.post(path, data={'version': version, 'basic-household': '广东省广州市'})
    page = second.get_data(as_text=True)
    assert second.status_code == 409
    assert '广东省深圳市' in page
    assert '广东省广州市' in page


def test_a_date_that_cannot_be_read_is_said_at_the_field_and_kept(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    data = {'version': version, 'basic-work_since': '2012-13-40', 'basic-household': '广东省深圳市'}
    page = client.post(f'/my_applications/edit/?id={key}', data=data).get_data(as_text=True)
    assert '日期不正确，请按 2026-01-31 的格式填写' in page
    assert '2012-13-40' in page
    assert '广东省深圳市' in page


def test_what_belongs_to_the_system_cannot_be_written(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    forged = {
        'version': version,
        'stage': 'closed',
        'result': 'passed',
        'serial': '1',
        'applicant_id': '2',
        'employer_id': '2',
        'basic-insured_employer': '别家单位',
        'basic-application_id': '2',
        'destination-route': '送人社局',
    }
    client.post(f'/my_applications/edit/?id={key}', data=forged)
    with app.app_context():
        application = db.session.get_one(Application, key)
        assert (application.stage, application.result, len(application.serial)) == (Stage.DRAFT, None, 19)
        assert application.employer_id is None
        assert Basic.of(application).insured_employer == '深圳市云帆科技有限公司'


def test_choices_narrow_each_other(client_of: ClientOf) -> None:
    client = client_of('geren1')
    wide = client.get('/my_applications/narrow/').get_json()
    assert (wide['series'], wide['level']) == (['工程技术'], [])
    narrow = client.get('/my_applications/narrow/?series=工程技术&level=副高级&title=高级工程师').get_json()
    assert (narrow['level'], narrow['title']) == (['助理级', '中级', '副高级', '正高级'], ['高级工程师'])
    assert '人工智能' in narrow['speciality']


def test_submitting_too_early_lists_what_is_missing_with_links(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    path = f'/my_applications/edit/?id={key}'
    answer = client.post(path, data={'version': version, 'then': 'submit'}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert '处需要补充' in page
    assert '<a href="#basic-sex">请选择性别</a>' in page
    assert draft_of(app, 'geren1')[0] == key


ROW = {
    'certificate_number': '105611999605123456',
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


def schools(app: Flask, key: int) -> list[str | None]:
    """The schools of a declaration."""
    with app.app_context():
        return [row.school for row in Education.of(db.session.get_one(Application, key))]


def test_a_list_row_is_added_changed_and_removed(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    assert client.post(f'/declaration_education/new/?application={key}', data=ROW).status_code == 302
    with app.app_context():
        row = Education.of(db.session.get_one(Application, key))[0].id
    assert client.post(f'/declaration_education/edit/?id={row}', data=ROW | {'school': '中山大学'}).status_code == 302
    assert schools(app, key) == ['中山大学']
    assert client.post(f'/declaration_education/delete/?id={row}').status_code == 302
    assert schools(app, key) == []


def test_a_list_row_wants_its_required_fields_and_keeps_the_rest(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    answer = client.post(f'/declaration_education/new/?application={key}', data=ROW | {'school': ''})
    page = answer.get_data(as_text=True)
    assert '请填写毕业学校' in page
    assert '软件工程' in page
    assert schools(app, key) == []


def test_a_kind_asks_for_its_own_fields(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    paper = {'kind': '论文', 'name': '论题', 'published_on': '2024-05-01', 'rank': '1', 'representative': '0'}
    page = client.post(f'/declaration_academic/new/?application={key}', data=paper).get_data(as_text=True)
    assert '请填写期刊名称' in page
    assert '请填写出版社' not in page


def test_no_one_adds_to_a_foreign_or_a_submitted_declaration(app: Flask, client_of: ClientOf) -> None:
    foreign, _version = draft_of(app, 'geren2')
    assert client_of('geren1').post(f'/declaration_education/new/?application={foreign}', data=ROW).status_code == 404
    sent, _version = draft_of(app, 'geren5')
    assert client_of('geren5').post(f'/declaration_education/new/?application={sent}', data=ROW).status_code == 403
    assert client_of('geren5').get(f'/my_applications/edit/?id={sent}').status_code == 403


def hand_in(client: FlaskClient, key: int, material: int, name: str, content: bytes) -> str:
    """Upload one file; answers with the page that follows."""
    data = {'material': str(material), 'file': (io.BytesIO(content), name)}
    answer = client.post(f'/files/upload/?id={key}', data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def spoiled(kind: str) -> bytes:
    """A PDF that must not be taken."""
    good = papers.scan('证书', '某某', [])
    if kind == 'truncated':
        return good[: len(good) // 2].replace(b'%%EOF', b'')
    writer = PdfWriter(PdfReader(io.BytesIO(good)))
    if kind == 'encrypted':
        writer.encrypt('secret', algorithm='RC4-128')
    else:
        script = {NameObject('/S'): NameObject('/JavaScript'), NameObject('/JS'): TextStringObject('app.alert(1)')}
        writer.root_object[NameObject('/OpenAction')] = DictionaryObject(script)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


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
    ],
    ids=['empty', 'large', 'other', 'misnamed', 'truncated', 'encrypted', 'script', 'not a photo', 'not pdf', 'broken'],
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
    hand_in(client, key, 3, '二.pdf', content)
    with app.app_context():
        files = list(db.session.scalars(select(Attachment).where(Attachment.application_id == key)))
        assert [(each.name, each.position) for each in files] == [('一.pdf', 0), ('二.pdf', 1)]
        assert len({each.file_id for each in files}) == 1
        number = files[0].id
    with client.get(f'/files/file/?file={number}') as answer:
        assert (answer.status_code, answer.data) == (200, content)
    assert client_of('geren2').get(f'/files/file/?file={number}').status_code == 404
    assert client_of('guanli1').get(f'/files/file/?file={number}').status_code == 404


def test_a_sent_declaration_can_be_withdrawn_and_then_terminated(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren5')
    key, version = draft_of(app, 'geren5')
    path = f'/my_applications/act/withdraw/?id={key}'
    client.post(path, data={'confirmed': '1', 'seen': version, 'source': 'employer_review'})
    key, version = draft_of(app, 'geren5')
    path = f'/my_applications/act/terminate/?id={key}'
    client.post(path, data={'confirmed': '1', 'seen': version, 'source': 'correction', 'opinion': '个人原因。'})
    with app.app_context():
        application = db.session.get_one(Application, key)
        assert (application.stage, application.result) == (Stage.CLOSED, 'terminated')


def test_a_draft_can_be_deleted_with_all_it_holds(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren2')
    key, version = draft_of(app, 'geren2')
    path = f'/my_applications/act/delete/?id={key}'
    client.post(path, data={'confirmed': '1', 'seen': version, 'source': 'draft'})
    with app.app_context():
        assert db.session.get(Application, key) is None
        assert db.session.get(Target, key) is None


def test_the_stock_bulk_delete_is_closed(app: Flask, client_of: ClientOf) -> None:
    """It would remove rows of a declaration that has been submitted."""
    key, _version = draft_of(app, 'geren5')
    with app.app_context():
        row = Education.of(db.session.get_one(Application, key))[0].id
    forged = {'action': 'delete', 'rowid': str(row)}
    assert client_of('geren5').post('/declaration_education/action/', data=forged).status_code == 403
    assert len(schools(app, key)) == 1
