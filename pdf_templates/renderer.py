"""From a template and plain values to a PDF, the same bytes for the same values."""

from __future__ import annotations

import html
import io
import logging
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy, render_budget, use_policy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.util import reset_caches
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

from pdf_templates import fonts, mends, rowlist

PRODUCT = '职称评审平台'
NO_RESOURCES = ResourceAccessPolicy.server(None, allow_remote=False)  # no file, no network; time and size are bounded
_INVISIBLE = re.compile('[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]')  # print nothing, and no font has them
_lock = threading.Lock()  # xhtml2pdf keeps its state in module globals


class RenderError(RuntimeError):
    """The paper could not be made as it should be."""


class MissingGlyph(RenderError):
    """No font has these characters, so they would come out as boxes."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = list(characters)
        names = '、'.join(f'{each}（U+{ord(each):04X}）' for each in self.characters)
        super().__init__(f'字库中没有下列字符，无法打印：{names}')


def render(template: str, context: Mapping[str, object], *, title: str, font_dir: Path, author: str = PRODUCT) -> bytes:
    """The PDF of a template in this directory. A true ``draft`` in the context writes 草稿 across every page.

    Raises TypeError on a value that is not plain data, MissingGlyph, and RenderError on any other fault.
    """
    lists = RowLists()
    values = {name: plain(value, name) for name, value in context.items()}
    markup = _environment.get_template(template).render(values, row_list=lists.add)
    with _lock:
        fonts.register(font_dir)
        missing = fonts.missing_glyphs(html.unescape(markup) + lists.text() + title)
        if missing:
            raise MissingGlyph(missing)
        mends.apply()
        return _convert(markup, lists, {'title': title, 'author': author}, '草稿' if context.get('draft') else '')


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


def _day(value: date) -> str:
    return f'{value.year}年{value.month}月{value.day}日'


class RowLists:
    """The long lists of one paper. They go round the HTML, whose parser alone would take longer than all the rest."""

    def __init__(self) -> None:
        self.lists: list[rowlist.Content] = []

    def add(self, columns: Sequence[tuple[str, float, str]], rows: Sequence[Mapping[str, object]]) -> Markup:
        """In a template: columns as (heading, width in mm, key in a row). The key ``#`` counts the rows."""
        cells = [
            [str(number) if key == '#' else _text(row[key]) for _heading, _width, key in columns]
            for number, row in enumerate(rows, 1)
        ]
        self.lists.append(([(heading, width) for heading, width, _key in columns], cells))
        return Markup('<pdf:rows number="{}"></pdf:rows>').format(len(self.lists) - 1)

    def text(self) -> str:
        """Every character in them."""
        return ''.join(cell for _columns, rows in self.lists for row in rows for cell in row)


def _text(value: object) -> str:
    return '' if value is None else ' '.join(str(value).split())  # white space as HTML has it


def _make_environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.finalize = lambda value: '' if value is None else value
    environment.filters['day'] = _day
    return environment


_environment = _make_environment()


class PageCanvas(MarkedCanvas):
    """Writes 第 x 页 共 y 页 once the number of pages is known. ``<pdf:pagecount>`` would lay everything out twice."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        """Keep the page for later."""
        self.pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number every page, then write the file."""
        for number, page in enumerate(self.pages, 1):
            self.__dict__.update(page)
            self.setFont(fonts.SONG, 9)
            self.drawCentredString(self._pagesize[0] / 2, 10 * mm, f'第 {number} 页　共 {len(self.pages)} 页')
            super().showPage()
        super().save()


def _convert(markup: str, lists: RowLists, meta: Mapping[str, str], watermark: str) -> bytes:
    """Parse, lay out and draw; whatever the library only warns of is an error here."""
    result, complaints = io.BytesIO(), _Complaints()
    logger = logging.getLogger('xhtml2pdf')
    logger.addHandler(complaints)
    try:
        with use_policy(NO_RESOURCES), render_budget(NO_RESOURCES):
            story = pisaContext('')
            story.row_lists = lists.lists
            pisaStory(markup, context=story, resource_policy=NO_RESOURCES)
            document = PmlBaseDoc(result, pagesize=story.pageSize, lang='zh-CN', invariant=1, **meta)
            document.pisaPositioned = story.positioned
            for page in story.templateList.values():
                page.onPage = lambda canvas, _document: _draw_watermark(canvas, watermark)
                document.addPageTemplates(page)
            document.build(story.story, canvasmaker=PageCanvas)
    except (LayoutError, RenderLimitError) as error:
        raise RenderError(str(error)) from error
    finally:
        logger.removeHandler(complaints)
        cleanFiles()
        reset_caches()
    if complaints.found or story.err or story.warn:  # both, since a server's logging may silence the library's
        raise RenderError('；'.join(complaints.found) or str(story.log))
    return result.getvalue()


class _Complaints(logging.Handler):
    """What the library says about a document while making it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def _draw_watermark(canvas: Canvas, text: str) -> None:
    """Under the content, so that the content stays readable."""
    if not text:
        return
    width, height = canvas._pagesize
    canvas.saveState()
    canvas.setFillGray(0.88)
    canvas.setFont(fonts.HEI, 120)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(45)
    canvas.drawCentredString(0, -40, text)
    canvas.restoreState()
