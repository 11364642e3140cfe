"""Functions with which templates add ruled sheets: bands of pairs, texts and tables as plain data."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import segno
from markupsafe import Markup
from reportlab.platypus import Flowable

from pdf_templates.engine import sheet

_WHITE = re.compile('[ \t\r\n\f]+')  # white space as HTML defines it


class Sheets:
    """Sheets of one document. They bypass the HTML parser, which would take longer than all the rest.

    Each method for templates stores a flowable and returns a tag ``<pdf:rows number="0">`` that stands for it.
    """

    def __init__(self) -> None:
        self.made: list[Callable[[], Flowable]] = []
        self.texts: list[str] = []

    def rows(self, columns: Sequence[tuple[str, float, str]], rows: Sequence[Mapping[str, object]]) -> Markup:
        """Add a table of any length. Columns are (heading, width in mm, key in a row); ``#`` numbers the rows."""
        return self.sheet('', [('table', columns, rows)])

    def sheet(
        self,
        title: str,
        bands: Sequence[Sequence[Any]],
        *,
        width: float = sheet.WIDTH,
        photo: str | None = None,
        per_line: int = 2,
        size: float = sheet.SIZE,
        ruled: bool = True,
    ) -> Markup:
        """Add ruled rows under a title.

        Each band is one of ``('pairs', [(label, value), …])``, ``('line', text)``, ``('note', text)``,
        ``('text', label, text, least height in mm, lines at its foot)`` and ``('table', columns, rows, 'small')``.
        A ``photo`` (base64; '' for an empty frame) is placed beside the first pairs.
        """
        plain_bands = [_clean(band) for band in bands]
        self.texts += [title, *(text for band in plain_bands for text in _texts(band))]
        return self.placed(lambda: sheet.RuledSheet(_rows(title, plain_bands, width, photo, per_line, size, ruled)))

    def border(self) -> Markup:
        """Add a frame round the page."""
        return self.placed(sheet.Border)

    def placed(self, make: Callable[[], Flowable]) -> Markup:
        """Store a function that makes a flowable, and return its tag; it is called once the fonts are registered."""
        self.made.append(make)
        return Markup('<pdf:rows number="{}"></pdf:rows>').format(len(self.made) - 1)

    def text(self) -> str:
        """Return all texts of the sheets, to look for missing glyphs."""
        return ''.join(self.texts)


def qr_picture(text: str) -> str:
    """Return a QR code as PNG in base64, for the ``photo`` of a sheet in a template."""
    drawn = io.BytesIO()
    segno.make(text, error='m', micro=False).save(drawn, kind='png', scale=8, border=1)
    return base64.b64encode(drawn.getvalue()).decode()


def _clean(band: Sequence[Any]) -> tuple[Any, ...]:
    """Return a band with its values as texts and white space collapsed as in HTML; texts and pairs keep line ends."""
    match band:
        case ('pairs', pairs):
            return ('pairs', [(label, _lines(value)) for label, value in pairs])
        case ('text', label, text, *more):
            return ('text', label, _lines(text), *more)
        case ('table', columns, rows, *more):
            keys = [key for _label, _width, key in columns if key != '#']
            return ('table', columns, [{key: _text(row[key]) for key in keys} for row in rows], *more)
    return tuple(band)


def _texts(band: Sequence[Any]) -> Iterator[str]:
    match band:
        case ('pairs', pairs):
            yield from (text for pair in pairs for text in pair)
        case ('text', label, text, *more):
            yield from (label, text, *(more[1] if len(more) > 1 else ()))
        case ('table', columns, rows, *_more):
            yield from (label for label, _width, _key in columns)
            yield from (text for row in rows for text in row.values())
        case ('line' | 'note', text):
            yield text


def _rows(
    title: str, bands: Sequence[Sequence[Any]], width: float, photo: str | None, per_line: int, size: float, ruled: bool
) -> sheet.RuledRows:
    heads = [sheet.heading(title, width)] if title else []
    rows: list[sheet.RuledRow] = []
    narrow = width if photo is None else width - sheet.PHOTO[0] - 5
    beside = 0
    for band in bands:
        match band:
            case ('pairs', pairs):
                rows += sheet.pair_rows(pairs, narrow if not beside else width, per_line, size)
                if photo is not None and not beside:
                    beside = len(rows)
                    sheet.beside_photo(rows)
            case ('text', label, text, *more):
                least, foot = (*more, 0, ())[0], (*more, 0, ())[1] if len(more) > 1 else ()
                rows.append(sheet.text_row(label, text, width, least=least, foot=foot))
            case ('line', text):
                rows.append(sheet.heading(text, width))
            case ('note', text):
                rows.append(sheet.note(text, width))
            case ('table', columns, listed, *small):
                head, body = sheet.table_rows(columns, listed, sheet.SMALL if small else sheet.SIZE)
                (rows if rows else heads).append(head)
                rows += body
    picture = base64.b64decode(photo) if photo else None
    return sheet.RuledRows(heads, rows, picture, beside, title, ruled)


def _lines(value: object) -> str:
    return '' if value is None else '\n'.join(_text(line) for line in str(value).splitlines())


def _text(value: object) -> str:
    return '' if value is None else _WHITE.sub(' ', str(value)).strip(' ')
