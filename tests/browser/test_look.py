"""How pages look and behave where only a real browser can tell: focus, widths, and what stays within reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SignIn = Callable[[str], Page]
REACHED = """
() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const marked = [at, at.closest('label')].filter(Boolean).map(each => getComputedStyle(each));
  const shown = marked.some(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1);
  return { what: at.outerHTML.slice(0, 120), shown };
}
"""
"""What the keyboard has reached, and whether it can be seen there; a hidden box shows it on its label."""


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize(
    'path', ['/', '/employer_applications/?tab=pre_notice&year=2026', '/collective_payment/', '/handlers/']
)
def test_whatever_the_keyboard_reaches_shows_it(sign_in: SignIn, scheme: str, path: str) -> None:
    page = sign_in('guanli1')
    page.emulate_media(color_scheme='dark' if scheme == 'dark' else 'light')
    page.goto(path)
    hidden: list[str] = []
    for _step in range(60):
        page.keyboard.press('Tab')
        reached = page.evaluate(REACHED)
        if reached is None:
            break
        hidden += [] if reached['shown'] else [reached['what']]
    assert hidden == []
