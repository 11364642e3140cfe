"""Acting on many declarations over HTTP: ticked ones, a whole filter, jobs, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select

from admin_views.declarations import bulk_pages, bulk_run
from models import db
from models.account import Account, Grant, GrantKind
from models.application import Application, Stage, Step
from models.approval import ApprovalDocument
from models.base import now
from models.bulk_result import BulkResult
from models.job import Job
from ports import job_queue
from rules import workdays
from rules.notices import Period
from tests.helpers.declarations import committee_of, stage_of, steps_of, waiting
from tests.helpers.opinions import REVIEW_FORM
from tests.helpers.pages import action_form
from tests.helpers.types import ClientOf


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
        **REVIEW_FORM,
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
        client.post(f'/office_applications/act/approve/?id={key}', data=action_form(version, Stage.OFFICE_CONFIRMATION))
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
    shown = client.post('/employer_applications/action/', data=chosen | answers, follow_redirects=True)
    assert f'共 {len(rows)} 人' in shown.get_data(as_text=True)
    source = shown.get_data(as_text=True).partition('<iframe src="')[2].partition('"')[0].replace('&amp;', '&')
    printed = client.get(source)
    assert (printed.mimetype, printed.data[:5]) == ('application/pdf', b'%PDF-')
    page = client.get(f'/employer_applications/progress/?id={rows[0][0]}').get_data(as_text=True)
    assert '公示未结束，还差' in page
    again = {'ends_on': str(today), 'replaces': str(Period(today, today))}
    short = client.post('/employer_applications/action/', data=chosen | answers | again)
    assert '公示时间不能少于 5 个工作日' in short.get_data(as_text=True)


def test_bulk_is_refused_to_who_does_not_see_the_rows(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    answer = client_of('guanli2').post('/employer_applications/action/', data=chosen, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert '请先勾选要办理的申报' in page
    assert not any(row[2] in page for row in rows)


def test_bulk_without_a_reason_keeps_the_page(app: Flask, client_of: ClientOf) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    seen = [f'{key}:{version}' for key, version, _name in rows]
    run = {'confirmed': '1', 'action': 'employer_review.return', 'seen': seen, 'opinion': ''}
    page = client_of('guanli1').post('/employer_applications/bulk/', data=run).get_data(as_text=True)
    assert '请填写原因' in page
    assert all(f'value="{each}"' in page for each in seen)
    assert {stage_of(app, row[0]) for row in rows} == {Stage.EMPLOYER_REVIEW}


def test_bulk_leaves_out_what_a_colleague_did_in_between_and_says_who(app: Flask, client_of: ClientOf) -> None:
    (first, version, name), other = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)[:2]
    client_of('jingban1').post(
        f'/employer_applications/act/approve/?id={first}',
        data=action_form(version, Stage.EMPLOYER_REVIEW, **REVIEW_FORM),
    )
    seen = [f'{first}:{version}', f'{other[0]}:{other[1]}']
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': seen, **REVIEW_FORM}
    answer = client_of('guanli1').post('/employer_applications/bulk/', data=run, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert '已通过 1 项，未办理 1 项' in page
    assert name in page
    assert '朱晨曦已于' in page
    assert (stage_of(app, other[0]), steps_of(app, first)) == (Stage.PRE_NOTICE, 2)


@pytest.mark.parametrize('seen', ['', ':', 'x:y', '1:', ':1', '²:1', '-1:1', '9' * 40 + ':1', '1:' + '9' * 40])
def test_bulk_of_what_means_nothing_does_nothing(app: Flask, client_of: ClientOf, seen: str) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': seen, **REVIEW_FORM}
    answer = client_of('guanli1').post('/employer_applications/bulk/', data=run)
    assert answer.status_code in (302, 400, 404)
    chosen = {'action': 'employer_review.approve', 'tab': 'employer_review', 'rowid': seen}
    assert client_of('guanli1').post('/employer_applications/action/', data=chosen).status_code in (200, 302)
    assert waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1) == rows


@pytest.mark.parametrize(
    'action',
    [
        '',
        'nothing',
        'approve',
        'payment.paid',
        'expert_review.pass',
        'office_review.approve',
        'draft.submit',
        '.',
        'x.y',
    ],
)
def test_a_forged_bulk_action_is_refused(app: Flask, client_of: ClientOf, action: str) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    client = client_of('guanli1')
    run = {'confirmed': '1', 'action': action, 'seen': [f'{key}:{version}' for key, version, _name in rows]}
    assert client.post('/employer_applications/bulk/', data=run).status_code == 403
    chosen = {'action': action, 'tab': 'employer_review', 'rowid': [str(row[0]) for row in rows]}
    assert client.post('/employer_applications/action/', data=chosen).status_code == 403
    assert waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1) == rows


@pytest.mark.parametrize('room', ['messages', 'roster', 'own_employer', 'handlers'])
def test_a_list_without_bulk_actions_refuses_a_forged_one(client_of: ClientOf, room: str) -> None:
    answer = client_of('guanli1').post(f'/{room}/action/', data={'action': 'delete', 'rowid': '1'})
    assert answer.status_code in (302, 403, 404)


def test_all_of_the_filter_is_run_on_exactly_the_filter(app: Flask, client_of: ClientOf) -> None:
    with app.app_context():
        of_filter = select(Application.id).where(
            Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1, Application.track == 'transfer'
        )
        matching = set(db.session.scalars(of_filter))
    rest = {row[0] for row in waiting(app, Stage.EMPLOYER_REVIEW)} - matching
    assert matching
    assert rest
    client = client_of('guanli1')
    chosen = {
        'action': 'employer_review.approve',
        'tab': 'employer_review',
        'all_of_filter': '1',
        'track': 'transfer',
        'rowid': [str(key) for key in rest],
    }
    page = client.post('/employer_applications/action/', data=chosen).get_data(as_text=True)
    seen = [part.partition('"')[0] for part in page.split('name="seen" value="')[1:]]
    assert {int(each.partition(':')[0]) for each in seen} == matching
    run = {'confirmed': '1', 'action': 'employer_review.approve', 'seen': seen, **REVIEW_FORM}
    client.post('/employer_applications/bulk/', data=run)
    assert {stage_of(app, key) for key in matching} == {Stage.PRE_NOTICE}
    assert {stage_of(app, key) for key in rest} == {Stage.EMPLOYER_REVIEW}


def add_many(app: Flask, number: int) -> None:
    """Put more declarations before the pre-review of committee 1."""
    key, _version, _name = waiting(app, Stage.OFFICE_REVIEW, committee_id=1)[0]
    with app.app_context():
        table = Application.__table__
        row = dict(db.session.execute(select(table).where(table.c.id == key)).mappings().one())
        row.pop('id')
        db.session.execute(insert(table), [row | {'serial': f'{each:019d}'} for each in range(number)])
        db.session.commit()


def hidden(page: str, name: str) -> str:
    """The value of a hidden input."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def test_more_than_can_wait_for_is_done_by_a_job_and_only_once(app: Flask, client_of: ClientOf) -> None:
    add_many(app, 2000)
    total = len(waiting(app, Stage.OFFICE_REVIEW, committee_id=1))
    chosen = {'action': 'office_review.approve', 'tab': 'office_review', 'all_of_filter': '1'}
    client = client_of('bangong1')
    page = client.post('/office_applications/action/', data=chosen).get_data(as_text=True)
    assert f'共选 {total} 项' in page
    assert 'name="seen"' not in page
    run = {**chosen, 'confirmed': '1', 'until': hidden(page, 'until'), 'sent_once': hidden(page, 'sent_once')}
    assert '/jobs/show/' in client.post('/office_applications/bulk/', data=run).location
    again = client.post('/office_applications/bulk/', data=run).location
    assert '/office_applications/result/' in again
    with app.app_context():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.done, job.total) == ('done', total, total)
        assert job.outcome == f'已通过 {total} 项，未办理 0 项'
        assert len(db.session.scalars(select(BulkResult)).one().rows) == total
    assert waiting(app, Stage.OFFICE_REVIEW, committee_id=1) == []


def form_over(client: FlaskClient, room: str, action: str, **answers: str) -> dict[str, str]:
    """The form that asks for the action on all rows of its tab, filled in."""
    chosen = {'action': action, 'tab': action.partition('.')[0], 'all_of_filter': '1', **answers}
    page = client.post(f'/{room}/action/', data=chosen).get_data(as_text=True)
    return {**chosen, 'confirmed': '1', 'until': hidden(page, 'until'), 'sent_once': hidden(page, 'sent_once')}


def test_a_form_sent_again_leads_to_its_job_while_that_waits_and_acts_anew_where_it_came_to_nothing(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, queued = app.extensions['jobs'], []
    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 1)
    monkeypatch.setattr(queue, 'put', queued.append)
    before = waiting(app, Stage.OFFICE_REVIEW, committee_id=1)
    client = client_of('bangong1')
    form = form_over(client, 'office_applications', 'office_review.approve')

    def sent() -> str:
        location = client.post('/office_applications/bulk/', data=form).location
        return location.partition('&')[0]

    assert [sent(), sent()] == [f'/jobs/show/?id={queued[0]}'] * 2
    client.post(f'/jobs/cancel/?id={queued[0]}')
    assert [sent(), sent()] == [f'/jobs/show/?id={queued[1]}'] * 2
    assert len(queued) == 2
    for key in queued:
        queue.run(key)
    assert waiting(app, Stage.OFFICE_REVIEW, committee_id=1) == []
    with app.app_context():
        assert len(db.session.scalars(select(BulkResult)).one().rows) == len(before)
        assert [job.state for job in db.session.scalars(select(Job).order_by(Job.id))] == ['cancelled', 'done']
    assert '/office_applications/result/' in sent()
    assert len(queued) == 2


def test_a_form_whose_job_failed_and_is_forgotten_may_be_sent_anew(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 1)
    client = client_of('bangong1')
    form = form_over(client, 'office_applications', 'office_review.approve')
    with monkeypatch.context() as broken:
        broken.setattr(bulk_run, 'result_rows', lambda outcomes: [][0])
        client.post('/office_applications/bulk/', data=form)
    with app.app_context():
        failed = db.session.scalars(select(Job)).one()
        assert failed.state == 'failed'
        db.session.delete(failed)
        db.session.commit()
    assert '/jobs/show/' in client.post('/office_applications/bulk/', data=form).location
    assert waiting(app, Stage.OFFICE_REVIEW, committee_id=1) == []


def job_over(client: FlaskClient, room: str, action: str, **answers: str) -> None:
    """Ask for the action on all rows of its tab, as a job."""
    run = form_over(client, room, action, **answers)
    assert '/jobs/show/' in client.post(f'/{room}/bulk/', data=run).location


@pytest.mark.parametrize(
    ('room', 'piece'), [(bulk_run, 'result_rows'), (job_queue, 'product_path')], ids=['acting', 'its file']
)
def test_a_job_that_is_cut_off_leaves_nothing_half_done(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, room: Any, piece: str
) -> None:
    def broken(*_given: Any) -> None:
        raise OSError('no space left on device')

    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 1)
    monkeypatch.setattr(room, piece, broken)
    before = waiting(app, Stage.OFFICE_REVIEW, committee_id=1)
    job_over(client_of('bangong1'), 'office_applications', 'office_review.approve')
    with app.app_context():
        assert db.session.scalars(select(Job)).one().state == 'failed'
        assert db.session.scalars(select(BulkResult)).one().rows == []
    assert waiting(app, Stage.OFFICE_REVIEW, committee_id=1) == before


def test_a_grant_that_ends_before_its_job_begins_ends_the_job(
    app: Flask, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, queued = app.extensions['jobs'], []
    monkeypatch.setattr(bulk_pages, 'MOST_IN_REQUEST', 1)
    monkeypatch.setattr(queue, 'put', queued.append)
    before = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    job_over(client_of('jingban1'), 'employer_applications', 'employer_review.return', opinion='请补充证明')
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        db.session.execute(delete(Grant).where(Grant.account_id == account.id, Grant.kind == GrantKind.MATTER))
        db.session.commit()
    queue.run(*queued)
    with app.app_context():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, '管理员尚未向您授权「专技人才」业务' in job.outcome) == ('failed', True)
    assert waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1) == before


@pytest.mark.parametrize('until', ['', 'x', '2000-01-01', '2999-01-01T00:00:00+08:00', '2000-01-01T00:00:00+08:00'])
def test_a_run_over_a_filter_must_say_until_when_the_filter_counts(app: Flask, client_of: ClientOf, until: str) -> None:
    before = waiting(app, Stage.OFFICE_REVIEW)
    run = {
        'action': 'office_review.approve',
        'tab': 'office_review',
        'all_of_filter': '1',
        'confirmed': '1',
        'until': until,
    }
    assert client_of('bangong1').post('/office_applications/bulk/', data=run).status_code == 400
    assert waiting(app, Stage.OFFICE_REVIEW) == before


def test_a_form_sent_twice_acts_once_and_answers_with_the_first_result(app: Flask, client_of: ClientOf) -> None:
    key, version, _name = waiting(app, Stage.OFFICE_REVIEW, committee_id=1)[0]
    client = client_of('bangong1')
    run = {
        'confirmed': '1',
        'action': 'office_review.approve',
        'seen': f'{key}:{version}',
        'opinion': '',
        'sent_once': 'a' * 32,
    }
    first = client.post('/office_applications/bulk/', data=run).location
    assert client.post('/office_applications/bulk/', data=run).location == first
    with app.app_context():
        assert len(db.session.scalars(select(BulkResult).where(BulkResult.form == 'a' * 32)).all()) == 1
        taken = select(func.count()).select_from(Step).where(Step.application_id == key, Step.source == 'office_review')
        assert db.session.scalars(taken).one() == 1
