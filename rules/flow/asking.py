"""Questions to the flow: which actions an account has on a declaration now, and why an action is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from models.account import Account
from models.application import Application, Party, Stage, Step
from rules import access
from rules.flow.table import FLOW
from rules.flow.transition import Act, Answers, Door, Lookups, Transition
from rules.refusal import Refusal

OFFERED: Mapping[str, tuple[Transition, ...]] = {
    stage: tuple(
        row
        for row in FLOW
        if row.door == Door.PERSON
        and (row.source == stage or (row.lasting and stage not in (*access.OPEN_TO_APPLICANT, Stage.CLOSED)))
    )
    for stage in Stage
}
"""Rows that people may be offered at each stage, including ``lasting`` rows of earlier stages."""

UNANSWERED = Answers({})
"""Empty answers, for an act that only tests if the action is possible."""


@dataclass(frozen=True, slots=True)
class Option:
    """Action offered to an account: allowed if there is no refusal."""

    transition: Transition
    refusal: Refusal | None


def available(
    lookups: Lookups, application: Application, actor: Account, on: date, *, listed: bool = False
) -> list[Option]:
    """Return the actions of an account on a declaration, allowed or refused; ``listed`` for those shown in lists."""
    options, act, party = [], Act(lookups, application, actor, on, UNANSWERED), access.party_of(actor, application, on)
    for row in OFFERED[application.stage]:
        if (listed and not row.listed) or row.who != party:
            continue
        here = row.source == application.stage
        options.append(Option(row, _guarded(row, act) if here else elsewhere(application, actor)))
    return options


def refusal_of(
    lookups: Lookups,
    row: Transition,
    application: Application,
    actor: Account | None,
    on: date,
    data: Mapping[str, Any] = MappingProxyType({}),
) -> Refusal | None:
    """Return the refusal of an action with the answers given so far, or None."""
    refusal = _out_of_place(row, application, actor, on)
    if refusal or not row.guards:
        return refusal
    return _guarded(row, Act(lookups, application, actor, on, Answers(data)))


def refusal_of_answers(row: Transition, lookups: Lookups, answers: Mapping[str, Any], on: date) -> Refusal | None:
    """Return the refusal of complete answers that fit no declaration at all, or None."""
    return next((refusal for guard in row.guards if (refusal := guard.of_answers(lookups, answers, on))), None)


def _out_of_place(row: Transition, application: Application, actor: Account | None, on: date) -> Refusal | None:
    """Refuse an actor of another party, or another stage."""
    yours = access.acts_for(row.who, actor, application, on) if actor else row.who == Party.SYSTEM
    if not yours:
        return Refusal('not_yours', f'「{row.label}」由{row.who}办理')
    if application.stage != row.source:
        return elsewhere(application, actor)
    return None


def guard_refusal(row: Transition, lookups: Lookups, application: Application, on: date) -> Refusal | None:
    """Return the refusal of the guards alone, for any actor, or None."""
    return _guarded(row, Act(lookups, application, None, on, UNANSWERED))


def _guarded(row: Transition, act: Act) -> Refusal | None:
    for guard in row.guards:
        refusal = guard(act)
        if refusal:
            return refusal
    return None


def _last_seen(application: Application, actor: Account | None) -> Step | None:
    """Return the newest step that the actor may see."""
    known = access.steps_seen(actor, application) if actor else application.steps
    return known[-1] if known else None


def elsewhere(application: Application, actor: Account | None) -> Refusal:
    """Return the refusal of an action at another stage; it names who moved the declaration, if the actor may see it."""
    last = _last_seen(application, actor)
    stage = access.stage_seen(actor, application) if actor else Stage(application.stage)
    moved = f'{last.actor_name}已于 {last.at:%m-%d %H:%M} {last.label}，' if last else ''
    return Refusal('wrong_stage', f'{moved}申报现处「{stage.label}」环节，不能进行此操作')


def refusals(row: Transition, acts: Sequence[Act]) -> Sequence[Refusal | None]:
    """Return the refusal of each act, or None. The checks run in the order party, stage, version, answers, guards."""
    return [
        _out_of_place(row, act.application, act.actor, act.on)
        or _unseen(act)
        or act.answers.refusal
        or _guarded(row, act)
        for act in acts
    ]


def _stale(application: Application, actor: Account | None) -> Refusal:
    last = _last_seen(application, actor)
    who = f'{last.actor_name}已于 {last.at:%m-%d %H:%M} {last.label}' if last else '内容已被修改'
    return Refusal('stale', f'您打开页面后{who}，请查看最新内容后再办理')


def _unseen(act: Act) -> Refusal | None:
    """Refuse an act on a version that has changed since the actor saw it."""
    stale = act.seen is not None and act.seen != act.application.version
    return _stale(act.application, act.actor) if stale else None


def holder(application: Application, stage: Stage) -> str:
    """Return the name of the party's member at a stage; ``stage`` is the one that the reader may see (办理部门)."""
    match stage.party:
        case Party.APPLICANT:
            return f'{application.applicant_name}（待缴费）' if stage == Stage.PAYMENT else application.applicant_name
        case Party.EMPLOYER:
            return str(application.employer or '')
        case Party.OFFICE if stage == Stage.EXPERT_REVIEW:
            return str(application.committee or '')
        case Party.OFFICE:
            return application.committee.office_name if application.committee else ''
    return str(stage.party or '')
