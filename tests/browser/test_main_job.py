"""The main job (手册 §1.2): one declaration walks through all thirteen steps, every role at its own screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from demo import papers
from demo.people import person
from rules import workdays

pytestmark = pytest.mark.browser

SignIn = Callable[[str], Page]
GERENI1 = person(0)
BASIC = {
    '性别': GERENI1.sex,
    '证件类型': '居民身份证',
    '民族': '汉族',
    '政治面貌': '群众',
}
EDUCATION = {
    '学历证书编号': '105611999605123456',
    '毕业学校': '华南理工大学',
    '入学时间': '2008-09-01',
    '毕业时间': '2012-06-30',
    '学历层次': '大学本科',
    '专业名称': '软件工程',
    '学习形式': '全日制',
    '学历取得地区': '大陆',
    '学位名称': '学士',
    '是否以该学历申请职称评审': '是',
}
WORK = {
    '开始时间': '2012-07-01',
    '工作单位': '深圳市云帆科技有限公司',
    '工作地点': '广东省深圳市',
    '行政职务': '项目经理',
    '主要专业技术工作内容': '负责嵌入式软件的设计、开发和测试。',
    '证明人': '王芳',
}

PROJECT = {
    '业绩类别': '专业技术工作项目',
    '项目名称': '工业控制平台研发',
    '项目级别': '企业级',
    '项目角色': '主持',
    '开始时间': '2022-01-01',
    '结束时间': '2023-12-31',
    '项目完成状态': '已完成',
    '是否代表作': '是',
    '项目简介': '主持平台的总体设计，按期通过验收。',
}


def fill(page: Page, values: dict[str, str]) -> None:
    """Fill in controls by their labels, choosing where there is a choice."""
    for label, value in values.items():
        control = page.get_by_label(re.compile(rf'^{re.escape(label)}\*?$')).first
        if control.evaluate('element => element.tagName') == 'SELECT':
            control.select_option(label=value)
        else:
            control.fill(value)


def add_row(page: Page, section: str, values: dict[str, str]) -> None:
    """Add a row of a list section in its pop-up form."""
    page.locator(f'#section-{section}').get_by_role('link', name='新增').click()
    dialog = page.get_by_role('dialog')
    for label, value in values.items():
        control = dialog.get_by_label(re.compile(rf'^{re.escape(label)}\*?$'))
        if control.evaluate('element => element.tagName') == 'SELECT':
            control.select_option(label=value)
        else:
            control.fill(value)
    rows = page.locator(f'#section-{section} tbody tr')
    before = rows.count()
    dialog.get_by_role('button', name='保存').click()
    expect(rows).to_have_count(before + 1)


def upload(page: Page, material: int, name: str, content: bytes, media_type: str) -> None:
    """Hand in a file for the material at that place of the table."""
    row = page.locator('.material').nth(material - 1)
    row.locator('input[type=file]').set_input_files({'name': name, 'mimeType': media_type, 'buffer': content})
    if media_type == 'image/jpeg':
        expect(page.get_by_role('dialog')).to_contain_text('符合要求')
        page.get_by_role('button', name='上传这张照片').click()
    expect(page.locator('.material').nth(material - 1)).to_contain_text('已上传：1')


def declare(page: Page) -> str:
    """geren1 fills in a whole declaration and submits it; answers with its serial."""
    page.get_by_role('link', name='我要申报').first.click()
    page.get_by_role('button', name='开始申报').click()
    serial = page.locator('.page-note').inner_text()
    found = re.search(r'\d{19}', serial)
    assert found is not None
    page.get_by_role('button', name='提交到单位').first.click()
    expect(page.locator('#problems')).to_contain_text('处需要补充')
    page.get_by_label('本人已阅读并同意').check()
    fill(
        page,
        BASIC | {'出生日期': GERENI1.born_on.isoformat(), '参加工作时间': '2012-07-01', '户籍': '广东省深圳市南山区'},
    )
    fill(page, {'现从事专业（学科）': '软件工程', '从事本专业或相近专业工作累计（年）': '12'})
    for label, value in (('申报类型', '普通申报'), ('系列', '工程技术'), ('级别', '副高级'), ('名称', '高级工程师')):
        control = page.get_by_label(re.compile(rf'^(评审的资格)?{label}\*?$'))
        expect(control.locator('option', has_text=value).first).to_be_attached()
        control.select_option(label=value)
    speciality = page.get_by_label(re.compile(r'^评审的资格专业\*?$'))
    expect(speciality.locator('option', has_text='计算机软件')).to_be_attached()
    speciality.select_option(label='计算机软件')
    page.get_by_label(re.compile('^本年度是否向')).select_option(label='否')
    page.get_by_label(re.compile('^有无同时或不同时')).fill('无')
    page.get_by_label('自评认为具备专业技术工作（能力）条件').fill('具备独立承担较复杂软件项目的能力。')
    page.get_by_label('自评认为具备专业技术业绩成果条件').fill('主持完成三项省级项目，均已投入使用。')
    page.get_by_label('无上述情况').check()
    page.get_by_label(re.compile(r'^报送单位\*?$')).select_option(label='深圳市云帆科技有限公司')
    page.get_by_role('button', name='暂存').first.click()
    expect(page.locator('#messages')).to_contain_text('暂存')
    add_row(page, 'education', EDUCATION)
    add_row(page, 'work', WORK)
    for subject, hours in (('公需', '30'), ('专业', '42'), ('选修', '18')):
        study = {'年度': str(date.today().year), '科目': subject, '学习内容': f'{subject}科目学习', '学时': hours}
        add_row(page, 'continuing_education', study)
    add_row(page, 'project', PROJECT)
    upload(page, 1, '证件照.jpg', papers.portrait(1), 'image/jpeg')
    upload(page, 2, '承诺书.pdf', papers.scan('承诺书', GERENI1.name, []), 'application/pdf')
    upload(page, 5, '项目.pdf', papers.scan('验收报告', GERENI1.name, []), 'application/pdf')
    upload(page, 3, '学历.pdf', papers.scan('毕业证书', GERENI1.name, []), 'application/pdf')
    page.get_by_role('button', name='提交到单位').first.click()
    page.get_by_role('button', name='提交到单位').click()
    expect(page.locator('#messages')).to_contain_text('现处「单位审核」')
    return found.group()


def act(page: Page, path: str, serial: str, action: str, **answers: str) -> None:
    """Open the row of the serial in a work list and do one action."""
    page.goto(f'{path}&search={serial}')
    page.locator('tr', has_text=serial).get_by_role('link', name=action, exact=True).first.click()
    for name, value in answers.items():
        page.locator(f'[name={name}]').fill(value)
    page.get_by_role('button', name=action, exact=True).click()
    expect(page.locator('#messages')).to_contain_text('已' + action)


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
    starts_on = date.today() - timedelta(30)
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
    page.get_by_label('会议日期').fill(date.today().isoformat())
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


def test_one_declaration_goes_from_sign_in_to_certificate(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    serial = declare(page)

    act(sign_in('jingban1'), '/employer_applications/?tab=employer_review', serial, '通过', opinion='材料与原件一致。')
    in_bulk(page, '/employer_applications/?tab=pre_notice', serial, '通过', **period())

    office = sign_in('bangong1')
    act(office, '/office_applications/?tab=office_review', serial, '通过', opinion='符合申报条件。')
    act(office, '/office_applications/?tab=fee_confirmation', serial, '确认发起缴费')

    pay(sign_in('geren1'), serial)
    review(sign_in, serial)

    act(sign_in('bangong1'), '/office_applications/?tab=notice_launch', serial, '发起评后公示')
    act(sign_in('guanli1'), '/employer_applications/?tab=post_notice', serial, '通过', **period())
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
