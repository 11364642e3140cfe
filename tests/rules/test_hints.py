"""Hints: what deserves a second look, and what does not."""

from __future__ import annotations

from datetime import date

import pytest

from models.application import Application
from models.declaration import ContinuingEducation, Work
from models.section import SECTIONS
from rules.divisions import matching, within
from rules.hints import hints

ON = date(2026, 6, 1)
Period = tuple[date, date | None]


def posts(*periods: Period) -> Application:
    """A declaration with these periods of work, at 甲, 乙, …"""
    application = Application()
    application.work = [
        Work(started_on=started, ended_on=ended, employer='甲乙丙丁'[number])
        for number, (started, ended) in enumerate(periods)
    ]
    for section in SECTIONS:
        if section is not Work:
            setattr(application, section.key(), [] if section.many else section())
    return application


@pytest.mark.parametrize(
    ('periods', 'sentences'),
    [
        ([(date(2010, 7, 1), None)], []),
        ([(date(2010, 7, 1), date(2015, 6, 30)), (date(2015, 7, 1), None)], []),
        ([(date(2010, 7, 1), date(2015, 6, 30)), (date(2015, 7, 31), None)], []),  # a month between two posts
        (
            [(date(2010, 7, 1), date(2015, 6, 30)), (date(2015, 8, 1), None)],
            ['2015-06-30 至 2015-08-01 之间没有工作经历，请确认是否漏填'],
        ),
        (  # in whatever order they were entered
            [(date(2015, 5, 1), None), (date(2010, 7, 1), date(2015, 6, 30))],
            ['「甲」自 2015-05-01 起，与「乙」的时间重叠，请确认'],
        ),
        (  # a short post within a long one leaves no gap after it
            [(date(2010, 1, 1), date(2020, 1, 1)), (date(2012, 1, 1), date(2013, 1, 1)), (date(2020, 1, 2), None)],
            ['「乙」自 2012-01-01 起，与「甲」的时间重叠，请确认'],
        ),
        ([(date(2010, 7, 1), date(2026, 3, 1))], ['2026-03-01 至今没有工作经历，请确认是否漏填']),
    ],
)
def test_gaps_and_overlaps_of_work(periods: list[Period], sentences: list[str]) -> None:
    found = hints(posts(*periods), ON)
    assert [hint.sentence for hint in found] == sentences
    assert all(hint.doubtful and hint.section == 'work' for hint in found)


def test_class_hours_are_summed_beside_what_is_asked() -> None:
    application = posts()
    application.continuing_education = [
        ContinuingEducation(year=2025, subject_kind='公需', hours=20),
        ContinuingEducation(year=2025, subject_kind='公需', hours=10),
        ContinuingEducation(year=2025, subject_kind='专业', hours=40),
        ContinuingEducation(year=2024, subject_kind='选修', hours=18),
        ContinuingEducation(),
    ]
    assert [(hint.sentence, hint.doubtful) for hint in hints(application, ON)] == [
        ('2025 年：公需 30 / 30，专业 40 / 42，选修 0 / 18，共 70 学时', False),
        ('2024 年：公需 0 / 30，专业 0 / 42，选修 18 / 18，共 18 学时', False),
    ]


@pytest.mark.parametrize(
    ('text', 'first'),
    [
        ('南山', '广东省深圳市南山区'),
        ('广东省', '广东省'),
        ('东莞', '广东省东莞市'),
        ('乌兰 察布', '内蒙古自治区乌兰察布市'),
    ],
)
def test_divisions_are_found_by_their_parts(text: str, first: str) -> None:
    found = matching(text)
    assert first in found
    assert len(found) <= 20


@pytest.mark.parametrize(
    ('text', 'good'),
    [
        ('广东省深圳市南山区', True),
        ('广东省深圳市大鹏新区', True),
        ('香港特别行政区', True),
        ('深圳', False),
        ('火星', False),
    ],
)
def test_a_household_begins_with_a_division(text: str, good: bool) -> None:
    assert within(text) is good


def test_a_character_that_no_paper_can_print_is_told_where_it_was_typed() -> None:
    application = posts((date(2010, 7, 1), None))
    application.work[0].duties = '负责😀平台'
    assert [hint.sentence for hint in hints(application, ON)] == [
        '主要专业技术工作内容中的“😀”（U+1F600）没有字形，报表无法打印：请改写；姓名用字请告知平台'
    ]
    application.work[0].duties = '䶮㛃𬭎'
    assert hints(application, ON) == []
