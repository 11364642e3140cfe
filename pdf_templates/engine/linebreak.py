"""Where a line of Chinese text ends: Latin words and numbers stay whole, and 避头尾 holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

NEVER_LAST = '（《〈「『【〔［｛“‘'
NEVER_FIRST = '，。、；：？！）》〉」』】〕］｝”’…—％℃·'
_PIECE = re.compile(rf'\n|[ \t]+|[{NEVER_LAST}]*(?:[!-~\u00a0-\u024f]+[年月日]?|.)[{NEVER_FIRST}]*')
_ROUNDING = 1e-6


def lines(text: str, widths: Sequence[float], room: float, first_room: float | None = None) -> list[tuple[int, int]]:
    """The lines of a text as (start, end), out of each character's width and the room that a line has.

    A newline forces a break and belongs to no line. A piece wider than a whole line breaks anywhere; spaces at the end
    of a line hang over it.
    """
    found: list[tuple[int, int]] = []
    start, used = 0, 0.0
    for match in _PIECE.finditer(text):
        begin, end = match.span()
        if text[begin] == '\n':
            found.append((start, begin))
            start, used = end, 0.0
            continue
        blank, whole = text[begin].isspace() and text[begin] != '\xa0', sum(widths[begin:end])
        for index in range(begin, end):
            limit = room if found or first_room is None else first_room
            anywhere = whole > room
            needed = widths[index] if anywhere else whole
            if index > start and (anywhere or index == begin) and not blank and used + needed > limit + _ROUNDING:
                found.append((start, index))
                start, used = index, 0.0
            used += widths[index]
    if start < len(text) or not found:
        found.append((start, len(text)))
    return found
