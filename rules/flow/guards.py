"""Guards of the flow: each refuses an action with a sentence, or lets it pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.notice import Phase
from models.statutory import StatutoryNumber
from rules import completeness, fees, materials, notices, remarks, statutory
from rules.flow.transition import Act, Guard, Lookups, guard
from rules.refusal import Refusal


@guard('在申报时间内')
def window_open(act: Act) -> Refusal | None:
    """Refuse a first submission outside the window of the call (手册 §2.1.7 申报开始/结束时间)."""
    offering = act.application.offering
    if offering is None:
        return None  # ``complete`` names the missing fields
    call = offering.call
    if act.on < call.opens_on:
        return Refusal('not_open_yet', f'申报尚未开始，{call.opens_on} 起可提交', call.opens_on)
    if act.on > call.closes_on:
        return Refusal('window_closed', f'申报已于 {call.closes_on} 截止')
    return None


@guard('填写完整')
def complete(act: Act) -> Refusal | None:
    """Refuse a declaration in which something is missing or wrong."""
    found = completeness.list_problems(act.session, act.application, act.on)
    if found:
        return Refusal(
            'incomplete', f'还有 {len(found)} 处需要补充：{found[0].sentence}{" 等" if len(found) > 1 else ""}'
        )
    return None


@guard('单位尚未办理')
def employer_untouched(act: Act) -> Refusal | None:
    """Refuse to withdraw once the employer has acted on the submission (手册 §2.3 撤回)."""
    last = act.application.steps[-1]
    if last.action != 'submit':
        return Refusal('employer_acted', f'{last.authority}已于 {last.at:%m-%d %H:%M} 办理，不能撤回')
    return None


@guard('有应缴费用')
def fee_due(act: Act) -> Refusal | None:
    """Refuse to start a payment of zero yuan, or without a fee standard."""
    cost = fees.amount(act.lookups.standards, act.application)
    if cost is None:
        return Refusal('no_standard', f'尚未设置{act.application.level}的收费标准，请联系平台管理员')
    return None if cost else Refusal('no_fee', '该申报免收评审费，请用“免缴”进入下一环节')


@guard('费用为零')
def fee_waived(act: Act) -> Refusal | None:
    """Refuse to waive a fee that is more than zero yuan."""
    if fees.amount(act.lookups.standards, act.application) == 0:
        return None
    return Refusal('fee_due', '该申报须缴费，不能免缴')


def notice_over(phase: Phase) -> Guard:
    """Make a guard that refuses until the public notice has covered its working days and ended (手册 §3.2.10, §5.5)."""
    return _noticed(phase, '结束', notices.running)


def notice_begun(phase: Phase) -> Guard:
    """Make a guard that refuses until the notice has begun; a proven objection ends it early (手册 §3.2.10, §5.5)."""
    return _noticed(phase, '开始', notices.ahead)


def _noticed(phase: Phase, until: str, timely: notices.Timely) -> Guard:
    """Make a guard that checks the period of a notice, as published or as typed, and the day of its result."""

    def of_answers(lookups: Lookups, answers: Mapping[str, Any], on: date) -> Refusal | None:
        period = notices.Period(answers['starts_on'], answers['ends_on'])
        lowest = statutory.lowest_of_all(lookups.session)[StatutoryNumber.NOTICE_DAYS]
        wrong = notices.period_problem(*period, lookups.overruled, lowest)
        return Refusal('notice_period', wrong) if wrong else timely(period, on, lookups.overruled)

    def test(act: Act) -> Refusal | None:
        overruled = act.lookups.overruled
        kept = (act.lookups.of(act.application, notices.load_periods) or {}).get(phase)
        typed = 'starts_on' in act.data
        period = notices.Period(act.data['starts_on'], act.data['ends_on']) if typed else kept
        if period is None or None in period:
            return None  # the form itself asks for missing days
        days = act.lookups.numbers(act.application)[StatutoryNumber.NOTICE_DAYS]
        wrong = notices.find_period_problem(act.application, kept, period, overruled, days, many=act.many)
        return Refusal('notice_period', wrong) if wrong else timely(period, act.on, overruled)

    return Guard(f'{phase.label}满 {StatutoryNumber.NOTICE_DAYS.shipped} 个工作日并已{until}', test, of_answers)


@guard('材料齐全')
def papers_there(act: Act) -> Refusal | None:
    """Refuse while a material of this stage is not uploaded (手册 §3.2.3, §3.2.11, §5.6)."""
    given = act.lookups.of(act.application, materials.handed_in) or ()
    for material in act.lookups.materials.get(act.application.stage, ()):
        if material.id not in given and _is_asked(act, material.rule):
            return Refusal('not_handed_in', f'尚未上传{material.name}，上传后可办')
    return None


def _is_asked(act: Act, rule: str) -> bool:
    """Return true if the rule requires its materials of the declaration."""
    read = materials.READINGS.get(rule)
    return rule == 'always' if read is None else bool(act.lookups.of(act.application, read))


@guard('逐项意见指向申报内容')
def remarks_fit(act: Act) -> Refusal | None:
    """Refuse remarks on a section or file that the declaration no longer has."""
    if act.actor is None or not act.data.get('remarks'):
        return None
    found, known = remarks.read_remarks(act.data['remarks']), remarks.places(act.actor, act.application)
    if all(remark.place in known for remark in found):
        return None
    return Refusal('no_such_place', '逐项意见所指的栏目已不在申报内容中，请重新选择')
