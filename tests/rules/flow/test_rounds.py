"""A correction begins a new round: what was signed, published and seen before it was about another declaration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import db
from models.account import Account
from models.application import Application, Stage
from models.base import at, now
from models.declaration import Basic, Destination
from models.employer import RosterEntry
from models.notice import Phase
from rules import access, declaration, materials, notices, overview, remarks, workdays
from rules.flow import rounds
from rules.flow.doing import perform
from rules.refusal import Refused
from tests.helpers import passing
from tests.helpers.declarations import signed
from tests.helpers.opinions import REVIEW
from tests.helpers.types import ClientOf, Find, Who

S = Stage

BACK = {'opinion': '请修改。'}

FIRST_WAITING = 4
"""The first declaration of the demo world that waits for employer 1."""

REVIEW_PAGE = f'/employer_applications/act/approve/?id={FIRST_WAITING}'


def corrected(session: Session, declared: Application, **changed: Any) -> None:
    """Change 基本信息 of a returned declaration and submit it again."""
    for name, value in changed.items():
        setattr(Basic.of(declared), name, value)
    session.flush()
    perform(session, 'submit', declared, declared.applicant)


def moved(session: Session, declared: Application, employer_id: int) -> None:
    """Submit a returned declaration anew, to another employer whose roster names the declarant by now (手册 §1.4.5)."""
    basic = Basic.of(declared)
    session.add(RosterEntry(employer_id=employer_id, name=basic.name, id_type=basic.id_type, id_number=basic.id_number))
    Destination.of(declared).employer_id = employer_id
    declaration.refresh(session, declared, now().date())
    corrected(session, declared, work_employer=str(Destination.of(declared).employer))


def passed(session: Session, declared: Application, by: Account) -> None:
    """Let an employer pass a declaration with its own signature and in its own words."""
    signed(session, declared, by)
    session.refresh(declared)
    words = {'training_opinion': f'{by.employer}的意见甲', 'evaluation': f'{by.employer}的评价。' * 20}
    perform(session, 'approve', declared, by, data={**REVIEW, **words})


def published(session: Session, declared: Application) -> dict[str, Any]:
    """A period that was long enough and is over, kept as if its list had been printed."""
    passing.a_month(session)
    session.expire(declared)
    starts_on = now().date() - timedelta(20)
    ends_on = workdays.last_notice_day(starts_on, workdays.overrides(session))
    notices.record(session, Phase.PRE, starts_on, ends_on, {declared: ''})
    return {'starts_on': starts_on, 'ends_on': ends_on}


@contextmanager
def world(app: Flask) -> Iterator[tuple[Session, Application, Account]]:
    """A session that is committed and closed, with the first declaration that waits for employer 1, and who acts."""
    with app.app_context():
        session = db.session()
        employer = session.scalars(select(Account).where(Account.username == 'guanli1')).one()
        waiting = select(Application).where(Application.id == FIRST_WAITING)
        yield session, session.scalars(waiting).one(), employer
        session.commit()


def test_what_was_signed_and_published_before_a_correction_does_not_count(
    session: Session, application: Find, account: Who
) -> None:
    declared, employer = application(S.PRE_NOTICE, employer=1), account('guanli1')
    period = published(session, declared)
    perform(session, 'return', declared, employer, data=BACK)
    corrected(session, declared, phone='13800138000')
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', declared, employer, data=REVIEW)
    assert refused.value.refusal.code == 'not_handed_in'
    signed(session, declared, employer)
    perform(session, 'approve', declared, employer, data=REVIEW)
    assert notices.notice_of(declared, Phase.PRE) is None
    signed(session, declared, employer)
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', declared, employer, data=period)
    assert refused.value.refusal.code == 'notice_period'
    assert '公示开始时间不能早于进入「单位评前公示」环节' in refused.value.refusal.sentence
    period = published(session, declared)
    perform(session, 'approve', declared, employer, data=period)
    assert declared.stage == S.OFFICE_REVIEW


def test_what_the_office_sends_back_unchanged_keeps_its_notice_and_papers(
    session: Session, application: Find, account: Who
) -> None:
    declared = application(S.OFFICE_CONFIRMATION, committee=1)
    kept = notices.notice_of(declared, Phase.POST)
    assert kept is not None
    perform(session, 'return', declared, account('bangong1'), data=BACK)
    employer = account(f'guanli{declared.employer_id}')
    perform(session, 'approve', declared, employer, data={'starts_on': kept.starts_on, 'ends_on': kept.ends_on})
    assert declared.stage == S.OFFICE_CONFIRMATION


def test_papers_of_an_earlier_round_are_shown_as_such(app: Flask, client_of: ClientOf) -> None:
    client = client_of('guanli1')
    assert '不计入' not in client.get(REVIEW_PAGE).get_data(as_text=True)
    with world(app) as (session, declared, employer):
        perform(session, 'return', declared, employer, data=BACK)
        corrected(session, declared, phone='13800138000')
    page = client.get(REVIEW_PAGE).get_data(as_text=True)
    assert '本次提交之前上传，不计入' in page
    assert '尚未上传《广东省深圳市职称申报承诺书》（单位），上传后可办' in page


def test_a_correction_goes_to_another_employer_only_when_it_is_submitted(app: Flask, client_of: ClientOf) -> None:
    clients = [client_of('guanli1'), client_of('guanli2')]

    def seen() -> list[int]:
        return [client.get(f'/employer_applications/details/?id={FIRST_WAITING}').status_code for client in clients]

    with world(app) as (session, declared, employer):
        basic = Basic.of(declared)
        session.add(RosterEntry(employer_id=2, name=basic.name, id_type=basic.id_type, id_number=basic.id_number))
        perform(session, 'return', declared, employer, data=BACK)
        Destination.of(declared).employer_id = 2
        declaration.refresh(session, declared, now().date())
        basic.work_employer = str(Destination.of(declared).employer)
    assert seen() == [200, 404]
    with world(app) as (session, declared, employer):
        perform(session, 'submit', declared, declared.applicant)
    assert seen() == [404, 200]
    with world(app) as (session, declared, employer):
        other = session.scalars(select(Account).where(Account.username == 'guanli2')).one()
        with pytest.raises(Refused) as refused:
            perform(session, 'approve', declared, other, data=REVIEW)
        assert refused.value.refusal.code == 'not_handed_in'


def test_changes_and_remarks_are_told_since_the_last_return_however_often_it_was_submitted(
    app: Flask, client_of: ClientOf
) -> None:
    with world(app) as (session, declared, employer):
        said = BACK | {'remarks': [remarks.kept('basic..phone', '请填常用手机号')]}
        perform(session, 'return', declared, employer, data=said)
        corrected(session, declared, phone='13800138000')
        with at(now() + timedelta(minutes=1)):
            perform(session, 'withdraw', declared, declared.applicant)
            corrected(session, declared, email='new@example.com')
        changed = {change.place for change in declaration.last_changes(session, declared)}
        assert changed == {'basic..phone', 'basic..email'}
    page = client_of('guanli1').get(REVIEW_PAGE).get_data(as_text=True)
    assert '请填常用手机号' in page
    assert '请修改。' in page


def test_what_was_only_withdrawn_was_not_returned(session: Session, application: Find) -> None:
    declared = application(S.EMPLOYER_REVIEW, employer=1)
    assert declaration.last_return(declared) is None
    perform(session, 'withdraw', declared, declared.applicant)
    corrected(session, declared, phone='13800138000')
    assert declaration.last_return(declared) is None
    assert declaration.last_changes(session, declared) == []


def test_what_an_employer_said_counts_for_the_declaration_that_it_said_it_of(app: Flask, client_of: ClientOf) -> None:
    with world(app) as (session, declared, employer):
        other = session.scalars(select(Account).where(Account.username == 'guanli2')).one()

        def said() -> str:
            step = rounds.newest(declared, S.EMPLOYER_REVIEW, 'approve')
            return step.data['training_opinion'] if step else ''

        def counted(by: Account) -> list[int]:
            today = now().date()
            scope = access.scope(by, Application, today)
            return [level.count for level in overview.funnel(session, scope, declared.year or 0)]

        def more(by: Account, before: list[int]) -> list[int]:
            return [new - old for new, old in zip(counted(by), before, strict=True)]

        mine, theirs = counted(employer), counted(other)
        steps = [
            (lambda: passed(session, declared, employer), str(employer.employer), [0, 1, 0, 0, 0, 0], [0] * 6),
            (lambda: perform(session, 'return', declared, employer, data=BACK), '', [0] * 6, [0] * 6),
            (lambda: moved(session, declared, 2), '', [-1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
            (lambda: passed(session, declared, other), str(other.employer), [-1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]),
        ]
        for act, whose, of_mine, of_theirs in steps:
            act()
            assert said() == (f'{whose}的意见甲' if whose else '')
            assert (more(employer, mine), more(other, theirs)) == (of_mine, of_theirs)


def test_what_ended_in_a_correction_was_not_passed(session: Session, application: Find) -> None:
    declared = application(S.PRE_NOTICE, employer=1)
    employer = session.scalars(select(Account).where(Account.username == 'guanli1')).one()
    assert rounds.newest(declared, S.EMPLOYER_REVIEW, 'approve')
    perform(session, 'return', declared, employer, data=BACK)
    perform(session, 'terminate', declared, declared.applicant, data={'opinion': '不再申报。'})
    assert rounds.newest(declared, S.EMPLOYER_REVIEW, 'approve') is None


@pytest.mark.parametrize(('to', 'reader', 'known'), [(1, 'jingban1', True), (2, 'guanli2', False)])
def test_the_form_begins_with_this_employer_s_own_earlier_words_only(
    app: Flask, client_of: ClientOf, to: int, reader: str, known: bool
) -> None:
    client = client_of(reader)
    with world(app) as (session, declared, employer):
        passed(session, declared, employer)
        perform(session, 'return', declared, employer, data=BACK)
        if to == 1:
            corrected(session, declared, phone='13800138000')
        else:
            moved(session, declared, to)
    form = client.get(REVIEW_PAGE).get_data(as_text=True).partition('id="review-form"')[2]
    assert ('的意见甲' in form.partition('</form>')[0]) == known


def test_a_handler_who_changed_employers_does_not_bring_the_words_of_the_first(app: Flask, client_of: ClientOf) -> None:
    with world(app) as (session, declared, _employer):
        handler = session.scalars(select(Account).where(Account.username == 'jingban1')).one()
        passed(session, declared, handler)
        perform(session, 'return', declared, handler, data=BACK)
        moved(session, declared, 2)
        handler.employer_id = 2
    form = client_of('guanli2').get(REVIEW_PAGE).get_data(as_text=True).partition('id="review-form"')[2]
    assert '的意见甲' not in form.partition('</form>')[0]


@pytest.mark.parametrize(('seconds', 'counted'), [(-1, False), (0, True), (1, True)])
def test_a_signed_paper_counts_from_the_moment_of_submission(
    session: Session, application: Find, account: Who, seconds: int, counted: bool
) -> None:
    declared, employer = application(S.EMPLOYER_REVIEW, employer=1), account('guanli1')
    assert declared.submitted_at is not None
    signed_papers = [each for each in declared.attachments if each.material.stage == S.EMPLOYER_REVIEW]
    assert signed_papers
    for paper in signed_papers:
        paper.uploaded_at = declared.submitted_at + timedelta(seconds=seconds)
    session.flush()
    assert {materials.counts(paper) for paper in signed_papers} == {counted}
    if counted:
        perform(session, 'approve', declared, employer, data=REVIEW)
        return
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', declared, employer, data=REVIEW)
    assert refused.value.refusal.code == 'not_handed_in'
