"""CSV export: exactly the filtered rows, safe in a spreadsheet, and saying itself what it is."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, send_file
from flask_login import current_user
from sqlalchemy import Select

from admin_views.record import audit
from models import db
from models.base import now
from models.fields import Field
from rules import access, validators

BATCH = 2000
MEMORY = 8 * 1024 * 1024
"""Bytes of an export kept in memory; a larger one goes to disk."""
FORMULA = ('=', '+', '-', '@', '\t', '\r', '\n')


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text


class _Digesting:
    """Encodes what the CSV writer writes, and keeps a running checksum of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, text: str) -> int:
        content = text.encode()
        self.sha256.update(content)
        return self.file.write(content)


def csv_response(name: str, columns: Sequence[tuple[Field, Any]], rows: Select[Any], described: str) -> Response:
    """Write what the columns read of the rows to a temporary file (constant memory) and send it; the export is audited.

    The last lines say filter, author, moment, number of rows and the checksum of all lines above them.
    """
    fields = [field for field, _column in columns]
    file = _temporary()
    file.write('\ufeff'.encode())  # Excel reads UTF-8 only behind a mark
    digesting = _Digesting(file)
    writer = csv.writer(digesting)
    writer.writerow([field.label for field in fields])
    statement = rows.with_only_columns(*(column for _field, column in columns)).execution_options(yield_per=BATCH)
    count = 0
    for batch in db.session.execute(statement).partitions():
        writer.writerows(_cells(fields, values) for values in batch)
        count += len(batch)
    _companion(writer, digesting, described, count)
    db.session.commit()  # the read is over; what follows takes the write lock anew
    audit('export', f'{name}：{count} 行，筛选：{described}')
    db.session.commit()
    return _sent(file, name)


def rows_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Rows that are already text, as CSV."""
    file = _temporary()
    file.write('\ufeff'.encode())
    writer = csv.writer(_Digesting(file))
    writer.writerow(heads)
    writer.writerows([safe_cell(text) for text in row] for row in rows)
    return _sent(file, name)


def _temporary() -> BinaryIO:
    return tempfile.SpooledTemporaryFile(MEMORY)  # type: ignore[return-value]


def _sent(file: BinaryIO, name: str) -> Response:
    file.seek(0)
    response = send_file(file, mimetype='text/csv; charset=utf-8')
    file_name = f'{name}-{now():%Y%m%d-%H%M}.csv'
    response.headers['Content-Disposition'] = f"attachment; filename=export.csv; filename*=UTF-8''{quote(file_name)}"
    return response


def _cells(fields: Sequence[Field], values: Iterable[Any]) -> list[str]:
    return [
        safe_cell(validators.masked(field, value) if field.masked and value else field.shown(value))
        for field, value in zip(fields, values, strict=True)
    ]


def _companion(writer: Any, digesting: _Digesting, described: str, count: int) -> None:
    checksum = digesting.sha256.hexdigest()
    author = f'{current_user.name}（{access.authority(current_user)}）'
    writer.writerow([])
    writer.writerow([safe_cell(f'# 筛选：{described}')])
    writer.writerow([safe_cell(f'# 导出：{author}，{now():%Y-%m-%d %H:%M}，共 {count} 行')])
    writer.writerow([f'# 校验值（SHA-256，以上数据行）：{checksum}'])
