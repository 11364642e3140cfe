"""Which characters the papers can print: the code points of the shipped 宋, as ranges in ``data/glyphs.txt``."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / 'data' / 'glyphs.txt'


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = [line.split('-') for line in FILE.read_text(encoding='ascii').split()]
    return [int(pair[0], 16) for pair in pairs], [int(pair[-1], 16) for pair in pairs]


def missing(text: str) -> list[str]:
    """The characters of a text that no paper can print, each once."""
    firsts, lasts = _ranges()

    def printable(char: str) -> bool:
        at = bisect_right(firsts, ord(char)) - 1
        return char.isspace() or (at >= 0 and ord(char) <= lasts[at])

    return [char for char in dict.fromkeys(text) if not printable(char)]
