"""Disclosure of a visible declaration: its stage and steps before a result is released, its answers, whole numbers."""

from __future__ import annotations

from collections.abc import Collection

from models.account import Account, Role
from models.application import Application, Party, Stage, Step
from rules.access.rooms import EMPLOYER_SIDE

HIDDEN_UNTIL_RELEASED = {Stage.NOTICE_LAUNCH: Stage.EXPERT_REVIEW}
"""Stages that reveal a result before the office releases it, each with the stage that the applicant sees instead."""


def stage_seen(account: Account, application: Application) -> Stage:
    """Return the stage shown to the account; an applicant does not see a result before the office releases it."""
    stage = Stage(application.stage)
    return HIDDEN_UNTIL_RELEASED.get(stage, stage) if account.role == Role.APPLICANT else stage


def steps_seen(account: Account, application: Application) -> list[Step]:
    """Return the steps shown to the account, oldest first."""
    steps = list(application.steps)
    if stage_seen(account, application) != application.stage:
        return [step for step in steps if step.target != application.stage]
    return steps


def reads_answers(account: Account, step: Step, tells: Collection[Party]) -> bool:
    """Return true if the account may read the answers of a step that it sees.

    An applicant reads the answers of steps that the flow ``tells`` them of, their own answers, and the reasons for
    returning or rejecting the declaration. What offices write to each other stays between them.
    """
    if account.role != Role.APPLICANT or step.actor_id == account.id:
        return True
    return Party.APPLICANT in tells or step.action in ('return', 'reject')


def sees_whole(account: Account, application: Application) -> bool:
    """Return true for the applicant and for those who check identity: personal values may be shown to them unmasked."""
    return application.applicant_id == account.id or account.role in (*EMPLOYER_SIDE, Role.OFFICE, Role.BUREAU)
