"""Patches of private functions of xhtml2pdf 0.2.28 and reportlab 5.1.0, each with its reason.

Both packages are pinned to exact versions because of this module. Remove a patch once its reason is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.pdfbase import ttfonts
from reportlab.pdfgen import canvas, pathobject, textobject
from xhtml2pdf import parser, reportlab_paragraph
from xhtml2pdf.default import INT, MUST, TAGS
from xhtml2pdf.reportlab_paragraph import Paragraph, ParaLines, cjkU, makeCJKParaLine
from xhtml2pdf.tags import pisaTag

from pdf_templates.engine import linebreak

_INLINE_OBJECT = '\ufffc'
_split_words = Paragraph._get_split_blParaFunc


def break_lines(paragraph: Any, width: float | list[float]) -> ParaLines:
    """Break lines for ``-pdf-word-wrap: CJK``. The original loses every <br>, cuts words and begins lines with ，。."""
    if getattr(paragraph, '_splitpara', False):
        return paragraph.blPara  # the upper part of a paragraph split at a page end already has its lines
    rooms = list(width) if isinstance(width, list | tuple) else [width]
    reportlab_paragraph._handleBulletWidth(paragraph.bulletText, paragraph.style, rooms, rtl=False)
    units = [unit for frag in paragraph.frags for unit in _units(frag, paragraph.encoding)]
    text = ''.join('\n' if hasattr(unit.frag, 'lineBreak') else str(unit) or _INLINE_OBJECT for unit in units)
    spans = linebreak.wrap_text(text, [unit.width for unit in units], rooms[-1], rooms[0])
    return ParaLines(
        kind=1,
        lines=[_line(units, text, span, rooms[min(number, len(rooms) - 1)]) for number, span in enumerate(spans)],
    )


def _units(frag: Any, encoding: str) -> list[cjkU]:
    return [cjkU(character, frag, encoding) for character in frag.text] or [cjkU('', frag, encoding)]


def _line(units: Sequence[cjkU], text: str, span: tuple[int, int], room: float) -> Any:
    start, end = span
    shown = start + len(text[start:end].rstrip(' '))
    used = sum(unit.width for unit in units[start:shown])
    line = makeCJKParaLine(units[start:end] or units[end : end + 1], room - used, True)
    line.wordCount = shown - start
    line.forced = units[end].frag if text[end : end + 1] == '\n' else None
    return line


def split_words(paragraph: Any) -> Any:
    """Split a paragraph at a page end. The original inserts a space at the end of each line and drops each <br>."""
    return _frags if paragraph.style.wordWrap == 'CJK' else _split_words(paragraph)


def _frags(lines: ParaLines, start: int, stop: int) -> list[Any]:
    frags: list[Any] = []
    for line in lines.lines[start:stop]:
        frags += [word for word in line.words if not hasattr(word, 'lineBreak')]
        frags += [line.forced] if line.forced else []
    return frags


def draw_justified(text_object: Any, offset: float, line: Any, last: bool = False) -> None:
    """Draw a justified line by widening every gap a little: the original widens spaces, which Chinese does not have."""
    gaps = line.wordCount - 1
    stretch = line.extraSpace / gaps if gaps > 0 else 0
    if last or getattr(line, 'forced', None) or not 0 < stretch < line.fontSize / 8:
        stretch = 0  # wider gaps would look like spaced text
    reportlab_paragraph.setXPos(text_object, offset)
    text_object.setCharSpace(stretch)
    reportlab_paragraph._putFragLine(offset, text_object, line)
    text_object.setCharSpace(0)
    reportlab_paragraph.setXPos(text_object, -offset)


def to_unicode(font_name: str, subset: Sequence[int]) -> str:
    """Return the ToUnicode CMap. The original writes five digits for characters above U+FFFF (𬭎): copies are wrong."""
    pairs = [f'<{code:02X}> <{chr(char).encode("utf-16-be").hex().upper()}>' for code, char in enumerate(subset)]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]  # the format allows no more in a block
    body = '\n'.join(f'{len(block)} beginbfchar\n' + '\n'.join(block) + '\nendbfchar' for block in blocks)
    return (
        '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n'
        f'/CIDSystemInfo << /Registry ({font_name}) /Ordering ({font_name}) /Supplement 0 >> def\n'
        f'/CMapName /{font_name} def\n/CMapType 2 def\n'
        f'1 begincodespacerange\n<00> <{len(subset) - 1:02X}>\nendcodespacerange\n{body}\n'
        'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend'
    )


def numbers(*given: Any) -> str:
    """Format numbers for a content stream. The original computes a logarithm for each: 40 % of a long list's time."""
    values = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    return ' '.join([text if 'e' not in (text := f'{value:.6g}') else _plain(value) for value in values])


def _plain(value: float) -> str:
    """Format a number for which ``.6g`` gives an exponent, which PDF does not allow."""
    return f'{value:.3f}'.rstrip('0').rstrip('.') if value % 1 else f'{value:.0f}'


def put(text_object: Any, line: str) -> None:
    """Write a line of text at the current position. The original also measures it: 10 % of a long form's time."""
    text_object._code.append(text_object._formatText(line))


class RowsTag(pisaTag):
    """Tag ``<pdf:rows number="0"></pdf:rows>``: a sheet. A new tag can only be added to the parser's globals."""

    def start(self, context: Any) -> None:
        """Add the flowable with this number to the story."""
        context.addPara()
        context.addStory(context.sheets[self.attr.number]())


def apply() -> None:
    """Apply the patches; repeated calls change nothing."""
    Paragraph.breakLinesCJK = break_lines
    Paragraph._get_split_blParaFunc = split_words
    reportlab_paragraph._justifyDrawParaLineX = draw_justified
    ttfonts.makeToUnicodeCMap = to_unicode
    canvas.fp_str = textobject.fp_str = pathobject.fp_str = numbers
    parser.pisaTagPDFROWS = RowsTag
    TAGS['pdfrows'] = (0, {'number': (INT, MUST)})
