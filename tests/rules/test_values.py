"""Single rules as tables of cases: identity numbers, masks, working days, votes, numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.base import Labelled
from models.declaration import Basic
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.fields import Field, Kind, Mask, fields_of
from models.registry import EducationRecord
from rules import numbers, validators, workdays
from rules.ballots import Tally

RESIDENT = '居民身份证'


@pytest.mark.parametrize(
    ('id_type', 'number', 'good'),
    [
        (RESIDENT, '44010619870312773X', True),
        (RESIDENT, '440106198703127734', False),
        (RESIDENT, '440106198702307730', False),
        (RESIDENT, '44010619870312773', False),
        (RESIDENT, '', False),
        (RESIDENT, '4401061987031277\u0663X', False),  # an Arabic three
        ('台湾居民来往大陆通行证', '1234567\u0668', False),
        ('港澳居民来往内地通行证', 'H12345678', True),
        ('港澳居民来往内地通行证', 'H1234567890', True),
        ('港澳居民来往内地通行证', 'A12345678', False),
        ('台湾居民来往大陆通行证', '12345678', True),
        ('台湾居民来往大陆通行证', '1234567', False),
        ('港澳台居民居住证', '810000199001011234', True),
        ('港澳台居民居住证', '440000199001011234', False),
        ('护照', 'C01234578', True),
        ('护照', 'C0-1', False),
        ('外国人永久居留身份证', 'DEU123456789012', True),
        ('外国人永久居留身份证', '911123199001011234', True),
        ('外国人永久居留身份证', 'DE123', False),
    ],
)
def test_an_identity_number_fits_its_document(id_type: str, number: str, good: bool) -> None:
    assert (validators.id_number_problem(id_type, number) is None) is good


def test_a_resident_id_tells_birth_and_sex() -> None:
    assert validators.born_and_sex('44010619870312773X') == (date(1987, 3, 12), '男')


@pytest.mark.parametrize(
    ('check', 'value', 'good'),
    [
        ('phone', '13812345678', True),
        ('phone', '0755-12345678', True),
        ('phone', '12345', False),
        ('email', 'a@b.cn', True),
        ('email', 'a@b', False),
        ('email', 'a b@c.cn', False),
        ('employer_code', '91350100M000100Y43', True),
        ('employer_code', '91350100M000100Y44', False),
        ('postcode', '518000', True),
        ('postcode', '51800', False),
    ],
)
def test_a_value_is_checked_by_the_name_in_its_field(check: str, value: str, good: bool) -> None:
    assert (validators.value_problem(Field('x', '项目', check=check), value) is None) is good


@pytest.mark.parametrize(
    ('mask', 'value', 'shown'),
    [
        (Mask.ID_NUMBER, '44010619870312773X', '4401**********773X'),
        (Mask.ID_NUMBER, 'C01234578', 'C01****78'),
        (Mask.PHONE, '13812345678', '138******78'),
        (Mask.PHONE, '123', '1**'),
        (None, '13812345678', '13812345678'),
    ],
)
def test_a_personal_value_is_masked(mask: Mask | None, value: str, shown: str) -> None:
    assert validators.masked(Field('x', '项目', mask=mask), value) == shown


@pytest.mark.parametrize(
    ('value', 'plain'),
    [
        (' ＡＢ１２　', 'AB12'),
        ('张\u200b三\ufeff', '张三'),
        ('张\xa0三\xa0\n', '张 三'),
        ('（甲）！', '（甲）！'),
        ('\u200b \xad', ''),
    ],
)
def test_a_value_is_written_plainly(value: str, plain: str) -> None:
    assert validators.normalised(value) == plain


@pytest.mark.parametrize(
    ('field', 'typed', 'kept'),
    [
        (RosterEntry.name, ' 李　四 ', '李四'),
        (Basic.name, '毛  凯旋', '毛凯旋'),
        (Account.name, 'Anna  Maria', 'Anna  Maria'),
        (Account.name, '阿 Q', '阿 Q'),
        (EducationRecord.name, '买买提 · 艾力', '买买提 · 艾力'),
        (EducationRecord.school, '北京 大学', '北京 大学'),
        (Account.id_number, '44010619870312773x', '44010619870312773X'),
        (RosterEntry.id_number, '440106 19870312\t773ｘ', '44010619870312773X'),
        (Basic.id_number, 'e1234 5678', 'E12345678'),
    ],
)
def test_what_is_the_same_is_kept_the_same(field: InstrumentedAttribute[str], typed: str, kept: str) -> None:
    declared = fields_of(field.class_)[field.key]
    assert validators.written(declared, typed) == kept
    assert validators.written(declared, kept) == kept


@pytest.mark.parametrize(
    ('value', 'sentence'),
    [
        ('张三', None),
        ('阿依古丽·买买提', None),
        ('\U00031350\u4dae', None),  # ideographs that Python 3.11 does not know yet
        ('张\n三', '含有换行（U+000A），请删除后重新填写'),
        ('张\t三', '含有制表符（U+0009），请删除后重新填写'),
        ('\u202e三张', '含有无法显示的字符（U+202E），请删除后重新填写'),
        ('张\u3164', '含有无法显示的字符（U+3164），请删除后重新填写'),
        ('张\ue000', '含有无法显示的字符（U+E000），请删除后重新填写'),
    ],
)
def test_what_cannot_be_seen_is_named(value: str, sentence: str | None) -> None:
    assert validators.value_problem(Field('name', '姓名', check='printable'), value) == sentence


@pytest.mark.parametrize(
    'column',
    [Account.name, RosterEntry.name, Basic.name, EducationRecord.name, Employer.contact, NoticeContact.contact],
)
def test_every_name_of_a_person_can_be_seen(column: InstrumentedAttribute[str]) -> None:
    field = fields_of(column.class_)[column.key]
    assert validators.value_problem(field, '张\u202e三') == '含有无法显示的字符（U+202E），请删除后重新填写'


ASKED = (
    Field('opinion', '意见', Kind.PARAGRAPH),
    Field('remarks', '逐项意见', Kind.REMARKS, row_fields=(Field('remark', '要改什么'),)),
)


@pytest.mark.parametrize(
    ('said', 'lacking'),
    [
        ('同意\n\t推荐\r\n　䶮㛃𬭎é', ''),
        ('喜\ufe0f欢\u200b', ''),  # papers leave these out
        ('很好😀', '“😀”（U+1F600）'),
        ('很好\x07', '无法显示的字符（U+0007）'),
        ('很\x0b好\u2028', '无法显示的字符（U+000B）、无法显示的字符（U+2028）'),
        ('\ue000', '无法显示的字符（U+E000）'),
        ('\U00031350', '“\U00031350”（U+31350）'),
    ],
)
def test_an_answer_holds_only_what_papers_can_print(said: str, lacking: str) -> None:
    why = f'中的{lacking}没有字形，报表无法打印，请改写或删除'
    found = validators.form_problems(ASKED, {'opinion': said, 'remarks': [{'remark': '好'}, {'remark': said}]})
    assert found == ({'opinion': f'意见{why}', 'remarks': f'第 2 行：要改什么{why}'} if lacking else {})


@pytest.mark.parametrize(
    'column',
    [
        Employer.name,
        Employer.address,
        Employer.contact,
        NoticeContact.contact,
        OpinionTemplate.name,
        OpinionTemplate.body,
    ],
)
def test_what_an_employer_keeps_for_papers_can_be_printed(column: InstrumentedAttribute[str]) -> None:
    field = fields_of(column.class_)[column.key]
    assert validators.value_problem(field, '王😀') == (
        f'{field.label}中的“😀”（U+1F600）没有字形，报表无法打印，请改写或删除'
    )


def test_a_declarant_s_own_words_are_not_refused_for_a_rare_character() -> None:
    assert validators.value_problem(fields_of(Basic)['name'], '王\U00031350') is None


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(value: str) -> None:
    once = validators.normalised(value)
    assert validators.normalised(once) == once


@given(st.text(min_size=1, max_size=30))
def test_a_mask_keeps_the_length_and_hides_something(value: str) -> None:
    shown = validators.masked(Field('x', '项目', mask=Mask.PHONE), value)
    assert len(shown) == len(value)
    assert len(value) == 1 or '*' in shown


@pytest.mark.parametrize(
    ('day', 'works'),
    [
        (date(2024, 2, 9), True),  # eve of the Spring Festival 2024
        (date(2024, 2, 12), False),  # Spring Festival
        (date(2024, 2, 18), True),  # Sunday worked to make up
        (date(2024, 10, 1), False),  # National Day
        (date(2024, 10, 12), True),  # Saturday worked to make up
        (date(2025, 1, 26), True),  # Sunday worked to make up
        (date(2025, 1, 28), False),  # Spring Festival
        (date(2025, 10, 8), False),  # National Day and Mid-Autumn
        (date(2025, 9, 28), True),  # Sunday worked to make up
        (date(2026, 1, 2), False),  # New Year
        (date(2026, 1, 4), True),  # Sunday worked to make up
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 10, 7), False),  # National Day
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 11, 23), True),  # a Monday
        (date(2040, 1, 2), True),  # not published: Monday to Friday
        (date(2040, 1, 7), False),
    ],
)
def test_working_days_follow_the_state_council(day: date, works: bool) -> None:
    assert workdays.is_workday(day, {}) is works


@pytest.mark.parametrize(
    ('first', 'last'),
    [
        (date(2026, 11, 23), date(2026, 11, 27)),
        (date(2026, 11, 21), date(2026, 11, 27)),
        (date(2026, 9, 28), date(2026, 10, 9)),
        (date(2025, 1, 24), date(2025, 2, 6)),
    ],
)
def test_a_notice_ends_on_its_fifth_working_day(first: date, last: date) -> None:
    assert workdays.last_notice_day(first, {}) == last
    assert workdays.count_workdays(first, last, {}) == workdays.NOTICE_DAYS


def test_the_platform_can_overrule_a_day() -> None:
    day = date(2026, 11, 23)
    assert workdays.is_workday(day, {day: False}) is False
    assert workdays.count_workdays(day, date(2026, 11, 27), {day: False}) == 4


@pytest.mark.parametrize(
    ('present', 'needed'), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (9, 6), (11, 8), (25, 17), (26, 18)]
)
def test_two_thirds_of_those_present_pass(present: int, needed: int) -> None:
    assert Tally(present, needed, present - needed, 0).passed
    assert not Tally(present, needed - 1, present - needed + 1, 0).passed


def test_nobody_present_passes_nothing() -> None:
    assert not Tally(0, 0, 0, 0).passed


@given(st.text('0123456789', min_size=1, max_size=20), st.integers(0, 19))
def test_a_check_digit_finds_a_wrong_digit(body: str, place: int) -> None:
    digit = numbers.check_digit(body)
    place %= len(body)
    wrong = body[:place] + str((int(body[place]) + 1) % 10) + body[place + 1 :]
    assert numbers.check_digit(wrong) != digit


def test_a_label_travels_with_its_state() -> None:
    class Colour(Labelled):
        RED = 'red', '红'

    assert (Colour('red').label, Colour.labels()) == ('红', {'red': '红'})
