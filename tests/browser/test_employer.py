"""The employer's clerks at work: grants given, used and taken back; reviewing by keys, with remarks and drafts."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from models.base import now
from models.notice import Phase
from models.reviewing import ReviewDraft
from rules import notices, workdays
from tests.browser.conftest import SignIn, enter, fresh_page
from tests.helpers import passing
from tests.helpers.opinions import REVIEW

pytestmark = pytest.mark.browser

ROOMS = {
    '单位信息': '/own_employer/',
    '单位事项': '/employer_applications/',
    '人员管理': '/roster/',
    '维护管理': '/notice_contacts/',
}
"""What each menu grant opens."""


def tick(page: Page, tab: str, name: str, wanted: bool) -> None:
    """As the administrator, give or take back one grant of jingban2."""
    page.goto('/handlers/')
    page.locator('tr', has_text='jingban2').get_by_role('link', name='授权').click()
    if tab:
        page.get_by_role('link', name=tab, exact=True).click()
    page.get_by_role('checkbox', name=name, exact=True).set_checked(wanted)
    page.get_by_role('button', name='保存').click()
    expect(page.locator('#messages')).to_contain_text('已保存')


def test_each_grant_is_given_used_and_taken_back(sign_in: SignIn, browser: Browser, live_server: str) -> None:
    administrator = sign_in('guanli1')
    outside = enter(fresh_page(browser, live_server), 'jingban2')
    expect(outside.locator('main')).to_contain_text('您尚未获得登录系统授权')
    tick(administrator, '', '登录系统授权', True)
    tick(administrator, '功能菜单授权', '首页', True)
    handler = enter(fresh_page(browser, live_server), 'jingban2')
    expect(handler.get_by_role('heading', name='首页')).to_be_visible()
    for menu, path in ROOMS.items():
        handler.goto(path)
        expect(handler.locator('main')).to_contain_text(f'管理员尚未向您授权「{menu}」菜单')
        tick(administrator, '功能菜单授权', menu, True)
        if menu == '单位事项':
            handler.goto(path)
            expect(handler.locator('main')).to_contain_text('管理员尚未向您授权「专技人才」业务')
            tick(administrator, '业务授权', '专技人才 职称评审业务', True)
        handler.goto(path)
        expect(handler.locator('.side .now').first).to_contain_text(menu)
    handler.goto('/employer_applications/')
    handler.locator('tbody tr').first.get_by_role('link', name='审核').click()
    expect(handler.get_by_role('heading', name='单位审核意见')).to_be_visible()
    tick(administrator, '业务授权', '专技人才 职称评审业务', False)
    handler.reload()
    expect(handler.locator('main')).to_contain_text('管理员尚未向您授权「专技人才」业务')
    for menu, path in ROOMS.items():
        tick(administrator, '功能菜单授权', menu, False)
        handler.goto(path)
        expect(handler.locator('main')).to_contain_text(f'管理员尚未向您授权「{menu}」菜单')
    tick(administrator, '', '登录系统授权', False)
    handler.goto('/')
    expect(handler.get_by_role('button', name='登录')).to_be_visible()
    handler.context.close()
    outside.context.close()


def test_one_tick_sets_the_whole_tree_and_reset_brings_it_back(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/handlers/')
    page.locator('tr', has_text='jingban1').get_by_role('link', name='授权').click()
    boxes, everything = page.locator('#matter .grants-under input[type=checkbox]'), page.get_by_label('全部业务授权')
    expect(boxes).to_have_count(10)
    expect(everything).to_be_checked(indeterminate=True)
    everything.check()
    assert all(boxes.nth(n).is_checked() for n in range(10))
    page.get_by_role('button', name='重置').click()
    expect(page.locator('#matter .grants-under input:checked')).to_have_count(1)


def test_ticks_of_one_tab_stay_while_the_other_is_looked_at(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/handlers/')
    page.locator('tr', has_text='jingban2').get_by_role('link', name='授权').click()
    page.get_by_role('checkbox', name='登录系统授权').check()
    page.get_by_role('checkbox', name='专技人才 职称评审业务').check()
    page.get_by_role('link', name='功能菜单授权').press('Enter')
    expect(page.get_by_role('checkbox', name='专技人才 职称评审业务')).to_be_hidden()
    page.get_by_role('checkbox', name='人员管理').check()
    page.get_by_role('button', name='保存').click()
    expect(page.locator('#messages')).to_contain_text('已保存')
    expect(page.get_by_role('link', name='功能菜单授权')).to_have_attribute('aria-current', 'true')  # the tab it was
    expect(page.locator('form input:checked')).to_have_count(3)


def test_a_date_ticks_its_grant_and_a_wrong_one_opens_its_tab(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/handlers/')
    page.locator('tr', has_text='jingban2').get_by_role('link', name='授权').click()
    page.get_by_role('link', name='功能菜单授权').click()
    page.get_by_label('人员管理生效日期').fill('2026-12-02')
    expect(page.get_by_role('checkbox', name='人员管理')).to_be_checked()
    page.get_by_label('人员管理失效日期').fill('2026-12-01')
    page.get_by_role('link', name='业务授权').click()
    page.get_by_role('button', name='保存').click()
    expect(page.get_by_label('人员管理失效日期')).to_be_visible()
    expect(page.locator('#menu .field-error')).to_contain_text('失效日期早于生效日期')


def test_what_is_asked_names_the_person_not_the_number_of_the_row(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/handlers/')
    row = page.locator('tr', has_text='jingban1')
    name = row.locator('.row-title').inner_text()
    row.get_by_role('button', name='停用').click()
    expect(page.get_by_role('dialog')).to_contain_text(f'确认停用经办人「{name}」？')
    page.get_by_role('dialog').get_by_role('button', name='停用').click()
    expect(page.locator('#messages')).to_contain_text(f'已停用经办人「{name}」')


def test_administration_is_handed_over_in_two_browsers(sign_in: SignIn, browser: Browser, live_server: str) -> None:
    old = sign_in('guanli1')
    old.goto('/handlers/')
    old.locator('tr', has_text='guanli1').get_by_role('link', name='更换管理员').click()
    old.get_by_role('radio', name='朱晨曦').check()
    old.get_by_role('button', name='请其接任').click()
    expect(old.locator('main')).to_contain_text('待本人登录确认')
    new = enter(fresh_page(browser, live_server), 'jingban1')
    new.get_by_role('button', name='确认接任').click()
    expect(new.locator('#messages')).to_contain_text('您已接任单位管理员')
    old.reload()
    expect(old.get_by_role('button', name='登录')).to_be_visible()
    new.context.close()


def command(page: Page, key: str) -> None:
    """Press a key of the review page once its scripts listen; a heading stands there sooner."""
    page.wait_for_load_state()
    page.locator('main').press(key)


def test_a_reviewer_works_the_queue_by_keys(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    problems: list[str] = []
    page.on('pageerror', lambda error: problems.append(str(error)))
    page.goto('/employer_applications/?tab=employer_review')
    names = page.locator('tbody .row-title .cell-main').all_inner_texts()
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    heading = page.get_by_role('heading', level=1)
    expect(heading).to_contain_text(names[0])
    command(page, 'j')
    expect(heading).to_contain_text(names[1])
    command(page, 'k')
    expect(heading).to_contain_text(names[0])
    command(page, '?')
    expect(page.get_by_role('dialog')).to_contain_text('快捷键')
    page.get_by_role('dialog').get_by_role('button', name='关闭').click()

    area = page.get_by_label(re.compile('^单位的综合评价'))
    area.fill(REVIEW['evaluation'][:96])
    expect(page.locator('.counter.short')).to_contain_text('还差 54 字')
    expect(page.locator('#saved')).to_contain_text('已存')
    area.press('j')  # typing is no command
    expect(heading).to_contain_text(names[0])
    page.reload()
    expect(area).to_have_value(re.compile(re.escape(REVIEW['evaluation'][:96])))

    page.locator('#section-materials a[data-look]').nth(1).click()
    expect(page.locator('#file-pane iframe, #file-pane img')).to_be_visible()
    expect(area).to_be_visible()  # the file stands beside the form, not over it
    page.locator('#file-pane').get_by_role('button', name='关闭').click()

    command(page, 'r')
    expect(page.get_by_role('heading', name='单位审核 · 退回')).to_be_visible()
    page.get_by_label(re.compile('^原因')).fill('请修改手机号。')
    page.get_by_role('button', name='对「联系电话」加意见').click()
    expect(page.locator('select[name="remarks.at"]').first).to_have_value('basic..phone')
    page.keyboard.type('请填常用手机号')
    page.get_by_role('button', name='对「户籍」加意见').click()
    page.keyboard.type('写到区')
    expect(page.locator('select[name="remarks.at"]')).to_have_count(2)
    expect(page.locator('#saved')).to_contain_text('已存')
    command(page, 'r')
    expect(page.locator('#messages')).to_contain_text('已退回')
    expect(heading).to_contain_text(names[1])

    command(page, 'l')
    page.keyboard.type('等原件')
    page.keyboard.press('Enter')
    expect(page.locator('#messages')).to_contain_text('已暂缓')
    expect(heading).to_contain_text(names[2])
    page.goto('/employer_applications/?tab=set_aside')
    expect(page.locator('tbody')).to_contain_text(names[1])
    assert problems == []


def published_a_month_ago(app: Flask) -> list[tuple[int, str]]:
    """Key and name of whose first notice at employer 1 is over, so that passing them asks for nothing more."""
    with app.app_context():
        passing.a_month(db.session())
        query = select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        rows = db.session.scalars(query.order_by(Application.entered_at, Application.id)).all()
        begun = now().date() - timedelta(30)
        wordings = {row: f'【{row.applicant_name}】无异议。' for row in rows}
        notices.record(db.session(), Phase.PRE, begun, workdays.last_notice_day(begun, {}), wordings)
        db.session.commit()
        return [(row.id, row.applicant_name) for row in rows]


def test_a_key_that_is_held_decides_once(app: Flask, sign_in: SignIn) -> None:
    rows, page = published_a_month_ago(app), sign_in('guanli1')
    page.goto(f'/employer_applications/act/approve/?id={rows[0][0]}')
    page.locator('main').press('Shift')  # the page is where keys go
    heading = page.get_by_role('heading', level=1)
    page.keyboard.down('a')
    expect(heading).to_contain_text(rows[1][1])
    page.wait_for_load_state()
    for _ in range(5):
        page.keyboard.down('a')  # not let go: the browser calls it a repetition
    page.wait_for_timeout(500)
    expect(heading).to_contain_text(rows[1][1])
    page.keyboard.up('a')
    page.keyboard.press('a')
    expect(heading).to_contain_text(rows[2][1])


def test_enter_in_a_line_neither_decides_nor_leaves_the_page(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/employer_applications/?tab=employer_review')
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    first = page.get_by_role('heading', level=1).inner_text()
    for at, line in (
        ('approve', page.get_by_label(re.compile('^经办人联系电话'))),
        ('approve', page.get_by_label('第 1 行考核年度')),
        ('return', page.locator('input[name="remarks.remark"]').first),
    ):
        if f'/act/{at}/' not in page.url:
            command(page, 'r')
        page.wait_for_load_state()
        line.fill('2025')
        line.press('Enter')
        expect(line).to_have_value('2025')
        expect(page.locator('#saved')).to_contain_text('已存')
        assert f'/act/{at}/' in page.url
        expect(page.get_by_role('heading', level=1)).to_have_text(first)
        expect(page.locator('.problems')).to_have_count(0)


def test_an_opinion_outlives_the_session_in_which_it_was_begun(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/employer_applications/?tab=employer_review')
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    page.wait_for_load_state()
    page.context.clear_cookies()
    area, saved = page.get_by_label(re.compile('^单位的综合评价')), page.locator('#saved')
    area.fill('写到一半。')
    expect(saved).to_contain_text('登录已过期，请在新窗口登录后继续，本页内容未丢失')
    page.get_by_role('button', name='通过').click()
    expect(page.get_by_role('heading', name='您已退出登录')).to_be_visible()
    expect(page.locator('main')).to_contain_text('写到一半。')
    with page.expect_popup() as opened:
        page.get_by_role('link', name='在新窗口登录').click()
    opened.value.get_by_label('用户名').fill('guanli1')
    opened.value.get_by_label('密码').fill('Demo-2026')
    opened.value.get_by_role('button', name='登录').click()
    expect(opened.value.get_by_role('heading', name='首页')).to_be_visible()
    page.get_by_role('button', name='已登录，继续').click()
    expect(area).to_have_value('写到一半。')
    expect(page.locator('.problems').first).to_contain_text('不少于 150 字')
    area.fill('又写了一点。')
    expect(saved).to_contain_text('已存')


def test_a_notice_shows_its_end_and_wording_at_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        passing.waited_since(db.session(), date(2026, 9, 28))
        db.session.commit()
    page = sign_in('guanli1')
    page.goto('/employer_applications/?tab=pre_notice')
    name = page.locator('tbody .row-title .cell-main').first.inner_text()
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    page.get_by_label(re.compile('^公示开始时间')).fill('2026-09-28')
    expect(page.get_by_label(re.compile('^公示结束时间'))).to_have_value('2026-10-09')
    expect(page.locator('main')).to_contain_text('覆盖 5 个工作日，10 月 10 日起可登记结果')
    opinion = page.get_by_label(re.compile('^公示意见'))
    expect(opinion).to_have_value(re.compile(f'^【{name}】同志.*2026年09月28日至2026年10月09日'))
    opinion.fill('改写过的意见')
    page.get_by_label(re.compile('^公示开始时间')).fill('2026-10-12')
    expect(page.get_by_label(re.compile('^公示结束时间'))).to_have_value('2026-10-16')
    expect(opinion).to_have_value('改写过的意见')  # what someone wrote is not written over


def test_a_paper_opened_from_the_form_says_what_was_just_typed(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        passing.waited_since(db.session(), date(2026, 9, 28))
        db.session.commit()
    page = sign_in('guanli1')
    page.goto('/employer_applications/?tab=pre_notice')
    page.locator('tbody tr').first.get_by_role('link', name='审核').click()
    page.get_by_label(re.compile('^公示开始时间')).fill('2026-10-12')
    with page.expect_popup() as opened:
        page.get_by_role('link', name='报表打印').click()
    expect(opened.value.get_by_role('heading', level=1)).to_contain_text('公示情况表')
    assert opened.value.evaluate('opener') is None
    with app.app_context():
        kept = db.session.scalars(select(ReviewDraft)).one().typed
    assert (kept['starts_on'], kept['ends_on']) == (['2026-10-12'], ['2026-10-16'])
    assert '2026年10月12日至2026年10月16日' in kept['opinion'][0]
    page.route('**/draft/**', lambda route: route.abort())
    page.get_by_label(re.compile('^公示意见')).fill('改写过的意见')
    page.get_by_role('link', name='报表打印').click()
    expect(page.locator('#saved')).to_contain_text('未能保存：网络中断')
    expect(page.get_by_label(re.compile('^公示意见'))).to_have_value('改写过的意见')
    page.wait_for_timeout(200)
    assert page.context.pages == [page, opened.value]  # what was not saved is on no paper


def test_the_button_follows_the_period_in_the_form_and_other_days_in_the_words_are_pointed_out(
    app: Flask, sign_in: SignIn
) -> None:
    with app.app_context():
        passing.a_month(db.session())
        db.session.commit()
        today = now().date()
        first = db.session.scalars(
            select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        ).first()
        assert first is not None
        key, began = first.id, today - timedelta(30)
        ended = workdays.last_notice_day(began, workdays.overrides(db.session()))
        notices.record(db.session(), Phase.PRE, began, ended, {first: ''})
        db.session.commit()
    page = sign_in('guanli1')
    page.goto(f'/employer_applications/act/approve/?id={key}')
    begins, ends = page.get_by_label(re.compile('^公示开始时间')), page.get_by_label(re.compile('^公示结束时间'))
    opinion = page.get_by_label(re.compile('^公示意见'))
    button, told = page.locator('#decide [data-allowed]'), page.get_by_text('来自已打印名单')
    expect(button).to_be_enabled()
    expect(told).to_be_visible()
    ends.fill(str(today))
    expect(button).to_be_hidden()
    expect(told).to_be_hidden()
    expect(page.locator('.why-not')).to_contain_text('公示未结束')
    ends.fill(str(ended + timedelta(7)))
    expect(button).to_be_enabled()
    expect(page.locator('#decide')).not_to_contain_text('公示未结束')
    expect(page.get_by_role('button', name='重新生成')).to_be_hidden()
    opinion.fill(opinion.input_value() + '已存档。')
    ends.fill(str(ended + timedelta(8)))
    expect(opinion).to_have_value(re.compile('已存档。$'))
    page.get_by_role('button', name='重新生成').click()
    expect(opinion).to_have_value(re.compile(f'至{ended + timedelta(8):%Y年%m月%d日}.*未收到举报投诉。$'))
    expect(page.get_by_role('button', name='重新生成')).to_be_hidden()
    begins.fill(str(today - timedelta(24)))
    expect(button).to_be_hidden()
    for place in ('.why-not', '#ends_on-hint'):
        expect(page.locator(place)).to_contain_text(f'已公布的公示时间是 {began} 至 {ended}，只能延长')
    expect(page.locator('#saved')).to_contain_text('已存')
    page.reload()
    expect(button).to_be_hidden()
    expect(begins).to_have_value(str(today - timedelta(24)))
    begins.fill(str(began))
    expect(ends).to_have_value(str(ended))
    expect(button).to_be_enabled()
