"""The main job (手册 §1.2): one declaration walks through all thirteen steps, every role at its own screen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from demo import papers
from models import db
from models.base import now
from rules import workdays
from tests.browser.conftest import SignIn
from tests.browser.declaring import GERENI1, Declaration, declare
from tests.helpers import passing
from tests.helpers.opinions import REVIEW

pytestmark = pytest.mark.browser


def act(page: Page, path: str, serial: str, action: str, **answers: str) -> None:
    """Open the row of the serial in a work list and do one action."""
    page.goto(f'{path}&search={serial}')
    page.locator('tr', has_text=serial).get_by_role('link', name=action, exact=True).first.click()
    for name, value in answers.items():
        page.locator(f'[name={name}]').fill(value)
    page.get_by_role('button', name=action, exact=True).click()
    expect(page.locator('#messages')).to_contain_text('已' + action)


def sign(page: Page, serial: str, path: str) -> None:
    """Open the review page of the serial and hand in the signed paper of its stage."""
    page.goto(f'{path}&search={serial}')
    page.locator('tr', has_text=serial).get_by_role('link', name='审核', exact=True).click()
    page.wait_for_load_state()
    content = papers.scan('签章件', '云帆科技', ['已盖章'])
    page.locator('.handed input[type=file]').set_input_files(
        {'name': '签章件.pdf', 'mimeType': 'application/pdf', 'buffer': content}
    )
    expect(page.locator('.handed a[data-look]')).to_have_text('签章件.pdf')


def check(page: Page, serial: str) -> None:
    """The employer checks the declaration and says what 手册 §3.2.2 asks for."""
    sign(page, serial, '/employer_applications/?tab=employer_review')
    for name in ('handler_name', 'handler_phone', 'training_opinion', 'negative_opinion', 'evaluation'):
        page.locator(f'[name={name}]').fill(REVIEW[name])
    for number, row in enumerate(REVIEW['assessments']):
        if number:
            page.get_by_role('button', name='＋ 新增').click()
        page.locator('[name="assessments.year"]').nth(number).fill(str(row['year']))
        page.locator('[name="assessments.result"]').nth(number).select_option(row['result'])
    page.locator('[name=exam_instead]').select_option(label='否')
    page.get_by_role('button', name='通过', exact=False).first.click()
    expect(page.locator('#messages')).to_contain_text(f'{serial}：已通过')


def in_bulk(page: Page, path: str, serial: str, action: str, **answers: str) -> None:
    """Tick the row of the serial and do an action in its two beats."""
    page.goto(f'{path}&search={serial}')
    page.locator('tr', has_text=serial).get_by_role('checkbox').check()
    page.get_by_role('button', name=action, exact=True).click()
    expect(page.locator('.page-note')).to_contain_text('1 项可办')
    for name, value in answers.items():
        page.locator(f'[name={name}]').fill(value)
    page.get_by_role('button', name=re.compile(f'对 1 项{action}')).click()
    expect(page.locator('.page-note')).to_contain_text(f'已{action} 1 项')


def period() -> dict[str, str]:
    """A notice that ended yesterday at the latest and covers five working days."""
    starts_on = now().date() - timedelta(30)
    return {'starts_on': starts_on.isoformat(), 'ends_on': workdays.last_notice_day(starts_on, {}).isoformat()}


def pay(page: Page, serial: str) -> None:
    """Pay at the gateway's cashier; only its notice moves the declaration."""
    page.goto(f'/my_applications/?search={serial}')
    page.locator('tr', has_text=serial).get_by_role('link', name='支付').click()
    expect(page.locator('.pay')).to_contain_text('580.00')
    with page.expect_popup() as opened:
        page.get_by_role('link', name='支付', exact=True).click()
    cashier = opened.value
    cashier.get_by_role('button', name='确认支付').click()
    expect(cashier.locator('main')).to_contain_text('平台已收到缴费通知')
    cashier.close()
    page.reload()
    expect(page.locator('.pay')).to_contain_text('已缴费')


def review(sign_in: SignIn, serial: str) -> None:
    """The office calls a session, three experts vote, the session is closed."""
    page = sign_in('bangong1')
    page.goto('/sessions/new/')
    page.get_by_label('会议名称').fill('补充评审会议')
    page.get_by_label('会议日期').fill(now().date().isoformat())
    page.get_by_label('会议地点').fill('市民中心')
    page.get_by_role('button', name='保存').first.click()
    for expert in range(3):
        page.get_by_label(re.compile('列入名单$')).nth(expert).check()
        page.get_by_label(re.compile('到会$')).nth(expert).check()
    page.get_by_role('button', name='保存专家名单').click()
    expect(page.locator('#messages')).to_contain_text('已保存专家名单，共 3 位')
    page.get_by_role('button', name='列入会议').click()
    expect(page.locator('#messages')).to_contain_text('已列入')
    meeting = page.url
    page.get_by_role('button', name='开始表决').click()
    page.get_by_role('dialog').get_by_role('button', name='开始表决').click()
    expect(page.locator('#messages')).to_contain_text('表决已开始')
    for expert in range(1, 4):
        vote_on_everything(sign_in(f'zhuanjia{expert}'))
    page = sign_in('bangong1')
    page.goto(meeting)
    page.get_by_role('button', name='结束会议').click()
    page.get_by_role('dialog').get_by_role('button', name='结束会议').click()
    expect(page.locator('#messages')).to_contain_text('会议已结束，通过')


def vote_on_everything(page: Page) -> None:
    """An expert votes for all that waits, one after another."""
    page.goto('/ballots/?tab=waiting')
    while page.get_by_role('link', name='评审', exact=True).count():
        page.get_by_role('link', name='评审', exact=True).first.click()
        page.get_by_label(re.compile('^表决')).select_option(label='同意')
        page.get_by_role('button', name='提交表决').click()
        page.goto('/ballots/?tab=waiting')


def a_month_passes(app: Flask) -> None:
    """The time that a public notice takes."""
    with app.app_context():
        passing.a_month(db.session())
        db.session.commit()


def test_one_declaration_goes_from_sign_in_to_certificate(app: Flask, sign_in: SignIn) -> None:
    page = sign_in('geren1')
    serial = declare(page, Declaration())

    check(sign_in('jingban1'), serial)
    a_month_passes(app)
    sign(page, serial, '/employer_applications/?tab=pre_notice')
    in_bulk(page, '/employer_applications/?tab=pre_notice', serial, '通过', **period())

    office = sign_in('bangong1')
    act(office, '/office_applications/?tab=office_review', serial, '通过', opinion='符合申报条件。')
    act(office, '/office_applications/?tab=fee_confirmation', serial, '确认发起缴费')

    pay(sign_in('geren1'), serial)
    review(sign_in, serial)

    act(sign_in('bangong1'), '/office_applications/?tab=notice_launch', serial, '发起评后公示')
    a_month_passes(app)
    page = sign_in('guanli1')
    sign(page, serial, '/employer_applications/?tab=post_notice')
    for name, value in period().items():
        page.locator(f'[name={name}]').fill(value)
    page.get_by_role('button', name='通过', exact=False).first.click()
    expect(page.locator('#messages')).to_contain_text(f'{serial}：已通过')
    office = sign_in('bangong1')
    act(office, '/office_applications/?tab=office_confirmation', serial, '通过')
    in_bulk(office, '/office_applications/?tab=batching', serial, '生成批件并报送')

    bureau = sign_in('rensheju1')
    for stage, action in (
        ('acceptance', '受理'),
        ('examination', '审核通过'),
        ('approval', '审批通过'),
        ('certification', '制证'),
    ):
        in_bulk(bureau, f'/bureau_applications/?tab={stage}', serial, action)
    bureau.goto(f'/certificates/?search={GERENI1.name}')
    expect(bureau.locator('table.list')).to_contain_text(re.compile(r'\d{15}'))

    page = sign_in('geren1')
    page.goto(f'/my_applications/?tab=done&search={serial}')
    expect(page.locator('tr', has_text=serial)).to_contain_text('办结 · 通过')
    page.get_by_role('link', name='进度').click()
    expect(page.locator('.timeline > li')).to_have_count(15)
