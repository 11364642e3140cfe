"""Rendering of a template and plain values to a PDF; equal values give equal bytes."""

from __future__ import annotations

import html
import io
import logging
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from reportlab.platypus import Flowable, PageBreak
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy, render_budget, use_policy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.util import reset_caches
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

from pdf_templates.engine import fonts, page_foot, patches
from pdf_templates.engine.mark import Mark
from pdf_templates.engine.sheet_markup import Sheets, qr_picture
from rules import glyphs

PRODUCT = '职称评审平台'
TEMPLATES = Path(__file__).parents[1]
"""The directory of the templates, above the engine."""
NO_RESOURCES = ResourceAccessPolicy.server(None, allow_remote=False)  # reads no file and no URL; limits time and size
_INVISIBLE = re.compile(f'[{glyphs.INVISIBLE}]')
_lock = threading.Lock()  # xhtml2pdf keeps its state in module globals


class RenderError(RuntimeError):
    """Raised where a paper cannot be rendered without a fault."""


class MissingGlyph(RenderError):
    """Raised for characters that no font has and that would be printed as boxes."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = list(characters)
        names = '、'.join(f'{each}（U+{ord(each):04X}）' for each in self.characters)
        super().__init__(f'字库中没有下列字符，无法打印：{names}')

    def __reduce__(self) -> tuple[type[MissingGlyph], tuple[list[str]]]:
        """Pickle with the characters, to raise it from another process."""
        return MissingGlyph, (self.characters,)


@dataclass(frozen=True, slots=True)
class Paper:
    """Paper of a document: its bookmark (none if ``name`` is empty), the values its template reads, its mark."""

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
    """Return the PDF of one paper; see ``render_all``."""
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
    """Return one PDF of papers with the same template; each paper has a bookmark and its own page numbers.

    A true ``draft`` in a context writes 草稿 across its pages; ``official`` numbers pages as GB/T 9704 does.
    Raises TypeError for a value that is not plain data, MissingGlyph, or RenderError for any other fault.
    """
    sheets, markups = Sheets(), []
    for paper in papers:
        values = {name: copy_plain(value, name) for name, value in paper.context.items()}
        values |= {'row_list': sheets.rows, 'sheet': sheets.sheet, 'border': sheets.border}
        markups.append(_environment.get_template(template).render(values))
    marks = ''.join(line for paper in papers if paper.mark for line in paper.mark.lines)
    with _lock:
        fonts.register_fonts(font_dir)
        missing = fonts.missing_glyphs(html.unescape(''.join(markups)) + sheets.text() + title + marks)
        if missing:
            raise MissingGlyph(missing)
        patches.apply()
        return _convert(markups, sheets, papers, {'title': title, 'author': author}, official)


def copy_plain(value: object, name: str) -> Any:
    """Return a copy of plain data without invisible characters.

    Raises TypeError for anything else, so that no database object reaches a template.
    """
    if isinstance(value, str):
        return _INVISIBLE.sub('', value)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    if isinstance(value, dict):
        return {key: copy_plain(each, f'{name}.{key}') for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [copy_plain(each, f'{name}[{index}]') for index, each in enumerate(value)]
    raise TypeError(f'{name}: a template takes plain values, not {type(value).__name__}')


def write_day(value: date | str) -> str:
    """Return a day as 2026年1月31日; a text must be an ISO date, as in stored papers."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    return f'{value.year}年{value.month}月{value.day}日'


def _make_environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.finalize = lambda value: '' if value is None else value
    environment.filters['day'] = write_day
    environment.globals['qr'] = qr_picture
    return environment


_environment = _make_environment()


class PageCanvas(MarkedCanvas):
    """Canvas that draws the foot of every page at the end, when the number of pages is known.

    ``<pdf:pagecount>`` would lay out the whole document twice.
    """

    papers: Sequence[Paper]
    official: bool

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept: list[dict[str, Any]] = []
        self.paper = 0
        self.places: list[tuple[str, int, float]] = []

    def showPage(self) -> None:  # noqa: N802
        """Store the state of the page; ``save`` writes it."""
        self.kept.append(dict(self.__dict__))
        self.places = []
        self._startPage()

    def begin(self, number: int, name: str) -> None:
        """Assign all that is drawn from here on to this paper, and set its bookmark."""
        self.paper = number
        if name:
            self.places.append((name, 0, self._pagesize[1]))

    def mark_place(self, title: str, above: float) -> None:
        """Add a bookmark to this place, below the bookmark of the paper if it has one."""
        level = 1 if self.papers[self.paper].name else 0
        self.places.append((title, level, self.absolutePosition(0, above)[1]))

    def save(self) -> None:
        """Draw the foot, watermark and bookmarks of every page, then write the file."""
        totals = Counter(page['paper'] for page in self.kept)
        numbers = dict.fromkeys(totals, 0)
        for index, page in enumerate(self.kept):
            self.__dict__.update(page)
            numbers[self.paper] += 1
            for place, (title, level, high) in enumerate(self.places):
                self.bookmarkHorizontalAbsolute(f'{index}-{place}', high)
                self.addOutlineEntry(title, f'{index}-{place}', level)
            page_foot.draw(self, self.papers[self.paper].mark, numbers[self.paper], totals[self.paper], self.official)
            if self.papers[self.paper].context.get('draft'):
                page_foot.draw_watermark(self, '草稿')
            super().showPage()
        super().save()


class Begin(Flowable):
    """Flowable without size that marks the beginning of a paper in a document."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number, self.name = number, name

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Return a size of zero."""
        return 0, 0

    def draw(self) -> None:
        """Call ``PageCanvas.begin``."""
        self.canv.begin(self.number, self.name)


def _joined(markups: Sequence[str], sheets: Sheets, papers: Sequence[Paper]) -> str:
    """Join the bodies of papers under one <head>: its styles are parsed once, which halves the time of 100 papers."""
    head, _, _ = markups[0].partition('<body>')
    bodies: list[str] = []
    for number, (markup, paper) in enumerate(zip(markups, papers, strict=True)):
        start = sheets.placed(partial(Begin, number, paper.name))
        begun = [sheets.placed(PageBreak), start] if number else [start]
        bodies += [*map(str, begun), markup.partition('<body>')[2].rpartition('</body>')[0]]
    return f'{head}<body>{"".join(bodies)}</body></html>'


def _convert(
    markups: Sequence[str], sheets: Sheets, papers: Sequence[Paper], meta: Mapping[str, str], official: bool
) -> bytes:
    """Parse, lay out and draw. A mere warning of the library raises RenderError here."""
    result, complaints = io.BytesIO(), _Complaints()
    logger = logging.getLogger('xhtml2pdf')
    logger.addHandler(complaints)
    try:
        with use_policy(NO_RESOURCES), render_budget(NO_RESOURCES):
            parsed = pisaContext('')
            parsed.sheets = sheets.made
            pisaStory(_joined(markups, sheets, papers), context=parsed, resource_policy=NO_RESOURCES)
            if parsed.err or parsed.warn:  # the server's logging settings may suppress the library's messages
                raise RenderError('；'.join(complaints.found) or str(parsed.log))
            document = PmlBaseDoc(result, pagesize=parsed.pageSize, lang='zh-CN', invariant=1, **meta)
            document.pisaPositioned = parsed.positioned
            for page in parsed.templateList.values():
                document.addPageTemplates(page)
            document.build(
                parsed.story, canvasmaker=type('Canvas', (PageCanvas,), {'papers': papers, 'official': official})
            )
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
    """Log handler that collects the warnings of the library."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())
