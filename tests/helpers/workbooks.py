"""Workbooks (.xlsx) for tests of imports."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

HEADS = ['姓名', '证件类型', '证件号码']

ONE = ['陈思远', '居民身份证', '44010619870312773X']

TWO = ['李娜', '护照', 'E12345678']


def workbook(*rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> bytes:
    """Return a workbook with these rows; ``change`` edits it before it is saved."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
