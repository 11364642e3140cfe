"""How pages look and behave where only a real browser can tell: focus, widths, and what stays within reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SignIn, enter

pytestmark = pytest.mark.browser

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


def review(page: Page, width: int, *, height: int = 800, name: str = '') -> None:
    """Open the review page of a declaration, the first one of the list unless it is named."""
    page.set_viewport_size({'width': width, 'height': height})
    page.goto('/employer_applications/?tab=employer_review')
    page.locator('tbody tr', has_text=name).first.get_by_role('link', name='审核').click()
    page.wait_for_load_state()


def bottom(page: Page, selector: str) -> float:
    """Where the lower edge of something is on the screen."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box['y'] + box['height']


@WIDTHS
def test_the_decision_stays_on_screen_whatever_stands_above_it(sign_in: SignIn, width: int) -> None:
    page = sign_in('guanli1')
    review(page, width, name='沈嘉禾')  # may not pass yet, and why stands in the bar
    page.locator('.decide summary').click()
    page.get_by_label('暂缓说明').fill('等原件')
    page.get_by_role('button', name='暂缓并打开下一项').click()
    page.goto('/employer_applications/?tab=set_aside')
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    page.get_by_role('button', name='取回').click()
    page.locator('#messages').get_by_text('已取回').wait_for()
    assert '尚未上传' in page.locator('.why-not').inner_text()
    assert bottom(page, '#decide') <= 800
    assert bottom(page, '#decide .why-not') <= 800
    assert page.evaluate('document.documentElement.scrollWidth') == width


@pytest.mark.parametrize('action', ['approve', 'return'])
def test_nothing_of_a_declaration_is_cut_off_beside_the_form(sign_in: SignIn, action: str) -> None:
    page = sign_in('guanli1')
    review(page, 1280)
    page.goto(page.url.replace('/approve/', f'/{action}/'))
    cut = page.evaluate(
        "[...document.querySelectorAll('.review-main, .review-main .table-wrap, .review-main dd')]"
        '.filter(each => each.scrollWidth > each.clientWidth).map(each => each.outerHTML.slice(0, 80))'
    )
    assert cut == []


def test_on_a_phone_the_form_is_one_touch_away(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    review(page, 390)
    expect(page.locator('#opinion-sheet h2')).not_to_be_in_viewport()
    page.get_by_role('link', name='到意见表').click()
    expect(page.locator('#opinion-sheet h2')).to_be_in_viewport()
    page.get_by_role('link', name='教育经历').click()
    expect(page.locator('#section-education h2')).to_be_in_viewport()


def test_the_first_problem_is_reached_though_it_stands_in_a_row(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server)  # a page that is hidden while it loads takes no focus
    page = enter(context.new_page(), 'guanli1')
    review(page, 1280)
    for name in ('training_opinion', 'negative_opinion'):
        page.locator(f'#{name}').fill('无')
    page.get_by_role('button', name='通过').click()
    page.locator('.problems').wait_for()
    expect(page.locator('[name="assessments.year"]')).to_be_focused()
    expect(page.locator('[name="assessments.year"]')).to_have_attribute('aria-invalid', 'true')
    context.close()


def test_escape_puts_an_opened_file_away_and_keys_are_named_without_arrows(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    review(page, 1280)
    page.locator('#section-materials a[data-look]').first.click()
    page.locator('#file-pane img').wait_for()
    page.keyboard.press('Escape')
    page.locator('#file-pane').wait_for(state='hidden')
    page.get_by_role('link', name='下一项').click()
    page.locator('[data-keys]').click()
    told = page.get_by_role('dialog').inner_text()
    assert '上一项' in told
    assert not set('←→') & set(told)


@pytest.mark.parametrize('tab', ['all', 'pre_notice'])
def test_a_list_keeps_each_chip_on_a_line_and_within_its_card(sign_in: SignIn, tab: str) -> None:
    page = sign_in('guanli1')
    page.set_viewport_size({'width': 1280, 'height': 800})
    page.goto(f'/employer_applications/?tab={tab}&year=2026')
    sizes = page.evaluate(
        "({ card: document.querySelector('.list-sheet').clientWidth, list: document.querySelector('.list').scrollWidth,"
        " chips: Math.max(...[...document.querySelectorAll('.list .tag')].map(each => each.offsetHeight)),"
        " rows: Math.max(...[...document.querySelectorAll('.list .col-applied')].map(each => each.offsetHeight)),"
        " filters: document.querySelector('.filters').offsetHeight })"
    )
    assert sizes['list'] <= sizes['card']
    assert sizes['chips'] <= 22
    assert sizes['rows'] <= 56
    assert sizes['filters'] <= 2 * 32 + 8  # two rows of controls


def test_a_phone_has_room_to_tick_and_to_choose(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.set_viewport_size({'width': 390, 'height': 800})
    page.goto('/employer_applications/?tab=pre_notice')
    for target in page.locator('.list .pick label, .chip a, .chip button').all():
        box = target.bounding_box()
        assert box is not None
        assert min(box['width'], box['height']) >= 40


def test_all_of_the_filter_are_ticked_and_one_taken_out_leaves_the_rest(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/employer_applications/?tab=all&page_size=20')
    boxes, whole = page.locator('input[name=rowid]'), page.locator('[name=all_of_filter]')
    page.get_by_text('选择筛选结果的全部').click()
    assert all(box.is_checked() for box in boxes.all())
    boxes.first.uncheck()
    expect(whole).not_to_be_checked()
    expect(page.locator('[data-picked]')).to_have_text('已选 19 项')
