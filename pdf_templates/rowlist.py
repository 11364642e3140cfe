"""Long lists, drawn row by row: a thousand take xhtml2pdf 17 seconds as a table, and this a fifth of one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from pdf_templates import fonts, linebreak

SIZE, LEADING = 10.5, 13.5  # 五号
SIDE, ABOVE = 3.0, 4.0  # room between text and line
LINE_WIDTH = 0.5
Content = tuple[list[tuple[str, float]], list[list[str]]]  # columns as (heading, width in mm), and rows
Cell = tuple[tuple[str, float], ...]  # its lines, each with its width
Cells = list[Cell]  # a row


class Rows:
    """The rows of a list, broken into lines once; every part of the list on a page shares them."""

    def __init__(self, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[str]]) -> None:
        self.widths = [width * mm for _heading, width in columns]
        self.heading = self._row([heading for heading, _width in columns], fonts.HEI)
        self.cells = [self._row(row, fonts.SONG) for row in rows]
        self.offsets = [0.0, *accumulate(map(height, self.cells))]

    def _row(self, row: Sequence[str], font: str) -> Cells:
        return [_broken(text, width - 2 * SIDE, font) for text, width in zip(row, self.widths, strict=True)]


class RowList(Flowable):
    """Rows ``start`` to ``stop`` under their heading, which comes again on every page."""

    def __init__(self, rows: Rows, start: int = 0, stop: int | None = None) -> None:
        super().__init__()
        self.rows, self.start = rows, start
        self.stop = len(rows.cells) if stop is None else stop

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """How much room this part takes."""
        offsets = self.rows.offsets
        self.height = height(self.rows.heading) + offsets[self.stop] - offsets[self.start]
        self.width = sum(self.rows.widths)
        return self.width, self.height

    def split(self, _width: float, available: float) -> list[Flowable]:
        """What fits on this page, and the rest; nothing when not even one row fits."""
        offsets = self.rows.offsets
        room = available - height(self.rows.heading) + offsets[self.start] + 1e-6
        cut = min(bisect_right(offsets, room) - 1, self.stop)
        if cut <= self.start:
            return []
        return [RowList(self.rows, self.start, cut), RowList(self.rows, cut, self.stop)]

    def draw(self) -> None:
        """Texts first, then the grid."""
        self.canv.setLineWidth(LINE_WIDTH)
        tops = [self.height]
        for index, cells in enumerate([self.rows.heading, *self.rows.cells[self.start : self.stop]]):
            self._draw_row(cells, tops[-1], fonts.SONG if index else fonts.HEI)
            tops.append(tops[-1] - height(cells))
        edges = [0.0, *accumulate(self.rows.widths)]
        self.canv.grid(edges, tops)

    def _draw_row(self, cells: Cells, top: float, font: str) -> None:
        middle = top - height(cells) / 2
        text = self.canv.beginText()
        text.setFont(font, SIZE)
        left = 0.0
        for cell, column in zip(cells, self.rows.widths, strict=True):
            # A Chinese character fills 88 % of its body above the base line and 12 % below: centre that body.
            y = middle + (len(cell) - 1) * LEADING / 2 - 0.38 * SIZE
            for line, width in cell:
                text.setTextOrigin(left + (column - width) / 2, y)
                text.textOut(line)
                y -= LEADING
            left += column
        self.canv.drawText(text)


def height(cells: Cells) -> float:
    """How high a row is: as its highest cell."""
    return max(map(len, cells)) * LEADING + 2 * ABOVE


@lru_cache(4096)  # the cells of a column are mostly alike
def _broken(text: str, room: float, font: str) -> Cell:
    widths = [pdfmetrics.stringWidth(character, font, SIZE) for character in text]
    lines = [text[start:end].strip() for start, end in linebreak.lines(text, widths, room)]
    return tuple((line, pdfmetrics.stringWidth(line, font, SIZE)) for line in lines)
