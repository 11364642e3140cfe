"""Rounds of a declaration: steps before the last return (退回) belong to an earlier text.

A correction may change every word of a declaration, and its employer (手册 §1.4.5). Papers, figures and forms ask here
which steps count for the present text.
"""

from __future__ import annotations

from itertools import takewhile

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from models.application import Application, Stage, Step
from rules import access

_LATER = aliased(Step)
COUNTS: ColumnElement[bool] = ~exists().where(
    _LATER.application_id == Step.application_id, _LATER.number > Step.number, _LATER.target == Stage.CORRECTION
)
"""Condition on Step: no later step returned the declaration for correction."""


def newest(application: Application, source: Stage, *actions: str) -> Step | None:
    """Return the newest step of these actions at a stage in the present round, or None."""
    counting = takewhile(lambda step: step.target != Stage.CORRECTION, reversed(application.steps))
    return next((step for step in counting if step.source == source and step.action in actions), None)


def said_by_employer(application: Application, source: str, action: str) -> Step | None:
    """Return the last step of an action by the present employer, in any round, or None.

    The step is found by its ``authority``, which its hash covers: a handler may have moved to another employer.
    """
    own = access.authorities(application.employer)
    said = (step for step in reversed(application.steps) if (step.source, step.action) == (source, action))
    return next((step for step in said if step.authority in own), None)
