"""Line breaks of Chinese text: Latin words and numbers stay whole, and 避头尾 is respected."""

from __future__ import annotations

import re
from collections.abc import Sequence

NEVER_LAST = '（《〈「『【〔［｛“‘'
NEVER_FIRST = '，。、；：？！）》〉」』】〕］｝”’…—％℃·'
_PIECE = re.compile(rf'\n|[ \t]+|[{NEVER_LAST}]*(?:[!-~\u00a0-\u024f]+[年月日]?|.)[{NEVER_FIRST}]*')
_ROUNDING = 1e-6


def wrap_text(
    text: str, widths: Sequence[float], room: float, first_room: float | None = None
) -> list[tuple[int, int]]:
    """Return the lines of a text as (start, end).

    ``widths`` has the width of each character, ``room`` is the width of a line and ``first_room`` that of the first
    one, all in the same unit. A newline forces a break and belongs to no line. A word wider than a line is broken
    anywhere. Spaces at the end of a line do not count towards its width.
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
