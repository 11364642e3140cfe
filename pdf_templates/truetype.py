"""Turn a font with PostScript outlines (CFF .otf) into TrueType, the only kind that reportlab embeds.

Runs as a script of its own, ``python truetype.py SOURCE TARGET NAME``, so that fonts are converted side by side.
"""

from __future__ import annotations

import gc
import sys

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

VERSION = '1'  # part of the cache key: raise it when the result changes
TOLERANCE = 1.0  # how far a quadratic curve may leave the cubic one, in thousandths of the type size
LAYOUT_TABLES = ('BASE', 'CFF ', 'DSIG', 'GDEF', 'GPOS', 'GSUB', 'VORG', 'vhea', 'vmtx')
# Boxes of forms that the fonts lack, put together out of characters they have: (character, box, mark).
BOXES = (('☐', '□', None), ('☑', '□', '√'), ('☒', '□', '×'))


def convert(source: str, target: str, name: str) -> None:
    """Write ``source`` to ``target`` as TrueType under another name, as the Open Font License asks."""
    gc.disable()  # millions of small objects, none of them in cycles: a third faster
    font = TTFont(source, lazy=True, recalcBBoxes=False)
    characters = font.getBestCmap()
    outlines = font.getGlyphSet()
    order = ['.notdef', *dict.fromkeys(glyph for glyph in characters.values() if glyph != '.notdef')]
    glyphs = {glyph: _quadratic(outlines[glyph]) for glyph in order}
    glyphs |= _boxes(characters, glyphs, {glyph: font['hmtx'][glyph][0] for glyph in order})
    _assemble(font, glyphs, characters)
    _rename(font, name)
    font.save(target)


def _quadratic(outline: object) -> object:
    pen = TTGlyphPen(None)
    outline.draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))  # type: ignore[attr-defined]
    return pen.glyph()
