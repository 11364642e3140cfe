"""Submitting, withdrawing, terminating and deleting a declaration, and what its applicant is told of a result."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from demo import papers
from models import db
from models.application import Application, Stage
from models.catalogue import Call
from models.declaration import Destination, SelfEvaluation, Target
from tests.helpers.declarations import SCHOOLING, act_on_newest, begin, draft_of, files_of, first_row
from tests.helpers.types import ClientOf


def test_submitting_too_early_lists_what_is_missing_with_links(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren1')
    key, version = begin(app, client)
    path = f'/my_applications/edit/?id={key}'
    answer = client.post(path, data={'version': version, 'then': 'submit'}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert '处需要补充' in page
    assert '<a href="#basic-work_since">请填写参加工作时间</a>' in page
    assert draft_of(app, 'geren1')[0] == key


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
        client.post(f'/declaration_education/new/?application={key}', data=SCHOOLING),
        client.get(f'/declaration_education/edit/?id={row}'),
        client.post(f'/declaration_education/edit/?id={row}', data=SCHOOLING),
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


def test_withdrawing_is_over_once_the_employer_has_acted(app: Flask, client_of: ClientOf) -> None:
    status, page, stage = act_on_newest(app, client_of('geren6'), 'withdraw', 'geren6')
    assert (status, stage) == (409, Stage.PRE_NOTICE)
    assert re.search(r'刘宏伟已于 \d\d-\d\d \d\d:\d\d 通过', page)


def test_terminating_wants_a_reason_and_happens_in_correction_only(app: Flask, client_of: ClientOf) -> None:
    status, page, stage = act_on_newest(app, client_of('geren3'), 'terminate', 'geren3', opinion=' ')
    assert (status, '请填写原因' in page, stage) == (200, True, Stage.CORRECTION)
    status, _page, stage = act_on_newest(app, client_of('geren5'), 'terminate', 'geren5', opinion='不报了')
    assert (status, stage) == (409, Stage.EMPLOYER_REVIEW)


def test_what_was_sent_cannot_be_deleted(app: Flask, client_of: ClientOf) -> None:
    for username in ('geren3', 'geren5'):
        key, _version = draft_of(app, username)
        assert client_of(username).post(f'/my_applications/delete/?id={key}').status_code == 403
        assert act_on_newest(app, client_of(username), 'delete', username)[0] == 409


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
