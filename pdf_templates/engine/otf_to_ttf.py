"""Convert a font with PostScript outlines (CFF .otf) to TrueType, the only format that reportlab embeds.

Runs as a script, ``python otf_to_ttf.py SOURCE TARGET NAME``, so that several fonts are converted in parallel.
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
TOLERANCE = 1.0  # largest distance between the quadratic and the cubic curve, in thousandths of the type size
COPIED_TABLES = ('head', 'hhea', 'hmtx', 'maxp', 'name', 'OS/2', 'post', 'cmap')
# Values of the maxp table for a font without instructions; fontTools computes the others.
HINTING = {
    'maxZones': 1,
    'maxTwilightPoints': 0,
    'maxStorage': 0,
    'maxFunctionDefs': 0,
    'maxInstructionDefs': 0,
    'maxStackElements': 0,
    'maxSizeOfInstructions': 0,
}
# Check boxes missing in the fonts, composed of existing characters: the box, then its mark.
BOXES = {'☐': '□', '☑': '□✓', '☒': '□×'}


def convert(source: str, target: str, name: str) -> None:
    """Write ``source`` to ``target`` as TrueType under another name, as the Open Font License requires."""
    gc.disable()  # millions of small objects without cycles: twice as fast
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
    """Return a glyph of the first part with the others centred on it."""
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
    """Replace the PostScript tables by TrueType ones; drop layout features, which reportlab does not use."""
    for table in set(font.keys()) - {*COPIED_TABLES, 'GlyphOrder'}:
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
    """Replace the names of the font; keep its copyright and licence."""
    names = font['name']
    names.names = [record for record in names.names if record.nameID in (0, 13, 14)]
    texts = {1: name, 2: 'Regular', 3: f'{name} {VERSION}', 4: name, 5: f'Version {VERSION}', 6: name}
    for kind, text in texts.items():
        names.setName(text, kind, 3, 1, 0x409)


if __name__ == '__main__':
    convert(*sys.argv[1:4])
