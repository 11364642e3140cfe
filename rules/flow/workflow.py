"""The flow of a declaration (手册 §1.2, §2–5): one table, and ``do_all``, the one door through which a stage changes.

Row buttons, bulk actions, the confirmation pages, the progress diagram, the permission matrix and the tests read
``FLOW``; nothing else names a change of stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Party, Result, Stage, Step
from models.base import now
from models.fields import Field, Kind, Mask
from models.notice import Phase
from models.terms import ASSESSMENT_RESULTS
from rules import access, validators
from rules.flow import acts, moves
from rules.flow.acts import Act, Complete, Effect, Guard, Lookups, Prepare
from rules.refusal import Refusal, Refused, raise_for, unfit


class Door(StrEnum):
    """By which way an action comes in."""

    PERSON = '办理人'
    NOTICE = '缴费平台签名通知'
    SESSION = '评审会议结束'


OPINION = (Field('opinion', '意见', Kind.PARAGRAPH, max_length=500, help='可不填'),)


def _reason(help: str) -> tuple[Field, ...]:
    return (Field('opinion', '原因', Kind.PARAGRAPH, max_length=500, required=True, help=help),)


RETURN_REASON = _reason('申报人和经办人都会看到，请写明要改什么')
TERMINATE_REASON = _reason('单位会看到，请写明为何终止')
REMARKS = Field(
    'remarks', '逐项意见', Kind.REMARKS, maximum=100, help='可不填；申报人会在对应栏目看到',
    row_fields=(Field('remark', '要改什么', max_length=200, required=True),),
)  # fmt: skip
REVIEW = (
    Field('handler_name', '单位经办人', max_length=60, required=True, heading='单位经办人信息'),
    Field('handler_phone', '经办人联系电话', max_length=30, required=True, check='phone', mask=Mask.PHONE),
    Field(
        'training_opinion', '所在单位对申报人完成继续教育情况的审核意见', Kind.PARAGRAPH, max_length=500, required=True,
        help='本单位对申报人完成继续教育任务情况提出的审核意见',
    ),
    Field(
        'negative_opinion', '单位对申报人负面情况的意见', Kind.PARAGRAPH, max_length=500, required=True,
        help='由单位人事部门针对申报人工作作风、态度、过失因果等公允加具；申报人未填报的负面情况一并列明',
    ),
    Field(
        'assessments', '单位年度考核情况', Kind.ROWS, required=True, maximum=20,
        row_fields=(
            Field('year', '考核年度', Kind.WHOLE, required=True, minimum=1980, check='year_begun', unique_in_rows=True),
            Field(
                'result', '考核结果', Kind.CHOICE, required=True,
                choices={term: term for term in ASSESSMENT_RESULTS},
            ),
        ),
    ),
    Field(
        'evaluation', '单位的综合评价', Kind.PARAGRAPH, max_length=500, min_length=150, required=True,
        help='须对申报人的专业技术工作、业绩进行核实并对其水平、能力、业绩作出客观公正的评价',
    ),
    Field('exam_instead', '是否以考代评人员', Kind.FLAG, required=True),
)  # fmt: skip
"""What the employer says of a declarant when it forwards the declaration (手册 §3.2.2)."""


def _period(help: str) -> tuple[Field, ...]:
    return (
        Field('starts_on', '公示开始时间', Kind.DAY, required=True),
        Field('ends_on', '公示结束时间', Kind.DAY, required=True, help=help),
    )


PERIOD = (
    *_period('至少覆盖 5 个工作日，结束后方可通过'),
    Field('opinion', '公示意见', Kind.PARAGRAPH, max_length=500, help='留空则按公示时间自动生成'),
)
OBJECTION = (
    *_period('至少覆盖 5 个工作日；异议查实的，公示开始后即可登记'),
    *_reason('申报人和经办人都会看到，请写明收到的异议、核查情况和不通过的理由'),
)
"""The form asks for the period whatever the result (手册 §3.2.10, 第五章 5)."""
DOCUMENT = (Field('title', '批件标题', max_length=100, required=True),)


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """One row of the flow: who does what where, what it asks, what may refuse it and what follows.

    ``target`` is None when the declaration ceases to be. ``lasting`` keeps the action visible, with the reason why
    it is no longer possible, after its stage has passed. ``listed`` is whether a list offers it beside each row.
    ``completes`` gives the words of each declaration that stand for an answer left open.
    """

    action: str
    label: str
    source: Stage
    target: Stage | None
    who: Party
    asks: tuple[Field, ...] = ()
    confirm: str = ''
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    tells: tuple[Party, ...] = ()
    result: Result | None = None
    door: Door = Door.PERSON
    completes: Complete | None = None
    prepare: Prepare | None = None
    bulk: bool = True
    danger: bool = False
    lasting: bool = False
    listed: bool = True


def _submit(source: Stage, *guards: Guard) -> Transition:
    return Transition(
        'submit', '提交到单位', source, Stage.EMPLOYER_REVIEW, Party.APPLICANT, confirm='提交后不能修改，确认提交？',
        guards=(*guards, acts.complete), effects=(acts.freeze_revision, acts.lapse_notices), tells=(Party.EMPLOYER,),
        bulk=False, listed=False,
    )  # fmt: skip


def _forward(
    action: str, label: str, source: Stage, target: Stage, who: Party, *tells: Party, **more: Any
) -> Transition:
    more = {'asks': OPINION, **more}
    return Transition(action, label, source, target, who, tells=tells, **more)


def _back(source: Stage, target: Stage, who: Party, *tells: Party, **more: Any) -> Transition:
    to_applicant = target == Stage.CORRECTION
    asks, guards = ((*RETURN_REASON, REMARKS), (acts.remarks_fit,)) if to_applicant else (RETURN_REASON, ())
    return Transition('return', '退回', source, target, who, asks, guards=guards, tells=tells, danger=True, **more)


def _reject(source: Stage, who: Party, *tells: Party, **more: Any) -> Transition:
    more = {'confirm': '不通过后本次申报即告办结，不能继续办理。', **more}
    return Transition(
        'reject', '不通过', source, Stage.CLOSED, who, tells=tells, result=Result.FAILED, danger=True, **more
    )


S, P = Stage, Party
FLOW: tuple[Transition, ...] = (
    _submit(S.DRAFT, acts.window_open),
    Transition('delete', '删除', S.DRAFT, None, P.APPLICANT, confirm='删除后不能恢复，确认删除草稿？',
               effects=(acts.remove,), bulk=False, danger=True),
    _submit(S.CORRECTION),
    Transition('terminate', '终止申报', S.CORRECTION, S.CLOSED, P.APPLICANT, asks=TERMINATE_REASON,
               result=Result.TERMINATED, confirm='终止后本次申报即告结束，确认终止？', tells=(P.EMPLOYER,),
               bulk=False, danger=True),
    _forward('approve', '通过', S.EMPLOYER_REVIEW, S.PRE_NOTICE, P.EMPLOYER, P.APPLICANT, asks=REVIEW,
             guards=(acts.handed_in,)),
    _back(S.EMPLOYER_REVIEW, S.CORRECTION, P.EMPLOYER, P.APPLICANT),
    Transition('withdraw', '撤回', S.EMPLOYER_REVIEW, S.CORRECTION, P.APPLICANT,
               confirm='撤回后可修改并重新提交，确认撤回？',
               guards=(acts.employer_untouched,), bulk=False, lasting=True),
    _forward('approve', '通过', S.PRE_NOTICE, S.OFFICE_REVIEW, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=PERIOD,
             guards=(acts.notice_over(Phase.PRE), acts.handed_in), completes=acts.worded_notice(Phase.PRE),
             effects=(acts.record_notices(Phase.PRE),)),
    _back(S.PRE_NOTICE, S.CORRECTION, P.EMPLOYER, P.APPLICANT),
    _reject(S.PRE_NOTICE, P.EMPLOYER, P.APPLICANT, asks=OBJECTION,
            guards=(acts.notice_begun(Phase.PRE), acts.handed_in), effects=(acts.record_notices(Phase.PRE),)),
    _forward('approve', '通过', S.OFFICE_REVIEW, S.FEE_CONFIRMATION, P.OFFICE, P.APPLICANT),
    _back(S.OFFICE_REVIEW, S.CORRECTION, P.OFFICE, P.APPLICANT, P.EMPLOYER),
    _forward('approve', '确认发起缴费', S.FEE_CONFIRMATION, S.PAYMENT, P.OFFICE, P.APPLICANT,
             guards=(acts.fee_due,), effects=(acts.open_fee_orders,)),
    _forward('waive', '免缴', S.FEE_CONFIRMATION, S.EXPERT_REVIEW, P.OFFICE, P.APPLICANT, guards=(acts.fee_waived,)),
    _back(S.FEE_CONFIRMATION, S.OFFICE_REVIEW, P.OFFICE, P.OFFICE),
    _forward('paid', '缴费到账', S.PAYMENT, S.EXPERT_REVIEW, P.SYSTEM, P.APPLICANT, P.OFFICE, asks=(),
             door=Door.NOTICE, bulk=False),
    _forward('pass', '评审通过', S.EXPERT_REVIEW, S.NOTICE_LAUNCH, P.OFFICE, asks=(), door=Door.SESSION, bulk=False),
    _reject(S.EXPERT_REVIEW, P.OFFICE, P.APPLICANT, P.EMPLOYER, asks=(), door=Door.SESSION, bulk=False),
    _forward('approve', '发起评后公示', S.NOTICE_LAUNCH, S.POST_NOTICE, P.OFFICE, P.APPLICANT, P.EMPLOYER),
    _forward('approve', '通过', S.POST_NOTICE, S.OFFICE_CONFIRMATION, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=PERIOD,
             guards=(acts.notice_over(Phase.POST), acts.handed_in), completes=acts.worded_notice(Phase.POST),
             effects=(acts.record_notices(Phase.POST),)),
    _reject(S.POST_NOTICE, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=OBJECTION,
            guards=(acts.notice_begun(Phase.POST), acts.handed_in), effects=(acts.record_notices(Phase.POST),)),
    _forward('approve', '通过', S.OFFICE_CONFIRMATION, S.BATCHING, P.OFFICE),
    _back(S.OFFICE_CONFIRMATION, S.POST_NOTICE, P.OFFICE, P.EMPLOYER),
    _forward('approve', '生成批件并报送', S.BATCHING, S.ACCEPTANCE, P.OFFICE, P.BUREAU, asks=DOCUMENT,
             prepare=acts.open_document, effects=(acts.join_document,)),
    _forward('approve', '受理', S.ACCEPTANCE, S.EXAMINATION, P.BUREAU, P.OFFICE),
    _back(S.ACCEPTANCE, S.BATCHING, P.BUREAU, P.OFFICE, effects=(acts.leave_documents,)),
    _forward('approve', '审核通过', S.EXAMINATION, S.APPROVAL, P.BUREAU),
    _back(S.EXAMINATION, S.ACCEPTANCE, P.BUREAU, P.BUREAU),
    _forward('approve', '审批通过', S.APPROVAL, S.CERTIFICATION, P.BUREAU),
    _back(S.APPROVAL, S.EXAMINATION, P.BUREAU, P.BUREAU),
    _forward('approve', '制证', S.CERTIFICATION, S.CLOSED, P.BUREAU, P.APPLICANT, P.EMPLOYER, P.OFFICE,
             result=Result.PASSED, effects=(acts.issue_certificates,)),
    _back(S.CERTIFICATION, S.APPROVAL, P.BUREAU, P.BUREAU),
)  # fmt: skip

PROGRESS: Mapping[str, tuple[Stage, ...]] = {
    '个人申报': (S.DRAFT, S.CORRECTION),
    '单位审核': (S.EMPLOYER_REVIEW,),
    '单位评前公示': (S.PRE_NOTICE,),
    '评前审核': (S.OFFICE_REVIEW,),
    '确认发起缴费': (S.FEE_CONFIRMATION,),
    '网上支付': (S.PAYMENT,),
    '专家评审': (S.EXPERT_REVIEW,),
    '发起评后公示': (S.NOTICE_LAUNCH,),
    '单位评后公示': (S.POST_NOTICE,),
    '评后审核': (S.OFFICE_CONFIRMATION,),
    '生成批件': (S.BATCHING,),
    '受理审批制证': (S.ACCEPTANCE, S.EXAMINATION, S.APPROVAL, S.CERTIFICATION),
    '办结': (S.CLOSED,),
}
"""The thirteen steps of 手册 §1.2 and the stages that each covers."""


class FlowError(RuntimeError):
    """Raised at import when the table contradicts itself."""


def check_flow(flow: Sequence[Transition]) -> None:
    """Refuse a table with a doubled row, a way out of the end, or a stage that is cut off from start or end."""
    keys = [(row.source, row.action) for row in flow]
    doubled = {key for key in keys if keys.count(key) > 1}
    if doubled:
        raise FlowError(f'同一环节的操作重复：{doubled}')
    if any(row.source == Stage.CLOSED for row in flow):
        raise FlowError('办结之后不能再有操作')
    for row in flow:
        if (row.target == Stage.CLOSED) != (row.result is not None):
            raise FlowError(f'{row.source}.{row.action}：办结须有结果，未办结不得有结果')
        if (row.who == Party.SYSTEM) != (row.door == Door.NOTICE):
            raise FlowError(f'{row.source}.{row.action}：系统只凭签名通知办理')
    forward = _reach(Stage.DRAFT, lambda at: (row.target for row in flow if row.source == at))
    backward = _reach(Stage.CLOSED, lambda at: (row.source for row in flow if row.target == at))
    cut_off = set(Stage) - (forward & backward)
    if cut_off:
        raise FlowError(f'环节不可到达或无法办结：{cut_off}')
    drawn = [stage for stages in PROGRESS.values() for stage in stages]
    if sorted(drawn) != sorted(Stage):
        raise FlowError('进度图须恰好包含每个环节一次')


def _reach(start: Stage, following: Callable[[Stage], Iterable[Stage | None]]) -> set[Stage]:
    seen, waiting = {start}, [start]
    while waiting:
        for stage in following(waiting.pop()):
            if stage is not None and stage not in seen:
                seen.add(stage)
                waiting.append(stage)
    return seen


check_flow(FLOW)
TRANSITIONS: Mapping[tuple[str, str], Transition] = {(row.source, row.action): row for row in FLOW}
OFFERED: Mapping[str, tuple[Transition, ...]] = {
    stage: tuple(
        row
        for row in FLOW
        if row.door == Door.PERSON
        and (row.source == stage or (row.lasting and stage not in (*access.OPEN_TO_APPLICANT, Stage.CLOSED)))
    )
    for stage in Stage
}
"""What people may be offered at each stage, what has passed but is still told of included."""


@dataclass(frozen=True, slots=True)
class Option:
    """An action as offered to one actor: allowed, or refused with the reason."""

    transition: Transition
    refusal: Refusal | None


def available(
    lookups: Lookups, application: Application, actor: Account, on: date, *, listed: bool = False
) -> list[Option]:
    """Every action that concerns this actor here, each with *allowed* or *why not*; ``listed`` for a row of a list."""
    options, act, party = [], Act(lookups, application, actor, on), access.party_of(actor, application, on)
    for row in OFFERED[application.stage]:
        if (listed and not row.listed) or row.who != party:
            continue
        here = row.source == application.stage
        options.append(Option(row, _guarded(row, act) if here else _elsewhere(application, actor)))
    return options


def refusal_of(
    lookups: Lookups,
    row: Transition,
    application: Application,
    actor: Account | None,
    on: date,
    data: Mapping[str, Any] = MappingProxyType({}),
) -> Refusal | None:
    """Why this row of the flow cannot be done now with the answers given, of which there may be none yet."""
    refusal = _out_of_place(row, application, actor, on)
    if refusal or not row.guards:
        return refusal
    return _guarded(row, Act(lookups, application, actor, on, data))


def refusal_of_answers(row: Transition, lookups: Lookups, answers: Mapping[str, Any], on: date) -> Refusal | None:
    """Why answers, which are complete, will do for no declaration."""
    return next((refusal for guard in row.guards if (refusal := guard.of_answers(lookups, answers, on))), None)


def _out_of_place(row: Transition, application: Application, actor: Account | None, on: date) -> Refusal | None:
    """Why it is not this actor's to do here, whatever is answered."""
    yours = access.acts_for(row.who, actor, application, on) if actor else row.who == Party.SYSTEM
    if not yours:
        return Refusal('not_yours', f'「{row.label}」由{row.who}办理')
    if application.stage != row.source:
        return _elsewhere(application, actor)
    return None


def guard_refusal(row: Transition, lookups: Lookups, application: Application, on: date) -> Refusal | None:
    """What a row's guards say of a declaration, whoever acts."""
    return _guarded(row, Act(lookups, application, None, on))


def _guarded(row: Transition, act: Act) -> Refusal | None:
    for guard in row.guards:
        refusal = guard(act)
        if refusal:
            return refusal
    return None


def _last_seen(application: Application, actor: Account | None) -> Step | None:
    """The newest step that the actor may know of."""
    known = access.steps_seen(actor, application) if actor else application.steps
    return known[-1] if known else None


def _elsewhere(application: Application, actor: Account | None) -> Refusal:
    """The declaration has moved on: who moved it, and when, as far as the actor may know."""
    last = _last_seen(application, actor)
    stage = access.stage_seen(actor, application) if actor else Stage(application.stage)
    moved = f'{last.actor_name}已于 {last.at:%m-%d %H:%M} {last.label}，' if last else ''
    return Refusal('wrong_stage', f'{moved}申报现处「{stage.label}」环节，不能进行此操作')


def perform(
    session: Session,
    action: str,
    application: Application,
    actor: Account | None,
    *,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
    door: Door = Door.PERSON,
    source: Stage | None = None,
) -> Step | None:
    """Do one action of the flow; the caller commits. Answers with the step, or None when a draft was removed.

    ``version`` is what the actor saw, ``source`` the stage where the actor meant to act. ``actor`` is None for the
    payment gateway. Raises Refused (and Invalid for the answers) with nothing changed.
    """
    moment = now()
    session.execute(select(Application.id).where(Application.id == application.id).with_for_update())
    session.refresh(application)  # as it is now that no one else can change it
    row = _row_for(action, application, actor, door, source)
    act = Act(Lookups(session), application, actor, moment.date(), dict(data or {}), version)
    raise_for(do_all(row, [act], moment)[0])
    return application.steps[-1] if row.target else None


def do_all(row: Transition, acts: Sequence[Act], moment: datetime) -> Sequence[Refusal | None]:
    """The one door: do an action of one actor on declarations that are locked; the caller commits.

    Answers with why each is not done; the others are done together.
    """
    why = refusals(row, acts)
    able = [act for act, refusal in zip(acts, why, strict=True) if refusal is None]
    if able:
        moves.carry_out(row, _prepared(row, able), moment)
    return why


def refusals(row: Transition, acts: Sequence[Act], *, so_far: bool = False) -> Sequence[Refusal | None]:
    """Why each act, its answers given, cannot be done: by whom and where, what was seen, the answers, the guards.

    ``so_far`` judges the answers that are there, of which some or all may still be missing.
    """
    asks = {name for act in acts[:1] for name in act.data} if so_far else {field.name for field in row.asks}
    asked = tuple(field for field in row.asks if field.name in asks)
    wrong: dict[int, Refusal | None] = {}  # many acts share their answers
    for act in acts:
        if id(act.data) not in wrong:
            wrong[id(act.data)] = _unfit(asked, act.data)
    return [
        _out_of_place(row, act.application, act.actor, act.on)
        or _unseen(act)
        or wrong[id(act.data)]
        or _guarded(row, act)
        for act in acts
    ]


def _unfit(asked: tuple[Field, ...], data: Mapping[str, Any]) -> Refusal | None:
    errors = validators.form_problems(asked, data)
    return unfit(errors) if errors else None


def _prepared(row: Transition, acts: Sequence[Act]) -> Sequence[Act]:
    """The acts with the words of each for what was left open, and with what is made once for all of them."""
    if row.completes is not None:
        acts = [replace(act, data={**act.data, **row.completes(act)}) for act in acts]
    if row.prepare is None:
        return acts
    made = row.prepare(acts)
    return [replace(act, data={**act.data, **made}) for act in acts]


def _row_for(
    action: str, application: Application, actor: Account | None, door: Door, source: Stage | None
) -> Transition:
    row = TRANSITIONS.get((source or application.stage, action))
    if row is None or row.door != door:
        raise Refused(_elsewhere(application, actor))
    return row


def _stale(application: Application, actor: Account | None) -> Refusal:
    last = _last_seen(application, actor)
    who = f'{last.actor_name}已于 {last.at:%m-%d %H:%M} {last.label}' if last else '内容已被修改'
    return Refusal('stale', f'您打开页面后{who}，请查看最新内容后再办理')


def _unseen(act: Act) -> Refusal | None:
    """Why an action on what the actor saw cannot be done: it is no longer so."""
    stale = act.seen is not None and act.seen != act.application.version
    return _stale(act.application, act.actor) if stale else None


def holder(application: Application, stage: Stage) -> str:
    """Who has the declaration at a stage, which is the one that the reader may know of."""
    parties = {row.who for row in FLOW if row.source == stage and row.door == Door.PERSON}
    match stage:
        case Stage.CLOSED:
            return ''
        case Stage.PAYMENT:
            return f'{application.applicant_name}（待缴费）'
        case Stage.EXPERT_REVIEW:
            return str(application.committee or '')
    if Party.EMPLOYER in parties:
        return str(application.employer or '')
    if Party.OFFICE in parties:
        return application.committee.office_name if application.committee else ''
    return '业务部门' if Party.BUREAU in parties else application.applicant_name
