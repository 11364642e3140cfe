"""How a section of the declaration is set in type, out of its fields alone: a new one needs nothing here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.fields import Field, Kind, fields_of
from models.section import Section
from pdf_templates.engine.sheet import WIDTH
from rules import declaration

Plain = Mapping[str, Any]

FIXED = {Kind.DAY: 19.5, Kind.WHOLE: 12.0, Kind.FLAG: 15.0, Kind.MONEY: 22.0, Kind.MOMENT: 30.0}
"""Widths in mm of columns whose values are all alike."""
TEXTS = ((20, 17.0), (60, 24.0), (100, 34.0))
"""Widths in mm of columns of texts up to so many characters."""
LONGEST_TEXT = 50.0
LEAST_SHARE = 0.7
"""How far columns of texts may be narrowed before the rows are set as blocks of labels and values."""


def plain(section: type[Section], rows: Sequence[Any]) -> Plain:
    """A section as plain data; what is not asked of a row is None. Representative works come first."""
    fields = fields_of(section).values()
    if section.about.achievement:
        rows = sorted(rows, key=lambda each: not each.representative)
    return {
        'key': section.key(),
        'label': section.about.label,
        'many': section.many,
        'fields': [_described(field) for field in fields],
        'rows': [
            [declaration.value_shown(each, field) if field.asked_of(each) else None for field in fields]
            for each in rows
        ],
    }


def _described(field: Field) -> Plain:
    longest = max(map(len, field.choices), default=0) if field.choices else field.max_length or 0
    return {'label': field.label, 'kind': field.kind.value, 'longest': longest, 'some': bool(field.only_for)}


def laid_out(section: Plain) -> Plain:
    """A section as its template reads it, ``sheet(part.label, part.bands)``; made anew at every printing."""
    return {'key': section['key'], 'label': section['label'], 'bands': bands(section)}


def bands(section: Plain) -> list[tuple[Any, ...]]:
    """The rows of its sheet, see ``sheet_markup.Sheets.sheet``."""
    fields, rows = section['fields'], section['rows']
    labels = [each['label'] for each in fields]
    if not section['many']:
        return [('pairs', _pairs(labels, each)) for each in rows]
    if not rows:
        return [('note', '无')]
    widths = _widths(fields)
    if widths is None:
        return list(_blocks(labels, rows))
    columns = [('序号', 10, '#'), *((label, width, label) for label, width in zip(labels, widths, strict=True))]
    return [('table', columns, [dict(zip(labels, each, strict=True)) for each in rows], 'small')]


def _pairs(labels: Sequence[str], values: Sequence[str | None]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]


def _blocks(labels: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Iterator[tuple[Any, ...]]:
    for number, values in enumerate(rows, 1):
        yield ('line', f'第 {number} 项')
        yield ('pairs', _pairs(labels, values))


def _widths(fields: Sequence[Plain]) -> list[float] | None:
    """Widths of the columns beside the counting one; None where the section does not fit a table."""
    if any(each['some'] for each in fields):
        return None
    wanted = [_wanted(each) for each in fields]
    fixed = sum(width for width, each in zip(wanted, fields, strict=True) if each['kind'] in FIXED)
    room, asked = WIDTH - 10 - fixed, sum(wanted) - fixed
    if asked == 0 or room / asked < LEAST_SHARE:
        return None
    return [
        width if each['kind'] in FIXED else width * room / asked for width, each in zip(wanted, fields, strict=True)
    ]


def _wanted(field: Plain) -> float:
    if field['kind'] in FIXED:
        return FIXED[Kind(field['kind'])]
    if field['kind'] == Kind.CHOICE:
        return float(min(max(4 + 3.2 * field['longest'], 14), 24))
    return next((width for most, width in TEXTS if field['longest'] <= most), LONGEST_TEXT)
