"""Acting on declarations over HTTP: one at a time, in bulk, and everything that is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models import db
from models.application import Application, Stage
from models.approval import ApprovalDocument
from models.base import now
from rules import workdays

ClientOf = Callable[[str], FlaskClient]


def waiting(app: Flask, stage: Stage, **where: int) -> list[tuple[int, int, str]]:
    """Key, version and name of the declarations at a stage."""
    with app.app_context():
        query = select(Application.id, Application.version, Application.applicant_name).where(
            Application.stage == stage
        )
        for name, value in where.items():
            query = query.where(getattr(Application, name) == value)
        return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(Application.entered_at))]


def stage_of(app: Flask, key: int) -> str:
    """Where a declaration is now."""
    with app.app_context():
        return db.session.scalars(select(Application.stage).where(Application.id == key)).one()


def form(version: int, source: Stage, **answers: str) -> dict[str, str]:
    """What the confirmation page sends."""
    return {'confirmed': '1', 'seen': str(version), 'source': source.value, **answers}


def test_the_confirmation_page_asks_and_the_action_follows(app: Flask, client_of: ClientOf) -> None:
    key, version, name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    client, path = client_of('guanli1'), f'/employer_applications/act/approve/?id={key}'
    assert f'确认对「{name}' in client.get(path).get_data(as_text=True)
    assert client.post(path, data=form(version, Stage.EMPLOYER_REVIEW, opinion='同意。')).status_code == 302
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_a_return_without_reason_keeps_the_page_and_says_so(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    path = f'/employer_applications/act/return/?id={key}'
    answer = client_of('guanli1').post(path, data=form(version, Stage.EMPLOYER_REVIEW, opinion=''))
    assert answer.status_code == 200
    assert '请填写原因' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_a_stale_page_is_answered_409_with_who_acted_and_keeps_what_was_typed(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    path = f'/employer_applications/act/return/?id={key}'
    answers = form(version, Stage.EMPLOYER_REVIEW, opinion='请补充 2019 年证明。')
    assert client_of('jingban1').post(path, data=answers).status_code == 302
    answer = client_of('guanli1').post(path, data=answers)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert '朱晨曦已于' in page
    assert '请补充 2019 年证明。' in page


def test_a_forged_action_is_refused_and_changes_nothing(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[0]
    for action in ('paid', 'pass', 'nothing'):
        path = f'/employer_applications/act/{action}/?id={key}'
        assert client_of('guanli1').post(path, data=form(version, Stage.EMPLOYER_REVIEW)).status_code in (404, 409)
    office = f'/office_applications/act/approve/?id={key}'
    answer = client_of('bangong1').post(office, data=form(version, Stage.EMPLOYER_REVIEW))
    assert answer.status_code in (404, 409)
    assert stage_of(app, key) == Stage.EMPLOYER_REVIEW


def test_a_notice_that_is_too_short_is_refused_with_the_earliest_day(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    path = f'/employer_applications/act/approve/?id={key}'
    starts_on = date(2026, 9, 28)
    answers = form(version, Stage.PRE_NOTICE, starts_on=str(starts_on), ends_on='2026-10-01')
    answer = client_of('guanli1').post(path, data=answers)
    assert answer.status_code == 409
    assert '公示时间不能少于 5 个工作日，现为 3 个，结束时间最早为 2026-10-09' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_a_running_notice_says_how_long_it_still_runs(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    today = now().date()
    last = workdays.last_notice_day(today, {})
    answers = form(version, Stage.PRE_NOTICE, starts_on=str(today), ends_on=str(last))
    answer = client_of('guanli1').post(f'/employer_applications/act/approve/?id={key}', data=answers)
    possible = last + timedelta(1)
    assert f'最早 {possible.month} 月 {possible.day} 日可办' in answer.get_data(as_text=True)
    assert stage_of(app, key) == Stage.PRE_NOTICE


def test_bulk_shows_who_can_and_who_cannot_then_runs(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    able = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    unable = waiting(app, Stage.PRE_NOTICE, employer_id=1)[0]
    chosen = {
        'action': 'employer_review.approve',
        'tab': 'employer_review',
        'rowid': [str(key) for key, _version, _name in [*able, unable]],
    }
    page = client.post('/employer_applications/action/', data=chosen).get_data(as_text=True)
    assert '共选 3 项：2 项可办，1 项不可办' in page
    assert unable[2] in page
    assert '申报现处「单位评前公示」环节' in page
    run = {
        'confirmed': '1',
        'action': 'employer_review.approve',
        'seen': [f'{key}:{version}' for key, version, _name in able],
        'opinion': '同意。',
    }
    answer = client.post('/employer_applications/bulk/', data=run, follow_redirects=True)
    assert '已通过 2 项，未办理 0 项' in answer.get_data(as_text=True)
    assert {stage_of(app, key) for key, _version, _name in able} == {Stage.PRE_NOTICE}
    result = answer.request.url.partition('id=')[2].partition('&')[0]
    with client.get(f'/employer_applications/result/?id={result}&format=csv') as download:
        assert download.get_data(as_text=True).startswith('\ufeff业务流水号,申报人,申报资格,未办理原因\r\n')
    assert client_of('guanli2').get(f'/employer_applications/result/?id={result}').status_code == 404


def test_a_foreign_row_among_the_ticked_ones_is_left_out(app: Flask, client_of: ClientOf) -> None:
    foreign = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=2)[0]
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': f'{foreign[0]}:{foreign[1]}', 'opinion': '好'}
    client_of('guanli1').post('/employer_applications/bulk/', data=run)
    assert stage_of(app, foreign[0]) == Stage.EMPLOYER_REVIEW


def test_all_of_the_filter_means_exactly_the_filter(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    chosen = {'action': 'employer_review.return', 'tab': 'employer_review', 'all_of_filter': '1', 'search': rows[0][2]}
    page = client_of('guanli1').post('/employer_applications/action/', data=chosen).get_data(as_text=True)
    matching = sum(rows[0][2] in name for _key, _version, name in rows)
    assert f'共选 {matching} 项：{matching} 项可办' in page


def test_an_action_of_another_tab_is_refused(client_of: ClientOf) -> None:
    forged = {'action': 'batching.approve', 'tab': 'batching', 'rowid': '1'}
    assert client_of('guanli1').post('/employer_applications/action/', data=forged).status_code == 403


def test_one_document_holds_the_whole_bundle(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        before = db.session.scalars(select(func.count(ApprovalDocument.id))).one()
    rows = waiting(app, Stage.OFFICE_CONFIRMATION)
    for key, version, _name in rows:
        client = client_of('bangong1' if committee_of(app, key) == 1 else 'bangong2')
        client.post(f'/office_applications/act/approve/?id={key}', data=form(version, Stage.OFFICE_CONFIRMATION))
    batch = [row for row in waiting(app, Stage.BATCHING) if committee_of(app, row[0]) == 1]
    run = {
        'confirmed': '1',
        'action': 'batching.approve',
        'title': '批件',
        'seen': [f'{key}:{version}' for key, version, _name in batch],
    }
    client_of('bangong1').post('/office_applications/bulk/', data=run)
    with app.app_context():
        newest = db.session.scalars(select(ApprovalDocument).order_by(ApprovalDocument.id.desc())).first()
        assert newest is not None
        assert {item.application_id for item in newest.items} == {key for key, _version, _name in batch}
        assert db.session.scalars(select(func.count(ApprovalDocument.id))).one() == before + 1


def committee_of(app: Flask, key: int) -> int | None:
    """The committee of a declaration."""
    with app.app_context():
        return db.session.scalars(select(Application.committee_id).where(Application.id == key)).one()


def test_the_notice_list_is_printed_for_ticked_rows_and_keeps_the_period(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    rows = waiting(app, Stage.PRE_NOTICE, employer_id=1)
    chosen = {'action': 'report.pre-notice-list', 'tab': 'print_pre', 'rowid': [str(row[0]) for row in rows]}
    asked = client.post('/employer_applications/action/', data=chosen).get_data(as_text=True)
    assert '公示开始时间' in asked
    today = now().date()
    answers = {
        'confirmed': '1',
        'starts_on': str(today),
        'ends_on': str(workdays.last_notice_day(today, {})),
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518000',
    }
    printed = client.post('/employer_applications/action/', data=chosen | answers)
    assert (printed.mimetype, printed.data[:5]) == ('application/pdf', b'%PDF-')
    page = client.get(f'/employer_applications/progress/?id={rows[0][0]}').get_data(as_text=True)
    assert '公示未结束，还差' in page
    short = client.post('/employer_applications/action/', data=chosen | answers | {'ends_on': str(today)})
    assert '公示时间不能少于 5 个工作日' in short.get_data(as_text=True)
