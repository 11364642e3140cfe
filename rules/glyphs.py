"""Characters that papers can print: the code points of the shipped 宋 font, as ranges in ``data/glyphs.txt``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

INVISIBLE = '\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff'
"""Characters that print nothing and that no font has, as ranges of a pattern; papers omit them."""

GLYPHS_FILE = Path(__file__).parent.parent / 'data' / 'glyphs.txt'


@cache
def _unknown() -> re.Pattern[str]:
    """Return one pattern for characters that are neither in the font nor omitted; a single search of a text is fast."""
    pairs = [line.split('-') for line in GLYPHS_FILE.read_text(encoding='ascii').split()]
    known = ''.join(rf'\U{pair[0]:0>8}-\U{pair[-1]:0>8}' for pair in pairs)
    return re.compile(rf'[^{known}{INVISIBLE} \t\r\n]')


def find_unprintable(text: str) -> list[str]:
    """Return the characters of a text that no paper can print, each once."""
    return list(dict.fromkeys(_unknown().findall(text)))
