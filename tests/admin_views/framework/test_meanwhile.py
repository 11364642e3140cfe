"""Decisions are made again inside the write transaction: another request may commit just before it begins."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from admin_views.declarations import form_page
from admin_views.framework import crud, importing, printing
from models import db
from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.employer import NoticeContact, RosterEntry
from models.job import Job
from models.notice import Notice
from models.table_import import SheetImport
from models.transaction import writing
from ports import job_queue
from rules import workdays
from tests.helpers.declarations import waiting
from tests.helpers.lists import add_people
from tests.helpers.pages import REVIEWS, page_of
from tests.helpers.statements import counting
from tests.helpers.types import ClientOf
from tests.helpers.workbooks import HEADS, workbook

Meanwhile = Callable[[ModuleType, Callable[[Session], object]], None]


def commit(app: Flask, do: Callable[[Session], object]) -> None:
    """Commit a change, as another request does."""
    with app.app_context():
        do(db.session())
        db.session.commit()


@pytest.fixture
def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Commit a change just before a module begins its next write transaction."""

    def arrange(module: ModuleType, do: Callable[[Session], object]) -> None:
        @contextmanager
        def late() -> Iterator[Session]:
            monkeypatch.setattr(module, 'writing', writing)
            commit(app, do)
            with writing() as session:
                yield session

        monkeypatch.setattr(module, 'writing', late)

    return arrange


def test_a_row_that_was_deleted_meanwhile_answers_404(app: Flask, client_of: ClientOf, meanwhile: Meanwhile) -> None:
    add_people(app, ['张三'])
    with app.app_context():
        key = db.session.scalars(select(RosterEntry.id).where(RosterEntry.name == '张三')).one()
    meanwhile(crud, lambda session: session.execute(delete(RosterEntry).where(RosterEntry.id == key)))
    assert client_of('guanli1').post(f'/roster/delete/?id={key}').status_code == 404


@pytest.mark.parametrize('change', [delete(NoticeContact), update(NoticeContact).values(employer_id=2)])
def test_a_row_that_left_the_scope_meanwhile_is_not_changed(
    app: Flask, client_of: ClientOf, meanwhile: Meanwhile, change: Any
) -> None:
    with app.app_context():
        key = db.session.scalars(select(NoticeContact.id).where(NoticeContact.employer_id == 1)).first()
    meanwhile(crud, lambda session: session.execute(change.where(NoticeContact.id == key)))
    data = {'contact': '赵敏', 'phone': '13800138000', 'postcode': '518100'}
    assert client_of('guanli1').post(f'/notice_contacts/edit/?id={key}', data=data).status_code == 404
    with app.app_context():
        stored = db.session.get(NoticeContact, key)
        assert stored is None or stored.contact != '赵敏'


def test_a_draft_that_was_deleted_meanwhile_answers_404(app: Flask, client_of: ClientOf, meanwhile: Meanwhile) -> None:
    client = client_of('geren1')
    client.post('/my_applications/new/')
    with app.app_context():
        person = select(Account.id).where(Account.username == 'geren1').scalar_subquery()
        key = db.session.scalars(select(Application.id).where(Application.applicant_id == person)).one()
    meanwhile(form_page, lambda session: session.delete(session.get_one(Application, key)))
    answer = client.post(f'/my_applications/edit/?id={key}', data={'version': '1'})
    assert answer.status_code == 404
    assert '已被删除' in answer.text


def test_an_upload_whose_job_was_started_meanwhile_gets_no_second_job(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, read = client_of('guanli1'), importing.sheet_of
    people = [[f'张{number}', '居民身份证', ''] for number in range(importing.AT_ONCE + 1)]
    data = {'file': (io.BytesIO(workbook(HEADS, *people)), '名单.xlsx')}
    key = client.post('/roster/import/', data=data).location.partition('id=')[2]
    monkeypatch.setattr(app.extensions['jobs'], 'put', lambda _key: None)  # the job stays in the queue

    def start(session: Session) -> None:
        row = session.get_one(SheetImport, int(key))
        arguments = {'import': row.id, 'whole': False}
        row.job_id = job_queue.queue_job(session, row.account, 'import', '导入人员', arguments, room='roster').id

    def late(row: SheetImport) -> Any:
        commit(app, start)
        return read(row)

    with monkeypatch.context() as patch:
        patch.setattr(importing, 'sheet_of', late)
        answer = client.post('/roster/import/run/', data={'id': key})
    assert '正在导入，不能再次导入' in page_of(client, '/roster/')
    assert answer.status_code == 302
    with app.app_context():
        assert len(db.session.scalars(select(Job.id).where(Job.kind == 'import')).all()) == 1


def test_many_are_set_aside_with_as_many_statements_as_one(app: Flask, client_of: ClientOf) -> None:
    rows, client = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1), client_of('jingban1')
    assert len(rows) > 2
    told = {'action': 'aside', 'tab': 'employer_review', 'confirmed': '1', 'note': '等原件'}
    numbers = []
    for chosen in (rows[:1], rows):
        with counting(app) as seen:
            client.post(f'{REVIEWS}/action/', data=told | {'seen': [str(key) for key, *_rest in chosen]})
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_a_list_stores_no_period_for_a_declaration_that_moved_on_meanwhile(
    app: Flask, client_of: ClientOf, meanwhile: Meanwhile
) -> None:
    key = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0][0]
    with app.app_context():
        ends_on = workdays.last_notice_day(now().date(), workdays.overrides(db.session()))
    period = {'starts_on': now().date().isoformat(), 'ends_on': ends_on.isoformat()}
    contact = {'contact': '赵敏', 'phone': '13800138000', 'postcode': '518100'}
    told = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': str(key), 'confirmed': '1'}
    moved = update(Application).where(Application.id == key).values(stage=Stage.OFFICE_REVIEW)
    meanwhile(printing, lambda session: session.execute(moved))
    answer = client_of('guanli1').post(f'{REVIEWS}/action/', data=told | period | contact)
    assert '已不在「单位评前公示」环节' in answer.text
    with app.app_context():
        assert db.session.scalars(select(Notice).where(Notice.application_id == key)).all() == []
