"""Flow of a declaration (手册 §1.2, §2–5) as one table.

Row buttons, bulk actions, the confirmation pages, the progress diagram, the permission matrix and the tests read
``FLOW``; nothing else names a change of stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from models.application import Party, Result, Stage, stages_of
from models.notice import Phase
from rules import access
from rules.flow import effects, guards
from rules.flow.questions import (
    DOCUMENT_TITLE,
    OBJECTION,
    OPINION,
    PERIOD,
    REMARKS,
    RETURN_REASON,
    REVIEW,
    TERMINATE_REASON,
)
from rules.flow.transition import Door, Guard, Transition


def _submit(source: Stage, *before: Guard) -> Transition:
    return Transition(
        'submit', '提交到单位', source, Stage.EMPLOYER_REVIEW, Party.APPLICANT, confirm='提交后不能修改，确认提交？',
        guards=(*before, guards.complete), effects=(effects.freeze_revision, effects.lapse_notices),
        tells=(Party.EMPLOYER,), bulk=False, listed=False,
    )  # fmt: skip


def _forward(
    action: str, label: str, source: Stage, target: Stage, who: Party, *tells: Party, **more: Any
) -> Transition:
    more = {'asks': OPINION, **more}
    return Transition(action, label, source, target, who, tells=tells, **more)


def _back(source: Stage, target: Stage, who: Party, *tells: Party, **more: Any) -> Transition:
    to_applicant = target == Stage.CORRECTION
    fit = (guards.remarks_fit,) if to_applicant else ()
    asks = (*RETURN_REASON, REMARKS) if to_applicant else RETURN_REASON
    return Transition('return', '退回', source, target, who, asks, guards=fit, tells=tells, danger=True, **more)


def _reject(source: Stage, who: Party, *tells: Party, **more: Any) -> Transition:
    more = {'confirm': '不通过后本次申报即告办结，不能继续办理。', **more}
    return Transition(
        'reject', '不通过', source, Stage.CLOSED, who, tells=tells, result=Result.FAILED, danger=True, **more
    )


S, P = Stage, Party
FLOW: tuple[Transition, ...] = (
    _submit(S.DRAFT, guards.window_open),
    Transition('delete', '删除', S.DRAFT, None, P.APPLICANT, confirm='删除后不能恢复，确认删除草稿？',
               effects=(effects.remove,), bulk=False, danger=True),
    _submit(S.CORRECTION),
    Transition('terminate', '终止申报', S.CORRECTION, S.CLOSED, P.APPLICANT, asks=TERMINATE_REASON,
               result=Result.TERMINATED, confirm='终止后本次申报即告结束，确认终止？', tells=(P.EMPLOYER,),
               bulk=False, danger=True),
    _forward('approve', '通过', S.EMPLOYER_REVIEW, S.PRE_NOTICE, P.EMPLOYER, P.APPLICANT, asks=REVIEW,
             guards=(guards.papers_there,)),
    _back(S.EMPLOYER_REVIEW, S.CORRECTION, P.EMPLOYER, P.APPLICANT),
    Transition('withdraw', '撤回', S.EMPLOYER_REVIEW, S.CORRECTION, P.APPLICANT,
               confirm='撤回后可修改并重新提交，确认撤回？',
               guards=(guards.employer_untouched,), bulk=False, lasting=True),
    _forward('approve', '通过', S.PRE_NOTICE, S.OFFICE_REVIEW, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=PERIOD,
             guards=(guards.notice_over(Phase.PRE), guards.papers_there), completes=effects.worded_notice(Phase.PRE),
             effects=(effects.record_notices(Phase.PRE),)),
    _back(S.PRE_NOTICE, S.CORRECTION, P.EMPLOYER, P.APPLICANT),
    _reject(S.PRE_NOTICE, P.EMPLOYER, P.APPLICANT, asks=OBJECTION,
            guards=(guards.notice_begun(Phase.PRE), guards.papers_there), effects=(effects.record_notices(Phase.PRE),)),
    _forward('approve', '通过', S.OFFICE_REVIEW, S.FEE_CONFIRMATION, P.OFFICE, P.APPLICANT),
    _back(S.OFFICE_REVIEW, S.CORRECTION, P.OFFICE, P.APPLICANT, P.EMPLOYER),
    _forward('approve', '确认发起缴费', S.FEE_CONFIRMATION, S.PAYMENT, P.OFFICE, P.APPLICANT,
             guards=(guards.fee_due,), effects=(effects.open_fee_orders,)),
    _forward('waive', '免缴', S.FEE_CONFIRMATION, S.EXPERT_REVIEW, P.OFFICE, P.APPLICANT, guards=(guards.fee_waived,)),
    _back(S.FEE_CONFIRMATION, S.OFFICE_REVIEW, P.OFFICE, P.OFFICE),
    _forward('paid', '缴费到账', S.PAYMENT, S.EXPERT_REVIEW, P.SYSTEM, P.APPLICANT, P.OFFICE, asks=(),
             door=Door.NOTICE, bulk=False),
    _forward('pass', '评审通过', S.EXPERT_REVIEW, S.NOTICE_LAUNCH, P.OFFICE, asks=(), door=Door.SESSION, bulk=False),
    _reject(S.EXPERT_REVIEW, P.OFFICE, P.APPLICANT, P.EMPLOYER, asks=(), door=Door.SESSION, bulk=False),
    _forward('approve', '发起评后公示', S.NOTICE_LAUNCH, S.POST_NOTICE, P.OFFICE, P.APPLICANT, P.EMPLOYER),
    _forward('approve', '通过', S.POST_NOTICE, S.OFFICE_CONFIRMATION, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=PERIOD,
             guards=(guards.notice_over(Phase.POST), guards.papers_there), completes=effects.worded_notice(Phase.POST),
             effects=(effects.record_notices(Phase.POST),)),
    _reject(S.POST_NOTICE, P.EMPLOYER, P.APPLICANT, P.OFFICE, asks=OBJECTION,
            guards=(guards.notice_begun(Phase.POST), guards.papers_there),
            effects=(effects.record_notices(Phase.POST),)),
    _forward('approve', '通过', S.OFFICE_CONFIRMATION, S.BATCHING, P.OFFICE),
    _back(S.OFFICE_CONFIRMATION, S.POST_NOTICE, P.OFFICE, P.EMPLOYER),
    _forward('approve', '生成批件并报送', S.BATCHING, S.ACCEPTANCE, P.OFFICE, P.BUREAU, asks=DOCUMENT_TITLE,
             prepare=effects.make_document, effects=(effects.join_document,)),
    _forward('approve', '受理', S.ACCEPTANCE, S.EXAMINATION, P.BUREAU, P.OFFICE),
    _back(S.ACCEPTANCE, S.BATCHING, P.BUREAU, P.OFFICE, effects=(effects.leave_documents,)),
    _forward('approve', '审核通过', S.EXAMINATION, S.APPROVAL, P.BUREAU),
    _back(S.EXAMINATION, S.ACCEPTANCE, P.BUREAU, P.BUREAU),
    _forward('approve', '审批通过', S.APPROVAL, S.CERTIFICATION, P.BUREAU),
    _back(S.APPROVAL, S.EXAMINATION, P.BUREAU, P.BUREAU),
    _forward('approve', '制证', S.CERTIFICATION, S.CLOSED, P.BUREAU, P.APPLICANT, P.EMPLOYER, P.OFFICE,
             result=Result.PASSED, effects=(effects.issue_certificates,)),
    _back(S.CERTIFICATION, S.APPROVAL, P.BUREAU, P.BUREAU),
)  # fmt: skip

PROGRESS: Mapping[str, tuple[Stage, ...]] = {
    step: tuple(stage for stage in Stage if stage.step == step) for step in dict.fromkeys(each.step for each in Stage)
}
"""Thirteen steps of 手册 §1.2, each with its stages."""


class FlowError(RuntimeError):
    """Error at import: the table contradicts itself."""


def check_flow(flow: Sequence[Transition]) -> None:
    """Refuse a table that contradicts itself or the parties of the stages."""
    _check_rows(flow)
    _check_ways(flow)
    _check_parties(flow)


def _check_rows(flow: Sequence[Transition]) -> None:
    """Refuse a doubled row, a way out of the end, an end without result, and an unsigned payment."""
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


def _check_ways(flow: Sequence[Transition]) -> None:
    """Refuse a stage that is cut off from start or end, and a step of the progress line that is torn apart."""
    forward = _reach(Stage.DRAFT, lambda at: (row.target for row in flow if row.source == at))
    backward = _reach(Stage.CLOSED, lambda at: (row.source for row in flow if row.target == at))
    cut_off = set(Stage) - (forward & backward)
    if cut_off:
        raise FlowError(f'环节不可到达或无法办结：{cut_off}')
    if [stage for stages in PROGRESS.values() for stage in stages] != list(Stage):
        raise FlowError('进度图同一步骤的环节须相邻')


def _check_parties(flow: Sequence[Transition]) -> None:
    """Refuse a stage without a party or an action, and an action of a party that has no tab for the stage."""
    for stage in Stage:
        if stage != Stage.CLOSED and stage.party not in access.ROLES:
            raise FlowError(f'{stage.label}：没有能看到该环节申报的办理方')
        ways = {row.who for row in flow if row.source == stage}
        if stage != Stage.CLOSED and not ways & {stage.party, Party.SYSTEM}:
            raise FlowError(f'{stage.label}：{stage.party}在该环节没有可办的操作')
    for row in flow:
        if row.source == Stage.DRAFT and row.who != Party.APPLICANT:
            raise FlowError(f'{row.source}.{row.action}：草稿只有申报人能看到')
        if row.who not in (Party.APPLICANT, Party.SYSTEM) and row.source not in stages_of(row.who):
            raise FlowError(f'{row.source}.{row.action}：{row.who}的列表没有「{row.source.label}」页签')


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
