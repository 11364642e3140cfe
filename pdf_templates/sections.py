"""Sections of the declaration on paper, derived from their fields: a new section or field needs no change here.

A list section is printed in the shape that it declares (``models/section.py``). At start the application checks that
the columns of a table fit on the sheet. The data stored with a paper holds neither the shape nor the widths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.fields import Field, Kind
from models.section import SECTIONS, Section, Shape
from pdf_templates.engine.sheet import WIDTH
from rules import declaration, sections_seen

Plain = Mapping[str, Any]

FIXED = {Kind.DAY: 19.5, Kind.WHOLE: 12.0, Kind.FLAG: 15.0, Kind.MONEY: 22.0, Kind.MOMENT: 30.0}
"""Widths in mm of columns by kind of field, for kinds whose values all have about the same length."""
TEXT_WIDTHS = ((20, 17.0), (60, 24.0), (100, 34.0))
"""Pairs (characters at most, width in mm) of text columns."""
LONGEST_TEXT = 50.0
LEAST_SHARE = 0.5
"""Smallest factor by which text columns may be narrowed; below it words would be broken across lines."""


def plain_section(section: type[Section], rows: Sequence[Any]) -> Plain:
    """Return a section as plain data. A field that does not apply to a row is None; representative works come first."""
    fields = sections_seen.fields_on_paper(section)
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
    described = {'label': field.label, 'kind': field.kind.value, 'longest': longest, 'some': bool(field.only_for)}
    return described | ({'width': field.paper_width} if field.paper_width else {})


def shape_problem(section: type[Section]) -> str | None:
    """Return why a section cannot be printed as the table that it declares, or None. Other shapes always fit."""
    if not section.many or section.about.shape is not Shape.TABLE:
        return None
    fields = [_described(field) for field in sections_seen.fields_on_paper(section)]
    if any(each['some'] for each in fields):
        return 'its fields differ by kind: declare shape=Shape.BLOCKS'
    if _share(fields) >= LEAST_SHARE:
        return None
    return f'its {len(fields)} fields are too wide for a table: give paper_width to some, or declare shape=Shape.BLOCKS'


def laid_out(section: Plain) -> Plain:
    """Return a section as its template reads it, ``sheet(part.label, part.bands)``; computed at every printing."""
    return {'key': section['key'], 'label': section['label'], 'bands': bands(section)}


def bands(section: Plain) -> list[tuple[Any, ...]]:
    """Return the bands of a section's sheet in the form that ``sheet_markup.Sheets.sheet`` takes."""
    fields, rows = section['fields'], section['rows']
    labels = [each['label'] for each in fields]
    if not section['many']:
        return [('pairs', _pairs(labels, each)) for each in rows]
    if not rows:
        return [('note', '无')]
    if _shape(section) is Shape.BLOCKS:
        return list(_blocks(labels, rows))
    widths = _widths(fields)
    columns = [('序号', 10, '#'), *((label, width, label) for label, width in zip(labels, widths, strict=True))]
    return [('table', columns, [dict(zip(labels, each, strict=True)) for each in rows], 'small')]


def _pairs(labels: Sequence[str], values: Sequence[str | None]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]


def _blocks(labels: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Iterator[tuple[Any, ...]]:
    for number, values in enumerate(rows, 1):
        yield ('line', f'第 {number} 项')
        yield ('pairs', _pairs(labels, values))


def _shape(section: Plain) -> Shape:
    """Return the shape that a section declares, but blocks where a table does not fit.

    A section of a stored paper that the product no longer declares counts as a table.
    """
    fits = not any(each['some'] for each in section['fields']) and _share(section['fields']) >= LEAST_SHARE
    declared = next((each.about.shape for each in SECTIONS if each.key() == section['key']), Shape.TABLE)
    return declared if fits else Shape.BLOCKS


def _widths(fields: Sequence[Plain]) -> list[float]:
    """Return the widths in mm of all columns except 序号; together with it they fill the sheet."""
    share = _share(fields)
    return [_wanted(each) if _is_fixed(each) else _wanted(each) * share for each in fields]


def _share(fields: Sequence[Plain]) -> float:
    """Return the factor by which the text columns must be scaled to fill the sheet."""
    fixed = sum(_wanted(each) for each in fields if _is_fixed(each))
    wanted = sum(_wanted(each) for each in fields if not _is_fixed(each))
    return (WIDTH - 10 - fixed) / wanted if wanted else 1.0


def _is_fixed(field: Plain) -> bool:
    return field['kind'] in FIXED or 'width' in field


def _wanted(field: Plain) -> float:
    if 'width' in field:
        return float(field['width'])
    if field['kind'] in FIXED:
        return FIXED[Kind(field['kind'])]
    if field['kind'] == Kind.CHOICE:
        return float(min(max(4 + 3.2 * field['longest'], 14), 24))
    return next((width for most, width in TEXT_WIDTHS if field['longest'] <= most), LONGEST_TEXT)
