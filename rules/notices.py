"""Public notices before and after the review (手册 §3.2.10, §5.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Integer, String, case, exists, insert, literal, select, update
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.base import now
from models.notice import Notice, Phase
from models.sql import KEYS, sent
from models.statutory import StatutoryNumber
from rules import statutory, workdays
from rules.refusal import Refusal


def notice_of(application: Application, phase: Phase) -> Notice | None:
    """Return the notice of a declaration in a phase, or None."""
    return next((notice for notice in application.notices if notice.phase == phase), None)


class Period(NamedTuple):
    """First and last day of a notice."""

    starts_on: date
    ends_on: date

    def __str__(self) -> str:
        return f'{self.starts_on:%Y-%m-%d} 至 {self.ends_on:%Y-%m-%d}'


PERIODS = select(Notice.application_id, Notice.phase, Notice.starts_on, Notice.ends_on).where(
    Notice.application_id.in_(KEYS)
)


def load_periods(session: Session, keys: Collection[int]) -> Mapping[int, Mapping[str, Period]]:
    """Read the notice periods of declarations, by key and phase."""
    found: dict[int, dict[str, Period]] = {}
    for key, phase, *days in session.connection().execute(PERIODS, {'keys': list(keys)}):
        found.setdefault(key, {})[phase] = Period(*days)
    return found


def period_of(application: Application, phase: Phase) -> Period | None:
    """Return the stored period of a declaration's notice in a phase, or None."""
    notice = notice_of(application, phase)
    return Period(notice.starts_on, notice.ends_on) if notice else None


def record(session: Session, phase: Phase, starts_on: date, ends_on: date, wordings: Mapping[Application, str]) -> None:
    """Insert or update the notices with their period; an empty wording keeps the stored one."""
    rows = [(application.id, wording) for application, wording in wordings.items()]
    given = sent(session, rows, application_id=Integer(), opinion=String())
    there = (Notice.application_id == given.c.application_id) & (Notice.phase == phase)
    worded = case((given.c.opinion != '', given.c.opinion), else_=Notice.opinion)
    again = update(Notice).where(there).values(starts_on=starts_on, ends_on=ends_on, opinion=worded)
    session.execute(again.execution_options(synchronize_session=False))
    shared = (literal(phase), literal(starts_on), literal(ends_on), literal(now(), Notice.recorded_at.type))
    anew = select(given.c.application_id, given.c.opinion, *shared).where(~exists().where(there).correlate(given))
    columns = ['application_id', 'opinion', 'phase', 'starts_on', 'ends_on', 'recorded_at']
    session.execute(insert(Notice).from_select(columns, anew))
    for application in wordings:
        for notice in application.notices:
            session.expire(notice)
        session.expire(application, ['notices'])


def lapse(session: Session, applications: Sequence[Application]) -> None:
    """Delete the notices of declarations; the steps still contain the answers."""
    for application in applications:
        for notice in application.notices:
            session.delete(notice)
    session.flush()


def wording(application: Application, starts_on: date, ends_on: date, phase: Phase) -> str:
    """Return the sentence that the form proposes for a period (手册 §3.2.10)."""
    subject = '申报职称评审信息' if phase == Phase.PRE else '评审通过信息'
    period = f'{starts_on:%Y年%m月%d日}至{ends_on:%Y年%m月%d日}'
    return (
        f'【{application.applicant_name}】同志{subject}已在单位显著位置公开张贴公示，'
        f'公示期是【{period}】。公示期间，未收到举报投诉。'
    )


def earliest(application: Application, kept: Period | Notice | None) -> date:
    """Return the earliest first day of a notice: the day on which the stage was entered (手册 §3.2.9, 第五章).

    A declaration that the office returned unchanged keeps its stored period, which may begin earlier.
    """
    entered = application.entered_at.date()
    return min(entered, kept.starts_on) if kept else entered


def backdated(application: Application, kept: Period | Notice | None, starts_on: date) -> str | None:
    """Return a sentence if a notice begins before its earliest day, or None."""
    first = earliest(application, kept)
    if starts_on >= first:
        return None
    return f'公示开始时间不能早于进入「{Stage(application.stage).label}」环节的 {first:%Y-%m-%d}'


def last_ready(applications: Sequence[Application], phase: Phase) -> Application:
    """Return the declaration with the latest earliest day: a notice of all of them cannot begin before it."""
    return max(applications, key=lambda each: earliest(each, notice_of(each, phase)))


def on_lists(applications: Sequence[Application], phase: Phase) -> Mapping[Period, Sequence[Application]]:
    """Group the declarations that are on a printed list by the period on it."""
    found: dict[Period, list[Application]] = {}
    for each in applications:
        period = period_of(each, phase)
        if period:
            found.setdefault(period, []).append(each)
    return found


def shared(applications: Sequence[Application], phase: Phase) -> Period | None:
    """Return the one period of all printed lists; None if there are several, or it begins too early for another one."""
    periods = list(on_lists(applications, phase))
    if len(periods) != 1:
        return None
    last = last_ready(applications, phase)
    return None if backdated(last, notice_of(last, phase), periods[0].starts_on) else periods[0]


def longest_days(session: Session, applications: Sequence[Application]) -> int:
    """Return the minimum number of working days of one notice for all these declarations."""
    numbers = statutory.numbers_by_key(session, [each.id for each in applications])
    return max(each[StatutoryNumber.NOTICE_DAYS] for each in numbers.values())


def period_problem(
    starts_on: date, ends_on: date, overruled: workdays.Overrides, days: int = workdays.NOTICE_DAYS
) -> str | None:
    """Return a sentence if a period covers fewer working days than required, or None."""
    if ends_on < starts_on:
        return '公示结束时间应晚于开始时间'
    covered = workdays.count_workdays(starts_on, ends_on, overruled)
    if covered < days:
        possible = workdays.last_notice_day(starts_on, overruled, days)
        return f'公示时间不能少于 {days} 个工作日，现为 {covered} 个，结束时间最早为 {possible:%Y-%m-%d}'
    return None


def shortened(published: Period, overruled: workdays.Overrides, days: int) -> str | None:
    """Return a sentence if a published period has become too short after a change of working days, or None."""
    possible = workdays.last_notice_day(published.starts_on, overruled, days)
    if published.ends_on >= possible:
        return None
    return (
        f'工作日调整后公示不足 {days} 个工作日，须延长至 {possible:%Y-%m-%d}，'
        '请在审核时改公示结束时间或重新打印公示名单'
    )


def departure(published: Period | None, period: Period, *, many: bool = False) -> str | None:
    """Return a sentence if a period contradicts the published one, which may only be extended (手册 §3.2.7–10).

    With ``many``, one period for many declarations must equal the published one.
    """
    if published is None or period == published:
        return None
    told = f'已公布的公示时间是 {published}'
    if many:
        return f'{told}，与所填的不同，请与公示时间相同的申报一并办理，或按所填时间重新打印公示名单'
    if period.starts_on == published.starts_on and period.ends_on > published.ends_on:
        return None
    return f'{told}，只能延长，不能缩短或改期；实际公示时间不同的，请先按该时间重新打印公示名单'


def find_period_problem(
    application: Application,
    published: Period | None,
    period: Period,
    overruled: workdays.Overrides,
    days: int,
    *,
    many: bool,
) -> str | None:
    """Return a sentence if the period of a declaration's notice is wrong, or None; the present day is not checked."""
    if period == published:
        return shortened(published, overruled, days)
    return (
        period_problem(*period, overruled, days)
        or departure(published, period, many=many)
        or backdated(application, published, period.starts_on)
    )


Timely = Callable[[Period, date, workdays.Overrides], Refusal | None]
"""Function that returns None if a notice's result may be registered on a day, or the refusal with the first day."""


def running(period: Period, on: date, overruled: workdays.Overrides) -> Refusal | None:
    """Refuse to pass a notice that has not ended; names the first day."""
    if period.ends_on < on:
        return None
    possible = period.ends_on + timedelta(1)
    left = workdays.count_workdays(on, period.ends_on, overruled)
    lacking = f'还差 {left} 个工作日，' if left else ''  # the rest may be only a weekend or a holiday
    sentence = f'公示未结束，{lacking}最早 {possible.month} 月 {possible.day} 日可办'
    return Refusal('notice_running', sentence, possible)


def ahead(period: Period, on: date, _overruled: workdays.Overrides) -> Refusal | None:
    """Refuse a proven objection to a notice that has not begun; names the first day."""
    possible = period.starts_on
    if possible <= on:
        return None
    return Refusal('notice_ahead', f'公示尚未开始，最早 {possible.month} 月 {possible.day} 日可办', possible)


def described(
    starts_on: date,
    ends_on: date,
    overruled: workdays.Overrides,
    days: int = workdays.NOTICE_DAYS,
    *,
    early: bool = False,
) -> str:
    """Return the text about a period in the form; with ``early``, the result may be registered from its first day."""
    problem = period_problem(starts_on, ends_on, overruled, days)
    if problem:
        return problem
    covered = workdays.count_workdays(starts_on, ends_on, overruled)
    possible = starts_on if early else ends_on + timedelta(1)
    guessed = '' if workdays.calendar_known(ends_on) else f'；{ends_on.year} 年节假日尚未公布，暂按周一至周五计'
    return f'覆盖 {covered} 个工作日，{possible.month} 月 {possible.day} 日起可登记结果{guessed}'
