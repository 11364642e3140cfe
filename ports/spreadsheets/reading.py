"""Reading of tables that users upload: .xlsx and CSV (UTF-8 or GBK), as text, by the labels of declared fields.

Nothing in a file is trusted or evaluated. A file in another format, with formulas, macros or merged cells, or too
large raises :class:`SheetError`. A problem of a single cell is reported in its row.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from openpyxl.utils import get_column_letter

from models.fields import Field
from ports.spreadsheets import xlsx
from rules import validators

MOST_ROWS = 20_000
MOST_SHEET_COLUMNS = 60
LARGEST_FILE = 10 * 1024 * 1024
LARGEST_UNPACKED = 25 * 1024 * 1024
"""Unpacked bytes of all parts of a workbook; twenty thousand full rows take half of it."""

MOST_PARTS = 500
MOST_TAGS = 2_000_000
"""Opening and closing tags of all parts of a workbook; twenty thousand full rows have half as many."""

LAST_ROW = 1_048_576
"""Number of the last row that Excel allows."""

LONGEST_CELL = 2000
EXAMPLE = '示例'
"""Beginning of the first cell of an example row; such rows are skipped."""

EXPLANATION = '填写说明'
"""Name of the sheet of a template that explains the columns; it is never read."""

PADDING = ',;\t\r\n '
"""Characters that spreadsheets write at the end of a CSV file for empty rows with a format."""

TOO_LARGE = '工作簿解压后过大，请只保留要导入的数据，删去图片和其他工作表'
OLE = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'
ENCRYPTED = 'EncryptedPackage'.encode('utf-16-le')
STRANGE = re.compile(rb'<!(?!\[CDATA\[)|<\?(?!xml\s)|<[^<]{65536}|^<\?xml[^>]*encoding=.(?!utf-8|utf-16)', re.I)
"""Markup that no spreadsheet writes and that can exhaust an XML parser (entity expansion, quadratic scans):
declarations, comments, processing instructions, very long tags, and encodings that would hide these."""

MERGED_CELLS = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)"')
ROUNDED = re.compile(r'\d(\.\d+)?[Ee]\+?\d+')


class SheetError(ValueError):
    """Raised for a file that cannot be imported; its text tells the user why and what to do."""


@dataclass(frozen=True, slots=True)
class UploadedRow:
    """Data row: its number in the file, and its texts and problems by field name."""

    number: int
    texts: dict[str, str]
    problems: dict[str, str]


@dataclass(frozen=True, slots=True)
class UploadedSheet:
    """Rows read from a file: ``name`` is the sheet, ``ignored`` unknown headings, ``unread`` names of other sheets."""

    rows: list[UploadedRow]
    ignored: list[str] = field(default_factory=list)
    name: str = ''
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    problem: str = ''
    formula: bool = False


NOTHING = _Cell('')

CellsOfRow = tuple[int, Mapping[int, Any]]
"""Row of a file that may be non-empty: its number, and its unconverted cells by column from 0."""

Convert = Callable[[Any], _Cell]


def read_sheet(content: bytes, fields: Sequence[Field]) -> UploadedSheet:
    """Return the rows of an uploaded file; its heading row contains labels of fields. Raises SheetError."""
    if not content.strip():
        raise SheetError('文件是空的')
    if len(content) > LARGEST_FILE:
        raise SheetError(f'文件超过 {LARGEST_FILE // 2**20} MB，请拆分后分次导入')
    if content.startswith(OLE):
        raise SheetError(
            '工作簿设了打开密码，请取消密码后再上传'
            if ENCRYPTED in content
            else '这是旧格式的工作簿（.xls），请在 Excel 中另存为“Excel 工作簿（.xlsx）”后再上传'
        )
    return _of_workbook(content, fields) if content.startswith(b'PK') else _by_label(_csv_lines(content), _text, fields)


# --- headings and rows -----------------------------------------------------------------------------------------


def _by_label(lines: Iterator[CellsOfRow], convert: Convert, fields: Sequence[Field]) -> UploadedSheet:
    """Return the data rows. Cells below unknown headings are not converted."""
    converted = ({place: convert(cell) for place, cell in cells.items()} for _, cells in lines)
    places, ignored = _places(next(filter(_filled, converted), {}), fields)
    rows: list[UploadedRow] = []
    for number, cells in lines:
        if number > LAST_ROW:
            raise SheetError(f'行号超过 {LAST_ROW}，请删去多余的空行后再上传')
        texts, problems = _row(number, cells, convert, places, fields)
        if not any(texts.values()) and not problems:
            continue  # only unknown columns have values
        if texts[fields[0].name].startswith(EXAMPLE):
            continue
        if len(rows) == MOST_ROWS:
            raise SheetError(f'数据超过 {MOST_ROWS} 行，请拆分后分次导入')
        rows.append(UploadedRow(number, texts, problems))
    if not rows:
        raise SheetError('文件里没有数据：第一行应为列名，数据从第二行开始')
    return UploadedSheet(rows, ignored)


def _filled(cells: Mapping[int, _Cell]) -> bool:
    return any(cell.text or cell.formula or cell.problem for cell in cells.values())


def _places(heads: Mapping[int, _Cell], fields: Sequence[Field]) -> tuple[dict[str, int], list[str]]:
    """Return the column of each field by name, and the unknown headings. Raises SheetError for missing ones."""
    names = {each.label: each.name for each in fields}
    places: dict[str, int] = {}
    ignored = []
    for place, cell in sorted(heads.items()):
        label = cell.text.strip('*＊ ')
        name = names.get(''.join(label.split()))  # people write 姓 名 for 姓名
        if name is None:
            ignored += [label] if label else []
        elif name in places:
            raise SheetError(f'列名“{label}”出现了两次，请只保留一列')
        else:
            places[name] = place
    missing = [each.label for each in fields if each.required and each.name not in places]
    if missing:
        raise SheetError(f'第一行缺少列名：{"、".join(missing)}。请使用导入模板，列名不要改动')
    return places, ignored


def _row(
    number: int, cells: Mapping[int, Any], convert: Convert, places: Mapping[str, int], fields: Sequence[Field]
) -> tuple[dict[str, str], dict[str, str]]:
    texts, problems = {}, {}
    for each in fields:
        place = places.get(each.name, -1)
        cell = convert(cells[place]) if place in cells else NOTHING
        if cell.formula:
            where = f'第 {number} 行“{each.label}”（{get_column_letter(place + 1)} 列）'
            raise SheetError(f'{where}是公式或以“=”开头，请复制该列并“选择性粘贴”为数值后再上传')
        texts[each.name] = cell.text
        if cell.problem:
            problems[each.name] = cell.problem
    return texts, problems


# --- workbooks -------------------------------------------------------------------------------------------------


def _of_workbook(content: bytes, fields: Sequence[Field]) -> UploadedSheet:
    """Return the rows of the first visible sheet that is not empty."""
    _check_package(content)
    try:
        book = xlsx.Book(content)
        visible = [tab for tab in book.tabs if not tab.hidden]
        filled = [tab for tab in visible if tab.name != EXPLANATION and next(book.rows(tab, MOST_SHEET_COLUMNS), None)]
        tab = [*filled, *visible][0]
        sheet = _of_tab(book, tab, fields, alone=len(filled) < 2)
    except SheetError:
        raise
    except Exception as error:  # a damaged workbook makes the reader fail in any way
        raise SheetError('工作簿已损坏，无法读取，请在 Excel 中打开并另存后再上传') from error
    return replace(sheet, name=tab.name, unread=[each.name for each in filled[1:]])


def _of_tab(book: xlsx.Book, tab: xlsx.XlsxSheet, fields: Sequence[Field], *, alone: bool) -> UploadedSheet:
    """Return the rows of a sheet. Errors name the sheet unless it is ``alone``."""
    try:
        return _by_label(book.rows(tab, MOST_SHEET_COLUMNS), partial(_cell, book), fields)
    except SheetError as error:
        raise error if alone else SheetError(f'读取的是工作表“{tab.name}”，{error}') from error


def _check_package(content: bytes) -> None:
    """Refuse a package that is not a plain workbook, before the workbook is parsed. Raises SheetError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if any(part.flag_bits & 1 for part in parts):
                raise SheetError('文件设了密码，请取消密码后再上传')
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise SheetError(TOO_LARGE)
            if any(name.lower().endswith('vbaproject.bin') for name in names):
                raise SheetError('工作簿含有宏（.xlsm），请另存为“Excel 工作簿（.xlsx）”后再上传')
            if not {'[Content_Types].xml', 'xl/workbook.xml'} <= names:
                raise SheetError('这不是 Excel 工作簿（.xlsx）或 CSV 文件')
            if sum(_checked_tags(package, part) for part in parts) > MOST_TAGS:
                raise SheetError(TOO_LARGE)
    except SheetError:
        raise
    except Exception as error:  # as above: a damaged package fails in any way
        raise SheetError('工作簿已损坏，无法读取，请在 Excel 中打开并另存后再上传') from error


def _checked_tags(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Return the number of tags of a part. Raises SheetError for dangerous markup and for merged cells."""
    if not part.filename.endswith(('.xml', '.rels')):
        return 0
    markup = package.read(part).replace(b'\0', b'').removeprefix(b'\xef\xbb\xbf')  # makes ASCII of UTF-16
    if STRANGE.search(markup):
        raise SheetError('工作簿含有不允许的内容，请在 Excel 中打开并另存后再上传')
    found = MERGED_CELLS.search(markup) if part.filename.startswith('xl/worksheets/') else None
    if found is not None:
        raise SheetError(f'有合并单元格（{found[1].decode()}），请取消合并、每格单独填写后再上传')
    return markup.count(b'<')


def _cell(book: xlsx.Book, cell: xlsx.XlsxCell) -> _Cell:
    """Return a cell as text, with its problem, if any."""
    if cell.formula:
        return _Cell('', formula=True)
    if cell.kind == 'e':
        return _Cell(cell.text, f'单元格是错误值 {cell.text}')
    try:
        value = book.value(cell)
    except OverflowError:
        return _Cell(cell.text, '日期超出范围，请核对')
    if isinstance(value, bool):
        return _Cell('是' if value else '否')
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return _Cell(f'{value:%Y-%m-%d}')
    if isinstance(value, date):
        return _Cell(value.isoformat())
    return _text(str(value))


def _number(value: float) -> _Cell:
    if value != value or value in (float('inf'), float('-inf')):
        return _Cell(str(value), '单元格不是有效的数字')
    whole = int(value) if float(value).is_integer() else None
    if whole is not None and abs(whole) >= 10**15:
        return _Cell(str(whole), '长号码存成了数字，末几位已被舍入，请把该列设为“文本”格式后重新填写')
    return _Cell(str(value) if whole is None else str(whole))


def _text(text: str) -> _Cell:
    if len(text) > LONGEST_CELL:
        return _Cell(text[:50] + '…', f'内容过长（{len(text)} 字）')
    plain = validators.normalised(text.replace('\r\n', '\n'))
    if plain.startswith('='):
        return _Cell(plain, formula=True)
    if ROUNDED.fullmatch(plain):
        return _Cell(plain, '号码被写成了科学计数法，请把该列设为“文本”格式后重新填写')
    return _Cell(plain)


# --- CSV -------------------------------------------------------------------------------------------------------


def _csv_lines(content: bytes) -> Iterator[CellsOfRow]:
    text = _decoded(content).rstrip(PADDING)
    head = re.split('[\r\n]', text.lstrip(), maxsplit=1)[0]
    delimiter = max(',\t;', key=head.count)
    rows = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(rows, 1):
            if any(row) or number > LAST_ROW:
                yield number, {place: cell for place, cell in enumerate(row[:MOST_SHEET_COLUMNS]) if cell}
    except csv.Error as error:
        raise SheetError(f'第 {rows.line_num} 行的引号或分隔符不正确，请核对，或改用 .xlsx') from error


def _decoded(content: bytes) -> str:
    """Decode a CSV file as UTF-8 with or without BOM, else as GB 18030 (includes GBK). Raises SheetError."""
    if b'\0' in content:
        raise SheetError('这不是 Excel 工作簿（.xlsx）或 CSV 文件')
    for encoding in ('utf-8-sig', 'gb18030'):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError('CSV 文件的编码无法识别，请另存为“CSV UTF-8”或 .xlsx 后再上传')
