"""The applicant's form: drafts, lists and values that cannot be read."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import db
from models.application import Application, Stage
from models.catalogue import Call
from models.declaration import Basic, Education
from tests.helpers.declarations import SCHOOLING, begin, draft_of, first_row
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
        'version': version,
        'basic-sex': '',
        'basic-born_on': '',
        'basic-id_type': '居民身份证',
        'basic-id_number': '11010519491231002X',
        'basic-phone': '12',
        'basic-household': '火星',
    }
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


def schools(app: Flask, key: int) -> list[str | None]:
    """The schools of a declaration."""
    with app.app_context():
        return [row.school for row in Education.of(db.session.get_one(Application, key))]


def test_a_list_row_is_added_changed_and_removed(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    assert client.post(f'/declaration_education/new/?application={key}', data=SCHOOLING).status_code == 302
    with app.app_context():
        row = Education.of(db.session.get_one(Application, key))[0].id
    assert (
        client.post(f'/declaration_education/edit/?id={row}', data=SCHOOLING | {'school': '中山大学'}).status_code
        == 302
    )
    assert schools(app, key) == ['中山大学']
    assert client.post(f'/declaration_education/delete/?id={row}').status_code == 302
    assert schools(app, key) == []


def test_a_list_row_wants_its_required_fields_and_keeps_the_rest(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    answer = client.post(f'/declaration_education/new/?application={key}', data=SCHOOLING | {'school': ''})
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
    assert (
        client_of('geren1').post(f'/declaration_education/new/?application={foreign}', data=SCHOOLING).status_code
        == 404
    )
    sent, _version = draft_of(app, 'geren5')
    assert (
        client_of('geren5').post(f'/declaration_education/new/?application={sent}', data=SCHOOLING).status_code == 403
    )
    assert client_of('geren5').get(f'/my_applications/edit/?id={sent}').status_code == 403


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


def test_a_row_of_someone_else_is_out_of_reach(app: Flask, client_of: ClientOf) -> None:
    foreign, _version = draft_of(app, 'geren2')
    row, before = first_row(app, foreign), schools(app, foreign)
    client = client_of('geren1')
    assert client.get(f'/declaration_education/edit/?id={row}').status_code == 404
    assert client.post(f'/declaration_education/edit/?id={row}', data=SCHOOLING).status_code == 404
    assert client.post(f'/declaration_education/delete/?id={row}').status_code == 404
    assert client.get(f'/declaration_education/details/?id={row}').status_code == 404
    assert client.get(f'/declaration_education/new/?application={foreign}').status_code == 404
    assert schools(app, foreign) == before


def test_a_row_stays_with_its_declaration(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, _version = begin(app, client)
    foreign, _version = draft_of(app, 'geren2')
    before = schools(app, foreign)
    forged = SCHOOLING | {'application_id': str(foreign), 'application': str(foreign), 'id': '1', 'position': '0'}
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
    client.post(f'/declaration_education/new/?application={key}', data=SCHOOLING)
    assert draft_of(app, 'geren1')[1] > version
    data = {'version': version, 'basic-household': '广东省深圳市'}
    assert client.post(f'/my_applications/edit/?id={key}', data=data).status_code == 409


def test_the_stock_bulk_delete_is_closed(app: Flask, client_of: ClientOf) -> None:
    """It would remove rows of a declaration that has been submitted."""
    key, _version = draft_of(app, 'geren5')
    with app.app_context():
        row = Education.of(db.session.get_one(Application, key))[0].id
    forged = {'action': 'delete', 'rowid': str(row)}
    assert client_of('geren5').post('/declaration_education/action/', data=forged).status_code == 403
    assert len(schools(app, key)) == 1
