"""The round that a declaration is in: what was done before it was last sent back was done to another text.

A correction may change every word of a declaration, and the employer that it is sent to (手册 §1.4.5). Papers,
figures and forms ask here which step counts for a declaration as it stands.
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
"""Whether a step was done to its declaration as it stands: nothing later sent it back to be corrected."""


def newest(application: Application, source: Stage, *actions: str) -> Step | None:
    """The newest step of these actions at a stage that counts for the declaration as it stands."""
    counting = takewhile(lambda step: step.target != Stage.CORRECTION, reversed(application.steps))
    return next((step for step in counting if step.source == source and step.action in actions), None)


def said_by_employer(application: Application, source: str, action: str) -> Step | None:
    """What the employer that has the declaration now said of it last in an action, in whichever round.

    Known by the name in which the step was done, which is sealed with it: a handler may work elsewhere by now.
    """
    own = access.authorities(application.employer)
    said = (step for step in reversed(application.steps) if (step.source, step.action) == (source, action))
    return next((step for step in said if step.authority in own), None)
