"""Rich text of the platform role (申请条件, 温馨提示), sanitised when it is stored and when it is shown."""

from __future__ import annotations

import html

import nh3

TAGS = {'p', 'br', 'b', 'strong', 'i', 'em', 'u', 'h3', 'h4', 'ul', 'ol', 'li', 'a', 'blockquote'}
ATTRIBUTES = {'a': {'href'}}
SCHEMES = {'http', 'https', 'mailto', 'tel'}


def cleaned(text: str) -> str:
    """Remove every tag, attribute and URL scheme that is not on the lists above."""
    return nh3.clean(
        text, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel='noopener noreferrer'
    ).strip()


def safe_html(text: str) -> str:
    """Return sanitised HTML for a page; each line of a text without tags becomes a paragraph."""
    if '<' in text:
        return cleaned(text)
    return ''.join(f'<p>{html.escape(line)}</p>' for line in text.splitlines() if line.strip())
