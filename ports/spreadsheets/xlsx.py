"""Reader of workbooks (.xlsx) that parses only the cells, in one pass.

``openpyxl``, which writes the product's workbooks, creates an object for every style, rule, empty cell and missing row
that a file names; a small file can name millions. This reader creates objects for non-empty cells only. A damaged file
can raise any exception.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple
from xml.etree.ElementTree import XMLParser

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

WORKBOOK_PART = 'xl/workbook.xml'
MARKUP = '.xml', '.rels'
TEXT_TAGS = 't', 'v'
BYTES_A_READ = 2**16
ISO_DAY, ISO_CLOCK = 'yyyy-mm-dd', 'hh:mm'
ESCAPED = re.compile('_x(00[01][0-9A-Fa-f])_')
"""Escape of a control character, which XML does not allow: _x000D_."""

CHINESE_FORMATS = dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), ISO_DAY) | dict.fromkeys(
    (*range(32, 36), 55, 56), ISO_CLOCK
)
"""Date and time formats that a Chinese Excel refers to by number only (ECMA-376 18.8.30, zh-cn)."""


class XlsxCell(NamedTuple):
    """Non-empty cell: its type (attribute t) and text as in the file, its style, and true if it has a formula."""

    kind: str
    text: str
    style: int
    formula: bool


Cells = dict[int, XlsxCell]
"""Cells of a row by column from 0."""


class XlsxSheet(NamedTuple):
    """Sheet of a workbook: its name, the path of its part in the package, and true if it is hidden."""

    name: str
    part: str
    hidden: bool


class Book:
    """Workbook: its sheets in order (``tabs``), their rows, and the values of cells."""

    def __init__(self, content: bytes) -> None:
        self._package = zipfile.ZipFile(io.BytesIO(content))
        book, links = _Book(), _Links()
        self._told('[Content_Types].xml', _Hearer())  # parsed only to detect a damaged package
        self._told(WORKBOOK_PART, book)
        self._told('xl/_rels/workbook.xml.rels', links)
        parts = {key: (kind, posixpath.normpath(posixpath.join('/xl', path))[1:]) for key, kind, path in links.found}
        listed = [(name, *parts[key], hidden) for name, key, hidden in book.sheets]
        self.tabs = [XlsxSheet(name, part, hidden) for name, kind, part, hidden in listed if kind == 'worksheet']
        if len({tab.part for tab in self.tabs}) < len(self.tabs):
            raise ValueError('two sheets in one part')  # each part is read once at most
        part_of, shared, styles = dict(parts.values()), _Shared(), _Styles()
        for kind, hearer in (('sharedStrings', shared), ('styles', styles)):
            if part_of.get(kind) in self._package.namelist():
                self._told(part_of[kind], hearer)
        self._epoch = MAC_EPOCH if book.from_1904 else WINDOWS_EPOCH
        self._shared, self._format = shared.found, cache(styles.format_of)

    def _told(self, part: str, hearer: _Hearer) -> None:
        for _ in self._parsed(part, hearer):
            pass

    def _parsed(self, part: str, hearer: _Hearer) -> Iterator[None]:
        """Parse a part with ``hearer`` as target; yield after each chunk.

        Raises ValueError for a part that is not XML: ``reading.py`` has checked only XML parts.
        """
        if not part.endswith(MARKUP):
            raise ValueError(part)
        parser = XMLParser(target=hearer)
        with self._package.open(part) as file:
            while chunk := file.read(BYTES_A_READ):
                parser.feed(chunk)
                yield
        parser.close()

    def rows(self, tab: XlsxSheet, columns: int) -> Iterator[tuple[int, Cells]]:
        """Yield the non-empty rows of a sheet as (number, cells), with the first ``columns`` columns."""
        hearer = _Rows(columns)
        for _ in self._parsed(tab.part, hearer):
            yield from hearer.found
            hearer.found.clear()
        yield from hearer.found

    def value(self, cell: XlsxCell) -> Any:
        """Return a cell as str, number, bool, date, time or datetime. Raises OverflowError for an impossible date."""
        match cell.kind:
            case 's':
                return self._shared[int(cell.text)]
            case 'b':
                return cell.text == '1'
            case 'd':
                return from_ISO8601(cell.text)
            case 'n':
                return self._number(cell)
        return cell.text

    def _number(self, cell: XlsxCell) -> Any:
        number = float(cell.text) if set(cell.text) & set('.eE') else int(cell.text)
        code = self._format(cell.style)
        if not is_date_format(code):
            return number
        try:
            return from_excel(number, self._epoch, timedelta=is_timedelta_format(code))
        except ValueError as error:
            raise OverflowError from error


# --- targets of the XML parser ----------------------------------------------------------------------------------


class _Hearer:
    """Target of XMLParser. Subclasses compare names without namespaces, which differ between programs."""

    def start(self, tag: str, marks: dict[str, str]) -> None:
        """Handle the start of an element with its attributes ``marks``."""

    def end(self, tag: str) -> None:
        """Handle the end of an element."""


@lru_cache(256)
def _plain(tag: str) -> str:
    return tag.rpartition('}')[2]


class _Book(_Hearer):
    """Target for the workbook part: its sheets as (name, relation, hidden), and true if days count from 1904."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.from_1904 = False

    def start(self, tag: str, marks: dict[str, str]) -> None:
        if _plain(tag) == 'sheet':
            key = next(value for name, value in marks.items() if name.endswith('}id'))
            self.sheets.append((marks['name'], key, marks.get('state', 'visible') != 'visible'))
        elif _plain(tag) == 'workbookPr':
            self.from_1904 = marks.get('date1904') in ('1', 'true')


class _Links(_Hearer):
    """Target for the relationships of the workbook, as (id, kind, path)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def start(self, tag: str, marks: dict[str, str]) -> None:
        if _plain(tag) == 'Relationship' and marks.get('TargetMode') != 'External':
            self.found.append((marks['Id'], marks['Type'].rpartition('/')[2], marks['Target']))


class _Styles(_Hearer):
    """Target for the styles: the number format of each style."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {**BUILTIN_FORMATS, **CHINESE_FORMATS}
        self.styles: list[int] = []
        self.within = False

    def start(self, tag: str, marks: dict[str, str]) -> None:
        name = _plain(tag)
        if name == 'numFmt' and 'numFmtId' in marks:
            self.codes[int(marks['numFmtId'])] = marks.get('formatCode', '')
        elif name == 'cellXfs':
            self.within = True
        elif name == 'xf' and self.within:
            self.styles.append(int(marks.get('numFmtId', 0)))

    def end(self, tag: str) -> None:
        if _plain(tag) == 'cellXfs':
            self.within = False

    def format_of(self, style: int) -> str:
        """Return the code of the number format of a style, or '' for an unknown style."""
        return self.codes.get(self.styles[style], '') if style < len(self.styles) else ''


class _Texts(_Hearer):
    """Target that collects texts (t) and values (v), but not phonetic readings (rPh)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.heard = self.beside = False

    def start(self, tag: str, marks: dict[str, str]) -> None:
        name = _plain(tag)
        if name in TEXT_TAGS:
            self.heard = not self.beside
        elif name == 'rPh':
            self.beside = True
        else:
            self.opened(name, marks)

    def end(self, tag: str) -> None:
        self.heard, name = False, _plain(tag)
        if name == 'rPh':
            self.beside = False
        elif name not in TEXT_TAGS:
            self.closed(name)

    def data(self, text: str) -> None:
        """Collect a piece of text inside of t or v."""
        if self.heard:
            self.texts.append(text)

    def opened(self, name: str, marks: dict[str, str]) -> None:
        """Handle the start of an element other than t, v and rPh."""

    def closed(self, name: str) -> None:
        """Handle the end of an element other than t, v and rPh."""

    def said(self) -> str:
        """Return the collected text and clear it."""
        text, self.texts = ''.join(self.texts), []
        return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if '_x' in text else text


class _Shared(_Texts):
    """Target for the shared strings, to which cells refer by number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def closed(self, name: str) -> None:
        if name == 'si':
            self.found.append(self.said())


class _Rows(_Texts):
    """Target for a sheet: its rows. A cell or row without an address follows the one before it."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns
        self.found: list[tuple[int, Cells]] = []
        self.cells: Cells = {}
        self.number = self.place = 0
        self.kind, self.style, self.formula = 'n', '0', False

    def opened(self, name: str, marks: dict[str, str]) -> None:
        if name == 'c':
            at = marks.get('r')
            self.place = column_index_from_string(at.rstrip('0123456789')) if at else self.place + 1
            self.kind, self.style, self.formula = marks.get('t', 'n'), marks.get('s', '0'), False
        elif name == 'row':
            at = marks.get('r')
            self.number, self.place = int(at) if at else self.number + 1, 0
        elif name == 'f':
            self.formula = True

    def closed(self, name: str) -> None:
        if name == 'c':
            if self.texts or self.formula:
                cell = XlsxCell(self.kind, self.said(), int(self.style), self.formula)
                if self.place <= self.columns:
                    self.cells[self.place - 1] = cell
        elif name == 'row' and self.cells:
            self.found.append((self.number, self.cells))
            self.cells = {}
