"""Workbooks (.xlsx) read in one pass: what stands in the cells, whatever else the file holds.

``openpyxl``, which writes the product's workbooks, makes objects of every style, rule, empty cell and missing row that
a file names; a small file can name millions. Here only cells that hold something become objects, and of the rest
nothing is kept. Raises whatever a damaged file makes it raise.
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

BOOK = 'xl/workbook.xml'
MARKUP = '.xml', '.rels'
TEXTS = 't', 'v'
CHUNK = 2**16
DAY, CLOCK = 'yyyy-mm-dd', 'hh:mm'
ESCAPED = re.compile('_x(00[01][0-9A-Fa-f])_')
"""How control characters are written, which XML cannot hold."""

CHINESE_FORMATS = dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), DAY) | dict.fromkeys(
    (*range(32, 36), 55, 56), CLOCK
)
"""The formats of days and times that a Chinese Excel knows by number alone (ECMA-376 18.8.30, zh-cn)."""


class Cell(NamedTuple):
    """A cell that holds something: its type and text as the file has them, its style, and whether a formula made it."""

    kind: str
    text: str
    style: int
    formula: bool


Cells = dict[int, Cell]
"""The cells of a row by their place, from 0."""


class Tab(NamedTuple):
    """A sheet of a workbook: its name, the part it lies in, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


class Book:
    """A workbook: its sheets in order, their rows, and what the cells mean."""

    def __init__(self, content: bytes) -> None:
        self._package = zipfile.ZipFile(io.BytesIO(content))
        book, links = _Book(), _Links()
        self._told('[Content_Types].xml', _Hearer())  # read for nothing but that a damaged package is found out
        self._told(BOOK, book)
        self._told('xl/_rels/workbook.xml.rels', links)
        parts = {key: (kind, posixpath.normpath(posixpath.join('/xl', path))[1:]) for key, kind, path in links.found}
        listed = [(name, *parts[key], hidden) for name, key, hidden in book.sheets]
        self.tabs = [Tab(name, part, hidden) for name, kind, part, hidden in listed if kind == 'worksheet']
        if len({tab.part for tab in self.tabs}) < len(self.tabs):
            raise ValueError('two sheets in one part')  # no more is ever read than lies in the package
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
        """Tell a hearer what a part holds, and pause now and then. Only markup is read: it alone was looked over."""
        if not part.endswith(MARKUP):
            raise ValueError(part)
        parser = XMLParser(target=hearer)
        with self._package.open(part) as file:
            while chunk := file.read(CHUNK):
                parser.feed(chunk)
                yield
        parser.close()

    def rows(self, tab: Tab, columns: int) -> Iterator[tuple[int, Cells]]:
        """The rows of a sheet that hold something, each with its number, as far as so many columns."""
        hearer = _Rows(columns)
        for _ in self._parsed(tab.part, hearer):
            yield from hearer.found
            hearer.found.clear()
        yield from hearer.found

    def value(self, cell: Cell) -> Any:
        """The text, number, truth, day or time of a cell. Raises OverflowError for a day that no calendar has."""
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

    def _number(self, cell: Cell) -> Any:
        number = float(cell.text) if set(cell.text) & set('.eE') else int(cell.text)
        code = self._format(cell.style)
        if not is_date_format(code):
            return number
        try:
            return from_excel(number, self._epoch, timedelta=is_timedelta_format(code))
        except ValueError as error:
            raise OverflowError from error


# --- what the parser tells --------------------------------------------------------------------------------------


class _Hearer:
    """What a parser tells of a part; elements go by their names without namespaces, which differ between writers."""

    def start(self, tag: str, marks: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""


@lru_cache(256)
def _plain(tag: str) -> str:
    return tag.rpartition('}')[2]


class _Book(_Hearer):
    """The sheets (name, relation, hidden), and from which year days are counted."""

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
    """The parts that the workbook names: key, kind, path."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def start(self, tag: str, marks: dict[str, str]) -> None:
        if _plain(tag) == 'Relationship' and marks.get('TargetMode') != 'External':
            self.found.append((marks['Id'], marks['Type'].rpartition('/')[2], marks['Target']))


class _Styles(_Hearer):
    """The number format of each style."""

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
        """The code of a style's number format; a style that is not there has none."""
        return self.codes.get(self.styles[style], '') if style < len(self.styles) else ''


class _Texts(_Hearer):
    """Gathers texts (t) and values (v), but no readings (rPh), which stand beside a text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.heard = self.beside = False

    def start(self, tag: str, marks: dict[str, str]) -> None:
        name = _plain(tag)
        if name in TEXTS:
            self.heard = not self.beside
        elif name == 'rPh':
            self.beside = True
        else:
            self.opened(name, marks)

    def end(self, tag: str) -> None:
        self.heard, name = False, _plain(tag)
        if name == 'rPh':
            self.beside = False
        elif name not in TEXTS:
            self.closed(name)

    def data(self, text: str) -> None:
        """A piece of text."""
        if self.heard:
            self.texts.append(text)

    def opened(self, name: str, marks: dict[str, str]) -> None:
        """An element that holds texts begins."""

    def closed(self, name: str) -> None:
        """An element that holds texts ends."""

    def said(self) -> str:
        """What was gathered; anew from here."""
        text, self.texts = ''.join(self.texts), []
        return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if '_x' in text else text


class _Shared(_Texts):
    """The texts that cells name by number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def closed(self, name: str) -> None:
        if name == 'si':
            self.found.append(self.said())


class _Rows(_Texts):
    """The rows of a sheet; cells and rows without an address follow the one before."""

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
                cell = Cell(self.kind, self.said(), int(self.style), self.formula)
                if self.place <= self.columns:
                    self.cells[self.place - 1] = cell
        elif name == 'row' and self.cells:
            self.found.append((self.number, self.cells))
            self.cells = {}
