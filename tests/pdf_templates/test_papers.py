"""The papers: what they say, on how many pages, in which fonts."""

from __future__ import annotations

import cProfile
import io
import re

import pypdf
import pytest

from pdf_templates.engine.renderer import RenderError
from tests.helpers.papers import Print, pages, person, words

LONG_EMPLOYER = '深圳市前海深港现代服务业合作区' * 6 + 'Guangdong-Hong Kong-Macao Greater Bay Area Technology Co., Ltd.'
MARGIN = 50.0  # points, a little less than the narrowest


def test_commitment_says_who_promises_what(commitment: Print) -> None:
    (text,) = pages(commitment())
    for wanted in (
        '广东省深圳市职称申报承诺书',
        '欧阳䶮',
        '11010519491231002X',
        '0032025040300003317',
        '高级工程师',
        '如有不实，本人自愿承担后果。',
        '承诺人（签名）：',
        '打印日期：2025年4月3日',
        '第1页共1页',
    ):
        assert wanted in text


def test_only_a_draft_says_so(commitment: Print) -> None:
    assert '草稿' in pages(commitment(draft=True))[0]
    assert '草稿' not in pages(commitment())[0]


def test_list_says_when_and_to_whom_to_object(notice_list: Print) -> None:
    text = ''.join(pages(notice_list()))
    for wanted in (
        '2025年度推荐申报职称评审人员公示名单',
        '共3人',
        '联系人：李四',
        '联系电话：0755-12345678',
        '邮政编码：518000',
        '深圳市甲研究院（盖章）',
    ):
        assert wanted in text


def test_long_list_repeats_its_heading_and_loses_no_row(notice_list: Print) -> None:
    *full, last = pages(notice_list(120, rows=[person(0, name=f'人{number}号') for number in range(120)]))
    total = len(full) + 1
    assert total > 5
    for number, text in enumerate(full, 1):
        assert '序号姓名性别出生年月学历现职称申报系列申报级别申报资格名称专业申报类型' in text
        assert f'第{number}页共{total}页' in text
    assert re.findall(r'人(\d+)号', ''.join([*full, last])) == [str(number) for number in range(120)]
    assert '联系人' in last
    assert '盖章' in last


def test_empty_list_prints(notice_list: Print) -> None:
    assert '共0人' in pages(notice_list(0))[0]


def test_growth_is_linear(notice_list: Print) -> None:
    """Measured in function calls, which a busy machine does not change."""

    def calls(count: int) -> int:
        profile = cProfile.Profile()
        profile.runcall(notice_list, count)
        return sum(entry.callcount for entry in profile.getstats())

    notice_list(10)
    assert calls(2000) < 5 * calls(500)


@pytest.mark.parametrize('count', [3, 120])
def test_every_font_is_embedded(commitment: Print, notice_list: Print, count: int) -> None:
    for content in (commitment(draft=True), notice_list(count)):
        for page in pypdf.PdfReader(io.BytesIO(content)).pages:
            for font in page['/Resources']['/Font'].values():
                assert '/FontFile2' in font['/FontDescriptor'], font['/BaseFont']


def test_file_names_itself(commitment: Print) -> None:
    reader = pypdf.PdfReader(io.BytesIO(commitment()))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ('承诺书', '职称评审平台')
    assert reader.trailer['/Root']['/Lang'] == 'zh-CN'


def test_same_data_same_bytes(commitment: Print, notice_list: Print) -> None:
    first = commitment()
    assert notice_list(30) == notice_list(30)
    assert commitment() == first


@pytest.mark.parametrize(
    'changes',
    [
        {'employer': LONG_EMPLOYER},
        {'id_number': 'ABCDEFGHIJ' * 6},
        {'clauses': ['https://example.invalid/' + 'a' * 400]},
        {'name': '买买提·阿不都热合曼·吐尔逊江' * 3},
    ],
    ids=['employer', 'id number', 'address', 'name'],
)
def test_long_values_stay_on_the_page_whole(commitment: Print, changes: dict[str, str]) -> None:
    content = commitment(**changes)
    (value,) = changes.values()
    assert ''.join(''.join(value).split()) in ''.join(pages(content))
    assert all(left >= MARGIN and right <= width - MARGIN for left, right, width in words(content))


def test_long_list_cells_stay_in_their_columns(notice_list: Print) -> None:
    row = person(0, speciality='ABCDEFGHIJ' * 6, name='买买提·阿不都热合曼·吐尔逊江')
    found = words(notice_list(rows=[row], employer=LONG_EMPLOYER))
    assert len(found) > 20
    assert all(left >= MARGIN and right <= width - MARGIN for left, right, width in found)


def test_row_higher_than_a_page_is_refused(notice_list: Print) -> None:
    with pytest.raises(RenderError):
        notice_list(rows=[person(0, speciality='专' * 2000)])
