"""First page of an employer: waiting declarations, due notices and fees, and the progress of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from models.application import Application, Result, Stage, Step
from models.base import now
from models.notice import Notice, Phase
from models.statutory import StatutoryNumber
from rules import fees, notices, review_desk, statutory, workdays
from rules.flow import rounds
from rules.notices import Period

OVERDUE = 5
"""Working days of waiting after which a declaration counts as overdue."""

PHASES = {Stage.PRE_NOTICE: Phase.PRE, Stage.POST_NOTICE: Phase.POST}
"""Stages at which an employer publishes a notice, with its phase."""

LIST_PRINTED: ColumnElement[bool] = exists().where(
    Notice.application_id == Application.id,
    or_(*((Application.stage == stage) & (Notice.phase == phase) for stage, phase in PHASES.items())),
)
"""Condition: the notice list of a declaration's present stage has been printed."""

MILESTONES = (
    ('提交单位', Stage.EMPLOYER_REVIEW),
    ('单位审核通过', Stage.PRE_NOTICE),
    ('报送评委会', Stage.OFFICE_REVIEW),
    ('进入专家评审', Stage.EXPERT_REVIEW),
    ('评审通过', Stage.POST_NOTICE),
)
"""Levels of the funnel, each with the stage that a declaration has entered; the certificate is added as the last."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Declarations waiting at one stage: their number, the overdue ones, and the oldest day."""

    stage: Stage
    count: int
    overdue: int
    since: date | None


@dataclass(frozen=True, slots=True)
class DueNotice:
    """Counts of the notices of one phase: not published, not begun, running, ended without a result, too short.

    ``overdue`` counts those that ended too long ago; if the declaration came back to this stage later, from that day.
    ``short_of`` names the required working days of notices that became too short.
    """

    stage: Stage
    missing: int
    coming: int
    begins_next: date | None
    running: int
    ends_next: date | None
    over: int
    overdue: int
    short: int
    short_of: str
    extended_first: date | None


@dataclass(frozen=True, slots=True)
class FeesDue:
    """Declarations that wait for their fee: their number, the overdue ones, and the earliest last day to pay."""

    count: int
    overdue: int
    first: date | None


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the funnel; ``share`` is relative to the largest level."""

    label: str
    count: int
    share: float


def long_ago(on: date, overruled: workdays.Overrides) -> date:
    """Return the last day that is more than the allowed number of working days ago."""
    day = on
    while workdays.workdays_since(day, on, overruled) <= OVERDUE:
        day = date.fromordinal(day.toordinal() - 1)
    return day


def by_stage(session: Session, scope: ColumnElement[bool], most: int) -> dict[str, int]:
    """Count the declarations of each stage, up to ``most``; stages without any are left out."""
    each = {stage: select(Application.id).where(scope, Application.stage == stage).limit(most) for stage in Stage}
    counting = (select(func.count()).select_from(some.subquery()).scalar_subquery() for some in each.values())
    counts = zip(each, session.execute(select(*counting)).one(), strict=True)
    return {stage: count for stage, count in counts if count}


def count_waiting(
    session: Session, scope: ColumnElement[bool], stages: Sequence[Stage], overruled: workdays.Overrides
) -> list[Waiting]:
    """Count the declarations that wait at these stages and are not set aside; stages without any are included."""
    late = long_ago(now().date(), overruled)
    counted = select(Application.stage, Application.entered_at).where(
        scope, Application.stage.in_(stages), ~review_desk.ASIDE
    )
    entered: dict[str, list[date]] = {}
    for stage, at in session.execute(counted):
        entered.setdefault(stage, []).append(at.date())
    return [
        Waiting(stage, len(days), sum(day <= late for day in days), min(days, default=None))
        for stage in stages
        for days in (entered.get(stage, []),)
    ]


def notices_due(session: Session, scope: ColumnElement[bool], overruled: workdays.Overrides) -> list[DueNotice]:
    """Count the notices of both phases, as of today."""
    today = now().date()
    late = long_ago(today, overruled)
    found = []
    for stage, phase in PHASES.items():
        published = (
            select(Application.id, Notice.starts_on, Notice.ends_on, Application.entered_at)
            .select_from(Application)
            .outerjoin(Notice, (Notice.application_id == Application.id) & (Notice.phase == phase))
            .where(scope, Application.stage == stage)
        )
        rows = session.execute(published).all()
        numbers = statutory.numbers_by_key(session, [row.id for row in rows])
        kept = [
            (Period(row.starts_on, row.ends_on), numbers[row.id][StatutoryNumber.NOTICE_DAYS], row.entered_at.date())
            for row in rows
            if row.ends_on is not None
        ]
        told = {(period, days) for period, days, _entered in kept}
        short = {each for each in told if notices.shortened(each[0], overruled, each[1])}
        good = [(period, entered) for period, days, entered in kept if (period, days) not in short]
        coming = [period for period, _entered in good if period.starts_on > today]
        running = [period for period, _entered in good if period.starts_on <= today <= period.ends_on]
        over = [max(period.ends_on, entered) for period, entered in good if period.ends_on < today]
        found.append(
            DueNotice(
                stage,
                missing=len(rows) - len(kept),
                coming=len(coming),
                begins_next=min((each.starts_on for each in coming), default=None),
                running=len(running),
                ends_next=min((each.ends_on for each in running), default=None),
                over=len(over),
                overdue=sum(since <= late for since in over),
                short=sum((period, days) in short for period, days, _entered in kept),
                short_of='、'.join(map(str, sorted({days for _period, days in short}))),
                extended_first=min(
                    (workdays.last_notice_day(each.starts_on, overruled, days) for each, days in short), default=None
                ),
            )
        )
    return found


def fees_due(session: Session, scope: ColumnElement[bool]) -> FeesDue:
    """Count the unpaid fees, as of today."""
    today, due = now().date(), fees.due_by_declaration(session, scope & (Application.stage == Stage.PAYMENT)).values()
    return FeesDue(len(due), sum(day < today for day in due), min(due, default=None))


def funnel(session: Session, scope: ColumnElement[bool], year: int) -> list[Level]:
    """Count the declarations of a year that reached each milestone in the present round; a submission always counts."""
    stages = [stage for _label, stage in MILESTONES]
    counts = or_(Step.target == Stage.EMPLOYER_REVIEW, rounds.COUNTS)
    reached = (
        select(Step.target, func.count(Step.application_id.distinct()))
        .join(Application)
        .where(scope, Application.year == year, Step.target.in_(stages), counts)
        .group_by(Step.target)
    )
    found = {target: count for target, count in session.execute(reached)}
    passed = select(func.count(case((Application.result == Result.PASSED, 1)))).where(scope, Application.year == year)
    levels = [(label, found.get(stage, 0)) for label, stage in MILESTONES]
    levels.append(('取得证书', session.scalar(passed) or 0))
    most = max((count for _label, count in levels), default=0) or 1
    return [Level(label, count, count / most) for label, count in levels]
