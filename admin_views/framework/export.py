"""Exports of the filtered rows as CSV or workbook, without formulas, with a description of filter, author and time.

Rows are read and written in batches, a column at a time, so that a million rows take the memory of a few thousand.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask import Response, send_file
from flask_login import current_user
from openpyxl import Workbook
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from sqlalchemy import Select, func, select

from admin_views.framework.audit import audit
from admin_views.framework.downloads import MEDIA_TYPES, name_download
from models import db
from models.audit import AuditEvent
from models.base import LocalMinute, now
from models.fields import Field, Kind
from models.transaction import writing
from rules import access, validators
from rules.refusal import Refusal, Refused

ROWS_A_BATCH = 2000
MEMORY = 8 * 1024 * 1024
"""Bytes of an export kept in memory; a larger one goes to disk."""

LARGEST_WORKBOOK = 50_000
"""Largest number of rows of a workbook, which takes ten times as long to write as CSV."""

FORMULA = ('=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n')
"""First characters of a formula in a spreadsheet; with East Asian settings full-width signs begin one too."""
MARK = '\ufeff'.encode()
"""Byte order mark, without which Excel does not read a CSV as UTF-8."""

ExportColumn = tuple[Field, Any]
Texts = Iterator[Sequence[str]]


def safe_cell(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet would read it as a formula."""
    return "'" + text if text.startswith(FORMULA) else text


def book_cell(sheet: Any, text: str) -> str | Cell:
    """Return the safe text for a cell of a workbook, without control characters, which a workbook cannot contain.

    They are removed first, since a formula may follow them. The name of an error (``#REF!``) is stored as text.
    """
    safe = safe_cell(ILLEGAL_CHARACTERS_RE.sub('', text))
    if safe not in ERROR_CODES:
        return safe
    cell = WriteOnlyCell(sheet, safe)
    cell.data_type = 's'
    return cell


@dataclass(frozen=True, slots=True)
class ExportNote:
    """Description of an export: list, headings, filter in words, author and time."""

    name: str
    heads: Sequence[str]
    described: str
    author: str
    at: datetime


class Lines:
    """Rows as lines of a CSV, with their number and SHA-256, which is the same for CSV and workbook."""

    def __init__(self, heads: Sequence[str]) -> None:
        self.count, self.sha256 = 0, hashlib.sha256()
        self.head = self._lines([heads])

    def add(self, rows: Sequence[Sequence[str]]) -> bytes:
        """Return the CSV lines of some rows; add them to number and SHA-256."""
        self.count += len(rows)
        return self._lines(rows)

    def _lines(self, rows: Iterable[Sequence[str]]) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer).writerows(rows)
        content = buffer.getvalue().encode()
        self.sha256.update(content)
        return content


def write_csv(file: BinaryIO, about: ExportNote, batches: Iterable[Sequence[Sequence[str]]]) -> int:
    """Write the rows, then filter, author, time, row count and SHA-256 of head and rows; return the row count."""
    lines = Lines(about.heads)
    file.write(MARK + lines.head)
    for batch in batches:
        file.write(lines.add(batch))
    buffer = io.StringIO()
    csv.writer(buffer).writerows(
        [
            [],
            [safe_cell(f'# 筛选：{about.described}')],
            [safe_cell(f'# 导出：{about.author}，{about.at:%Y-%m-%d %H:%M}，共 {lines.count} 行')],
            [f'# 校验值（SHA-256，以上数据行）：{lines.sha256.hexdigest()}'],
        ]
    )
    file.write(buffer.getvalue().encode())
    return lines.count


def write_workbook(file: BinaryIO, about: ExportNote, batches: Iterable[Sequence[Sequence[str]]]) -> int:
    """Write the rows and, on a second sheet, the description with the SHA-256 of the CSV; return the row count."""
    book, lines = Workbook(write_only=True), Lines(about.heads)
    sheet = book.create_sheet('数据')
    sheet.freeze_panes = 'A2'
    sheet.append(list(about.heads))
    for batch in batches:
        lines.add(batch)
        for row in batch:
            sheet.append([book_cell(sheet, text) for text in row])
    notes = book.create_sheet('说明')
    notes.column_dimensions['A'].width, notes.column_dimensions['B'].width = 24, 80
    said: Sequence[tuple[str, str | int]] = (
        ('列表', about.name),
        ('筛选', about.described),
        ('列', '、'.join(about.heads)),
        ('导出人', about.author),
        ('导出时间', f'{about.at:%Y-%m-%d %H:%M}'),
        ('行数', lines.count),
        ('校验值（数据行的 CSV，SHA-256）', lines.sha256.hexdigest()),
    )
    for label, value in said:
        notes.append([label, book_cell(notes, value) if isinstance(value, str) else value])
    book.save(file)
    return lines.count


@dataclass(frozen=True, slots=True)
class Form:
    """File format of an export; ``most`` is its largest number of rows, None for no limit."""

    label: str
    write: Callable[[BinaryIO, ExportNote, Iterable[Sequence[Sequence[str]]]], int]
    most: int | None = None


FORMS: Mapping[str, Form] = {
    'csv': Form('CSV', write_csv),
    'xlsx': Form('Excel', write_workbook, LARGEST_WORKBOOK),
}


def response(form: str, name: str, columns: Sequence[ExportColumn], rows: Select[Any], described: str) -> Response:
    """Write the columns of the rows to a temporary file, audit the export, and return the file as a download.

    Raises Refused if the format cannot contain so many rows.
    """
    made = FORMS[form]
    if made.most is not None:
        limited = rows.with_only_columns(columns[0][1]).order_by(None).limit(made.most + 1).subquery()
        if db.session.scalars(select(func.count()).select_from(limited)).one() > made.most:
            raise Refused(
                Refusal('too_many_rows', f'{made.label} 最多导出 {made.most} 行，请缩小筛选范围，或改为导出 CSV')
            )
    author = f'{current_user.name}（{access.authority(current_user)}）'
    about = ExportNote(name, [field.label for field, _column in columns], described, author, now())
    file = _temporary()
    count = made.write(file, about, texts_of(columns, rows))
    with writing():
        audit(AuditEvent.EXPORT, f'{name}：{count} 行，筛选：{described}')
    return _sent(file, name, form)


def rows_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Return a CSV download of rows that are already text."""
    file = _temporary()
    file.write(rows_csv(heads, rows))
    return _sent(file, name, 'csv')


def rows_csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return the bytes of a CSV of rows that are already text."""
    lines = Lines(heads)
    return MARK + lines.head + lines.add([[safe_cell(text) for text in row] for row in rows])


def texts_of(columns: Sequence[ExportColumn], rows: Select[Any]) -> Iterator[list[tuple[str, ...]]]:
    """Yield the rows as texts in batches of ROWS_A_BATCH, streamed from the database."""
    written = [writer_of(field) for field, _column in columns]
    read = [LocalMinute(column) if field.kind is Kind.MOMENT else column for field, column in columns]
    statement = rows.with_only_columns(*read)
    with db.engine.connect().execution_options(writes=False) as connection:  # a separate connection, because it streams
        found = connection.execute(statement, execution_options={'yield_per': ROWS_A_BATCH})
        for batch in found.partitions():
            by_column = (map(write, values) for write, values in zip(written, zip(*batch, strict=True), strict=True))
            yield list(zip(*by_column, strict=True))


def writer_of(field: Field) -> Callable[[Any], str]:
    """Return a function that writes a value of a field as ``Field.shown`` does, masked and safe, fast for many rows."""
    empty = safe_cell(field.shown_empty)
    if field.kind is Kind.MOMENT:
        return lambda value: value or empty
    if field.kind is Kind.CHOICE and field.choices:
        known = {value: safe_cell(field.shown(value)) for value in field.choices}
        return lambda value: known[value] if value in known else safe_cell(field.shown(value))
    if field.mask:
        return lambda value: safe_cell(validators.masked(field, value) if value else field.shown(value))
    if field.kind in (Kind.TEXT, Kind.PARAGRAPH):
        return lambda value: ("'" + value if value.startswith(FORMULA) else value) if value else empty
    return lambda value: safe_cell(field.shown(value))


def _temporary() -> BinaryIO:
    return tempfile.SpooledTemporaryFile(MEMORY)  # type: ignore[return-value]


def _sent(file: BinaryIO, name: str, form: str) -> Response:
    file.seek(0)
    response = send_file(file, mimetype=MEDIA_TYPES[form])
    return name_download(response, f'{name}-{now():%Y%m%d-%H%M}.{form}', plain='export')
