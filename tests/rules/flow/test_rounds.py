"""A correction begins a new round: what was signed, published and seen before it was about another declaration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.notice import Phase
from rules import declaration, materials, notices, workdays
from rules.flow import rounds
from rules.flow.doing import perform
from rules.refusal import Refused
from tests.helpers import passing
from tests.helpers.declarations import signed
from tests.helpers.opinions import REVIEW
from tests.helpers.rounds import BACK, corrected
from tests.helpers.types import Find, Who

S = Stage


def published(session: Session, declared: Application) -> dict[str, Any]:
    """A period that was long enough and is over, kept as if its list had been printed."""
    passing.a_month(session)
    session.expire(declared)
    starts_on = now().date() - timedelta(20)
    ends_on = workdays.last_notice_day(starts_on, workdays.overrides(session))
    notices.record(session, Phase.PRE, starts_on, ends_on, {declared: ''})
    return {'starts_on': starts_on, 'ends_on': ends_on}


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


def test_what_was_only_withdrawn_was_not_returned(session: Session, application: Find) -> None:
    declared = application(S.EMPLOYER_REVIEW, employer=1)
    assert declaration.last_return(declared) is None
    perform(session, 'withdraw', declared, declared.applicant)
    corrected(session, declared, phone='13800138000')
    assert declaration.last_return(declared) is None
    assert declaration.last_changes(session, declared) == []


def test_what_ended_in_a_correction_was_not_passed(session: Session, application: Find) -> None:
    declared = application(S.PRE_NOTICE, employer=1)
    employer = session.scalars(select(Account).where(Account.username == 'guanli1')).one()
    assert rounds.newest(declared, S.EMPLOYER_REVIEW, 'approve')
    perform(session, 'return', declared, employer, data=BACK)
    perform(session, 'terminate', declared, declared.applicant, data={'opinion': '不再申报。'})
    assert rounds.newest(declared, S.EMPLOYER_REVIEW, 'approve') is None


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
    assert {materials.belongs_to_submission(paper) for paper in signed_papers} == {counted}
    if counted:
        perform(session, 'approve', declared, employer, data=REVIEW)
        return
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', declared, employer, data=REVIEW)
    assert refused.value.refusal.code == 'not_handed_in'
