"""Moving many declarations at once does to each what the flow does to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, true, update
from sqlalchemy.orm import Session

from models.account import Account, Role
from models.application import Application, Party, Stage, Step
from models.approval import ApprovalItem, Certificate
from models.base import at, now
from models.catalogue import FeeStandard
from models.material import Attachment, Material
from models.message import Message
from models.notice import Notice
from models.payment import FeeItem, FeeOrder
from rules import access, invariants, notices
from rules.flow import bulk, steps
from rules.flow.doing import perform
from rules.flow.questions import REVIEW as REVIEW_ASKS
from rules.flow.steps import SEALED
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Door, Transition
from rules.overview import PHASES
from rules.refusal import Invalid, Refused
from tests.helpers import passing
from tests.helpers.opinions import REVIEW
from tests.helpers.types import Find, Who

MOVES = [row for row in FLOW if row.bulk and row.door == Door.PERSON]

MADE = (FeeOrder.payer, FeeOrder.phone, FeeOrder.total_fen), (Notice.phase, Notice.starts_on, Notice.opinion)

ISSUED = Certificate.holder, Certificate.title, Certificate.passed_on, Certificate.issued_on


def answers(row: Transition) -> dict[str, Any]:
    """What is answered to an action's questions."""
    today = now().date()
    known = {
        'starts_on': today - timedelta(30),
        'ends_on': today - timedelta(5),
        'title': '2026 年度批件',
        'opinion': '同意',
    }
    return dict(REVIEW) if row.asks == REVIEW_ASKS else {field.name: known.get(field.name) for field in row.asks}


def actor_for(session: Session, row: Transition, application: Application) -> Account:
    """Someone who may do it."""
    wanted = {
        Party.EMPLOYER: (Account.role == Role.ADMINISTRATOR) & (Account.employer_id == application.employer_id),
        Party.OFFICE: (Account.role == Role.OFFICE) & (Account.committee_id == application.committee_id),
        Party.BUREAU: Account.role == Role.BUREAU,
    }[row.who]
    found = session.scalars(select(Account).where(wanted, Account.enabled)).first()
    assert found is not None
    return found


def told(session: Session, application: Application, before: int) -> list[tuple[int, str]]:
    """Who was told what."""
    query = select(Message).where(Message.application_id == application.id, Message.id > before)
    return sorted((message.account_id, message.text) for message in session.scalars(query))


def left(session: Session, application: Application) -> dict[str, Any]:
    """What an action left behind."""
    session.refresh(application)
    step = session.scalars(
        select(Step).where(Step.application_id == application.id).order_by(Step.number.desc())
    ).first()
    assert step is not None
    assert step.hash == steps.digest(application.serial, step)
    names = ('stage', 'result', 'version', 'entered_at', 'revision', 'submitted_at')
    kept = {name: getattr(application, name) for name in names}
    said = {name: getattr(step, name) for name in (*SEALED, 'at', 'previous_hash', 'hash')}
    if step.data.pop('document_id', None):  # a number is given out anew, even where the first one was rolled back
        del said['hash']
    return {**kept, **said, 'made': made(session, application)}


def made(session: Session, application: Application) -> list[Any]:
    """What the action's effects made."""
    of = Certificate.application_id == application.id
    found: list[Any] = [
        session.execute(select(*MADE[0]).join(FeeItem).where(FeeItem.application_id == application.id)).all(),
        session.execute(select(*MADE[1]).where(Notice.application_id == application.id).order_by(Notice.phase)).all(),
        session.execute(select(*ISSUED).where(of)).all(),
        [len(number) for number in session.scalars(select(Certificate.number).where(of))],
    ]
    item = session.get(ApprovalItem, application.id, populate_existing=True)
    return [*found, item is not None]


def test_only_what_looks_further_reads_whole_declarations() -> None:
    assert sum(not bulk.looks_further(row) for row in MOVES) > 10
    assert bulk.looks_further(TRANSITIONS['pre_notice', 'approve'])  # it records a notice
    assert bulk.looks_further(TRANSITIONS['batching', 'approve'])  # it opens a document


@pytest.mark.parametrize('row', MOVES, ids=lambda row: f'{row.source}.{row.action}')
def test_many_at_once_are_done_as_one_by_one(session: Session, application: Find, row: Transition) -> None:
    found = application(row.source)
    passing.a_month(session)
    actor, moment, data = actor_for(session, row, found), now(), answers(row)
    if row.action == 'waive':
        for standard in session.scalars(select(FeeStandard)):
            standard.amount_fen = 0
        session.flush()
    before = max(session.scalars(select(Message.id)), default=0)
    with at(moment):
        nested = session.begin_nested()
        perform(session, row.action, found, actor, version=found.version, data=data, source=row.source)
        one, one_told = left(session, found), told(session, found, before)
        nested.rollback()
        session.expire_all()
        assert found.stage == row.source
        outcomes = bulk.run(session, row, {found.id: found.version}, actor, data)
    assert [each.refusal for each in outcomes] == [None]
    assert left(session, found) == one
    assert told(session, found, before) == one_told
    assert list(steps.broken(session)) == []


ROW = TRANSITIONS['office_review', 'approve']


def copied(session: Session, found: Application, count: int) -> list[Application]:
    """A declaration and as many copies of its head as make up the count."""
    query = select(Application).where(Application.stage == found.stage, Application.committee_id == found.committee_id)
    table = Application.__table__
    like = dict(session.execute(select(table).where(table.c.id == found.id)).mappings().one())
    del like['id']
    copies = [like | {'serial': f'{number:019d}'} for number in range(count - 1)]
    if copies:
        session.execute(insert(Application.__table__), copies)
    return list(session.scalars(query.order_by(Application.id)))


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that run within."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(session.get_bind(), 'before_cursor_execute', note)
    yield statements
    event.remove(session.get_bind(), 'before_cursor_execute', note)


def test_each_that_cannot_be_moved_says_why_and_stays(session: Session, application: Find, account: Who) -> None:
    here, foreign = copied(session, application(ROW.source), 3), application(ROW.source, committee=2)
    elsewhere = application(Stage.FEE_CONFIRMATION)
    seen = {each.id: each.version for each in here} | {elsewhere.id: elsewhere.version, foreign.id: foreign.version}
    seen[here[0].id] -= 1
    outcomes = bulk.run(session, ROW, seen, account('bangong1'), {})
    why = {each.application_id: each.refusal.code for each in outcomes if each.refusal}
    assert why == {here[0].id: 'stale', elsewhere.id: 'wrong_stage'}
    assert [each.application_id for each in outcomes] == [key for key in seen if key != foreign.id]
    assert {each.stage for each in here[1:]} == {'fee_confirmation'}
    assert {here[0].stage, foreign.stage} == {'office_review'}


def test_a_stranger_moves_nothing(session: Session, application: Find, account: Who) -> None:
    seen = {each.id: each.version for each in copied(session, application(ROW.source), 3)}
    told = {'guanli1': ['not_yours'] * 3}  # who sees the declarations; to all others they do not exist
    for username in ('bangong2', 'guanli1', 'guanli2', 'pingtai1', 'geren3'):
        outcomes = bulk.run(session, ROW, seen, account(username), {})
        assert [each.refusal and each.refusal.code for each in outcomes] == told.get(username, []), username


def test_answers_that_cannot_be_taken_move_nothing(session: Session, application: Find, account: Who) -> None:
    row, here = TRANSITIONS['office_review', 'return'], copied(session, application(ROW.source), 3)
    with pytest.raises(Invalid):
        bulk.run(session, row, {each.id: each.version for each in here}, account('bangong1'), {'opinion': ''})
    assert {each.stage for each in here} == {'office_review'}


WORDY = '{姓名}' * 120

REFUSED = [
    ('office_review.approve', 'bangong2', 'office_review', '', 0, 'not_yours'),
    ('office_review.approve', 'bangong1', 'fee_confirmation', '', 0, 'wrong_stage'),
    ('office_review.approve', 'bangong1', 'office_review', WORDY, -1, 'stale'),
    ('office_review.return', 'bangong1', 'office_review', WORDY, 0, 'invalid'),
    ('fee_confirmation.waive', 'bangong1', 'fee_confirmation', WORDY, 0, 'invalid'),
    ('fee_confirmation.waive', 'bangong1', 'fee_confirmation', '', 0, 'fee_due'),
]


@pytest.mark.parametrize(('action', 'actor', 'stage', 'opinion', 'since', 'code'), REFUSED)
def test_what_refuses_one_refuses_it_among_many(
    session: Session,
    application: Find,
    account: Who,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    actor: str,
    stage: str,
    opinion: str,
    since: int,
    code: str,
) -> None:
    monkeypatch.setattr(access, 'scope', lambda *_asked: true())  # what a scope leaves out is not told of in bulk
    source, _, name = action.partition('.')
    row, by, here = TRANSITIONS[source, name], account(actor), application(Stage(stage))
    here.applicant_name = '阿依古丽·买买提'
    session.flush()
    seen, said = here.version + since, opinion.replace('{姓名}', here.applicant_name)
    with pytest.raises(Refused) as refused:
        perform(session, name, here, by, version=seen, data={'opinion': said}, source=row.source)
    outcomes = bulk.run(session, row, {here.id: seen}, by, {'opinion': opinion})
    assert [each.refusal for each in outcomes] == [refused.value.refusal]
    assert (refused.value.refusal.code, here.stage) == (code, stage)


@pytest.mark.parametrize('action', ['office_review.approve', 'employer_review.approve', 'pre_notice.approve'])
def test_no_statement_takes_a_parameter_a_declaration(session: Session, application: Find, action: str) -> None:
    source, _, name = action.partition('.')
    row = TRANSITIONS[source, name]
    here = copied(session, application(row.source), 200)
    employer = here[0].employer_id
    session.execute(update(Application).where(Application.stage == source).values(employer_id=employer))
    for each, key in zip(here, session.scalars(select(Account.id)), strict=False):  # whose they are is looked up too
        session.execute(update(Application).where(Application.id == each.id).values(applicant_id=key))
    given: list[int] = []

    def note(_connection: object, _cursor: object, _statement: str, parameters: Any, *_more: object) -> None:
        given.append(len(parameters))

    seen, actor = {each.id: each.version for each in here}, actor_for(session, row, here[0])
    event.listen(session.get_bind(), 'before_cursor_execute', note)
    outcomes = bulk.run(session, row, seen, actor, answers(row))
    event.remove(session.get_bind(), 'before_cursor_execute', note)
    assert len(outcomes) >= 200
    assert max(given) < 40, given


@pytest.mark.parametrize('source', ['office_review', 'fee_confirmation', 'office_confirmation', 'batching'])
def test_more_declarations_take_no_more_statements(
    session: Session, application: Find, account: Who, source: str
) -> None:
    row = TRANSITIONS[source, 'approve']
    actor, here = account('bangong1'), copied(session, application(row.source), 12)
    counts = []
    for some in (here[:1], here[1:2], here[2:]):  # the first also reads who acts and what the platform maintains
        seen = {each.id: each.version for each in some}
        with counted(session) as statements:
            outcomes = bulk.run(session, row, seen, actor, answers(row))
        assert all(each.done for each in outcomes), outcomes
        counts.append(len(statements))
    assert counts[1] == counts[2]
    assert counts[2] <= (11 if bulk.looks_further(row) else 7)


@pytest.mark.parametrize('rule', ['exceptional', 'other_employer', 'other_results'])
@pytest.mark.parametrize('beat', ['preflight', 'run'])
def test_asking_for_a_material_by_a_rule_takes_no_statement_a_declaration(
    session: Session, application: Find, account: Who, rule: str, beat: str
) -> None:
    row, actor = TRANSITIONS['employer_review', 'approve'], account('guanli1')
    here = [application(row.source) for _ in range(5)]
    material = session.scalars(select(Material).where(Material.stage == row.source)).one()
    material.rule = rule
    session.execute(delete(Attachment).where(Attachment.material_id == material.id))
    session.flush()
    session.expire_all()
    counts = []
    for some in (here[:1], here[1:2], here[2:]):
        seen = {each.id: each.version for each in some}
        with counted(session) as statements:
            if beat == 'run':
                bulk.run(session, row, seen, actor, answers(row))
            else:
                bulk.preflight(session, row, some, actor)
        counts.append([each for each in statements if each.startswith('SELECT')])
    assert len(counts[1]) >= len(counts[2]), counts[2]  # who is told of it is not read where nothing is done


def test_the_invariants_hold_after_a_run(session: Session, application: Find, account: Who) -> None:
    seen = {each.id: each.version for each in (application(ROW.source), application(ROW.source))}
    bulk.run(session, ROW, seen, account('bangong1'), {})
    assert list(invariants.violations(session)) == []


def test_a_placeholder_is_filled_with_each_ones_own_words(session: Session, application: Find, account: Who) -> None:
    here = [application(ROW.source), application(ROW.source)]
    bulk.run(session, ROW, {each.id: each.version for each in here}, account('bangong1'), {'opinion': '{姓名}符合条件'})
    assert [each.steps[-1].opinion for each in here] == [f'{each.applicant_name}符合条件' for each in here]


@pytest.mark.parametrize(
    ('stage', 'changed', 'why'),
    [
        ('office_review', {'opinion': '{单位}' * 120}, '意见最多 500 字，现有 '),
        ('employer_review', {'evaluation': '{申报类型}' * 30}, '单位的综合评价不少于 150 字，还差 30 字'),
        ('office_review', {'opinion': '{姓名}'}, '意见中的“😀”（U+1F600）没有字形，报表无法打印'),
    ],
)
def test_what_a_placeholder_stands_for_is_held_to_the_bounds_of_the_field(
    session: Session, application: Find, stage: str, changed: dict[str, str], why: str
) -> None:
    row = TRANSITIONS[stage, 'approve']
    mine = [application(row.source), application(row.source)]
    actor, data = actor_for(session, row, mine[0]), answers(row) | changed
    for each in mine:
        each.applicant_name = '王😀'
    session.flush()
    outcomes = bulk.run(session, row, {each.id: each.version for each in mine}, actor, data)
    refusals = [each.refusal for each in outcomes if each.refusal]
    assert [refusal.code for refusal in refusals] == ['invalid', 'invalid']
    assert all(refusal.sentence.startswith(why) for refusal in refusals)
    assert {each.stage for each in mine} == {stage}
    told = bulk.preflight(session, row, mine, actor, data)
    assert [each.refusal for each in told] == [each.refusal for each in outcomes]


@pytest.mark.parametrize(
    'said',
    [
        '他说"同意"，\'可以\'',
        r'路径 C:\temp\n 与 \u0041',
        '第一行\n第二行\t缩进',
        '䶮田𬭎é',
        '[1, {"a": null}]',
        '$[0] %s %(x)s :id ?',
        '{姓名}："{}" {没有}',
        '<b>&amp;</b>',
        ' \u3000末尾 ',
    ],
)
def test_every_text_arrives_as_it_was_written(session: Session, application: Find, account: Who, said: str) -> None:
    here = [application(ROW.source), application(ROW.source)]
    outcomes = bulk.run(session, ROW, {each.id: each.version for each in here}, account('bangong1'), {'opinion': said})
    assert all(each.done for each in outcomes)
    assert [each.steps[-1].opinion for each in here] == [said.replace('{姓名}', each.applicant_name) for each in here]
    assert list(steps.broken(session)) == []


@pytest.mark.parametrize('stage', ['pre_notice', 'post_notice'])
def test_one_period_for_many_does_not_overrule_what_was_published_of_each(
    session: Session, application: Find, stage: str
) -> None:
    row = TRANSITIONS[stage, 'approve']
    one, other, phase, data = application(row.source), application(row.source), PHASES[Stage(stage)], answers(row)
    passing.a_month(session)
    for each, later in ((one, 0), (other, 1)):
        session.expire(each)
        starts_on = data['starts_on'] + timedelta(later)
        notices.record(session, phase, starts_on, data['ends_on'], {each: ''})
    told = bulk.preflight(session, row, [one, other], actor_for(session, row, one), data)
    seen = {each.id: each.version for each in (one, other)}
    outcomes = bulk.run(session, row, seen, actor_for(session, row, one), data)
    assert [each.refusal for each in told] == [each.refusal for each in outcomes]
    assert (one.stage, other.stage) == (row.target, row.source)
    refusal = outcomes[1].refusal
    assert refusal is not None
    assert f'{data["starts_on"] + timedelta(1)} 至 {data["ends_on"]}，与所填的不同' in refusal.sentence
    kept = notices.period_of(other, phase)
    assert kept is not None
    assert kept.starts_on == data['starts_on'] + timedelta(1)


def test_what_was_read_before_a_run_is_read_anew_after_it(session: Session, application: Find, account: Who) -> None:
    row = TRANSITIONS['pre_notice', 'approve']
    here = [application(row.source), application(row.source)]
    passing.a_month(session)
    before = [(each.stage, len(each.steps), len(each.notices)) for each in here]
    outcomes = bulk.run(session, row, {each.id: each.version for each in here}, account('guanli1'), answers(row))
    assert outcomes
    assert all(each.done for each in outcomes)
    after = [(each.stage, len(each.steps), len(each.notices)) for each in here]
    assert after == [(row.target, count + 1, 1) for _stage, count, _notices in before]
    assert {notice.starts_on for each in here for notice in each.notices} == {answers(row)['starts_on']}
    one = here[0]
    perform(session, 'approve', one, account(f'bangong{one.committee_id}'), data={'opinion': '同意'})
    assert (one.stage, one.steps[-1].label) == ('fee_confirmation', '通过')
