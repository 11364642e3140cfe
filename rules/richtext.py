"""Rich text that the platform role writes (申请条件, 温馨提示), kept to harmless HTML on the way in and out."""

from __future__ import annotations

import html

import nh3

TAGS = {'p', 'br', 'b', 'strong', 'i', 'em', 'u', 'h3', 'h4', 'ul', 'ol', 'li', 'a', 'blockquote'}
ATTRIBUTES = {'a': {'href'}}
SCHEMES = {'http', 'https', 'mailto', 'tel'}


def cleaned(text: str) -> str:
    """The text with every tag, attribute and address that is not on the lists above taken out."""
    return nh3.clean(
        text, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel='noopener noreferrer'
    ).strip()


def shown(text: str) -> str:
    """Harmless HTML for a page; a text without any tag becomes a paragraph a line."""
    if '<' in text:
        return cleaned(text)
    return ''.join(f'<p>{html.escape(line)}</p>' for line in text.splitlines() if line.strip())
