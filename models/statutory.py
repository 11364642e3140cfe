"""Statutory numbers (法定数字), each declared once. A call may set its own values from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Self

from models.base import Labelled

NOTICE_RULE = '手册 §3.2.10、§5.5；职称评审管理暂行规定'
HOURS_RULE = '手册 §2.1.8；广东省专业技术人员继续教育条例'


class StatutoryNumber(Labelled):
    """Statutory numbers: key, label, shipped value, unit, least and most that a call may set, source, since.

    ``since`` is the first day of effect of the shipped value. A limit that no notice of a city changes (the width of a
    column, the size of a file) is not a statutory number; docs/statutory-numbers.md lists both.
    """

    shipped: int
    unit: str
    least: int
    most: int
    source: str
    since: date

    def __new__(
        cls,
        value: str,
        label: str = '',
        shipped: int = 0,
        unit: str = '',
        bounds: tuple[int, int] = (0, 0),
        source: str = '',
        since: date = date.min,
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label, member.shipped, member.unit = value, label, shipped, unit
        (member.least, member.most), member.source, member.since = bounds, source, since
        return member

    NOTICE_DAYS = 'notice_days', '公示最短时间', 5, '个工作日', (5, 60), NOTICE_RULE, date(2019, 9, 1)
    EVALUATION_LENGTH = (
        'evaluation_length', '单位的综合评价最少字数', 150, '字', (1, 500), '手册 §3.2.2', date(2022, 1, 1),
    )  # fmt: skip
    GENERAL_HOURS = 'general_hours', '公需科目每年学时', 30, '学时', (0, 1000), HOURS_RULE, date(2022, 1, 1)
    SPECIALITY_HOURS = 'speciality_hours', '专业科目每年学时', 42, '学时', (0, 1000), HOURS_RULE, date(2022, 1, 1)
    OPTIONAL_HOURS = 'optional_hours', '选修科目每年学时', 18, '学时', (0, 1000), HOURS_RULE, date(2022, 1, 1)
    REPRESENTATIVE_WORKS = (
        'representative_works', '每一大项代表作最多个数', 3, '个', (1, 50), '手册 §2.1.9', date(2022, 1, 1),
    )  # fmt: skip


Numbers = Mapping[str, int]
"""Values of all statutory numbers by key, as they apply to one declaration."""

SHIPPED: Numbers = {number: number.shipped for number in StatutoryNumber}
"""Values for a call that sets none."""

CHINESE_DIGITS = '〇一二三四五六七八九'


def numeral(number: int) -> str:
    """Return a number up to 99 in Chinese characters, as in running text; a larger one in digits."""
    tens, ones = divmod(number, 10)
    if number < 10:
        return CHINESE_DIGITS[ones]
    if number > 99:
        return str(number)
    return ('' if tens == 1 else CHINESE_DIGITS[tens]) + '十' + (CHINESE_DIGITS[ones] if ones else '')


def with_numbers(text: str, numbers: Numbers) -> str:
    """Replace ``{notice_days}`` in a text by the number, and ``{notice_days_in_words}`` by its Chinese characters."""
    words = {f'{name}_in_words': numeral(value) for name, value in numbers.items()}
    return text.format_map({**numbers, **words})
