"""Hints in the form: values to check again. A hint never prevents the submission of a declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from models.application import Application
from models.declaration import ContinuingEducation, Work
from models.statutory import SHIPPED, Numbers
from rules import validators
from rules.completeness import HOURS
from rules.declaration import values_of

LONGEST_GAP = timedelta(days=31)
"""Longest time between two posts that is no gap; a change of employers may take a month."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Sentence about a doubtful value, or a helpful sum (not ``doubtful``); ``section`` is the section to show it."""

    section: str
    sentence: str
    doubtful: bool = True


def hints(application: Application, on: date, numbers: Numbers = SHIPPED) -> list[Hint]:
    """List all hints for the present content of the declaration."""
    return [hint for each in HINTS for hint in each(application, on, numbers)]


def work_history(application: Application, on: date, _numbers: Numbers) -> Iterator[Hint]:
    """Name gaps and overlaps between periods of work (手册 §2.1.5: 各项时间段应前后衔接)."""
    rows = sorted((row for row in Work.of(application) if row.started_on), key=lambda row: row.started_on or on)
    latest: Work | None = None
    for row in rows:
        started = row.started_on or on
        if latest is not None:
            ended = latest.ended_on or on
            if started - ended > LONGEST_GAP:
                yield Hint('work', f'{ended} 至 {started} 之间没有工作经历，请确认是否漏填')
            elif started < ended:
                yield Hint('work', f'「{row.employer}」自 {started} 起，与「{latest.employer}」的时间重叠，请确认')
        if latest is None or (row.ended_on or on) >= (latest.ended_on or on):
            latest = row
    if latest is not None and latest.ended_on and on - latest.ended_on > LONGEST_GAP:
        yield Hint('work', f'{latest.ended_on} 至今没有工作经历，请确认是否漏填')


def class_hours(application: Application, _on: date, numbers: Numbers) -> Iterator[Hint]:
    """Compare the class hours of each year with the required hours (手册 §2.1.8)."""
    rows = ContinuingEducation.of(application)
    for year in sorted({row.year for row in rows if row.year}, reverse=True):
        done = {
            kind: sum(row.hours or 0 for row in rows if row.year == year and row.subject_kind == kind) for kind in HOURS
        }
        parts = '，'.join(f'{kind} {done[kind]} / {numbers[number]}' for kind, number in HOURS.items())
        yield Hint('continuing_education', f'{year} 年：{parts}，共 {sum(done.values())} 学时', doubtful=False)


def printable(application: Application, _on: date, _numbers: Numbers) -> Iterator[Hint]:
    """Name characters that no font has; papers with them cannot be printed."""
    for section, row, field in values_of(application):
        value = getattr(row, field.name)
        lacking = validators.without_glyph(value) if isinstance(value, str) else ''
        if lacking:
            yield Hint(section.key(), f'{field.label}中的{lacking}没有字形，报表无法打印：请改写；姓名用字请告知平台')


HINTS: tuple[Callable[[Application, date, Numbers], Iterator[Hint]], ...] = (work_history, class_hours, printable)
