"""Checks of single values. Each validator returns a sentence, or None if the value is good."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from models.base import LARGEST_WHOLE, now
from models.fields import Field, Kind, Mask
from rules import divisions, glyphs

POSSIBLE_YEARS = 1900, 2100
"""First and last year of a stored day, from births to plans."""

RESIDENT_ID = '居民身份证'

ID_SHAPES: Mapping[str, str] = {
    '港澳居民来往内地通行证': r'[HM]\d{8}(\d{2})?',
    '台湾居民来往大陆通行证': r'\d{8}|\d{10}[A-Z]?',
    '港澳台居民居住证': r'8[123]0000\d{11}[\dX]',
    '护照': r'[A-Z0-9]{5,17}',
    '外国人永久居留身份证': r'[A-Z]{3}\d{12}|9\d{16}[\dX]',
}

PLAIN: Mapping[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(ord('！'), ord('～') + 1) if chr(code).isalnum()},
    **dict.fromkeys(map(ord, '\u3000\xa0'), ' '),
    **dict.fromkeys(map(ord, '\u200b\u2060\ufeff\xad')),
}
"""Map of full-width letters, digits and blanks to plain ones; it deletes characters without width and meaning."""


def normalised(value: str) -> str:
    """Trim a text and replace full-width letters, digits and blanks by plain ones; Chinese punctuation stays."""
    return value.translate(PLAIN).strip()


IDEOGRAPH = '[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]'
SET_APART = re.compile(rf'(?<={IDEOGRAPH}) +(?={IDEOGRAPH})')
"""Pattern of blanks between the characters of a name; tables space two characters as wide as three."""


def written(field: Field, text: str) -> str:
    """Return a line of text in its stored form, so that equal values compare equal.

    An identity number is in capitals without blanks; a name has no blanks between its Chinese characters.
    """
    plain = normalised(text)
    if field.mask is Mask.ID_NUMBER:
        return re.sub(r'\s', '', plain).upper()
    return SET_APART.sub('', plain) if field.check == 'person' else plain


def as_key(text: str) -> int | None:
    """Convert a text to a number that can be a key or a year on every database; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_WHOLE))):
        return None
    return key if (key := int(text)) <= LARGEST_WHOLE else None


def as_day(text: str) -> date | None:
    """Convert the value of a date control to a day; None for other texts and for years outside ``POSSIBLE_YEARS``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return None if day_problem(day) else day


def day_problem(day: date) -> str | None:
    """Refuse a day outside ``POSSIBLE_YEARS``, which can only be a typing error."""
    if POSSIBLE_YEARS[0] <= day.year <= POSSIBLE_YEARS[1]:
        return None
    return f'年份 {day.year} 不正确，应在 {POSSIBLE_YEARS[0]} 至 {POSSIBLE_YEARS[1]} 年之间'


def id_number_problem(id_type: str, number: str) -> str | None:
    """Refuse an identity number that does not fit its kind of document (GB 11643 for the resident id)."""
    if id_type == RESIDENT_ID:
        good = _good_resident_id(number)
        return None if good else '居民身份证号码不正确，请核对 18 位号码（末位校验码可为 X）'
    if not re.fullmatch(ID_SHAPES.get(id_type, '.+'), number, re.ASCII):
        return f'{id_type}号码格式不正确，请按证件上的号码填写'
    return None


def _good_resident_id(number: str) -> bool:
    """Check the length, date and check digit; not the region, because the list of ``ric`` lacks former ones."""
    if not re.fullmatch(r'[1-9]\d{16}[\dX]', number, re.ASCII):
        return False
    try:
        return ric.get_birth_date(number) <= now().date() and ric.calc_check_digit(number) == number[-1]
    except ValidationError:
        return False


def born_and_sex(resident_id: str) -> tuple[date, str]:
    """Return the birth date and sex that a valid resident id contains."""
    return ric.get_birth_date(resident_id), '男' if int(resident_id[16]) % 2 else '女'


def _phone(value: str) -> str | None:
    if re.fullmatch(r'1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?', value):
        return None
    return '联系电话格式不正确，请填写 11 位手机号或带区号的固定电话'


def _email(value: str) -> str | None:
    if re.fullmatch(r'[^@\s]+@[^@\s]+\.[^@\s.]+', value):
        return None
    return '电子邮箱格式不正确，例如 name@example.com'


def _employer_code(value: str) -> str | None:
    if uscc.is_valid(value):
        return None
    return '统一社会信用代码不正确，请核对 18 位代码（GB 32100，末位为校验码）'


def _postcode(value: str) -> str | None:
    return None if re.fullmatch(r'\d{6}', value) else '邮政编码为 6 位数字'


def _two_digits(value: str) -> str | None:
    return None if re.fullmatch('[0-9]{2}', value) else '评委会编号为 2 位数字，例如 05；证书编号由它组成'


def _division(value: str) -> str | None:
    if divisions.within(value):
        return None
    return '户籍须从省、市、区的名称写起，例如 广东省深圳市南山区；请输入后从列表选择'


def _printable(value: str) -> str | None:
    if value.isprintable() and BLANKS.isdisjoint(value):
        return None
    unseen = next(filter(_is_unseen, value), None)
    return f'含有{UNSEEN.get(unseen, "无法显示的字符")}（U+{ord(unseen):04X}），请删除后重新填写' if unseen else None


def _is_unseen(char: str) -> bool:
    """Return true for an invisible character. Ideographs newer than Python's tables are visible."""
    return char in BLANKS or not (char.isprintable() or '\U00020000' <= char <= '\U0003ffff')


UNSEEN = {'\n': '换行', '\r': '换行', '\t': '制表符'}
"""Invisible characters that have a name in common use."""

BLANKS = frozenset(map(chr, (0x34F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Characters that are printable in Unicode but invisible: fillers, joiners and variation selectors."""


def _organisation(value: str) -> str | None:
    if len(value) != 9:
        return _employer_code(value)
    return None if _good_organisation_code(value) else '组织机构代码不正确，请核对 9 位代码（GB 11714，末位为校验码）'


def _good_organisation_code(code: str) -> bool:
    """Check eight digits or letters and a check digit (GB 11714)."""
    if not re.fullmatch(r'[0-9A-Z]{8}[0-9X]', code):
        return False
    weighed = sum(int(char, 36) * weight for char, weight in zip(code, (3, 7, 9, 10, 5, 8, 4, 2), strict=False))
    return code[8] == '0123456789X0'[11 - weighed % 11]


def _identity(value: str) -> str | None:
    """Check a number of any document; one that looks like a resident id must be one."""
    if re.fullmatch(r'[1-6]\d{16}[\dX]', value):
        return id_number_problem(RESIDENT_ID, value)
    return None if re.fullmatch(r'[A-Z0-9]{5,18}', value) else '证件号码应为 5 至 18 位数字或大写字母'


def _year_begun(year: int) -> str | None:
    return None if year <= now().year else f'{year} 年还没有到来，请核对年份'


CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    'phone': _phone,
    'email': _email,
    'employer_code': _employer_code,
    'organisation': _organisation,
    'identity': _identity,
    'postcode': _postcode,
    'division': _division,
    'printable': _printable,
    'person': _printable,
    'two_digits': _two_digits,
    'year_begun': _year_begun,
}


def value_problem(field: Field, value: Any, *, on_papers: bool = False) -> str | None:
    """Return a sentence if a value does not fit its field, or None; an empty value is wrong only if required.

    With ``on_papers``, papers must be able to print its texts, as for a field that is declared ``on_papers``.
    """
    if value is None or value in ('', []):
        verb = '请选择' if field.kind in (Kind.CHOICE, Kind.FLAG, Kind.REFERENCE, Kind.TICKS) else '请填写'
        return f'{verb}{field.label}' if field.required else None
    if field.kind in (Kind.WHOLE, Kind.MONEY):
        return _number_problem(field, value)
    if field.kind is Kind.DAY and isinstance(value, date):
        return day_problem(value)
    if field.kind is Kind.CHOICE and field.choices and str(value) not in field.choices:
        return f'{field.label}不在可选范围内，请重新选择'
    if field.kind is Kind.TICKS and not set(value) <= set(field.choices or ()):
        return f'{field.label}不在可选范围内，请重新选择'
    if field.kind in (Kind.ROWS, Kind.REMARKS):
        return _rows_problem(field, value, on_papers)
    if isinstance(value, str):
        return _text_problem(field, value, on_papers or field.on_papers)
    return None


def _rows_problem(field: Field, rows: Sequence[Mapping[str, Any]], on_papers: bool) -> str | None:
    if field.maximum and len(rows) > field.maximum:
        return f'{field.label}最多 {field.maximum} 行'
    for number, row in enumerate(rows, 1):
        for column in field.row_fields:
            problem = value_problem(column, row.get(column.name), on_papers=on_papers)
            if problem:
                return f'第 {number} 行：{problem}'
    return _repeat_problem(field, rows)


def _repeat_problem(field: Field, rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Refuse two rows with the same value of a field that is unique in rows."""
    for column in field.row_fields:
        first: dict[Any, int] = {}
        for number, row in enumerate(rows, 1) if column.unique_in_rows else ():
            earlier = first.setdefault(row.get(column.name), number)
            if earlier != number:
                return f'第 {number} 行与第 {earlier} 行的{column.label}重复，请只保留一行'
    return None


def _number_problem(field: Field, value: int) -> str | None:
    low, high = field.minimum, field.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        if low is None or high is None:
            return (
                f'{field.label}不能小于 {field.shown(low)}'
                if high is None
                else f'{field.label}不能大于 {field.shown(high)}'
            )
        return f'{field.label}应在 {field.shown(low)} 至 {field.shown(high)} 之间'
    return CHECKS[field.check](value) if field.check else None


def _text_problem(field: Field, value: str, on_papers: bool) -> str | None:
    if field.max_length and len(value) > field.max_length:
        return f'{field.label}最多 {field.max_length} 字，现有 {len(value)} 字'
    if field.min_length and (lacking := field.min_length - seen_characters(value)) > 0:
        return f'{field.label}不少于 {field.min_length} 字，还差 {lacking} 字'
    problem = CHECKS[field.check](value) if field.check else None
    return problem or (_unprintable(field, value) if on_papers else None)


def _unprintable(field: Field, value: str) -> str | None:
    lacking = without_glyph(value)
    return f'{field.label}中的{lacking}没有字形，报表无法打印，请改写或删除' if lacking else None


def without_glyph(text: str) -> str:
    """Name the characters of a text that no paper can print; empty if it has none."""
    return '、'.join(
        f'{"无法显示的字符" if _is_unseen(char) else f"“{char}”"}（U+{ord(char):04X}）'
        for char in glyphs.find_unprintable(text)[:5]
    )


def seen_characters(text: str) -> int:
    """Count the visible characters of a text, without blanks and line breaks (static/js/forms.js counts equally)."""
    return sum(not (char.isspace() or _is_unseen(char)) for char in text)


def form_problems(asked: tuple[Field, ...], given: Mapping[str, Any]) -> dict[str, str]:
    """Return sentences about wrong answers to an action's questions, by field name.

    Papers print the answers, and they cannot be corrected after the action: a character without a glyph would prevent
    the printing of the declaration's papers.
    """
    found = {field.name: value_problem(field, given.get(field.name), on_papers=True) for field in asked}
    return {name: problem for name, problem in found.items() if problem}


def masked(field: Field, value: str) -> str:
    """Return a value as shown by default: masked if its field has a mask."""
    return field.mask.masked(value) if value and field.mask else value


def name_masked(name: str) -> str:
    """Mask all characters of a name but the first."""
    return name[:1] + '*' * (len(name) - 1)
