"""A real Chromium in front of the running product; a failed test leaves a picture and the page behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = '/usr/bin/chromium'
KEPT = Path(__file__).parents[2] / 'instance' / 'test-failures'
WHOLE = """
const shown = whole => { document.documentElement.style.visibility = whole ? '' : 'hidden'; };
const begin = () => {
  if (!document.documentElement) return false;
  shown(false);
  document.addEventListener('DOMContentLoaded', () => shown(true));
  return true;
};
if (!begin()) {
  new MutationObserver((_seen, watching) => begin() && watching.disconnect()).observe(document, { childList: true });
}
"""
"""Hide a page until its scripts listen, so that nothing is clicked or filled too soon on a slow machine."""

SignIn = Callable[[str], Page]
QUIET = ('--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync')


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    """One browser a worker."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the page fixture know whether its test failed."""
    report = yield
    item.stash[FAILED] = report.when == 'call' and report.failed  # type: ignore[attr-defined]
    return report  # type: ignore[return-value]


FAILED = pytest.StashKey[bool]()


def fresh_page(browser: Browser, live_server: str) -> Page:
    """A page of someone who has not been here before."""
    context = browser.new_context(base_url=live_server, viewport={'width': 1280, 'height': 800}, locale='zh-CN')
    context.set_default_timeout(10_000)
    context.add_init_script(WHOLE)
    return context.new_page()


def enter(page: Page, username: str) -> Page:
    """Fill in the sign-in page, whatever comes of it."""
    page.goto('/login')
    page.get_by_label('用户名').fill(username)
    page.get_by_label('密码').fill('Demo-2026')
    page.get_by_role('button', name='登录').click()
    return page


@pytest.fixture
def page(browser: Browser, live_server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page on the running product."""
    opened = fresh_page(browser, live_server)
    yield opened
    if request.node.stash.get(FAILED, False):
        KEPT.mkdir(parents=True, exist_ok=True)
        name = request.node.name.replace('/', '_')
        opened.screenshot(path=KEPT / f'{name}.png', full_page=True)
        (KEPT / f'{name}.html').write_text(opened.content(), encoding='utf-8')
    opened.context.close()


@pytest.fixture
def sign_in(page: Page) -> Callable[[str], Page]:
    """Sign in at the sign-in page, signing out whoever was there."""

    def switch(username: str) -> Page:
        page.goto('about:blank')  # whatever was still loading is dropped
        page.context.clear_cookies()
        enter(page, username)
        page.wait_for_url(lambda url: '/login' not in url)
        return page

    return switch
