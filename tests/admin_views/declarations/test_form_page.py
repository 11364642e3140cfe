"""The applicant's form: drafts, lists, files, and what keeps a declaration from being submitted."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import func, select

from demo import papers
from models import db
from models.application import Application, Stage
from models.catalogue import Call
from models.declaration import Basic, Destination, Education, SelfEvaluation, Target
from models.material import Attachment
from tests.helpers.declarations import begin, draft_of
from tests.helpers.types import ClientOf, Find


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
    assert [each['label'] for each in said['sections']][:3] == ['事项说明', '申报承诺', '基本信息']


def test_birth_and_sex_follow_from_the_id_and_what_is_wrong_is_told_by_field(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    with app.app_context():
        basic = Basic.of(db.session.get_one(Application, key))
        assert (basic.id_type, basic.sex is not None, basic.born_on is not None) == ('居民身份证', True, True)
    data = {
        'version': version, 'basic-sex': '', 'basic-born_on': '',
        'basic-id_type': '居民身份证', 'basic-id_number': '11010519491231002X',
        'basic-phone': '12', 'basic-household': '火星',
    }  # fmt: skip
    said = client.post(f'/my_applications/edit/?id={key}', data=data, headers={'Accept': 'application/json'}).get_json()
    assert said['filled'] == {'basic-born_on': '1949-12-31', 'basic-sex': '女'}
    wrong = {problem['url']: problem['text'] for problem in said['problems']}
    assert '联系电话格式不正确' in wrong['#basic-phone']
    assert '户籍须从省、市、区的名称写起' in wrong['#basic-household']


def test_what_is_typed_is_completed(client_of: ClientOf) -> None:
    client = client_of('geren1')
    assert client.get('/my_applications/suggest/?source=division&text=深圳 南山').json == ['广东省深圳市南山区']
    assert client.get('/my_applications/suggest/?source=division&text=').json == []
    assert client.get('/my_applications/suggest/?source=secrets&text=a').status_code == 404


def test_hints_stand_under_their_section(app: Flask, client_of: ClientOf, application: Find) -> None:
    found = application(Stage.CORRECTION)
    key, username = found.id, found.applicant.username
    db.session.rollback()
    page = client_of(username).get(f'/my_applications/edit/?id={key}').get_data(as_text=True)
    assert '共 90 学时' in page


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
    assert '<a href="#basic-work_since">请填写参加工作时间</a>' in page
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


def picture(width: int, height: int) -> bytes:
    """A PNG of that size in pixels."""
    drawn = io.BytesIO()
    Image.new('L', (width, height)).save(drawn, 'PNG')
    return drawn.getvalue()


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


def test_the_second_of_two_tabs_changes_nothing_stored(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    path, first = f'/my_applications/edit/?id={key}', {'version': version, 'basic-household': '广东省深圳市'}
    client.post(path, data=first)
    for accept in ('text/html', 'application/json'):
        second = {'version': version, 'basic-household': '广东省广州市'}
        assert client.post(path, data=second, headers={'Accept': accept}).status_code == 409
    with app.app_context():
        assert Basic.of(db.session.get_one(Application, key)).household == '广东省深圳市'


@pytest.mark.parametrize(
    'given',
    [
        {'basic-sex': '其他'},
        {'basic-household': '长' * 5000},
        {'target-series': '没有的系列', 'target-level': '没有的级别'},
        {'target-track': 'nothing'},
        {'destination-employer_id': '99999999999999999999'},
        {'destination-employer_id': '99999'},
        {'destination-employer_id': '-1'},
        {'destination-employer_id': 'x'},
        {'basic-work_since': '0000-00-00'},
        {'basic-work_since': '9999-12-31'},
        {'basic-insured_years': '9' * 30},
        {'basic-name': '<script>alert(1)</script>'},
    ],
    ids=lambda given: next(f'{name} {value[:12]}' for name, value in given.items()),
)
def test_no_value_breaks_the_form(app: Flask, client_of: ClientOf, given: dict[str, str]) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    path, data = f'/my_applications/edit/?id={key}', given | {'version': str(version), 'basic-nation': '汉族'}
    answer = client.post(path, data=data, follow_redirects=True)
    assert answer.status_code == 200
    assert '<script>alert(1)' not in answer.get_data(as_text=True)
    assert client.post(path, data=data, headers={'Accept': 'application/json'}).status_code in (200, 409, 422)
    with app.app_context():
        assert db.session.get_one(Application, key).stage == Stage.DRAFT


def test_a_value_that_cannot_be_read_is_named_when_the_form_saves_by_itself(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    data = {'version': version, 'basic-work_since': '2012-13-40'}
    answer = client.post(f'/my_applications/edit/?id={key}', data=data, headers={'Accept': 'application/json'})
    assert answer.status_code == 422
    assert answer.get_json()['errors']['basic']['work_since'] == ['日期不正确，请按 2026-01-31 的格式填写']


def test_starting_asks_for_a_post_and_an_open_call(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')

    def count() -> int:
        with app.app_context():
            return db.session.scalars(select(func.count(Application.id))).one()

    before = count()
    assert client.get('/my_applications/new/').status_code == 200
    assert count() == before
    with app.app_context():
        for call in db.session.scalars(select(Call)):
            call.closes_on = call.opens_on
        db.session.commit()
    assert client.post('/my_applications/new/').status_code == 403
    assert '当前没有开放的年度申报计划' in client.get('/my_applications/').get_data(as_text=True)
    assert count() == before


def first_row(app: Flask, key: int) -> int:
    """The key of a declaration's first education row."""
    with app.app_context():
        return Education.of(db.session.get_one(Application, key))[0].id


def test_a_row_of_someone_else_is_out_of_reach(app: Flask, client_of: ClientOf) -> None:
    foreign, _version = draft_of(app, 'geren2')
    row, before = first_row(app, foreign), schools(app, foreign)
    client = client_of('geren1')
    assert client.get(f'/declaration_education/edit/?id={row}').status_code == 404
    assert client.post(f'/declaration_education/edit/?id={row}', data=ROW).status_code == 404
    assert client.post(f'/declaration_education/delete/?id={row}').status_code == 404
    assert client.get(f'/declaration_education/details/?id={row}').status_code == 404
    assert client.get(f'/declaration_education/new/?application={foreign}').status_code == 404
    assert schools(app, foreign) == before


def test_a_row_stays_with_its_declaration(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    foreign, _version = draft_of(app, 'geren2')
    before = schools(app, foreign)
    forged = ROW | {'application_id': str(foreign), 'application': str(foreign), 'id': '1', 'position': '0'}
    client.post(f'/declaration_education/new/?application={key}', data=forged)
    row = first_row(app, key)
    assert row != 1
    forged['school'] = '被移走的学校'
    client.post(f'/declaration_education/edit/?id={row}', data=forged)
    assert schools(app, key) == ['被移走的学校']
    assert schools(app, foreign) == before


def test_the_version_counts_rows_and_files_too(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    client.post(f'/declaration_education/new/?application={key}', data=ROW)
    assert draft_of(app, 'geren1')[1] > version
    data = {'version': version, 'basic-household': '广东省深圳市'}
    assert client.post(f'/my_applications/edit/?id={key}', data=data).status_code == 409


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


def files_of(app: Flask, key: int) -> list[int]:
    """The files of a declaration."""
    with app.app_context():
        return list(db.session.scalars(select(Attachment.id).where(Attachment.application_id == key)))


@pytest.mark.parametrize('username', ['geren1', 'guanli1', 'guanli2', 'bangong1', 'bangong2', 'rensheju1', 'zhuanjia1'])
def test_only_the_applicant_hands_files_in_and_takes_them_back(app: Flask, client_of: ClientOf, username: str) -> None:
    key, _version = draft_of(app, 'geren3')  # in correction: the employer sees it, too
    held, client = files_of(app, key), client_of(username)
    data = {'material': '3', 'file': (io.BytesIO(papers.scan('x', 'y', [])), 'a.pdf')}
    status = 403 if username == 'guanli1' or (username == 'bangong2' and held) else 404
    assert client.post(f'/files/upload/?id={key}', data=data).status_code == status
    assert client.post(f'/files/remove/?file={held[0]}').status_code == status
    assert files_of(app, key) == held


def send(app: Flask, client: FlaskClient, username: str) -> tuple[str, str]:
    """Submit a person's newest declaration; answers with its stage and the page that follows."""
    key, version = draft_of(app, username)
    with app.app_context():
        stage = db.session.get_one(Application, key).stage
    data = {'confirmed': '1', 'seen': version, 'source': stage}
    answer = client.post(f'/my_applications/act/submit/?id={key}', data=data, follow_redirects=True)
    with app.app_context():
        return db.session.get_one(Application, key).stage, answer.get_data(as_text=True)


def test_an_incomplete_draft_is_not_sent_even_past_the_form(app: Flask, client_of: ClientOf) -> None:
    stage, page = send(app, client_of('geren2'), 'geren2')
    assert stage == Stage.DRAFT
    assert '不能提交到单位' in page


def test_a_complete_draft_is_sent_and_then_sealed(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren2')
    key, version = draft_of(app, 'geren2')
    with app.app_context():
        application = db.session.get_one(Application, key)
        SelfEvaluation.of(application).achievement = '主持完成三项省级项目，成果得到应用。' * 12
        db.session.commit()
    stage, page = send(app, client, 'geren2')
    assert stage == Stage.EMPLOYER_REVIEW, page
    row, file = first_row(app, key), files_of(app, key)[0]
    data = {'material': '3', 'file': (io.BytesIO(papers.scan('x', 'y', [])), 'a.pdf')}
    sealed = [
        client.get(f'/my_applications/edit/?id={key}'),
        client.post(f'/my_applications/edit/?id={key}', data={'version': version, 'basic-household': '改'}),
        client.get(f'/declaration_education/new/?application={key}'),
        client.post(f'/declaration_education/new/?application={key}', data=ROW),
        client.get(f'/declaration_education/edit/?id={row}'),
        client.post(f'/declaration_education/edit/?id={row}', data=ROW),
        client.post(f'/declaration_education/delete/?id={row}'),
        client.post(f'/files/upload/?id={key}', data=data),
        client.post(f'/files/remove/?file={file}'),
    ]
    assert [answer.status_code for answer in sealed] == [403] * len(sealed)
    assert '现处「单位审核」环节，不能修改' in sealed[0].get_data(as_text=True)
    with app.app_context():
        assert db.session.get_one(Application, key).revision == 1


def test_an_employer_that_is_not_on_offer_gets_nothing(app: Flask, client_of: ClientOf) -> None:
    """手册 §1.4.5: a declaration goes to the insured employer, or to one whose roster holds the person."""
    key, _version = draft_of(app, 'geren2')
    with app.app_context():
        application = db.session.get_one(Application, key)
        SelfEvaluation.of(application).achievement = '主持完成三项省级项目，成果得到应用。' * 12
        Destination.of(application).employer_id = application.employer_id = 2
        db.session.commit()
    assert send(app, client_of('geren2'), 'geren2')[0] == Stage.DRAFT
    page = client_of('geren2').get(f'/my_applications/edit/?id={key}&check=submit').get_data(as_text=True)
    assert '<a href="#destination-employer_id">' in page


def test_a_draft_sent_after_the_call_has_closed_stays_a_draft(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        key = draft_of(app, 'geren2')[0]
        SelfEvaluation.of(db.session.get_one(Application, key)).achievement = (
            '主持完成三项省级项目，成果得到应用。' * 12
        )
        for call in db.session.scalars(select(Call)):
            call.closes_on = call.opens_on
        db.session.commit()
    assert send(app, client_of('geren2'), 'geren2')[0] == Stage.DRAFT


def act(app: Flask, client: FlaskClient, action: str, username: str, **answers: str) -> tuple[int, str, str]:
    """Do one thing with a person's newest declaration: status, page and the stage afterwards."""
    key, version = draft_of(app, username)
    with app.app_context():
        source = db.session.get_one(Application, key).stage
    data = {'confirmed': '1', 'seen': version, 'source': source, **answers}
    answer = client.post(f'/my_applications/act/{action}/?id={key}', data=data)
    with app.app_context():
        stage = db.session.get_one(Application, key).stage
    return answer.status_code, answer.get_data(as_text=True), stage


def test_withdrawing_is_over_once_the_employer_has_acted(app: Flask, client_of: ClientOf) -> None:
    status, page, stage = act(app, client_of('geren6'), 'withdraw', 'geren6')
    assert (status, stage) == (409, Stage.PRE_NOTICE)
    assert re.search(r'刘宏伟已于 \d\d-\d\d \d\d:\d\d 通过', page)


def test_terminating_wants_a_reason_and_happens_in_correction_only(app: Flask, client_of: ClientOf) -> None:
    status, page, stage = act(app, client_of('geren3'), 'terminate', 'geren3', opinion=' ')
    assert (status, '请填写原因' in page, stage) == (200, True, Stage.CORRECTION)
    status, _page, stage = act(app, client_of('geren5'), 'terminate', 'geren5', opinion='不报了')
    assert (status, stage) == (409, Stage.EMPLOYER_REVIEW)


def test_what_was_sent_cannot_be_deleted(app: Flask, client_of: ClientOf) -> None:
    for username in ('geren3', 'geren5'):
        key, _version = draft_of(app, username)
        assert client_of(username).post(f'/my_applications/delete/?id={key}').status_code == 403
        assert act(app, client_of(username), 'delete', username)[0] == 409


def test_neither_list_nor_export_tells_apart_who_has_passed(app: Flask, client_of: ClientOf) -> None:
    """The list says who handles it by the stage that is shown, and the export not when a stage was entered."""
    with app.app_context():
        found = db.session.scalars(select(Application).where(Application.stage == Stage.NOTICE_LAUNCH)).first()
        assert found is not None
        assert found.committee is not None
        username, committee, office = found.applicant.username, str(found.committee), found.committee.office_name
    client = client_of(username)
    page = client.get('/my_applications/?tab=all').get_data(as_text=True)
    assert f'>{office}<' not in page
    assert f'>{committee}<' in page
    with client.get('/my_applications/export/csv/?tab=all') as answer:
        assert '进入环节时间' not in answer.get_data(as_text=True)


def test_a_result_is_not_told_before_the_office_releases_it(app: Flask, client_of: ClientOf) -> None:
    """Design: a decision can be made now and published later."""
    with app.app_context():
        found = db.session.scalars(select(Application).where(Application.stage == Stage.NOTICE_LAUNCH)).first()
        assert found is not None
        username, key = found.applicant.username, found.id
    client = client_of(username)
    for path in (
        '/',
        '/messages/',
        '/my_applications/?tab=all',
        f'/my_applications/details/?id={key}',
        f'/my_applications/progress/?id={key}',
        f'/my_applications/act/withdraw/?id={key}',
        f'/files/?id={key}',
        f'/files/reports/?id={key}',
        '/my_orders/',
        f'/my_applications/edit/?id={key}',
        '/my_applications/export/csv/?tab=all',
    ):
        with client.get(path) as answer:
            page = answer.get_data(as_text=True).partition('<ol class="progress-line">')
        text = re.sub(r'<select.*?</select>', '', page[0] + page[2].partition('</ol>')[2])
        found_there = re.search('.{60}(?:发起单位评后公示|评审通过|notice_launch).{60}', text, re.S)
        assert found_there is None, (path, found_there)
    assert '/my_applications/details/' not in client.get('/my_applications/?tab=all&stage=notice_launch').get_data(
        as_text=True
    )


def test_the_stock_bulk_delete_is_closed(app: Flask, client_of: ClientOf) -> None:
    """It would remove rows of a declaration that has been submitted."""
    key, _version = draft_of(app, 'geren5')
    with app.app_context():
        row = Education.of(db.session.get_one(Application, key))[0].id
    forged = {'action': 'delete', 'rowid': str(row)}
    assert client_of('geren5').post('/declaration_education/action/', data=forged).status_code == 403
    assert len(schools(app, key)) == 1
