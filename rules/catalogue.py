"""Import of the catalogue from CSV: series, levels and titles, and specialities."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue import Series, Speciality, Title
from models.terms import LEVELS


@dataclass(frozen=True, slots=True)
class LineReport:
    """Result of one line of the file; ``verdict`` is 新增, 未变 or 拒绝."""

    line: int
    verdict: str
    text: str


TITLES = ('series', 'level', 'title')
SPECIALITIES = ('series', 'speciality')


def import_catalogue(session: Session, lines: Iterable[str]) -> Iterator[LineReport]:
    """Load a CSV of titles (series,level,title) or of specialities (series,speciality); the heading decides which.

    Yields one report per line; a refused line changes nothing. The caller commits.
    """
    reader = csv.DictReader(lines)
    heading = tuple(name.strip().lstrip('\ufeff') for name in reader.fieldnames or ())
    if heading not in (TITLES, SPECIALITIES):
        yield LineReport(
            1, '拒绝', f'表头应为 {",".join(TITLES)} 或 {",".join(SPECIALITIES)}，实为 {",".join(heading)}'
        )
        return
    reader.fieldnames = list(heading)
    known = {series.name: series for series in session.scalars(select(Series))}
    take = _take_title if heading == TITLES else _take_speciality
    for row in reader:
        values = {name: (row.get(name) or '').strip() for name in heading}
        problem = _problem(row, values)
        if problem:
            yield LineReport(reader.line_num, '拒绝', problem)
            continue
        series = known.get(values['series'])
        if series is None:
            series = known[values['series']] = Series(name=values['series'])
            session.add(series)
            session.flush()
        added = take(session, series, values)
        yield LineReport(reader.line_num, '新增' if added else '未变', ' · '.join(values.values()))


def _problem(row: Mapping[str | None, object], values: Mapping[str, str]) -> str | None:
    if None in row:
        return f'多出的列：{row[None]}'
    empty = [name for name, value in values.items() if not value]
    if empty:
        return f'缺少 {"、".join(empty)}'
    long = [name for name, value in values.items() if len(value) > 60]
    if long:
        return f'{"、".join(long)} 超过 60 字'
    if 'level' in values and values['level'] not in LEVELS:
        return f'级别「{values["level"]}」不在 {"、".join(LEVELS)} 之内'
    return None


def _take_title(session: Session, series: Series, values: Mapping[str, str]) -> bool:
    query = select(Title).where(
        Title.series_id == series.id, Title.level == values['level'], Title.name == values['title']
    )
    if session.scalars(query).first():
        return False
    session.add(Title(series=series, level=values['level'], name=values['title']))
    return True


def _take_speciality(session: Session, series: Series, values: Mapping[str, str]) -> bool:
    query = select(Speciality).where(Speciality.series_id == series.id, Speciality.name == values['speciality'])
    if session.scalars(query).first():
        return False
    session.add(Speciality(series=series, name=values['speciality']))
    return True
