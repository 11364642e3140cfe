"""Turn a font with PostScript outlines (CFF .otf) into TrueType, the only kind that reportlab embeds.

Runs as a script of its own, ``python truetype.py SOURCE TARGET NAME``, so that fonts are converted side by side.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

VERSION = '1'  # part of the cache key: raise it when the result changes
TOLERANCE = 1.0  # how far a quadratic curve may leave the cubic one, in thousandths of the type size
KEPT = ('head', 'hhea', 'hmtx', 'maxp', 'name', 'OS/2', 'post', 'cmap')
# What the table must say of a font without instructions; fontTools counts the rest.
HINTING = {
    'maxZones': 1,
    'maxTwilightPoints': 0,
    'maxStorage': 0,
    'maxFunctionDefs': 0,
    'maxInstructionDefs': 0,
    'maxStackElements': 0,
    'maxSizeOfInstructions': 0,
}
# Boxes of forms that the fonts lack, put together from characters they have: a box, then its mark.
BOXES = {'☐': '□', '☑': '□✓', '☒': '□×'}


def convert(source: str, target: str, name: str) -> None:
    """Write ``source`` to ``target`` as TrueType, renamed as the Open Font License asks."""
    gc.disable()  # millions of small objects and no cycles: twice as fast
    font = TTFont(source, lazy=True, recalcTimestamp=False)  # no date: the same file on every machine
    cmap, outlines = font.getBestCmap(), font.getGlyphSet()
    glyphs = {glyph: _quadratic(outlines[glyph]) for glyph in dict.fromkeys(('.notdef', *cmap.values()))}
    for character, parts in BOXES.items():
        if ord(character) not in cmap:
            glyphs[character] = _composite([cmap[ord(part)] for part in parts], outlines)
            font['hmtx'][character] = font['hmtx'][cmap[ord(parts[0])]]
            cmap[ord(character)] = character
    _assemble(font, glyphs, cmap)
    _rename(font, name)
    font.save(target)


def _quadratic(outline: Any) -> Any:
    pen = TTGlyphPen(None)
    outline.draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
    return pen.glyph()


def _composite(parts: list[str], outlines: Any) -> Any:
    """The first part with the others centred on it."""
    pen = TTGlyphPen(outlines)
    centre = _centre(parts[0], outlines)
    for part in parts:
        x, y = _centre(part, outlines)
        pen.addComponent(part, (1, 0, 0, 1, round(centre[0] - x), round(centre[1] - y)))
    return pen.glyph()


def _centre(glyph: str, outlines: Any) -> tuple[float, float]:
    pen = ControlBoundsPen(outlines)
    outlines[glyph].draw(pen)
    left, bottom, right, top = pen.bounds
    return (left + right) / 2, (bottom + top) / 2


def _assemble(font: TTFont, glyphs: dict[str, Any], cmap: dict[int, str]) -> None:
    """Put TrueType tables in place of the PostScript ones; layout features go, since reportlab uses none."""
    for table in set(font.keys()) - {*KEPT, 'GlyphOrder'}:
        del font[table]
    font.sfntVersion = '\x00\x01\x00\x00'
    font.setGlyphOrder(list(glyphs))
    font['loca'], font['glyf'] = newTable('loca'), newTable('glyf')
    font['glyf'].glyphOrder, font['glyf'].glyphs = list(glyphs), glyphs
    font['glyf'].compile(font)
    font['hmtx'].metrics = {name: (font['hmtx'][name][0], getattr(glyph, 'xMin', 0)) for name, glyph in glyphs.items()}
    font['cmap'].tables = [table for table in font['cmap'].tables if table.format in (4, 12)]
    for table in font['cmap'].tables:
        table.cmap = {code: glyph for code, glyph in cmap.items() if table.format == 12 or code < 0x10000}
    font['post'].formatType = 3.0
    font['maxp'].tableVersion = 0x00010000
    vars(font['maxp']).update(HINTING)


def _rename(font: TTFont, name: str) -> None:
    """Our own name; copyright and licence stay."""
    names = font['name']
    names.names = [record for record in names.names if record.nameID in (0, 13, 14)]
    texts = {1: name, 2: 'Regular', 3: f'{name} {VERSION}', 4: name, 5: f'Version {VERSION}', 6: name}
    for kind, text in texts.items():
        names.setName(text, kind, 3, 1, 0x409)


if __name__ == '__main__':
    convert(*sys.argv[1:4])
