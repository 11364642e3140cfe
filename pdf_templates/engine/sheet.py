"""Forms and long lists, drawn row by row: a table of 1,000 names takes xhtml2pdf 17 s and this module a tenth of 1 s.

A *sheet* is a stack of ruled rows under a heading, which is repeated on every page. Only a row declared as a text is
split at a page end, if its text does not fit on the rest of the page.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from pdf_templates.engine import fonts, linebreak, patches

WIDTH = 170.0  # of a sheet in mm: A4 with margins of 20 mm
SIZE, SMALL = 10.5, 9.0  # 五号, 小五
SPACING = 1.3  # line height as a multiple of the type size
CELL_MARGIN, ABOVE = 3.0, 4.0  # padding of a cell in points
FOOT_SIDE = 12.0
LINE_WIDTH = 0.5
LABEL, LONG_LABEL = 27.0, 72.0  # widths of labels in mm
LONGEST_LABEL = 14  # longest label, in characters, that shares a line with another pair
LEAST_TORN = 3  # smallest number of lines of a text before a page end
PHOTO = (25.0, 35.0)  # 一寸 in mm
BORDER, FOOT = 8 * mm, 21 * mm  # distances of the border from the edges and from the bottom, above the foot
INDENT = '\u3000\u3000'

PaperLine = tuple[str, float]  # a line and its width
PaperCell = tuple[PaperLine, ...]
Pair = tuple[str, str]  # label and value


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """Position of a cell and the style of its text; lengths in points."""

    left: float
    width: float
    font: str
    size: float
    align: str = 'center'

    def broken(self, text: str) -> PaperCell:
        """Return the lines of a text in this column with their widths."""
        return _broken(text, self.width - 2 * CELL_MARGIN, self.font, self.size)


@dataclass(slots=True)
class RuledRow:
    """Ruled row of a sheet.

    ``least`` is its least height in points. ``foot`` is printed at the bottom right of the last cell. ``top`` aligns
    the last cell to the top instead of the middle. ``torn`` allows a page break between its lines. ``keep`` keeps it
    on one page with the next row.
    """

    columns: Sequence[PaperColumn]
    cells: list[PaperCell]
    least: float = 0.0
    foot: PaperCell = ()
    top: bool = False
    torn: bool = False
    keep: bool = False
    height: float = field(init=False)

    def __post_init__(self) -> None:
        leading = self.columns[0].size * SPACING
        lines = max(map(len, self.cells)) + len(self.foot)
        self.height = max(lines * leading + 2 * ABOVE, self.least)

    def cut(self, room: float) -> tuple[RuledRow, RuledRow] | None:
        """Split the row at a height ``room``; return None where it is not ``torn`` or too few lines would fit."""
        leading = self.columns[0].size * SPACING
        fit = int((room - 2 * ABOVE) / leading)
        *labels, text = self.cells
        if not self.torn or fit < max(LEAST_TORN, *map(len, labels)) or len(text) - fit < 1:
            return None
        upper = RuledRow(self.columns, [*labels, text[:fit]], top=True, torn=True)
        return upper, RuledRow(self.columns, [*labels, text[fit:]], foot=self.foot, top=True, torn=True)


class RuledRows:
    """Rows of a sheet, broken into lines once and shared by the parts of the sheet on several pages.

    ``photo`` is drawn beside the first ``beside`` rows; None leaves an empty frame. ``ruled`` draws the lines between
    rows and cells. ``title`` becomes a bookmark.
    """

    def __init__(
        self,
        heads: Sequence[RuledRow],
        rows: Sequence[RuledRow],
        photo: bytes | None = None,
        beside: int = 0,
        title: str = '',
        ruled: bool = True,
    ) -> None:
        self.heads, self.rows, self.photo, self.beside, self.title = heads, rows, photo, beside, title
        self.ruled = ruled
        self.head_height = sum(row.height for row in heads)
        self.offsets = [0.0, *accumulate(row.height for row in rows)]
        self.width = max((_right(row) for row in (*heads, *rows)), default=0.0)


class RuledSheet(Flowable):
    """Flowable of the rows from ``start`` to ``stop`` under the headings."""

    def __init__(self, rows: RuledRows, start: int = 0, stop: int | None = None) -> None:
        super().__init__()
        self.rows, self.start = rows, start
        self.stop = len(rows.rows) if stop is None else stop

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Return the width and height of this part."""
        offsets = self.rows.offsets
        self.height = self.rows.head_height + offsets[self.stop] - offsets[self.start]
        self.width = self.rows.width
        return self.width, self.height

    def split(self, _width: float, available: float) -> list[Flowable]:
        """Return the part that fits on this page and the rest; [] where no row fits."""
        offsets, rows = self.rows.offsets, self.rows.rows
        room = available - self.rows.head_height + offsets[self.start] + 1e-6
        cut = min(bisect_right(offsets, room) - 1, self.stop)
        torn = rows[cut].cut(room - offsets[cut]) if self.start <= cut < self.stop else None
        if torn:
            parted = RuledRows(
                self.rows.heads,
                [*rows[self.start : cut], *torn, *rows[cut + 1 : self.stop]],
                self.rows.photo,
                max(self.rows.beside - self.start, 0),
                '' if self.start else self.rows.title,
                self.rows.ruled,
            )
            return [RuledSheet(parted, 0, cut - self.start + 1), RuledSheet(parted, cut - self.start + 1)]
        while cut > self.start and rows[cut - 1].keep:
            cut -= 1
        if cut <= max(self.start, self.rows.beside - 1 if self.start < self.rows.beside else 0):
            return []
        return [RuledSheet(self.rows, self.start, cut), RuledSheet(self.rows, cut, self.stop)]

    def draw(self) -> None:
        """Draw the texts, the lines and the photo; add the title to the bookmarks."""
        if self.rows.title and not self.start:
            self.canv.mark_place(self.rows.title, self.height)
        self.canv.setLineWidth(LINE_WIDTH)
        self.canv.setStrokeGray(0)
        top, text = self.height, self.canv.beginText()
        rows = [*self.rows.heads, *self.rows.rows[self.start : self.stop]]
        for row in rows:
            _write(text, row, top)
            top -= row.height
        self.canv.drawText(text)
        if self.rows.ruled:
            self.canv.lines(_rules(rows, self.height))
        if self.start < self.rows.beside:
            self._draw_photo(self.height - self.rows.head_height)

    def _draw_photo(self, top: float) -> None:
        first = self.rows.rows[0]
        left = _right(first)
        bottom = top - self.rows.offsets[self.rows.beside]
        width = self.rows.width - left
        if self.rows.ruled or self.rows.photo is None:
            self.canv.rect(left, bottom, width, top - bottom)
        centre, middle = left + width / 2, (top + bottom) / 2
        if self.rows.photo is None:
            self.canv.setFont(fonts.SONG, SIZE)
            self.canv.drawCentredString(centre, middle - 0.38 * SIZE, '照　片')
            return
        image = ImageReader(io.BytesIO(self.rows.photo))
        wide, high = image.getSize()
        scale = min(PHOTO[0] * mm / wide, PHOTO[1] * mm / high)
        wide, high = wide * scale, high * scale
        self.canv.drawImage(image, centre - wide / 2, middle - high / 2, wide, high)


class Border(Flowable):
    """Flowable without size that draws a double frame round the page, above its foot."""

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Return a size of zero."""
        return 0, 0

    def draw(self) -> None:
        """Draw the frame relative to the page, not to the position of the flowable."""
        left, bottom = self.canv.absolutePosition(0, 0)
        width, height = self.canv._pagesize
        for gap, line in ((0, 2.0), (1.5 * mm, 0.6)):
            self.canv.setLineWidth(line)
            inset, low = BORDER + gap, FOOT + gap
            self.canv.rect(inset - left, low - bottom, width - 2 * inset, height - low - inset)


def _write(text: Any, row: RuledRow, top: float) -> None:
    for cell, column in zip(row.cells, row.columns, strict=True):
        if not cell:
            continue
        leading = column.size * SPACING
        if text._fontsize != column.size or text._fontname != column.font:
            text.setFont(column.font, column.size)
        # The body of a Chinese character lies 88 % above the base line and 12 % below: centre the body.
        middle = top - row.height / 2
        y = middle + (len(cell) - 1) * leading / 2 - 0.38 * column.size
        if row.top and column is row.columns[-1]:
            y = top - ABOVE - column.size
        for line, width in cell:
            text.setTextOrigin(column.left + (CELL_MARGIN if column.align == 'left' else (column.width - width) / 2), y)
            patches.put(text, line)
            y -= leading
    column = row.columns[-1]
    for number, (line, width) in enumerate(reversed(row.foot)):
        text.setFont(fonts.SONG, column.size)
        y = top - row.height + ABOVE + 0.3 * column.size + number * column.size * SPACING
        text.setTextOrigin(column.left + column.width - FOOT_SIDE - width, y)
        patches.put(text, line)


def _rules(rows: Sequence[RuledRow], top: float) -> Iterator[tuple[float, float, float, float]]:
    """Yield the lines between rows and cells as (x1, y1, x2, y2); equal edges of several rows give one line."""
    begun: dict[float, float] = {}  # upper end of each open vertical line
    above = (0.0, 0.0)
    for row in rows:
        edges = {round(column.left, 2) for column in row.columns} | {round(_right(row), 2)}
        yield from ((x, begun.pop(x), x, top) for x in [*begun] if x not in edges)
        begun |= {x: top for x in edges if x not in begun}
        here = (row.columns[0].left, _right(row))
        yield (min(above[0], here[0]), top, max(above[1], here[1]), top)
        above, top = here, top - row.height
    yield (*above[:1], top, above[1], top)
    yield from ((x, begun[x], x, top) for x in begun)


def _right(row: RuledRow) -> float:
    return row.columns[-1].left + row.columns[-1].width


@lru_cache(4096)  # many cells of a column are equal
def _broken(text: str, room: float, font: str, size: float) -> PaperCell:
    widths = [pdfmetrics.stringWidth(character, font, size) for character in text]
    lines = [text[start:end].strip(' ') for start, end in linebreak.wrap_text(text, widths, room)]
    return tuple((line, pdfmetrics.stringWidth(line, font, size)) for line in lines)


# --- rows from plain data --------------------------------------------------------------------------------------


def columns(
    *widths: float, fonts_: Sequence[str] = (), size: float = SIZE, align: Sequence[str] = ()
) -> list[PaperColumn]:
    """Return adjacent columns of these widths in mm; the default is 宋, centred."""
    return list(_columns(widths, tuple(fonts_), size, tuple(align)))


@lru_cache(512)  # a form uses the same few columns in most of its rows
def _columns(
    widths: tuple[float, ...], fonts_: tuple[str, ...], size: float, align: tuple[str, ...]
) -> list[PaperColumn]:
    lefts = accumulate(widths, initial=0.0)
    return [
        PaperColumn(left * mm, width * mm, fonts_[n] if fonts_ else fonts.SONG, size, align[n] if align else 'center')
        for n, (left, width) in enumerate(zip(lefts, widths, strict=False))
    ]


def rule_row(cells: Sequence[str], set_in: Sequence[PaperColumn], **more: Any) -> RuledRow:
    """Return a row with these texts; ``more`` are attributes of Row."""
    return RuledRow(set_in, [column.broken(text) for text, column in zip(cells, set_in, strict=True)], **more)


def heading(text: str, width: float) -> RuledRow:
    """Return a heading over the whole width, kept together with the next row."""
    return rule_row([text], columns(width, fonts_=[fonts.HEI]), keep=True)


def note(text: str, width: float) -> RuledRow:
    """Return a row with one text over the whole width."""
    return rule_row([text], columns(width))


def pair_rows(pairs: Iterable[Pair], width: float, per_line: int = 2, size: float = SIZE) -> Iterator[RuledRow]:
    """Yield rows of labels and values: ``per_line`` short pairs share a row, a long label or value has its own."""
    waiting: list[Pair] = []
    share = width / per_line
    for label, value in pairs:
        if _is_wide(label, value, share, size):
            yield from _shared(waiting, width, per_line, size)
            waiting = []
            yield text_row(label, value, width, size=size)
            continue
        waiting.append((label, value))
        if len(waiting) == per_line:
            yield from _shared(waiting, width, per_line, size)
            waiting = []
    yield from _shared(waiting, width, per_line, size)


def _is_wide(label: str, value: str, share: float, size: float) -> bool:
    room = (share - LABEL) * mm - 2 * CELL_MARGIN
    return len(label) > LONGEST_LABEL or '\n' in value or len(value) * size > 3 * room


def _shared(pairs: Sequence[Pair], width: float, per_line: int, size: float) -> Iterator[RuledRow]:
    if not pairs:
        return
    share = width / per_line
    widths = [LABEL, share - LABEL] * len(pairs)
    widths[-1] += width - share * len(pairs)
    faces, align = [fonts.HEI, fonts.SONG] * len(pairs), ['center', 'left'] * len(pairs)
    yield rule_row([text for pair in pairs for text in pair], columns(*widths, fonts_=faces, size=size, align=align))


def text_row(
    label: str, text: str, width: float, *, least: float = 0, foot: Sequence[str] = (), size: float = SIZE
) -> RuledRow:
    """Return a row of a label and a text, which may continue on the next page. ``least`` is its least height in mm."""
    short = len(text) * size < (width - LONG_LABEL) * mm - 2 * CELL_MARGIN
    beside = LONG_LABEL if len(label) > LONGEST_LABEL and short and not least else LABEL
    set_in = columns(beside, width - beside, fonts_=[fonts.HEI, fonts.SONG], size=size, align=['center', 'left'])
    paragraphs = [line for line in text.split('\n') if line]
    if len(paragraphs) > 1 or len(set_in[1].broken(text)) > 1:
        text = '\n'.join(INDENT + line for line in paragraphs)
    signed = replace(set_in[1], width=set_in[1].width - 2 * FOOT_SIDE)
    lines = tuple(line for each in foot for line in signed.broken(each))
    made = rule_row([label, text], set_in, least=least * mm, foot=lines, top=bool(least))
    made.torn = len(made.cells[1]) > LEAST_TORN
    return made


def beside_photo(rows: Sequence[RuledRow]) -> None:
    """Increase the heights of rows so that a photo fits beside them."""
    least = (PHOTO[1] + 4) * mm
    missing = max(least - sum(each.height for each in rows), 0)
    for each in rows:
        each.height += missing / len(rows)


def table_rows(
    heads: Sequence[tuple[str, float, str]], rows: Sequence[Mapping[str, str]], size: float = SIZE
) -> tuple[RuledRow, list[RuledRow]]:
    """Return the heading and the rows of a table.

    ``heads`` are columns as (heading, width in mm, key in a row); the key ``#`` numbers the rows from 1.
    """
    widths = [width for _label, width, _key in heads]
    set_in = columns(*widths, size=size)
    head = rule_row([label for label, _w, _k in heads], columns(*widths, fonts_=[fonts.HEI] * len(heads), size=size))
    keys = [key for _label, _width, key in heads]
    body = [
        rule_row([str(number) if key == '#' else each[key] for key in keys], set_in)
        for number, each in enumerate(rows, 1)
    ]
    head.keep = True
    return head, body
