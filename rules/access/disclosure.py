"""Disclosure of a visible declaration: stage and steps before the release of a result, answers, unmasked numbers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, case

from models.account import Account, Role
from models.application import Application, Party, Stage, Step
from models.fields import Field
from rules.access.rooms import EMPLOYER_SIDE

HIDDEN_UNTIL_RELEASED = {Stage.NOTICE_LAUNCH: Stage.EXPERT_REVIEW}
"""Stages that reveal a result before the office releases it, each with the stage that the applicant sees instead."""


def is_released(stage: str) -> bool:
    """Return true if applicants and the public may know that a declaration is at this stage."""
    return stage not in HIDDEN_UNTIL_RELEASED


def _waits_for_release(account: Account | None) -> bool:
    """Return true for an applicant and for the public (None): both see a result only after the office releases it."""
    return account is None or account.role == Role.APPLICANT


def stage_shown(account: Account | None, stage: str) -> Stage:
    """Return the stage shown to the account in place of a stage; ``account`` None is the public (验真)."""
    known = Stage(stage)
    return HIDDEN_UNTIL_RELEASED.get(known, known) if _waits_for_release(account) else known


def stage_seen(account: Account | None, application: Application) -> Stage:
    """Return the stage of a declaration as it is shown to the account; None is the public."""
    return stage_shown(account, application.stage)


def stage_seen_sql(account: Account | None, stage: ColumnElement[str]) -> ColumnElement[str]:
    """Return the SQL expression of ``stage_shown`` for a column of stages, for filters and exports of lists."""
    if not _waits_for_release(account):
        return stage
    return case(*((stage == hidden, shown.value) for hidden, shown in HIDDEN_UNTIL_RELEASED.items()), else_=stage)


def steps_seen(account: Account, application: Application) -> list[Step]:
    """Return the steps shown to the account, oldest first."""
    steps = list(application.steps)
    if stage_seen(account, application) != application.stage:
        return [step for step in steps if step.target != application.stage]
    return steps


def reads_answers(account: Account, step: Step, tells: Collection[Party]) -> bool:
    """Return true if the account may read the answers of a step that it sees.

    An applicant reads the answers of steps that the flow ``tells`` them of, their own answers, and the reasons for
    returning or rejecting the declaration. Notes between offices stay hidden from the applicant.
    """
    if account.role != Role.APPLICANT or step.actor_id == account.id:
        return True
    return Party.APPLICANT in tells or step.action in ('return', 'reject')


def reads_field(account: Account, field: Field) -> bool:
    """Return true unless the field says that the account's role never sees its value."""
    return account.role not in field.unseen_by


def sees_whole(account: Account, application: Application) -> bool:
    """Return true for the applicant and for those who check identity: personal values may be shown to them unmasked."""
    return application.applicant_id == account.id or account.role in (*EMPLOYER_SIDE, Role.OFFICE, Role.BUREAU)
