"""What the flow is made of: an act under way, the guards that may refuse it and the effects that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.notice import Phase
from rules import approval, completeness, declaration, fees, materials, notices, remarks, workdays
from rules.refusal import Refusal

Found = TypeVar('Found')
Reading = Callable[[Session, Collection[int]], Mapping[int, Found]]
"""What is read of declarations by their keys; a declaration of which there is nothing is left out."""


class Lookups:
    """What guards need besides the declaration's own columns, read once for all those that are ``asked`` about."""

    def __init__(self, session: Session, asked: Iterable[int] = ()) -> None:
        self.session = session
        self.asked = dict.fromkeys(asked)
        self._found: dict[Reading[Any], dict[int, Any]] = {}

    def of(self, application: Application, read: Reading[Found]) -> Found | None:
        """What there is of one declaration; the first to be asked about has it read for all."""
        found, key = self._found.setdefault(read, {}), application.id
        if key not in found:
            keys: Collection[int] = self.asked if key in self.asked else (key,)
            found |= dict.fromkeys(keys) | dict(read(self.session, keys))
        known: Found | None = found[key]
        return known

    @cached_property
    def overruled(self) -> workdays.Overrides:
        """The platform's changes to the calendar."""
        return workdays.overrides(self.session)

    @cached_property
    def standards(self) -> fees.Standards:
        """The fee standards in force."""
        return fees.standards(self.session)

    @cached_property
    def materials(self) -> materials.Wanted:
        """The materials in force."""
        return materials.wanted(self.session)


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one declaration. ``data`` is empty while only asking whether the action is possible.

    ``seen`` is the version that the actor saw, where that is known; ``many`` is whether the answers were given once for
    many declarations.
    """

    lookups: Lookups
    application: Application
    actor: Account | None
    on: date
    data: Mapping[str, Any] = field(default_factory=dict)
    seen: int | None = None
    many: bool = False

    @property
    def session(self) -> Session:
        """The session the act happens in."""
        return self.lookups.session


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of the flow: the words for it, and the test that answers with a refusal or with nothing.

    ``of_answers`` asks what is wrong with answers whichever declaration they are for.
    """

    label: str
    test: Callable[[Act], Refusal | None]
    of_answers: Callable[[Lookups, Mapping[str, Any], date], Refusal | None] = lambda _lookups, _answers, _on: None

    def __call__(self, act: Act) -> Refusal | None:
        """Put the question."""
        return self.test(act)


def guard(label: str) -> Callable[[Callable[[Act], Refusal | None]], Guard]:
    """Make a guard of a test."""
    return lambda test: Guard(label, test)


Effect = Callable[[Sequence[Act]], None]
"""What follows from one action on one declaration or many."""

Complete = Callable[[Act], Mapping[str, Any]]
"""What each declaration's own words for the answers are that were left open; they join its answers."""

Prepare = Callable[[Sequence[Act]], Mapping[str, Any]]
"""What is made once for all of them; its answer joins what was answered for each."""


# --- guards ----------------------------------------------------------------------------------------------------


@guard('在申报时间内')
def window_open(act: Act) -> Refusal | None:
    """A first submission falls within the call's window (手册 §2.1.7 申报开始/结束时间)."""
    offering = act.application.offering
    if offering is None:
        return None  # what is missing is named by ``complete``
    call = offering.call
    if act.on < call.opens_on:
        return Refusal('not_open_yet', f'申报尚未开始，{call.opens_on} 起可提交', call.opens_on)
    if act.on > call.closes_on:
        return Refusal('window_closed', f'申报已于 {call.closes_on} 截止')
    return None


@guard('填写完整')
def complete(act: Act) -> Refusal | None:
    """Nothing is left to mend."""
    found = completeness.problems(act.session, act.application, act.on)
    if found:
        return Refusal(
            'incomplete', f'还有 {len(found)} 处需要补充：{found[0].sentence}{" 等" if len(found) > 1 else ""}'
        )
    return None


@guard('单位尚未办理')
def employer_untouched(act: Act) -> Refusal | None:
    """The employer has not acted since the last submission (手册 §2.3 撤回)."""
    last = act.application.steps[-1]
    if last.action != 'submit':
        return Refusal('employer_acted', f'{last.authority}已于 {last.at:%m-%d %H:%M} 办理，不能撤回')
    return None


@guard('有应缴费用')
def fee_due(act: Act) -> Refusal | None:
    """There is a fee to ask for."""
    cost = fees.amount(act.lookups.standards, act.application)
    if cost is None:
        return Refusal('no_standard', f'尚未设置{act.application.level}的收费标准，请联系平台管理员')
    return None if cost else Refusal('no_fee', '该申报免收评审费，请用“免缴”进入下一环节')


@guard('费用为零')
def fee_waived(act: Act) -> Refusal | None:
    """The standard is zero yuan, so that there is nothing to pay."""
    if fees.amount(act.lookups.standards, act.application) == 0:
        return None
    return Refusal('fee_due', '该申报须缴费，不能免缴')


def notice_over(phase: Phase) -> Guard:
    """The notice covered its working days and has ended (手册 §3.2.10, §5.5)."""
    return _noticed(phase, '结束', notices.running)


def notice_begun(phase: Phase) -> Guard:
    """The notice covers its working days and has begun; an objection found true ends it early (手册 §3.2.10, §5.5)."""
    return _noticed(phase, '开始', notices.ahead)


def _noticed(phase: Phase, until: str, timely: notices.Timely) -> Guard:
    """The published or answered period of the notice will do, and the day for its result has come."""

    def of_answers(lookups: Lookups, answers: Mapping[str, Any], on: date) -> Refusal | None:
        period = notices.Period(answers['starts_on'], answers['ends_on'])
        wrong = notices.period_problem(*period, lookups.overruled)
        return Refusal('notice_period', wrong) if wrong else timely(period, on, lookups.overruled)

    def test(act: Act) -> Refusal | None:
        overruled = act.lookups.overruled
        kept = (act.lookups.of(act.application, notices.periods) or {}).get(phase)
        typed = 'starts_on' in act.data
        period = notices.Period(act.data['starts_on'], act.data['ends_on']) if typed else kept
        if period is None or None in period:
            return None  # the form itself asks for what is missing
        wrong = notices.problem(act.application, kept, period, overruled, many=act.many)
        return Refusal('notice_period', wrong) if wrong else timely(period, act.on, overruled)

    return Guard(f'{phase.label}满 5 个工作日并已{until}', test, of_answers)


@guard('材料齐全')
def handed_in(act: Act) -> Refusal | None:
    """What is to be handed in at this stage is there (手册 §3.2.3, §3.2.11, §5.6)."""
    given = act.lookups.of(act.application, materials.handed_in) or ()
    for material in act.lookups.materials.get(act.application.stage, ()):
        if material.id not in given and _is_asked(act, material.rule):
            return Refusal('not_handed_in', f'尚未上传{material.name}，上传后可办')
    return None


def _is_asked(act: Act, rule: str) -> bool:
    """Whether a rule asks the declaration for its materials; what it says is read where the rule depends on it."""
    read = materials.READINGS.get(rule)
    return rule == 'always' if read is None else bool(act.lookups.of(act.application, read))


@guard('逐项意见指向申报内容')
def remarks_fit(act: Act) -> Refusal | None:
    """Every remark points at something that the declaration has."""
    if not act.data.get('remarks'):
        return None
    found, known = remarks.read(act.data['remarks']), remarks.places(act.application)
    if all(remark.place in known for remark in found):
        return None
    return Refusal('no_such_place', '逐项意见所指的栏目已不在申报内容中，请重新选择')


# --- effects ---------------------------------------------------------------------------------------------------


def freeze_revision(acts: Sequence[Act]) -> None:
    """Keep each declaration as it was submitted, to the employer that it names by now."""
    for act in acts:
        declaration.send_to_chosen(act.application)
        declaration.freeze(act.session, act.application)


def lapse_notices(acts: Sequence[Act]) -> None:
    """What was made public was the declaration before its correction; it has to be published anew (手册 §3.2.9)."""
    notices.lapse(acts[0].session, [act.application for act in acts])


def open_fee_orders(acts: Sequence[Act]) -> None:
    """Ask each applicant for the fee."""
    fees.open_orders_for(acts[0].session, [act.application for act in acts], acts[0].lookups.standards, acts[0].on)


def worded_notice(phase: Phase) -> Complete:
    """A notice without words of its own has those that follow from its period, in the record too (手册 §3.2.10)."""

    def complete(act: Act) -> Mapping[str, Any]:
        starts_on, ends_on = act.data['starts_on'], act.data['ends_on']
        return {'opinion': act.data.get('opinion') or notices.wording(act.application, starts_on, ends_on, phase)}

    return complete


def record_notices(phase: Phase) -> Effect:
    """Keep the period and the wording of each notice."""

    def effect(acts: Sequence[Act]) -> None:
        starts_on, ends_on = acts[0].data['starts_on'], acts[0].data['ends_on']
        wordings = {act.application: act.data['opinion'] for act in acts}
        notices.record(acts[0].session, phase, starts_on, ends_on, wordings)

    return effect


def join_document(acts: Sequence[Act]) -> None:
    """Put the declarations into the approval document that was opened for the act."""
    approval.join(acts[0].session, [act.application for act in acts], acts[0].data['document_id'])


def leave_documents(acts: Sequence[Act]) -> None:
    """Take the declarations out of their approval documents."""
    approval.leave(acts[0].session, [act.application for act in acts])


def issue_certificates(acts: Sequence[Act]) -> None:
    """Issue the certificates."""
    approval.issue(acts[0].session, [act.application for act in acts], acts[0].on)


def remove(acts: Sequence[Act]) -> None:
    """Remove drafts that were never submitted."""
    for act in acts:
        act.session.delete(act.application)


def open_document(acts: Sequence[Act]) -> Mapping[str, Any]:
    """One document for all declarations bundled together; they are of one committee by the actor's scope."""
    act = acts[0]
    assert act.application.committee is not None
    document = approval.open_document(act.session, act.application.committee, str(act.data['title']), act.on.year)
    return {'document_id': document.id, 'document': document.number}
