"""获取 and imports at the screen: what is filled in is told and can be undone; a table goes in row by row."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models import db
from models.account import Account
from models.registry import InsuranceRecord
from tests.browser.conftest import SignIn

pytestmark = pytest.mark.browser

NUMBER = '105611999605123456'


def draft(sign_in: SignIn) -> Page:
    """A new draft of geren1, opened."""
    page = sign_in('geren1')
    page.goto('/my_applications/new/')
    page.locator('main form button').first.click()
    page.wait_for_url('**/edit/**')
    return page


def test_a_certificate_is_fetched_by_keyboard_and_what_stood_there_comes_back(sign_in: SignIn) -> None:
    page = draft(sign_in)
    page.locator('#section-education').get_by_role('link', name='新增').click()
    dialog = page.get_by_role('dialog')
    dialog.locator('#school').fill('深圳大学')
    dialog.locator('#certificate_number').fill(NUMBER)
    page.keyboard.press('Tab')
    page.keyboard.press('Enter')
    said = dialog.locator('.fetch-said').first
    expect(said).to_contain_text('已从学历证书库获取，请核对。已替换：毕业学校（原为“深圳大学”）')
    expect(dialog.locator('#school')).to_have_value('华南理工大学')
    expect(dialog.locator('#schooling')).to_have_value('大学本科')
    expect(dialog.locator('#entered_on')).to_have_value('2008-09-01')
    said.get_by_role('button', name='恢复原来填写的内容').click()
    expect(dialog.locator('#school')).to_have_value('深圳大学')
    dialog.locator('#certificate_number').fill('000')
    dialog.get_by_role('button', name='按学历证书编号获取').click()
    expect(said).to_contain_text('没有查到')
    expect(dialog.locator('#school')).to_have_value('深圳大学')


def test_an_unreachable_registry_is_said_in_the_form(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, 'EDUCATION_URL', 'http://127.0.0.1:9/')
    page = draft(sign_in)
    page.locator('#section-education').get_by_role('link', name='新增').click()
    dialog = page.get_by_role('dialog')
    dialog.locator('#certificate_number').fill(NUMBER)
    dialog.get_by_role('button', name='按学历证书编号获取').click()
    expect(dialog.locator('.fetch-said').first).to_contain_text('暂时无法查询，请先手工填写')
    dialog.locator('#school').fill('深圳大学')
    expect(dialog.locator('#school')).to_be_editable()


def test_the_insured_employer_is_renewed_without_losing_what_was_typed(app: Flask, sign_in: SignIn) -> None:
    page = draft(sign_in)
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren1')).one()
        row = db.session.scalars(select(InsuranceRecord).where(InsuranceRecord.id_number == me.id_number)).one()
        row.employer = '深圳市新单位有限公司'
        db.session.commit()
    page.locator('#basic-email').fill('a@example.com')
    page.get_by_role('button', name='获取现参保单位').click()
    expect(page.locator('#section-basic .fetch-said')).to_contain_text(
        '已更新：现参保单位（原为“深圳市云帆科技有限公司”）'
    )
    expect(page.locator('#basic-insured_employer')).to_have_value('深圳市新单位有限公司')
    page.locator('#basic-email').fill('b@example.com')  # saving goes on under the new version
    expect(page.locator('#saved')).to_contain_text('已自动保存')
    page.reload()
    expect(page.locator('#basic-email')).to_have_value('b@example.com')


DROP_TWO = """place => {
  const dataTransfer = new DataTransfer();
  for (const name of ['a.csv', 'b.csv']) dataTransfer.items.add(new File(['x'], name));
  document.querySelector(place).dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_a_roster_goes_in_row_by_row(sign_in: SignIn) -> None:
    page = sign_in('guanli1')
    page.goto('/roster/')
    page.get_by_role('link', name='导入人员').click()
    table = '姓名,证件类型,证件号码\n陈思远,居民身份证,44010619870312773X\n李娜,护照,?\n'
    file = {'name': '名单.csv', 'mimeType': 'text/csv', 'buffer': table.encode('gbk')}
    page.wait_for_load_state()
    page.evaluate(DROP_TWO, '.drop')
    expect(page.locator('[data-file-name]')).to_have_text('一次只能导入一个文件，请逐个上传')
    assert page.get_by_label('选择要导入的文件').evaluate('input => input.files.length') == 0
    page.get_by_label('选择要导入的文件').set_input_files(file)  # type: ignore[arg-type]
    expect(page.locator('[data-file-name]')).to_contain_text('名单.csv（1 KB）')
    page.get_by_role('button', name='上传并核对').click()
    expect(page.get_by_text('护照号码格式不正确')).to_be_visible()
    expect(page.get_by_role('link', name='全部导入')).to_be_visible()  # disabled, and says why
    page.get_by_role('button', name='导入可导入的 1 行').click()
    expect(page.get_by_text('「名单.csv」已导入：新增 1 行，未导入 1 行')).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role('link', name='下载有误的 1 行').click()
    assert download.value.suggested_filename == '人员管理-有误的行.xlsx'
    page.get_by_role('link', name='查看人员管理').click()
    expect(page.get_by_text('陈思远')).to_be_visible()
    page.get_by_role('button', name='删除').click()
    page.get_by_role('dialog').get_by_role('button', name='删除').click()
    expect(page.get_by_text('已删除人员「陈思远」')).to_be_visible()
