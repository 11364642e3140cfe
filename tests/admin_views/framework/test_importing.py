"""Importing over HTTP: upload, preview, import, the rest to mend; everyone sees only what is theirs."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import event, func, select, update

from admin_views.framework.importing import AT_ONCE
from models import db
from models.account import Account, Grant
from models.application import Application
from models.audit import AuditLine
from models.base import now
from models.employer import RosterEntry
from models.job import Job, JobState
from models.message import Message
from models.registry import EducationRecord
from models.table_import import SheetImport
from rules import table_imports
from tests.helpers.types import ClientOf
from tests.helpers.workbooks import HEADS, ONE, TWO, workbook

BAD = ['王五', '居民身份证', '440106198703127734']


def upload(client: FlaskClient, content: bytes, name: str = '名单.xlsx', room: str = 'roster') -> Any:
    """Hand a file in; the answer is the preview, or the page again."""
    return client.post(f'/{room}/import/', data={'file': (io.BytesIO(content), name)})


def previewed(client: FlaskClient, *rows: Sequence[Any], room: str = 'roster') -> str:
    """Upload rows under the heading; answers with the address of the preview."""
    answer = upload(client, workbook(*rows), room=room)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def key_of(preview: str) -> str:
    """The import that a preview's address names."""
    return preview.partition('id=')[2]


def run(client: FlaskClient, preview: str, **data: str) -> str:
    """Import, and read the page that follows."""
    answer = client.post('/roster/import/run/', data={'id': key_of(preview), **data}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def roster(app: Flask, username: str = 'guanli1') -> list[str]:
    """The names on the roster of a person's employer."""
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        rows = select(RosterEntry.name).where(RosterEntry.employer_id == me.employer_id).order_by(RosterEntry.id)
        return list(db.session.scalars(rows))


def words(page: str) -> str:
    """The text of a page."""
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]*>', ' ', page))


def test_importing_is_the_one_main_way_into_a_list_be_it_empty(client_of: ClientOf) -> None:
    main = re.compile('<a class="btn btn-main"[^>]*>([^<]*)</a>').findall
    client = client_of('guanli1')
    assert main(client.get('/roster/').text) == ['导入人员']
    run(client, previewed(client, HEADS, ONE))
    page = client.get('/roster/').text
    assert main(page) == ['导入人员']
    assert '>＋ 新增</a>' in page


def test_the_template_is_a_workbook_with_a_chinese_name(client_of: ClientOf) -> None:
    answer = client_of('guanli1').get('/roster/import/template/')
    assert '人员管理导入模板.xlsx' in unquote(answer.headers['Content-Disposition'])
    sheet: Any = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == ['姓名*', '证件类型', '证件号码*']
    assert sheet['A2'].value == '示例：张三'


def test_the_preview_says_of_every_row_what_will_become_of_it(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, [*HEADS, '备注'], [*ONE, 'x'], TWO, ONE, BAD)
    page = words(client.get(preview).get_data(as_text=True))
    assert '全部 4' in page
    assert '可导入 2' in page
    assert '重复 1' in page
    assert '与第 2 行重复' in page
    assert '有误 1' in page
    assert '居民身份证号码不正确，请核对 18 位号码' in page
    assert '这些列没有导入：备注' in page
    assert '有误 1 行、重复 1 行，不能整表导入' in page
    assert roster(app) == []
    only_wrong = words(client.get(f'{preview}&show=wrong').get_data(as_text=True))
    assert '王五' in only_wrong
    assert '李娜' not in only_wrong


def test_the_preview_names_the_sheets_that_were_not_read(client_of: ClientOf) -> None:
    book = Workbook()
    for name, person in (('一组', ONE), ('二组', TWO)):
        for row in (HEADS, person):
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    file = io.BytesIO()
    book.save(file)
    client = client_of('guanli1')
    page = words(client.get(upload(client, file.getvalue()).location).get_data(as_text=True))
    assert '只读取了工作表“一组”，没有读取：二组。' in page
    assert '李娜' not in page


def test_the_good_rows_are_imported_and_the_wrong_ones_come_back(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, ONE, BAD, TWO)
    page = words(run(client, preview))
    assert '「名单.xlsx」已导入：新增 2 行，未导入 1 行' in page
    assert roster(app) == ['陈思远', '李娜']
    faulty = client.get(f'/roster/import/faulty/?id={key_of(preview)}')
    sheet: Any = load_workbook(io.BytesIO(faulty.data)).active
    assert [cell.value for cell in sheet[2]][:3] == BAD
    assert '居民身份证号码不正确' in sheet['D2'].value
    sheet['C2'] = 'E1234567'
    sheet['B2'] = '护照'
    file = io.BytesIO()
    sheet.parent.save(file)
    mended = upload(client, file.getvalue()).location
    run(client, mended, whole='1')
    assert roster(app) == ['陈思远', '李娜', '王五']
    assert '不能再次导入' in run(client, preview)
    assert len(roster(app)) == 3
    with app.app_context():
        lines = list(db.session.scalars(select(AuditLine.details).where(AuditLine.event == 'import')))
    assert lines[0] == '人员管理 「名单.xlsx」已导入：新增 2 行，未导入 1 行'


def test_duplicates_are_named_after_an_import_and_come_back_with_the_wrong_rows(client_of: ClientOf) -> None:
    client = client_of('guanli1')
    run(client, previewed(client, HEADS, ONE))
    preview = previewed(client, HEADS, ONE, TWO, TWO, BAD)
    assert '下载有误和重复的 3 行' in words(client.get(preview).get_data(as_text=True))
    page = words(run(client, preview))
    assert '新增 1 行，未导入 3 行' in page
    assert '第 1–3 行，共 3 行' in page
    assert '已有此证件号码' in page
    assert '与第 3 行重复' in page
    assert '居民身份证号码不正确' in page
    faulty = client.get(f'/roster/import/faulty/?id={key_of(preview)}')
    assert '人员管理-有误和重复的行.xlsx' in unquote(faulty.headers['Content-Disposition'])
    sheet: Any = load_workbook(io.BytesIO(faulty.data)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        [*ONE, '已有此证件号码'],
        [*TWO, '与第 3 行重复'],
        [*BAD, '居民身份证号码不正确，请核对 18 位号码（末位校验码可为 X）'],
    ]


def test_an_import_without_a_fault_leaves_nothing_to_list(client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, ONE)
    assert '全部行都已导入。' in words(run(client, preview, whole='1'))
    assert client.get(f'/roster/import/faulty/?id={key_of(preview)}').status_code == 404


def test_all_or_nothing_leaves_nothing(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, ONE, BAD)
    assert '有误 1 行、重复 0 行，不能整表导入' in run(client, preview, whole='1')
    assert roster(app) == []


def test_an_imported_person_may_report_here(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren2')).one()
        draft = db.session.scalars(select(Application.id).where(Application.applicant_id == me.id)).one()
        person = [me.name, '居民身份证', me.id_number]
    client = client_of('guanli3')
    run(client, previewed(client, HEADS, person))
    page = client_of('geren2').get(f'/my_applications/edit/?id={draft}').get_data(as_text=True)
    assert '<option value="3">深圳市南山区人才服务中心</option>' in page


@pytest.mark.parametrize(
    ('content', 'sentence'),
    [
        (b'', '文件是空的'),
        (b'%PDF-1.7 hello', '第一行缺少列名'),
        (b'PK\x03\x04 not a zip', '工作簿已损坏'),
        (workbook(HEADS, ['=1+1', '护照', 'E1']), '第 2 行“姓名”（A 列）是公式'),
        (workbook(['姓名']), '第一行缺少列名：证件号码'),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_on_the_page(
    app: Flask, client_of: ClientOf, content: bytes, sentence: str
) -> None:
    answer = upload(client_of('guanli1'), content)
    assert answer.status_code == 200
    assert f'没有导入：{sentence}' in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SheetImport)) == 0


def test_two_files_at_once_are_refused(app: Flask, client_of: ClientOf) -> None:
    files = [(io.BytesIO(workbook(HEADS, person)), f'{person[0]}.xlsx') for person in (ONE, TWO)]
    answer = client_of('guanli1').post('/roster/import/', data={'file': files})
    assert '没有导入：一次只能导入一个文件，请逐个上传。' in answer.get_data(as_text=True)
    assert '请选择要导入的文件' in client_of('guanli1').post('/roster/import/').get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SheetImport)) == 0


def test_markup_and_long_texts_are_shown_as_text(client_of: ClientOf) -> None:
    client = client_of('guanli1')
    page = client.get(previewed(client, HEADS, ['<script>alert(1)</script>', '护照', 'E1'])).get_data(as_text=True)
    assert '&lt;script&gt;alert(1)' in page
    assert '<script>alert' not in page


def many(count: int) -> list[list[str]]:
    """Rows of so many people."""
    return [[f'人{n}', '护照', f'E{n:08d}'] for n in range(count)]


def test_ten_thousand_rows_are_imported_as_a_job(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, *many(9_999), BAD)
    assert '第 51–100 行，共 10000 行' in client.get(f'{preview}&page=1').get_data(as_text=True)
    page = words(run(client, preview))
    assert '「名单.xlsx」已导入：新增 9999 行，未导入 1 行' in page
    assert len(roster(app)) == 9_999
    with app.app_context():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.done, job.total) == (JobState.DONE, 10_000, 10_000)
        assert job.label == '导入人员「名单.xlsx」'
        told, key = db.session.scalars(select(Message.text).order_by(Message.id.desc())).first(), job.id
    assert told == '任务「导入人员『名单.xlsx』」已完成。「名单.xlsx」已导入：新增 9999 行，未导入 1 行'
    assert '<a class="btn btn-main" href="/roster/">查看人员管理</a>' in client.get(f'/jobs/show/?id={key}').text
    assert '导入结果' in client.get(preview).get_data(as_text=True)


def test_a_job_that_is_refused_leaves_nothing_and_can_be_tried_again(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, *many(AT_ONCE), BAD)
    assert '有误 1 行、重复 0 行，不能整表导入' in run(client, preview, whole='1')
    assert roster(app) == []
    run(client, preview)
    assert len(roster(app)) == AT_ONCE


def test_a_job_asks_anew_whether_it_may(app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of('jingban1')
    preview = previewed(client, HEADS, *many(AT_ONCE + 1))
    monkeypatch.setattr(app.extensions['jobs'], 'put', lambda key: None)  # it waits in the queue
    client.post('/roster/import/run/', data={'id': key_of(preview)})
    assert client.get(preview).location.startswith('/jobs/show/')
    with app.app_context():
        grant = db.session.scalars(
            select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == '人员管理')
        ).one()
        db.session.delete(grant)
        db.session.commit()
        key = db.session.scalars(select(Job.id)).one()
    app.extensions['jobs'].run(key)
    with app.app_context():
        job = db.session.get_one(Job, key)
        assert (job.state, job.outcome) == (JobState.FAILED, '管理员尚未向您授权「人员管理」菜单')
    assert roster(app) == []


def test_a_cancelled_job_imports_nothing(app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of('guanli1')
    preview = previewed(client, HEADS, *many(AT_ONCE + 1))
    monkeypatch.setattr(app.extensions['jobs'], 'put', lambda key: None)
    client.post('/roster/import/run/', data={'id': key_of(preview)})
    with app.app_context():
        db.session.execute(update(Job).values(cancel_asked=True))
        db.session.commit()
        key = db.session.scalars(select(Job.id)).one()
    assert '正在导入，不能再次导入' in run(client, preview)
    assert '查看人员管理' not in client.get(f'/jobs/show/?id={key}').text
    app.extensions['jobs'].run(key)
    assert roster(app) == []
    assert '核对导入内容' in client.get(preview).get_data(as_text=True)


@pytest.mark.parametrize('page', ['preview', 'faulty', 'run'])
@pytest.mark.parametrize('username', ['guanli2', 'jingban1', 'pingtai1'])
def test_an_import_is_its_owner_s_alone(client_of: ClientOf, username: str, page: str) -> None:
    owner = client_of('guanli1')
    key = key_of(previewed(owner, HEADS, ONE, BAD))
    room = 'education_records' if username == 'pingtai1' else 'roster'
    visitor = client_of(username)
    ask = visitor.post if page == 'run' else visitor.get
    assert ask(f'/{room}/import/{page}/?id={key}').status_code == 404


@pytest.mark.parametrize('page', ['preview', 'faulty', 'run'])
def test_an_import_does_not_follow_its_account_to_another_employer(app: Flask, client_of: ClientOf, page: str) -> None:
    client = client_of('jingban1')
    key = key_of(previewed(client, HEADS, ONE, BAD))
    assert client.get(f'/roster/import/faulty/?id={key}').status_code == 200
    with app.app_context():
        db.session.execute(update(Account).where(Account.username == 'jingban1').values(employer_id=2))
        db.session.commit()
    ask = client.post if page == 'run' else client.get
    assert client.get('/roster/').status_code == 200
    assert ask(f'/roster/import/{page}/?id={key}').status_code == 404
    assert roster(app, 'guanli2') == []


def test_an_import_of_one_room_is_unknown_in_another(client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    heads = ['姓名', '证件号码', '现参保单位', '现参保单位组织机构代码']
    key = key_of(previewed(client, heads, ['甲', 'E12345678', '乙', '91350100M000100Y43'], room='insurance_records'))
    assert client.get(f'/insurance_records/import/preview/?id={key}').status_code == 200
    assert client.get(f'/exam_records/import/preview/?id={key}').status_code == 404


def test_uploads_are_forgotten_in_time(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    old = previewed(client, HEADS, ONE)
    folder = Path(app.config['UPLOAD_FOLDER']) / 'imports'
    with app.app_context():
        row = db.session.get_one(SheetImport, int(key_of(old)))
        row.at = now() - timedelta(days=8)
        path = folder / f'{row.file_key}.json'
        db.session.commit()
    assert path.exists()
    previewed(client, HEADS, TWO)
    assert not path.exists()
    assert client.get(old).status_code == 404


def test_a_registry_is_imported_and_answers(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    importable = table_imports.IMPORTS['education_records']
    heads, row = [field.label for field in importable.fields], [importable.example[name] for name in importable.names]
    preview = previewed(client, heads, row, room='education_records')
    client.post('/education_records/import/run/', data={'id': key_of(preview), 'whole': '1'})
    again = previewed(client, heads, [*row[:3], '深圳大学', *row[4:]], room='education_records')
    page = words(client.get(again).get_data(as_text=True))
    assert '将更新 1' in page
    assert '毕业学校：华南理工大学 → 深圳大学' in page
    client.post('/education_records/import/run/', data={'id': key_of(again)})
    with app.app_context():
        number = EducationRecord.certificate_number == importable.example['certificate_number']
        assert db.session.scalars(select(EducationRecord.school).where(number)).one() == '深圳大学'


def test_a_row_typed_by_hand_meets_the_same_rules(client_of: ClientOf) -> None:
    example = dict(table_imports.IMPORTS['education_records'].example)
    client = client_of('pingtai1')
    wrong = client.post('/education_records/new/', data=example | {'left_on': '2001-01-01'})
    assert '毕业时间应晚于入学时间' in wrong.get_data(as_text=True)
    assert client.post('/education_records/new/', data=example).status_code == 302
    twice = client.post('/education_records/new/', data=example)
    assert '未保存：与已有记录重复' in twice.get_data(as_text=True)
    wrong = client_of('guanli1').post('/roster/new/', data={'name': '甲', 'id_type': '护照', 'id_number': '?'})
    assert '护照号码格式不正确' in wrong.get_data(as_text=True)
    unseen = {'name': '张\u202e三', 'id_type': '护照', 'id_number': 'E1234567'}
    wrong = client_of('guanli1').post('/roster/new/', data=unseen)
    assert '含有无法显示的字符（U+202E），请删除后重新填写' in wrong.get_data(as_text=True)


def test_a_longer_preview_asks_the_database_no_more(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, 'before_cursor_execute', note)
    counted = []
    for rows in (1, 3, 40):
        preview = previewed(client, HEADS, *many(rows))
        seen.clear()
        client.get(preview)
        counted.append(len(seen))
    event.remove(engine, 'before_cursor_execute', note)
    assert counted[0] == counted[1] == counted[2] > 0
