"""Writing of workbooks that users fill in: templates for an import, and rows to correct."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from models.fields import Field, Kind
from ports.spreadsheets.reading import EXAMPLE, EXPLANATION, MOST_ROWS

MEDIA_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
TEXT = '@'
DAY_FORMAT = 'yyyy-mm-dd'
HEAD = PatternFill('solid', fgColor='E6EFFA')
WRONG = PatternFill('solid', fgColor='FDECEB')
LONGEST_LIST = 255
"""Characters of a list of choices that Excel allows in a data validation."""

REASON = '未导入原因'


def template(name: str, fields: Sequence[Field], example: Mapping[str, str]) -> bytes:
    """Return an empty workbook with headings, drop-downs and one example row, which the import skips."""
    book = Workbook()
    sheet = _headed(book, name, fields)
    first = fields[0].name
    _write(sheet, 2, [f'{EXAMPLE}：{example[first]}', *(example[each.name] for each in fields[1:])])
    for cell in sheet[2]:
        cell.font = Font(italic=True, color='5A6975')
    _explain(book, fields)
    return _content(book)


def faulty(name: str, fields: Sequence[Field], rows: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> bytes:
    """Return a workbook of rows to correct and import again, with the reasons in a last column.

    ``rows`` are pairs (texts by field name, problems by field name).
    """
    book = Workbook()
    sheet = _headed(book, name, fields)
    reasons = len(fields) + 1
    _write(sheet, 1, [REASON], start=reasons)
    sheet.column_dimensions[get_column_letter(reasons)].width = 60
    for number, (texts, problems) in enumerate(rows, 2):
        _write(sheet, number, [texts.get(each.name, '') for each in fields])
        _write(sheet, number, ['；'.join(problems.values())], start=reasons)
        for place, each in enumerate(fields, 1):
            if each.name in problems:
                sheet.cell(number, place).fill = WRONG
    return _content(book)


def _headed(book: Workbook, name: str, fields: Sequence[Field]) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title, sheet.freeze_panes = name[:31], 'A2'
    for place, each in enumerate(fields, 1):
        head, letter = sheet.cell(1, place), get_column_letter(place)
        head.value = each.label + ('*' if each.required else '')
        head.font, head.fill = Font(bold=True), HEAD
        if each.help:
            head.comment = Comment(each.help, '')
        sheet.column_dimensions[letter].width = 12 if each.kind is Kind.DAY else min(max(each.max_length or 12, 14), 30)
        sheet.column_dimensions[letter].number_format = DAY_FORMAT if each.kind is Kind.DAY else TEXT
        rule = _rule(each)
        if rule is not None:
            sheet.add_data_validation(rule)
            rule.add(f'{letter}2:{letter}{MOST_ROWS + 1}')
    return sheet


def _rule(each: Field) -> DataValidation | None:
    """Return the drop-down of a field with choices; None where the list is too long, it is then on 填写说明 only."""
    listed = '"' + ','.join(each.choices or ()) + '"'
    if not each.choices or len(listed) > LONGEST_LIST:
        return None
    return DataValidation(
        type='list',
        formula1=listed,
        allow_blank=not each.required,
        showErrorMessage=True,
        errorTitle='请从列表选择',
        error=f'{each.label}请从下拉列表中选择',
    )


def _explain(book: Workbook, fields: Sequence[Field]) -> None:
    """Add the sheet 填写说明, which explains every column."""
    sheet: Any = book.create_sheet(EXPLANATION)
    _write(sheet, 1, ['列名', '是否必填', '填写要求'])
    for number, each in enumerate(fields, 2):
        _write(sheet, number, [each.label, '必填' if each.required else '选填', _wanted(each)])
    for letter, width in (('A', 26), ('B', 10), ('C', 80)):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
    for row in sheet.iter_rows(min_row=2):
        row[2].alignment = Alignment(wrap_text=True)


def _wanted(each: Field) -> str:
    if each.choices:
        return f'从下列选择：{"、".join(each.choices)}'
    if each.kind is Kind.DAY:
        return '日期，例如 2026-01-31'
    return f'{each.help or "文本"}，不超过 {each.max_length} 字' if each.max_length else each.help


def _write(sheet: Any, row: int, texts: Sequence[str], start: int = 1) -> None:
    """Write cells as text, so that Excel rounds no number and evaluates no formula."""
    for place, text in enumerate(texts, start):
        cell = sheet.cell(row, place)
        cell.value, cell.number_format = ILLEGAL_CHARACTERS_RE.sub('', text), TEXT
        cell.data_type, cell.quotePrefix = 's', True


def _content(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
