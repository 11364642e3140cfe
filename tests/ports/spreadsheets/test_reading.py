"""Uploaded tables: what is read out of real workbooks and CSV files, and what is refused in which words."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from models.employer import RosterEntry
from models.fields import fields_of
from models.registry import EducationRecord
from ports.spreadsheets import reading, writing, xlsx
from ports.spreadsheets.reading import LARGEST_FILE, MOST_ROWS, SheetError, read_sheet
from tests.helpers.workbooks import HEADS, ONE, TWO, workbook

ROSTER = [fields_of(RosterEntry)[name] for name in ('name', 'id_type', 'id_number')]

DATA = Path(__file__).parents[2] / 'data'


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **added: bytes) -> bytes:
    """The same package with its parts changed, left out (None) or added (the name's __ is a slash)."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in added.items():
            new.writestr(name.replace('__', '/') + '.bin', part)
    return file.getvalue()


def texts(content: bytes) -> list[list[str]]:
    """The texts of every row."""
    return [list(row.texts.values()) for row in read_sheet(content, ROSTER).rows]


def refusal(content: bytes) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(SheetError) as refused:
        read_sheet(content, ROSTER)
    return str(refused.value)


def test_a_workbook_is_read_by_its_headings() -> None:
    sheet = read_sheet(
        workbook(['备注', '证件号码*', ' 姓名 ', '证件类型', None], ['x', ONE[2], ' 陈思远', ONE[1]]), ROSTER
    )
    assert [row.texts for row in sheet.rows] == [{'name': '陈思远', 'id_type': ONE[1], 'id_number': ONE[2]}]
    assert sheet.ignored == ['备注']
    assert sheet.rows[0].problems == {}


def test_rows_keep_their_number_and_blank_ones_are_skipped() -> None:
    content = workbook([], HEADS, [None, '', '  '], ONE, [], ['张三', '护照', 'E12345678'])
    assert [row.number for row in read_sheet(content, ROSTER).rows] == [4, 6]


@pytest.mark.parametrize('name', ['libreoffice.xlsx', 'libreoffice.csv', 'libreoffice-gbk.csv'])
def test_what_libreoffice_writes_is_read(name: str) -> None:
    content = (DATA / name).read_bytes()
    assert texts(content) == [ONE, ['欧阳建国', '港澳居民来往内地通行证', 'H12345678'], ['李娜', '护照', 'E12345678']]


def test_days_and_long_numbers_of_libreoffice_are_read() -> None:
    fields = list(fields_of(EducationRecord).values())
    rows = [row.texts for row in read_sheet((DATA / 'libreoffice-schooling.xlsx').read_bytes(), fields).rows]
    assert [(row['entered_on'], row['left_on']) for row in rows] == [
        ('2008-09-01', '2012-06-30'),
        ('2015-09-01', '2019-06-30'),
    ]
    assert [row['certificate_number'] for row in rows] == ['105611201205000001', '007']


@pytest.mark.parametrize('ending', ['\n', '\r\n', '\r'])
def test_the_headings_alone_tell_what_parts_a_csv_file(ending: str) -> None:
    lines = ['姓名,证件类型,证件号码', '甲;乙;丙;丁;戊,护照,E1234567']
    assert texts(ending.join(lines).encode()) == [lines[1].split(',')]


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'gbk', 'gb18030'])
@pytest.mark.parametrize('delimiter', [',', '\t', ';'])
def test_csv_is_read_whatever_wrote_it(encoding: str, delimiter: str) -> None:
    lines = [HEADS, ONE, ['"王""小"" 明"', '护照', 'Ｅ１２３４５６７８']]
    content = '\r\n'.join(delimiter.join(line) for line in lines).encode(encoding)
    assert texts(content) == [ONE, ['王"小" 明', '护照', 'E12345678']]


def test_headings_may_be_spaced_and_blank_lines_stand_above() -> None:
    heads = ['姓 名', '证件\u3000类型*', ' 证件号码 ']
    assert texts(workbook([], heads, ONE)) == [ONE]
    assert texts('\n'.join(['', '', '\t'.join(heads), '\t'.join(ONE)]).encode()) == [ONE]


def test_a_rare_name_survives_gb18030() -> None:
    assert texts('\n'.join([','.join(HEADS), f'王䶮,{ONE[1]},{ONE[2]}']).encode('gb18030'))[0][0] == '王䶮'


@pytest.mark.parametrize(
    ('value', 'shown'),
    [
        (datetime(2008, 9, 1), '2008-09-01'),
        (date(2008, 9, 1), '2008-09-01'),
        (13800138000, '13800138000'),
        (12.0, '12'),
        (1.5, '1.5'),
        (True, '是'),
        ('　全角　', '全角'),
        ("'引号", "'引号"),
        ('陈\u200b思远\n', '陈思远'),
    ],
)
def test_a_cell_becomes_text(value: object, shown: str) -> None:
    assert texts(workbook(HEADS, [value, ONE[1], ONE[2]]))[0][0] == shown


@pytest.mark.parametrize(
    ('value', 'problem'),
    [
        (440106198703127730, '已被舍入'),
        (4.40106198703128e17, '已被舍入'),
        ('4.40106E+17', '科学计数法'),
        ('#REF!', '错误值 #REF!'),
        ('长' * 2001, '内容过长（2001 字）'),
    ],
)
def test_what_is_wrong_with_a_cell_is_told_beside_it(value: object, problem: str) -> None:
    row = read_sheet(workbook(HEADS, ['陈思远', ONE[1], value], ONE), ROSTER).rows[0]
    assert problem in row.problems['id_number']
    assert row.texts['name'] == '陈思远'


@pytest.mark.parametrize('formula', ['=1+1', '=cmd|" /C calc"!A0', '=HYPERLINK("http://x")'])
def test_formulas_are_refused_with_their_place(formula: str) -> None:
    sentence = '第 3 行“证件号码”（C 列）是公式或以“=”开头'
    assert sentence in refusal(workbook(HEADS, ONE, ['张三', '护照', formula]))
    line = ','.join('"' + cell.replace('"', '""') + '"' for cell in ('张三', '护照', formula))
    assert sentence in refusal('\n'.join([','.join(HEADS), ','.join(ONE), line]).encode())


def test_merged_cells_are_refused_with_their_place() -> None:
    content = workbook(HEADS, ONE, ['张三', '', ''], change=lambda book: book.active.merge_cells('A3:B4'))
    assert '有合并单元格（A3:B4）' in refusal(content)


def test_a_sheet_that_is_not_read_may_be_merged_no_more_than_the_first() -> None:
    def second(book: Any) -> None:
        book.create_sheet('说明').merge_cells('A1:B1')

    assert '有合并单元格' in refusal(workbook(HEADS, ONE, change=second))


def test_macros_are_refused() -> None:
    content = repacked(workbook(HEADS, ONE), lambda _name, part: part, xl__vbaProject=b'\0' * 100)
    assert '工作簿含有宏' in refusal(content)


def test_a_zip_bomb_is_refused_unopened() -> None:
    content = repacked(workbook(HEADS, ONE), lambda _name, part: part, xl__media__big=b'\0' * (41 * 2**20))
    assert len(content) < 100_000
    assert '解压后过大' in refusal(content)


def test_a_package_of_very_many_parts_is_refused() -> None:
    content = repacked(workbook(HEADS, ONE), lambda _name, part: part, **{f'p{n}': b'' for n in range(600)})
    assert '解压后过大' in refusal(content)


def test_a_workbook_of_very_many_tags_is_refused() -> None:
    def swell(name: str, part: bytes) -> bytes:
        return part.replace(b'</sheetData>', b'<row/>' * 2_600_000 + b'</sheetData>') if 'sheet1' in name else part

    assert '解压后过大' in refusal(repacked(workbook(HEADS, ONE), swell))


LONG = b'y' * 70_000


@pytest.mark.parametrize(
    'planted',
    [
        b'<!--' + LONG + b'-->',
        b'<!-- > -->',
        b'<?php ' + LONG + b'?>',
        b'<row x="' + LONG + b'"/>',
        b'<row x="' + b'yyy>' * 20_000 + b'"/>',
    ],
)
def test_markup_that_no_spreadsheet_writes_is_refused(planted: bytes) -> None:
    """A reader that meets it goes over it again and again."""

    def plant(name: str, part: bytes) -> bytes:
        return part.replace(b'</sheetData>', planted + b'</sheetData>') if 'sheet1' in name else part

    assert '不允许的内容' in refusal(repacked(workbook(HEADS, ONE), plant))


def test_an_encoding_that_hides_markup_is_refused() -> None:
    def hide(name: str, part: bytes) -> bytes:
        head, body = b'<?xml version="1.0" encoding="cp037"?>', part.decode()
        return head + body.encode('cp037') if 'sheet1' in name else part

    assert '不允许的内容' in refusal(repacked(workbook(HEADS, ONE), hide))


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16'])
def test_entities_that_unfold_are_refused(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    def plant(name: str, part: bytes) -> bytes:
        return (bomb + part.decode()).encode(encoding) if name == 'xl/worksheets/sheet1.xml' else part

    assert '不允许的内容' in refusal(repacked(workbook(HEADS, ONE), plant))


def test_a_lying_dimension_hides_no_row() -> None:
    def lie(name: str, part: bytes) -> bytes:
        return part.replace(b'ref="A1:C3"', b'ref="A1:A1"') if name == 'xl/worksheets/sheet1.xml' else part

    content = repacked(workbook(HEADS, ONE, ['张三', '护照', 'E12345678']), lie)
    assert len(read_sheet(content, ROSTER).rows) == 2


def test_a_row_beyond_every_spreadsheet_is_refused() -> None:
    def far(name: str, part: bytes) -> bytes:
        return re.sub(rb'r="([A-C]?)2"', rb'r="\g<1>9999999"', part) if name == 'xl/worksheets/sheet1.xml' else part

    assert '行号超过 1048576' in refusal(repacked(workbook(HEADS, ONE), far))


def test_a_million_rows_are_refused() -> None:
    line = ','.join(ONE) + '\n'
    assert '文件超过' in refusal((','.join(HEADS) + '\n' + line * 10**6).encode())
    assert f'数据超过 {MOST_ROWS} 行' in refusal((','.join(HEADS) + '\n' + 'a,b,c\n' * 10**6).encode())


def test_many_rows_of_a_workbook_are_refused() -> None:
    assert f'数据超过 {MOST_ROWS} 行' in refusal(workbook(HEADS, *[ONE] * (MOST_ROWS + 1)))


def with_rows(markup: bytes) -> bytes:
    """A workbook with one person, and this markup behind."""

    def plant(name: str, part: bytes) -> bytes:
        return part.replace(b'</sheetData>', markup + b'</sheetData>') if 'sheet1' in name else part

    return repacked(workbook(HEADS, ONE), plant)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every cell that is kept of a workbook, and every one whose text is looked at, of whatever file."""
    seen: list[object] = []
    keep, look = xlsx.XlsxCell, reading._text
    monkeypatch.setattr(xlsx, 'XlsxCell', lambda *parts: seen.append(parts) or keep(*parts))
    monkeypatch.setattr(reading, '_text', lambda text: seen.append(text) or look(text))
    return seen


@pytest.mark.parametrize(
    'markup',
    [
        b'<row/>' * 100_000,
        b'<row r="3" s="1" customFormat="1"/>' * 100_000,
        (b'<row>' + b'<c/>' * 57 + b'</row>') * 2_000,
        (b'<row r="9">' + b'<c r="A9" s="1"/><c r="B9" s="1"/><c r="C9"></c>' + b'</row>') * 10_000,
        (b'<row r="9">' + b'<c r="BI9"><v>1</v></c>' * 9 + b'</row>') * 10_000,
    ],
)
def test_what_is_empty_or_far_off_in_a_workbook_is_passed_over(looked_at: list[object], markup: bytes) -> None:
    assert texts(with_rows(markup)) == [ONE]
    assert len([each for each in looked_at if isinstance(each, str)]) == 6


def test_rows_that_are_missing_are_not_counted_through(looked_at: list[object]) -> None:
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert [row.number for row in read_sheet(with_rows(far), ROSTER).rows] == [2, 1_048_576]
    assert len(set(looked_at)) == 14  # seven cells, each kept and looked at


def test_what_is_empty_in_a_csv_file_is_passed_over(looked_at: list[object]) -> None:
    padded = [','.join(HEADS), *[',,,,'] * 10_000, ','.join(ONE), *[',,,,'] * 1_100_000]
    assert [row.number for row in read_sheet('\n'.join(padded).encode(), ROSTER).rows] == [10_002]
    assert len(looked_at) == 6


def test_a_csv_file_of_empty_rows_has_an_end() -> None:
    lines = [','.join(HEADS), *['""'] * 1_100_000, ','.join(ONE)]
    assert '行号超过 1048576，请删去多余的空行' in refusal('\n'.join(lines).encode())


def test_a_column_without_a_known_heading_is_not_looked_at(looked_at: list[object]) -> None:
    rows = [HEADS + ['备注'] * 50, *[ONE + ['x'] * 50] * 100]
    assert len(texts('\n'.join(map(','.join, rows)).encode())) == 100
    assert len(looked_at) == 53 + 300


def test_a_formula_in_a_column_that_is_not_read_is_none_of_our_business() -> None:
    shared = b'<c r="E3"><f t="shared" si="0" ref="E3:E9">' + b'A1+' * 9_000 + b'A1</f><v>1</v></c>'
    more = b''.join(b'<row r="%d"><c r="E%d"><f t="shared" si="0"/></c></row>' % (n, n) for n in range(4, 9_000))
    assert texts(with_rows(b'<row r="3">' + shared + b'</row>' + more)) == [ONE]


def test_a_text_that_many_cells_share_is_measured_before_it_is_looked_at() -> None:
    piece = b'<r><t>' + b'x' * 60_000 + b'</t></r>'
    cells = b''.join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(3, 5_000))
    rows = read_sheet(with_shared(with_rows(cells), b'<si>' + piece * 50 + b'</si>'), ROSTER).rows
    assert {row.problems.get('name') for row in rows} == {None, '内容过长（3000000 字）'}


def with_shared(content: bytes, strings: bytes) -> bytes:
    """A workbook with shared texts, as Excel keeps them."""
    link = b'<Relationship Id="rId9" Type="http://x/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    linked = repacked(
        content,
        lambda name, part: (
            part.replace(b'</Relationships>', link + b'</Relationships>')
            if name == 'xl/_rels/workbook.xml.rels'
            else part
        ),
    )
    file = io.BytesIO(linked)
    with zipfile.ZipFile(file, 'a') as package:
        package.writestr('xl/sharedStrings.xml', b'<sst xmlns="http://x/main">' + strings + b'</sst>')
    return file.getvalue()


def test_shared_texts_are_read_without_their_readings() -> None:
    name = '<si><r><t>张</t></r><r><t xml:space="preserve">三 </t></r><rPh sb="0" eb="1"><t>ジャン</t></rPh></si>'
    row = b'<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="str"><v>E1</v></c></row>'
    content = with_shared(with_rows(row), (name + '<si><t>护照_x000D_\n</t></si>').encode())
    assert texts(content)[1] == ['张三', '护照', 'E1']


def test_cells_and_rows_without_an_address_follow_the_one_before() -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    row = '<row>' + cell('李娜') + '<c/>' + cell('E1') + '</row>'
    assert [(each.number, each.texts) for each in read_sheet(with_rows(('<row/>' + row).encode()), ROSTER).rows][1] == (
        4,
        {'name': '李娜', 'id_type': '', 'id_number': 'E1'},
    )


@pytest.mark.parametrize(
    ('code', 'number', 'shown'),
    [
        (b'31', b'39692', '2008-09-01'),  # 2008年9月1日, which a Chinese Excel knows by its number alone
        (b'57', b'39692', '2008-09-01'),
        (b'14', b'39692.75', '2008-09-01'),
        (b'0', b'39692', '39692'),
        (b'14', b'3.9692E4', '2008-09-01'),
    ],
)
def test_a_day_is_known_by_its_format(code: bytes, number: bytes, shown: str) -> None:
    def style(name: str, part: bytes) -> bytes:
        return re.sub(rb'(<cellXfs.*?)</cellXfs>', rb'\1<xf numFmtId="' + code + rb'"/></cellXfs>', part)

    content = with_rows(b'<row r="3"><c r="A3" s="1"><v>' + number + b'</v></c></row>')
    assert texts(repacked(content, style))[1][0] == shown


def test_a_day_that_no_calendar_has_is_told_beside_its_cell() -> None:
    def style(name: str, part: bytes) -> bytes:
        return re.sub(rb'(<cellXfs.*?)</cellXfs>', rb'\1<xf numFmtId="14"/></cellXfs>', part)

    content = repacked(with_rows(b'<row r="3"><c r="A3" s="1"><v>99999999</v></c></row>'), style)
    assert read_sheet(content, ROSTER).rows[1].problems == {'name': '日期超出范围，请核对'}


def test_a_workbook_counts_its_days_from_1904_where_it_says_so() -> None:
    def count(book: Any) -> None:
        book.epoch = datetime(1904, 1, 1)

    assert texts(workbook(HEADS, [datetime(2008, 9, 1), *ONE[1:]], change=count))[0][0] == '2008-09-01'


def test_only_markup_that_was_looked_over_is_read() -> None:
    def move(name: str, part: bytes) -> bytes:
        return part.replace(b'sheet1.xml', b'sheet1.bin')

    content = workbook(HEADS, ONE)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheet = package.read('xl/worksheets/sheet1.xml')
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + sheet
    assert '工作簿已损坏' in refusal(repacked(content, move, xl__worksheets__sheet1=bomb))


def with_sheets(*named: tuple[str, Sequence[Any], str]) -> bytes:
    """A workbook of sheets (name, one row below the heading, state)."""

    def add(book: Any) -> None:
        for name, row, state in named:
            sheet = book.create_sheet(name)
            sheet.sheet_state = state
            for each in [HEADS, row] if row else []:
                sheet.append(list(each))
        del book['Sheet']

    return workbook(change=add)


@pytest.mark.parametrize('state', ['hidden', 'veryHidden'])
def test_a_hidden_sheet_is_not_read(state: str) -> None:
    sheet = read_sheet(with_sheets(('旧名单', ONE, state), ('名单', TWO, 'visible')), ROSTER)
    assert [row.texts['name'] for row in sheet.rows] == ['李娜']
    assert (sheet.name, sheet.unread) == ('名单', [])


def test_of_several_sheets_the_first_that_holds_something_is_read_and_the_others_are_named() -> None:
    named = (('封面', [], 'visible'), ('一组', ONE, 'visible'), ('二组', TWO, 'visible'), ('填写说明', TWO, 'visible'))
    sheet = read_sheet(with_sheets(*named), ROSTER)
    assert [row.texts['name'] for row in sheet.rows] == ['陈思远']
    assert (sheet.name, sheet.unread) == ('一组', ['二组'])


def test_what_is_wrong_names_its_sheet_where_there_are_several() -> None:
    content = with_sheets(('一组', ['=1', '', ''], 'visible'), ('二组', TWO, 'visible'))
    assert refusal(content).startswith('读取的是工作表“一组”，第 2 行“姓名”（A 列）是公式')


def test_no_part_is_read_twice() -> None:
    def twice(name: str, part: bytes) -> bytes:
        return re.sub(rb'(<sheet [^>]*/>)', rb'\1\1', part) if name == 'xl/workbook.xml' else part

    assert '工作簿已损坏' in refusal(repacked(workbook(HEADS, ONE), twice))


OLD = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(1000)


@pytest.mark.parametrize(
    ('content', 'sentence'),
    [
        (b'', '文件是空的'),
        (b' \n ', '文件是空的'),
        (b'x' * (LARGEST_FILE + 1), '文件超过 10 MB'),
        (OLD, '旧格式的工作簿（.xls）'),
        (OLD + 'EncryptedPackage'.encode('utf-16-le'), '设了打开密码'),
        (b'PK\x03\x04' + bytes(200), '工作簿已损坏'),
        (b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n', '第一行缺少列名：姓名、证件类型、证件号码'),
        (b'\xff\xd8\xff\xe0\x00\x10JFIF\x00', '不是 Excel 工作簿（.xlsx）或 CSV'),
        (b'\x81', '编码无法识别'),
        ('姓名,证件类型\n陈思远,护照'.encode(), '第一行缺少列名：证件号码'),
        ('姓名,证件类型,证件号码,姓名\n陈思远,护照,E1,x'.encode(), '列名“姓名”出现了两次'),
        ('姓名,证件类型,证件号码\n'.encode(), '文件里没有数据'),
        ('姓名,证件类型,证件号码\n"陈思远,护照,E1'.encode(), '引号或分隔符不正确'),
        (('姓名,证件类型,证件号码\n' + 'x' * 200_000).encode(), '引号或分隔符不正确'),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content)


def test_other_packages_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as package:
        package.writestr('mimetype', 'application/vnd.oasis.opendocument.spreadsheet')
    assert '不是 Excel 工作簿' in refusal(file.getvalue())


@pytest.mark.parametrize('part', ['xl/workbook.xml', 'xl/worksheets/sheet1.xml', '[Content_Types].xml'])
@pytest.mark.parametrize('damage', [b'', b'<a>', b'\0\xff' * 40, None])
def test_a_damaged_workbook_never_crashes(part: str, damage: bytes | None) -> None:
    content = repacked(workbook(HEADS, ONE), lambda name, old: damage if name == part else old)
    with pytest.raises(SheetError):
        read_sheet(content, ROSTER)


def test_a_cut_off_workbook_never_crashes() -> None:
    content = workbook(HEADS, *[ONE] * 50)
    for length in range(4, len(content), 97):
        with pytest.raises(SheetError):
            read_sheet(content[:length], ROSTER)


def test_the_template_can_be_filled_in_and_read_back() -> None:
    fields = [fields_of(EducationRecord)[name] for name in fields_of(EducationRecord)]
    example = {each.name: '2008-09-01' if 'on' in each.name else '样' for each in fields} | {'name': '张三'}
    content = writing.template('学历证书库', fields, example)
    with pytest.raises(SheetError, match='文件里没有数据'):  # the example row is none
        read_sheet(content, fields)
    book = load_workbook(io.BytesIO(content))
    sheet = book['学历证书库']
    assert [cell.value for cell in sheet[1]] == [f'{each.label}*' for each in fields]
    rules = {str(rule.sqref).split(':')[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules['G2'] == '"博士研究生,硕士研究生,大学本科,大学专科,中专,技工学校,高中,初中及以下"'
    assert (sheet.column_dimensions['B'].number_format, sheet['B2'].number_format) == ('@', '@')
    sheet.append(
        ['陈思远', '44010619870312773X', 'C-1', '深圳大学', date(2008, 9, 1), '2012-06-30', '中专', '机械', '业余']
    )
    file = io.BytesIO()
    book.save(file)
    assert read_sheet(file.getvalue(), fields).rows[0].texts['entered_on'] == '2008-09-01'


def test_rows_to_mend_come_with_reasons_and_can_be_imported_again() -> None:
    wrong = {'name': '=1+1', 'id_type': '护照', 'id_number': '1\x07'}, {'id_number': '格式不正确', 'name': '不对'}
    content = writing.faulty('人员名单', ROSTER, [wrong])
    sheet: Any = load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == ['姓名*', '证件类型*', '证件号码*', '未导入原因']
    assert [cell.value for cell in sheet[2]] == ['=1+1', '护照', '1', '格式不正确；不对']
    assert (sheet['A2'].data_type, sheet['A2'].quotePrefix) == ('s', True)
    sheet['A2'] = '张三'
    file = io.BytesIO()
    sheet.parent.save(file)
    assert texts(file.getvalue()) == [['张三', '护照', '1']]
