"""From a template and plain values to a PDF, the same bytes for the same values."""

from __future__ import annotations

import base64
import html
import io
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from reportlab.platypus import Flowable, PageBreak
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy, render_budget, use_policy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.util import reset_caches
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

from pdf_templates import fonts, foot, mends, sections, sheet

PRODUCT = '职称评审平台'
NO_RESOURCES = ResourceAccessPolicy.server(None, allow_remote=False)  # no file, no network; time and size are bounded
_INVISIBLE = re.compile('[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]')  # print nothing, and no font has them
_WHITE = re.compile('[ \t\r\n\f]+')  # white space as HTML has it
_lock = threading.Lock()  # xhtml2pdf keeps its state in module globals


class RenderError(RuntimeError):
    """The paper could not be made as it should be."""


class MissingGlyph(RenderError):
    """No font has these characters, so they would come out as boxes."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = list(characters)
        names = '、'.join(f'{each}（U+{ord(each):04X}）' for each in self.characters)
        super().__init__(f'字库中没有下列字符，无法打印：{names}')


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands at the foot of every page beside its number: what the paper is, and how to check that it is real."""

    lines: tuple[str, ...]
    code: str
    address: str
    """What the QR code holds."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a document: its name among the bookmarks, what its template reads, and its mark."""

    name: str
    context: Mapping[str, object]
    mark: Mark | None = None


def render(
    template: str,
    context: Mapping[str, object],
    *,
    title: str,
    font_dir: Path,
    author: str = PRODUCT,
    mark: Mark | None = None,
    official: bool = False,
) -> bytes:
    """The PDF of one paper, see ``render_all``."""
    papers = [Paper('', context, mark)]
    return render_all(template, papers, title=title, font_dir=font_dir, author=author, official=official)


def render_all(
    template: str,
    papers: Sequence[Paper],
    *,
    title: str,
    font_dir: Path,
    author: str = PRODUCT,
    official: bool = False,
) -> bytes:
    """One PDF of papers on the same template in this directory, each numbered by itself and found by its bookmark.

    A true ``draft`` in a context writes 草稿 across its pages; ``official`` numbers pages as GB/T 9704 does.
    Raises TypeError on a value that is not plain data, MissingGlyph, and RenderError on any other fault.
    """
    sheets, markups = Sheets(), []
    for paper in papers:
        values = {name: plain(value, name) for name, value in paper.context.items()}
        values |= {'row_list': sheets.rows, 'sheet': sheets.sheet, 'section': sheets.section, 'border': sheets.border}
        markups.append(_environment.get_template(template).render(values))
    marks = ''.join(line for paper in papers if paper.mark for line in paper.mark.lines)
    with _lock:
        fonts.register(font_dir)
        missing = fonts.missing_glyphs(html.unescape(''.join(markups)) + sheets.text() + title + marks)
        if missing:
            raise MissingGlyph(missing)
        mends.apply()
        return _convert(markups, sheets, papers, {'title': title, 'author': author}, official)


def plain(value: object, name: str) -> Any:
    """A copy of plain data without invisible characters, so that no database object ever reaches a template."""
    if isinstance(value, str):
        return _INVISIBLE.sub('', value)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    if isinstance(value, dict):
        return {key: plain(each, f'{name}.{key}') for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, f'{name}[{index}]') for index, each in enumerate(value)]
    raise TypeError(f'{name}: a template takes plain values, not {type(value).__name__}')


def day(value: date | str) -> str:
    """A day as it is written on papers; kept papers hold days as ISO texts."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    return f'{value.year}年{value.month}月{value.day}日'


class Sheets:
    """The sheets of one paper. They go round the HTML, whose parser alone would take longer than all the rest."""

    def __init__(self) -> None:
        self.made: list[Callable[[], Flowable]] = []
        self.texts: list[str] = []

    def rows(self, columns: Sequence[tuple[str, float, str]], rows: Sequence[Mapping[str, object]]) -> Markup:
        """In a template: a list of any length. Columns as (heading, width in mm, key in a row); ``#`` counts rows."""
        return self.sheet('', [('table', columns, rows)])

    def section(self, part: Mapping[str, Any]) -> Markup:
        """In a template: a section of the declaration, as ``sections.plain`` gives it."""
        return self.sheet(part['label'], sections.bands(part))

    def sheet(
        self,
        title: str,
        bands: Sequence[Sequence[Any]],
        *,
        width: float = sections.WIDTH,
        photo: str | None = None,
        per_line: int = 2,
    ) -> Markup:
        """In a template: ruled rows under a title, each band one of

        ``('pairs', [(label, value), …])``, ``('text', label, text, least height in mm, lines at its foot)``,
        ``('line', text)``, ``('note', text)`` and ``('table', columns, rows, 'small')``. A ``photo`` (base64; empty for an open place) stands
        beside the first rows.
        """
        plain_bands = [_clean(band) for band in bands]
        self.texts += [title, *(text for band in plain_bands for text in _texts(band))]
        return self._placed(lambda: sheet.Sheet(_rows(title, plain_bands, width, photo, per_line)))

    def border(self) -> Markup:
        """In a template: a frame round the page."""
        return self._placed(sheet.Border)

    def _placed(self, make: Callable[[], Flowable]) -> Markup:
        self.made.append(make)
        return Markup('<pdf:rows number="{}"></pdf:rows>').format(len(self.made) - 1)

    def text(self) -> str:
        """Every character in them."""
        return ''.join(self.texts)


def qr_picture(text: str) -> str:
    """In a template: a QR code where a sheet takes a photo."""
    drawn = io.BytesIO()
    segno.make(text, error='m', micro=False).save(drawn, kind='png', scale=8, border=1)
    return base64.b64encode(drawn.getvalue()).decode()


def _clean(band: Sequence[Any]) -> tuple[Any, ...]:
    """A band whose values are texts with white space as HTML has it; a text keeps its line ends."""
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
    title: str, bands: Sequence[Sequence[Any]], width: float, photo: str | None, per_line: int
) -> sheet.Rows:
    heads, rows = [sheet.heading(title, width)] if title else [], []
    narrow = width if photo is None else width - sheet.PHOTO[0] - 5
    beside = 0
    for band in bands:
        match band:
            case ('pairs', pairs):
                rows += sheet.pair_rows(pairs, narrow if not beside else width, per_line)
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
    return sheet.Rows(heads, rows, picture, beside, title)


def _lines(value: object) -> str:
    return '' if value is None else '\n'.join(_text(line) for line in str(value).splitlines())


def _text(value: object) -> str:
    return '' if value is None else _WHITE.sub(' ', str(value)).strip(' ')


def _make_environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.finalize = lambda value: '' if value is None else value
    environment.filters['day'] = day
    environment.globals['qr'] = qr_picture
    return environment


_environment = _make_environment()


class PageCanvas(MarkedCanvas):
    """Writes at the foot of every page once the number of pages is known; ``<pdf:pagecount>`` lays everything out twice."""

    papers: Sequence[Paper]
    official: bool

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept: list[dict[str, Any]] = []
        self.paper = self.places = 0

    def showPage(self) -> None:  # noqa: N802
        """Keep the page for later."""
        self.kept.append(dict(self.__dict__))
        self._startPage()

    def mark_place(self, title: str) -> None:
        """Let the bookmarks lead here, under the paper's own where it has one."""
        self.places += 1
        self.bookmarkHorizontal(f'place{self.places}', 0, 0)
        self.addOutlineEntry(title, f'place{self.places}', 1 if self.papers[self.paper].name else 0)

    def save(self) -> None:
        """Complete every page, then write the file."""
        totals = Counter(page['paper'] for page in self.kept)
        numbers = dict.fromkeys(totals, 0)
        for page in self.kept:
            self.__dict__.update(page)
            numbers[self.paper] += 1
            foot.draw(self, self.papers[self.paper].mark, numbers[self.paper], totals[self.paper], self.official)
            if self.papers[self.paper].context.get('draft'):
                foot.draw_watermark(self, '草稿')
            super().showPage()
        super().save()


class Begin(Flowable):
    """Where a paper of a document begins."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number, self.name = number, name

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Takes no room."""
        return 0, 0

    def draw(self) -> None:
        """What is drawn from here on belongs to this paper."""
        self.canv.paper = self.number
        if self.name:
            self.canv.bookmarkPage(f'paper{self.number}')
            self.canv.addOutlineEntry(self.name, f'paper{self.number}', 0)


def _convert(
    markups: Sequence[str], sheets: Sheets, papers: Sequence[Paper], meta: Mapping[str, str], official: bool
) -> bytes:
    """Parse, lay out and draw; whatever the library only warns of is an error here."""
    result, complaints = io.BytesIO(), _Complaints()
    logger = logging.getLogger('xhtml2pdf')
    logger.addHandler(complaints)
    story: list[Any] = []
    try:
        with use_policy(NO_RESOURCES), render_budget(NO_RESOURCES):
            for number, markup in enumerate(markups):
                parsed = pisaContext('')
                parsed.sheets = sheets.made
                pisaStory(markup, context=parsed, resource_policy=NO_RESOURCES)
                if parsed.err or parsed.warn:  # a server's logging may silence the library's
                    raise RenderError('；'.join(complaints.found) or str(parsed.log))
                story += [*([PageBreak()] if number else []), Begin(number, papers[number].name), *parsed.story]
            document = PmlBaseDoc(result, pagesize=parsed.pageSize, lang='zh-CN', invariant=1, **meta)
            document.pisaPositioned = parsed.positioned
            for page in parsed.templateList.values():
                document.addPageTemplates(page)
            document.build(story, canvasmaker=type('Canvas', (PageCanvas,), {'papers': papers, 'official': official}))
    except (LayoutError, RenderLimitError) as error:
        raise RenderError(str(error)) from error
    finally:
        logger.removeHandler(complaints)
        cleanFiles()
        reset_caches()
    if complaints.found:
        raise RenderError('；'.join(complaints.found))
    return result.getvalue()


class _Complaints(logging.Handler):
    """What the library says about a document while making it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())
