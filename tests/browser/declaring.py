"""Filling in a declaration as a person does, by labels, section by section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from demo import papers
from demo.people import person
from models.base import now

GERENI1 = person(0)
BASIC = {
    '证件类型': '居民身份证',
    '民族': '汉族',
    '政治面貌': '群众',
    '参加工作时间': '2012-07-01',
    '户籍': '广东省深圳市南山区',
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
PAPER = {
    '成果类别': '论文',
    '题目（书名）': '面向产线的自动化调度方法研究',
    '期刊名称': '自动化学报',
    '刊号（ISSN/CN）': '0254-4156',
    '收录情况': 'EI',
    '发表（出版、完成）时间': '2023-05-01',
    '作者排名': '1',
    '是否代表作': '是',
}
EVALUATION = {
    '自评认为具备专业技术工作（能力）条件': '具备独立承担较复杂项目的能力。',
    '自评认为具备专业技术业绩成果条件': '主持完成三项省级项目，均已投入使用。',
}


@dataclass(frozen=True)
class Declaration:
    """What is declared. ``materials`` are the places in the table that want a file, besides the photo."""

    track: str = '普通申报'
    exceptional_kind: str = ''
    target: tuple[str, str, str, str] = ('工程技术', '副高级', '高级工程师', '计算机软件')
    employer: str = '深圳市云帆科技有限公司'
    evaluation: Mapping[str, str] = field(default_factory=lambda: EVALUATION)
    works: tuple[tuple[str, Mapping[str, str]], ...] = (('project', PROJECT),)
    exam_ticket: str = ''
    materials: tuple[int, ...] = (2, 3, 5)


def labelled(within: Page | Locator, label: str) -> Locator:
    """A control by its whole label."""
    return within.get_by_label(re.compile(rf'^{re.escape(label)}\*?$')).first


def fill(within: Page | Locator, values: Mapping[str, str]) -> None:
    """Fill in controls by their labels, choosing where there is a choice."""
    for label, value in values.items():
        control = labelled(within, label)
        if control.evaluate('element => element.tagName') == 'SELECT':
            control.select_option(label=value)
        else:
            control.fill(value)


def choose_when_offered(page: Page, label: str, value: str) -> None:
    """Choose what is on offer only after the wider choices were made."""
    control = labelled(page, label)
    expect(control.locator('option', has_text=value).first).to_be_attached()
    control.select_option(label=value)


def add_row(page: Page, section: str, values: Mapping[str, str]) -> None:
    """Add a row of a list section in its pop-up form."""
    page.locator(f'#section-{section}').get_by_role('link', name='新增').click()
    dialog = page.get_by_role('dialog')
    fill(dialog, values)
    rows = page.locator(f'#section-{section} tbody tr')
    before = rows.count()
    dialog.get_by_role('button', name='保存').click()
    expect(rows).to_have_count(before + 1)


def upload(page: Page, material: int, name: str, content: bytes, media_type: str) -> None:
    """Hand in a file for the material at that place of the table."""
    page.wait_for_load_state()
    row = page.locator('.material').nth(material - 1)
    row.locator('input[type=file]').set_input_files({'name': name, 'mimeType': media_type, 'buffer': content})
    if media_type == 'image/jpeg':
        expect(page.get_by_role('dialog')).to_contain_text('符合要求')
        page.get_by_role('button', name='上传这张照片').click()
    expect(page.locator('.material').nth(material - 1)).to_contain_text('已上传：1')


def begin(page: Page) -> str:
    """Open a new draft; answers with its serial."""
    page.get_by_role('link', name='我要申报').first.click()
    page.get_by_role('button', name='开始申报').click()
    page.wait_for_load_state()
    found = re.search(r'\d{19}', page.locator('.page-note').inner_text())
    assert found is not None
    return found.group()


def keep(page: Page) -> None:
    """Save the draft by hand."""
    page.get_by_role('button', name='暂存').first.click()
    expect(page.locator('#messages')).to_contain_text('暂存')


def fill_single_sections(page: Page, wanted: Declaration) -> None:
    """Everything that is asked once."""
    page.get_by_label('本人已阅读并同意').check()
    fill(page, BASIC | {'现从事专业（学科）': '软件工程', '从事本专业或相近专业工作累计（年）': '12'})
    fill(page, {'申报类型': wanted.track})
    if wanted.exceptional_kind:
        fill(page, {'破格申报类型': wanted.exceptional_kind})
    for label, value in zip(('系列', '级别', '名称', '专业'), wanted.target, strict=True):
        choose_when_offered(page, f'评审的资格{label}', value)
    page.get_by_label(re.compile('^本年度是否向')).select_option(label='否')
    page.get_by_label(re.compile('^有无同时或不同时')).fill('无')
    fill(page, wanted.evaluation)
    page.get_by_label('无上述情况').check()
    fill(page, {'报送单位': wanted.employer})
    keep(page)
    if wanted.exam_ticket:
        sit_exam(page, wanted.exam_ticket)


def sit_exam(page: Page, ticket: str) -> None:
    """The exam's section is there now that the speciality asks for it; 获取 fills in the rest."""
    fill(page, {'准考证号': ticket})
    page.locator('#section-exam').get_by_role('button', name='获取').click()
    expect(labelled(page, '考试科目')).not_to_have_value('')
    keep(page)


def fill_lists(page: Page, wanted: Declaration) -> None:
    """Everything that is asked row by row."""
    add_row(page, 'education', EDUCATION)
    add_row(page, 'work', WORK)
    for subject, hours in (('公需', '30'), ('专业', '42'), ('选修', '18')):
        study = {'年度': str(now().year), '科目': subject, '学习内容': f'{subject}科目学习', '学时': hours}
        add_row(page, 'continuing_education', study)
    for section, work in wanted.works:
        add_row(page, section, work)


def hand_in(page: Page, wanted: Declaration) -> None:
    """Every file that is wanted."""
    upload(page, 1, '证件照.jpg', papers.portrait(1), 'image/jpeg')
    for material in wanted.materials:
        content = papers.scan(f'材料 {material}', GERENI1.name, [])
        upload(page, material, f'材料{material}.pdf', content, 'application/pdf')


def submit(page: Page) -> None:
    """Send it to the employer."""
    page.get_by_role('button', name='提交到单位').first.click()
    page.get_by_role('button', name='提交到单位').click()
    expect(page.locator('#messages')).to_contain_text('现处「单位审核」')


def declare(page: Page, wanted: Declaration) -> str:
    """geren1 fills in a whole declaration and submits it; answers with its serial."""
    serial = begin(page)
    page.get_by_role('button', name='提交到单位').first.click()
    expect(page.locator('#problems')).to_contain_text('处需要补充')
    fill_single_sections(page, wanted)
    fill_lists(page, wanted)
    hand_in(page, wanted)
    submit(page)
    return serial
