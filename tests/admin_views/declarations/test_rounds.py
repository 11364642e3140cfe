"""Pages of a declaration that was corrected: papers, remarks and words of an earlier round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

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
from rules import access, declaration, overview, remarks
from rules.flow import rounds
from rules.flow.doing import perform
from rules.refusal import Refused
from tests.helpers.opinions import REVIEW
from tests.helpers.rounds import BACK, corrected, moved, passed
from tests.helpers.types import ClientOf

FIRST_WAITING = 4
"""The first declaration of the demo world that waits for employer 1."""

REVIEW_PAGE = f'/employer_applications/act/approve/?id={FIRST_WAITING}'


@contextmanager
def world(app: Flask) -> Iterator[tuple[Session, Application, Account]]:
    """A session that is committed and closed, with the first declaration that waits for employer 1, and who acts."""
    with app.app_context():
        session = db.session()
        employer = session.scalars(select(Account).where(Account.username == 'guanli1')).one()
        waiting = select(Application).where(Application.id == FIRST_WAITING)
        yield session, session.scalars(waiting).one(), employer
        session.commit()


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
        said = BACK | {'remarks': [remarks.stored_remark('basic..phone', '请填常用手机号')]}
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


def test_what_an_employer_said_counts_for_the_declaration_that_it_said_it_of(app: Flask, client_of: ClientOf) -> None:
    with world(app) as (session, declared, employer):
        other = session.scalars(select(Account).where(Account.username == 'guanli2')).one()

        def said() -> str:
            step = rounds.newest(declared, Stage.EMPLOYER_REVIEW, 'approve')
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
