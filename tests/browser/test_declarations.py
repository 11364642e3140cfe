"""Declarations of every kind, filled in from beginning to end in a real Chromium (手册 第二章)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from demo import papers
from models.base import now
from tests.browser.conftest import SignIn
from tests.browser.declaring import (
    EVALUATION,
    PAPER,
    PROJECT,
    Declaration,
    add_row,
    begin,
    declare,
    fill,
    fill_single_sections,
    labelled,
    submit,
)

pytestmark = pytest.mark.browser

OTHER_EMPLOYER = '深圳市南山区人才服务中心'

EXCEPTIONAL = Declaration(
    track='破格申报',
    exceptional_kind='符合职称评价标准破格申报',
    target=('工程技术', '副高级', '高级工程师', '自动化'),
    employer=OTHER_EMPLOYER,
    works=(('project', PROJECT), ('academic', PAPER)),
    exam_ticket=f'{now().year}440300001',
    materials=(2, 3, 5, 8, 13, 14),
)

ASSESSMENT = Declaration(
    track='考核认定',
    target=('工程技术', '助理级', '助理工程师', '计算机软件'),
    evaluation={},
    works=(),
    materials=(2, 3),
)


def test_an_exceptional_declaration_with_an_exam_goes_to_another_employer(sign_in: SignIn) -> None:
    """An exam where the speciality asks for one, a paper, an employer by its roster, the recommendation form."""
    page = sign_in('geren1')
    serial = declare(page, EXCEPTIONAL)
    employer = sign_in('guanli3')
    employer.goto(f'/employer_applications/?tab=employer_review&search={serial}')
    employer.locator('tr', has_text=serial).get_by_role('link', name='查看').first.click()
    for words in ('破格申报', '专业实践能力', '面向产线的自动化调度方法研究', OTHER_EMPLOYER):
        expect(employer.locator('main')).to_contain_text(words)


def test_an_assessment_needs_neither_works_nor_self_evaluation(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    serial = declare(page, ASSESSMENT)
    page.goto(f'/my_applications/?search={serial}')
    page.locator('tr', has_text=serial).get_by_role('link', name='查看').click()
    expect(page.locator('#section-target')).to_contain_text('考核认定')


def test_what_is_wrong_is_told_at_the_field_while_typing(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    begin(page)
    expect(labelled(page, '性别')).not_to_have_value('')  # follows from the identity number
    phone = labelled(page, '联系电话')
    phone.fill('123')
    phone.blur()
    expect(page.locator('#basic-phone-error')).to_contain_text('联系电话格式不正确')
    phone.fill('13800138000')
    phone.blur()
    expect(page.locator('#basic-phone-error')).to_have_count(0)
    household = labelled(page, '户籍')
    household.press_sequentially('南山')
    expect(page.locator('#basic-household-list option')).not_to_have_count(0)
    expect(page.locator('#saved')).to_contain_text('已自动保存')


def test_a_gap_between_two_posts_is_shown_under_the_list(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    begin(page)
    post = {'工作单位': '甲', '工作地点': '深圳', '行政职务': '无', '主要专业技术工作内容': '开发', '证明人': '乙'}
    add_row(page, 'work', {'开始时间': '2012-07-01', '结束时间': '2015-06-30', **post})
    add_row(page, 'work', {'开始时间': '2016-01-01', **post})
    expect(page.locator('#section-work')).to_contain_text('2015-06-30 至 2016-01-01 之间没有工作经历')


def test_a_file_is_put_in_order_with_the_keyboard_and_used_again(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    begin(page)
    row = page.locator('#material-3')
    files = [
        {'name': f'{name}.pdf', 'mimeType': 'application/pdf', 'buffer': papers.scan('证书', name, [])}
        for name in ('毕业证', '学位证')
    ]
    row.locator('input[type=file]').set_input_files(files)  # type: ignore[arg-type]
    expect(row).to_contain_text('已上传：2')
    row.get_by_role('button', name='上移 学位证.pdf').press('Enter')
    expect(page.locator('#material-3 .files li').first).to_contain_text('学位证.pdf')
    page.locator('#material-3').get_by_role('link', name='学位证.pdf').click()
    viewer = page.get_by_role('dialog')
    expect(viewer).to_contain_text('学位证.pdf（1 / 2）')
    viewer.get_by_role('button', name='下一个文件').click()
    expect(viewer).to_contain_text('毕业证.pdf（2 / 2）')
    page.keyboard.press('Escape')
    page.locator('#material-5').get_by_role('link', name='从资料库选用').click()
    page.get_by_role('checkbox', name='选用 毕业证.pdf').check()
    page.get_by_role('button', name='使用所选文件').click()
    expect(page.locator('#material-5')).to_contain_text('毕业证.pdf')


def test_a_returned_declaration_opens_with_the_opinion_and_shows_what_changed(sign_in: SignIn) -> None:
    page = sign_in('geren3')
    page.goto('/my_applications/?tab=todo')
    page.get_by_role('link', name='编辑').first.click()
    expect(page.locator('.notice-warn')).to_contain_text('退回意见')
    page.wait_for_load_state()
    serial = page.locator('.page-note span').nth(1).inner_text()
    fill(page, {'自评认为具备专业技术业绩成果条件': '补充：主持的平台已在三条产线投入使用。'})
    expect(page.locator('#saved')).to_contain_text('已自动保存')
    submit(page)
    employer = sign_in('guanli1')
    employer.goto(f'/employer_applications/?tab=all&search={serial}')
    employer.locator('tr', has_text=serial).get_by_role('link', name='进度').first.click()
    expect(employer.locator('main')).to_contain_text('补充：主持的平台已在三条产线投入使用。')


def test_a_dossier_is_packed_while_one_waits(sign_in: SignIn) -> None:
    page = sign_in('geren3')
    page.goto('/my_applications/?tab=pack')
    page.get_by_role('button', name='打包 PDF').first.click()
    expect(page.get_by_role('link', name='下载')).to_be_visible(timeout=60_000)
    with page.expect_download() as fetched:
        page.get_by_role('link', name='下载').click()
    assert fetched.value.suggested_filename.startswith('申报卷宗-')


def test_an_incomplete_exceptional_declaration_is_led_to_what_it_lacks(sign_in: SignIn) -> None:
    page = sign_in('geren1')
    begin(page)
    fill_single_sections(page, Declaration(track='破格申报', evaluation=EVALUATION))
    page.get_by_role('button', name='提交到单位').first.click()
    page.get_by_role('link', name='破格申报请选择破格申报类型').click()
    expect(labelled(page, '破格申报类型')).to_be_focused()
