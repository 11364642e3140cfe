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


WIDTHS = pytest.mark.parametrize('width', [1280, 390])


@pytest.mark.parametrize(
    ('scheme', 'path'), [('light', '/employer_applications/?tab=pre_notice&year=2026'), ('dark', '/handlers/')]
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


@WIDTHS
def test_the_reasons_of_a_preflight_have_room(sign_in: SignIn, width: int) -> None:
    page = sign_in('guanli1')
    page.set_viewport_size({'width': width, 'height': 800})
    page.goto('/employer_applications/?tab=employer_review')
    for box in page.locator('input[name=rowid]').all():
        box.check()
    page.locator('#bulk').get_by_role('button', name='通过').click()
    refused = page.locator('tr', has_text='不可办').get_by_role('cell', name='尚未上传')
    told = refused.bounding_box()
    assert told is not None
    assert told['width'] >= 280
    assert told['height'] <= 60  # one or two lines
