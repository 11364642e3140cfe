"""Where lines end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdf_templates.engine import linebreak


def broken(text: str, room: float, first_room: float | None = None) -> list[str]:
    """The lines when a Latin character is half as wide as a Chinese one."""
    widths = [0.5 if character < '\u2000' else 1.0 for character in text]
    return [text[start:end] for start, end in linebreak.wrap_text(text, widths, room, first_room)]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', ['']),
        ('一二三四五六', ['一二三四', '五六']),
        ('一二三四，五', ['一二三', '四，五']),
        ('一二三（四）', ['一二三', '（四）']),
        ('一二三ABCD五', ['一二三', 'ABCD五']),
        ('一二 ABC 三四', ['一二 ABC ', '三四']),
        ('一二三 ABC', ['一二三 ', 'ABC']),
        ('2025年4月10日', ['2025年', '4月10日']),
        ('一二三——四', ['一二', '三——四']),
        ('一\n二', ['一', '二']),
        ('一\n\n二', ['一', '', '二']),
        ('一二ABCDEFGHIJKL', ['一二ABCD', 'EFGHIJKL']),
        ('一二三四  五', ['一二三四  ', '五']),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert broken(text, 4) == expected


def test_first_line_may_be_shorter() -> None:
    assert broken('一二三四五六', 4, first_room=2) == ['一二', '三四五六']


@given(st.text('一二，。（）“”—…A1 \n', max_size=60), st.integers(2, 9))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, room: int) -> None:
    lines = broken(text, room)
    assert ''.join(lines) == text.replace('\n', '')
    assert all(len(line.rstrip(' ')) - 0.5 * sum(c < '\u2000' for c in line.rstrip(' ')) <= room for line in lines)
