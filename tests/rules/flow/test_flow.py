"""The flow: the table is the design's, and nothing moves but through the one door."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.account import Account, Role
from models.application import AppendOnly, Application, Party, Result, Revision, Stage, StageSealed, stages_of
from models.approval import ApprovalItem
from models.base import at, now
from models.message import Message
from rules import access, invariants, notices, workdays
from rules.access import scopes
from rules.flow import steps
from rules.flow.asking import available
from rules.flow.doing import perform
from rules.flow.table import FLOW, FlowError, check_flow
from rules.flow.transition import Door, Lookups
from rules.overview import PHASES
from rules.refusal import Invalid, Refused
from tests.helpers import passing
from tests.helpers.opinions import REVIEW
from tests.helpers.types import Find, Who

S = Stage

DESIGN = {
    ('draft', 'submit', 'employer_review', '申报人'),
    ('draft', 'delete', None, '申报人'),
    ('correction', 'submit', 'employer_review', '申报人'),
    ('correction', 'terminate', 'closed', '申报人'),
    ('employer_review', 'approve', 'pre_notice', '单位'),
    ('employer_review', 'return', 'correction', '单位'),
    ('employer_review', 'withdraw', 'correction', '申报人'),
    ('pre_notice', 'approve', 'office_review', '单位'),
    ('pre_notice', 'return', 'correction', '单位'),
    ('pre_notice', 'reject', 'closed', '单位'),
    ('office_review', 'approve', 'fee_confirmation', '评委会办公室'),
    ('office_review', 'return', 'correction', '评委会办公室'),
    ('fee_confirmation', 'approve', 'payment', '评委会办公室'),
    ('fee_confirmation', 'waive', 'expert_review', '评委会办公室'),
    ('fee_confirmation', 'return', 'office_review', '评委会办公室'),
    ('payment', 'paid', 'expert_review', '系统'),
    ('expert_review', 'pass', 'notice_launch', '评委会办公室'),
    ('expert_review', 'reject', 'closed', '评委会办公室'),
    ('notice_launch', 'approve', 'post_notice', '评委会办公室'),
    ('post_notice', 'approve', 'office_confirmation', '单位'),
    ('post_notice', 'reject', 'closed', '单位'),
    ('office_confirmation', 'approve', 'batching', '评委会办公室'),
    ('office_confirmation', 'return', 'post_notice', '评委会办公室'),
    ('batching', 'approve', 'acceptance', '评委会办公室'),
    ('acceptance', 'approve', 'examination', '业务部门'),
    ('acceptance', 'return', 'batching', '业务部门'),
    ('examination', 'approve', 'approval', '业务部门'),
    ('examination', 'return', 'acceptance', '业务部门'),
    ('approval', 'approve', 'certification', '业务部门'),
    ('approval', 'return', 'examination', '业务部门'),
    ('certification', 'approve', 'closed', '业务部门'),
    ('certification', 'return', 'approval', '业务部门'),
}


def test_the_table_is_the_one_of_the_design() -> None:
    assert {(row.source, row.action, row.target, row.who) for row in FLOW} == DESIGN


def test_only_the_gateway_pays_and_only_a_session_decides() -> None:
    assert {(row.source, row.action): row.door for row in FLOW if row.door != Door.PERSON} == {
        (S.PAYMENT, 'paid'): Door.NOTICE,
        (S.EXPERT_REVIEW, 'pass'): Door.SESSION,
        (S.EXPERT_REVIEW, 'reject'): Door.SESSION,
    }


def first(source: Stage, action: str) -> int:
    """Where a row stands in the table."""
    return next(place for place, row in enumerate(FLOW) if (row.source, row.action) == (source, action))


@pytest.mark.parametrize(
    'spoiled',
    [
        (*FLOW, FLOW[0]),
        (*FLOW, replace(FLOW[first(S.APPROVAL, 'return')], source=S.CLOSED)),
        tuple(row for row in FLOW if row.target != S.BATCHING),
        tuple(row for row in FLOW if row.source != S.BATCHING),
        tuple(replace(row, result=None) if row.target == S.CLOSED else row for row in FLOW),
        tuple(replace(row, door=Door.PERSON) if row.action == 'paid' else row for row in FLOW),
        (*FLOW, replace(FLOW[first(S.BATCHING, 'approve')], action='take', who=Party.BUREAU)),
        tuple(row for row in FLOW if (row.source, row.who) != (S.EMPLOYER_REVIEW, Party.EMPLOYER)),
        (*FLOW, replace(FLOW[first(S.DRAFT, 'delete')], action='drop', who=Party.EMPLOYER)),
    ],
    ids=[
        'doubled row',
        'way out of the end',
        'unreachable',
        'without end',
        'end without result',
        'unsigned payment',
        'action without a tab',
        'party without a way out',
        'draft of others',
    ],
)
def test_a_table_that_contradicts_itself_is_refused(spoiled: tuple[object, ...]) -> None:
    with pytest.raises(FlowError):
        check_flow(spoiled)  # type: ignore[arg-type]


def test_a_stage_without_a_party_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S.BATCHING, 'party', None)
    with pytest.raises(FlowError):
        check_flow(FLOW)


def test_the_stages_of_a_party_are_those_where_it_acts_and_those_it_follows() -> None:
    acting = {party: {row.source for row in FLOW if row.who == party and not row.lasting} for party in Party}
    acting[Party.OFFICE].add(S.PAYMENT)  # the office looks for fees that are not paid
    acting[Party.APPLICANT].add(S.PAYMENT)  # the gateway's notice does it for the applicant
    acting[Party.SYSTEM].clear()
    assert {party: set(stages_of(party)) for party in Party} == acting


def test_the_bureau_sees_what_is_in_its_documents_and_no_longer_what_it_gave_back(
    session: Session, application: Find, account: Who
) -> None:
    """Compare the derived scope with the rule once written by hand: 受理 to 制证, or 办结, and in a document."""
    bureau, derived = account('rensheju1'), scopes.at_or_passed_on(invariants.IN_DOCUMENT)
    in_document = select(ApprovalItem.application_id).where(ApprovalItem.application_id == Application.id).exists()
    by_hand = Application.stage.in_((*invariants.IN_DOCUMENT, S.CLOSED)) & in_document

    def seen(clause: Any) -> set[int]:
        return set(session.scalars(select(Application.id).where(clause)))

    kept, given_back = application(S.CERTIFICATION), application(S.EXAMINATION)
    assert seen(access.scope(bureau, Application, now().date())) >= seen(derived) == seen(by_hand)
    assert seen(derived) >= {kept.id, given_back.id}
    perform(session, 'approve', kept, bureau)
    for _ in range(2):
        perform(session, 'return', given_back, bureau, data={'opinion': '材料不全。'})
    assert (kept.stage, given_back.stage) == (S.CLOSED, S.BATCHING)
    found = seen(derived)
    assert found == seen(by_hand)
    assert kept.id in found
    assert given_back.id not in found


def test_a_party_sees_what_is_at_its_stages_and_what_it_passed_on(
    session: Session, application: Find, account: Who
) -> None:
    """Let a stage before any document be one of the bureau's, as 区局初审 would be."""
    early, before, after = application(S.OFFICE_REVIEW, committee=1), application(S.PRE_NOTICE), application(S.PAYMENT)
    clause = scopes.at_or_passed_on((S.OFFICE_REVIEW, *stages_of(Party.BUREAU)))
    returned = application(S.OFFICE_REVIEW, committee=2)
    perform(session, 'return', returned, account('bangong2'), data={'opinion': '材料不全。'})
    found = set(session.scalars(select(Application.id).where(clause)))
    assert {early.id, after.id} <= found
    assert found.isdisjoint({before.id, returned.id})


LISTS = {Party.EMPLOYER: 'guanli1', Party.OFFICE: 'bangong1', Party.BUREAU: 'rensheju1'}


@pytest.mark.parametrize('party', LISTS, ids=lambda party: str(party.name))
def test_every_stage_has_a_tab_in_the_list_of_its_party(client_of: Callable[[str], FlaskClient], party: Party) -> None:
    username = LISTS[party]
    page = {'guanli1': 'employer', 'bangong1': 'office', 'rensheju1': 'bureau'}[username]
    text = client_of(username).get(f'/{page}_applications/').get_data(as_text=True)
    tabs = re.findall(r'[?&;]tab=(\w+)', text)
    assert [stage for stage in dict.fromkeys(tabs) if stage in set(S)] == list(stages_of(party))


@pytest.mark.parametrize(
    ('stage', 'username', 'offered'),
    [
        (S.EMPLOYER_REVIEW, 'guanli1', {'approve', 'return'}),
        (S.EMPLOYER_REVIEW, 'jingban1', {'approve', 'return'}),
        (S.EMPLOYER_REVIEW, 'jingban2', set()),
        (S.EMPLOYER_REVIEW, 'guanli2', set()),
        (S.EMPLOYER_REVIEW, 'bangong1', set()),
        (S.EMPLOYER_REVIEW, 'rensheju1', set()),
        (S.PRE_NOTICE, 'guanli1', {'approve', 'return', 'reject'}),
        (S.PAYMENT, 'guanli1', set()),
        (S.PAYMENT, 'pingtai1', set()),
    ],
)
def test_who_is_offered_what(
    session: Session, application: Find, account: Who, stage: Stage, username: str, offered: set[str]
) -> None:
    found = available(Lookups(session), application(stage, employer=1), account(username), now().date())
    assert {option.transition.action for option in found} == offered


def test_withdraw_stays_visible_and_says_who_acted(session: Session, application: Find) -> None:
    moved = application(S.PRE_NOTICE, employer=1)
    found = available(Lookups(session), moved, moved.applicant, now().date())
    assert [option.transition.action for option in found] == ['withdraw']
    last = moved.steps[-1]
    assert found[0].refusal is not None
    assert found[0].refusal.sentence == (
        f'{last.actor_name}已于 {last.at:%m-%d %H:%M} 通过，申报现处「单位评前公示」环节，不能进行此操作'
    )


def test_someone_else_is_refused_and_nothing_changes(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    for username in ('guanli2', 'jingban2', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1', 'geren2'):
        with pytest.raises(Refused) as refused:
            perform(session, 'approve', waiting, account(username))
        assert refused.value.refusal.code == 'not_yours'
    assert (waiting.stage, len(waiting.steps)) == (S.EMPLOYER_REVIEW, 1)


def test_a_return_without_a_reason_is_invalid_and_nothing_changes(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    with pytest.raises(Invalid) as invalid:
        perform(session, 'return', waiting, account('guanli1'))
    assert invalid.value.errors == {'opinion': '请填写原因'}
    assert (waiting.stage, len(waiting.steps)) == (S.EMPLOYER_REVIEW, 1)


@pytest.mark.parametrize('stage', [S.PRE_NOTICE, S.POST_NOTICE])
@pytest.mark.parametrize(
    ('begins', 'lacks', 'code'),
    [
        (None, '', 'invalid'),
        (-30, '', None),
        (-2, '', None),  # an objection found true ends it early
        (3, '', 'notice_ahead'),
        (-30, 'days', 'notice_period'),
        (-30, 'reason', 'invalid'),
        (-30, 'paper', 'not_handed_in'),
    ],
)
def test_who_is_rejected_at_a_notice_was_made_public_and_what_was_found_is_signed(
    session: Session, application: Find, account: Who, stage: Stage, begins: int | None, lacks: str, code: str | None
) -> None:
    """手册 §3.2.10-11, 第五章 5-6: the form asks for the period and the signed paper whatever the result."""
    waiting, employer = application(stage, employer=1), account('guanli1')
    passing.a_month(session)
    data: dict[str, Any] = {'opinion': '举报经核查属实。'}
    session.expire(waiting)
    if begins is not None:
        starts_on = now().date() + timedelta(begins)
        data |= {'starts_on': starts_on, 'ends_on': workdays.last_notice_day(starts_on, {})}
    if lacks == 'days':
        data['ends_on'] = data['starts_on']
    if lacks == 'reason':
        data['opinion'] = ''
    if lacks == 'paper':
        for given in list(waiting.attachments):
            if given.material.stage == stage:
                session.delete(given)
        session.flush()
    if code:
        with pytest.raises(Refused) as refused:
            perform(session, 'reject', waiting, employer, data=data)
        assert (refused.value.refusal.code, waiting.stage) == (code, stage)
        return
    step = perform(session, 'reject', waiting, employer, data=data)
    assert step is not None
    assert (waiting.result, step.opinion) == (Result.FAILED, '举报经核查属实。')
    assert step.data == {'starts_on': str(data['starts_on']), 'ends_on': str(data['ends_on'])}
    notice = notices.notice_of(waiting, PHASES[stage])
    assert notice is not None
    assert (notice.starts_on, notice.ends_on, notice.opinion) == (data['starts_on'], data['ends_on'], step.opinion)


def test_the_second_of_two_clerks_is_told_who_acted(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    seen = waiting.version
    step = perform(session, 'approve', waiting, account('guanli1'), version=seen, data=REVIEW)
    assert step is not None
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', waiting, account('jingban1'), version=seen, source=S.EMPLOYER_REVIEW)
    assert refused.value.refusal.code == 'wrong_stage'
    assert refused.value.refusal.sentence.startswith(f'{account("guanli1").name}已于 {step.at:%m-%d %H:%M} 通过')


def test_a_stale_version_is_refused(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', waiting, account('guanli1'), version=waiting.version - 1)
    assert refused.value.refusal.code == 'stale'


def test_a_person_cannot_enter_by_the_gateway_s_door(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.PAYMENT)
    for actor in (waiting.applicant, account('bangong1'), None):
        with pytest.raises(Refused):
            perform(session, 'paid', waiting, actor)
    assert waiting.stage == S.PAYMENT


def test_assigning_the_stage_elsewhere_raises(application: Find) -> None:
    with pytest.raises(StageSealed):
        application(S.PAYMENT).stage = S.CLOSED


def test_steps_cannot_be_changed_in_the_product(session: Session, application: Find) -> None:
    application(S.PAYMENT).steps[0].opinion = '改写'
    with pytest.raises(AppendOnly):
        session.flush()


@pytest.mark.parametrize(
    'statement',
    [
        "UPDATE step SET opinion = '改写'",
        'DELETE FROM step',
        "UPDATE revision SET content = '{}'",
        'DELETE FROM gateway_notice',
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_record(session: Session, application: Find, statement: str) -> None:
    application(S.EXPERT_REVIEW)
    with pytest.raises(DatabaseError):
        session.execute(text(statement))


def test_a_return_and_a_second_submission_make_a_second_revision(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请补充证明。'})
    perform(session, 'submit', waiting, waiting.applicant)
    kept = select(Revision.number).where(Revision.application_id == waiting.id).order_by(Revision.number)
    assert list(session.scalars(kept)) == [1, 2]
    assert [step.action for step in waiting.steps] == ['submit', 'return', 'submit']
    assert list(steps.broken(session)) == []


def test_a_broken_chain_is_found(session: Session, application: Find) -> None:
    found = application(S.PAYMENT)
    step = found.steps[1]
    session.expunge(step)
    assert steps.digest(found.serial, step) == step.hash
    step.opinion += '。'
    assert steps.digest(found.serial, step) != step.hash


def test_those_concerned_are_told_and_no_one_else(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    newest = session.scalars(select(Message.id).order_by(Message.id.desc())).first() or 0
    perform(session, 'approve', waiting, account('guanli1'), data=REVIEW)
    told = session.scalars(select(Message.account_id).where(Message.id > newest))
    assert list(told) == [waiting.applicant_id]


@pytest.mark.parametrize(
    ('stage', 'action', 'who', 'door', 'told'),
    [
        (S.OFFICE_REVIEW, 'approve', 'bangong1', Door.PERSON, True),
        (S.EXPERT_REVIEW, 'reject', 'bangong1', Door.SESSION, True),
        (S.EXPERT_REVIEW, 'pass', 'bangong1', Door.SESSION, False),  # not released yet
    ],
)
def test_the_declarant_sees_when_something_was_done_that_may_be_known(
    session: Session, application: Find, account: Who, stage: Stage, action: str, who: str, door: Door, told: bool
) -> None:
    found = application(stage, committee=1)
    before = found.updated_at
    perform(session, action, found, account(who), door=door)
    assert (found.updated_at > before, found.updated_at == found.entered_at) == (told, told)


def test_a_result_is_hidden_from_the_applicant_until_it_is_released(
    session: Session, application: Find, account: Who
) -> None:
    decided = application(S.NOTICE_LAUNCH)
    assert access.stage_seen(decided.applicant, decided) == S.EXPERT_REVIEW
    before = ['submit', 'approve', 'approve', 'approve', 'approve', 'paid']
    assert [step.action for step in access.steps_seen(decided.applicant, decided)] == before
    assert decided.committee_id is not None
    office = account('bangong1' if decided.committee_id == 1 else 'bangong2')
    perform(session, 'approve', decided, office)
    assert access.stage_seen(decided.applicant, decided) == S.POST_NOTICE
    assert [step.action for step in access.steps_seen(decided.applicant, decided)] == [*before, 'pass', 'approve']


@pytest.mark.parametrize('enabled', [True, False])
def test_a_colleague_is_told_but_neither_who_acts_nor_whose_account_is_disabled(
    session: Session, application: Find, account: Who, enabled: bool
) -> None:
    colleague = Account(
        username='tongshi', name='同事', role=Role.OFFICE, committee_id=1, password_hash='', enabled=enabled
    )
    session.add(colleague)
    session.flush()
    waiting, actor = application(S.FEE_CONFIRMATION, committee=1), account('bangong1')
    newest = session.scalars(select(Message.id).order_by(Message.id.desc())).first() or 0
    perform(session, 'return', waiting, actor, data={'opinion': '请再核对。'})  # from one office to the same office
    told = session.scalars(select(Message.account_id).where(Message.id > newest))
    assert list(told) == ([colleague.id] if enabled else [])


def test_a_notice_is_passed_from_the_day_after_its_last(session: Session, application: Find, account: Who) -> None:
    waiting, employer = application(S.PRE_NOTICE, employer=1), account('guanli1')
    starts_on = now().date()
    ends_on = workdays.last_notice_day(starts_on, {})
    possible = ends_on + timedelta(1)
    period = {'starts_on': starts_on, 'ends_on': ends_on}
    with at(passing.noon(ends_on)), pytest.raises(Refused) as refused:
        perform(session, 'approve', waiting, employer, data=period)
    assert (refused.value.refusal.code, refused.value.refusal.possible_on) == ('notice_running', possible)
    assert waiting.stage == S.PRE_NOTICE
    with at(passing.noon(possible)):
        perform(session, 'approve', waiting, employer, data=period)
    assert waiting.stage == S.OFFICE_REVIEW
