"""Rich text: what stays and what is taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.richtext import cleaned, safe_html


@pytest.mark.parametrize(
    ('text', 'kept'),
    [
        ('<p>条件 <b>一</b></p>', '<p>条件 <b>一</b></p>'),
        ('<ul><li>甲</li></ul>', '<ul><li>甲</li></ul>'),
        ('<a href="https://a.example/b">公告</a>', '<a href="https://a.example/b" rel="noopener noreferrer">公告</a>'),
        ('<a href="javascript:alert(1)">点</a>', '<a rel="noopener noreferrer">点</a>'),
        ('<script>alert(1)</script>好', '好'),
        ('<img src=x onerror=alert(1)>好', '好'),
        ('<p style="position:fixed" onclick="x()">好</p>', '<p>好</p>'),
        ('<iframe src="//evil"></iframe>好', '好'),
        ('1 < 2', '1 &lt; 2'),
    ],
)
def test_only_harmless_tags_stay(text: str, kept: str) -> None:
    assert cleaned(text) == kept


def test_a_text_without_tags_is_shown_in_paragraphs() -> None:
    assert safe_html('第一条\n\n第二条 & 其他') == '<p>第一条</p><p>第二条 &amp; 其他</p>'


@given(st.text(alphabet='<>/ab="\' :onclicksrpthef&;字', max_size=80))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)
