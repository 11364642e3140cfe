"""The catalogue as it is loaded from files: one report a line, and a refused line changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue import Series, Speciality, Title
from models.terms import LEVELS
from rules import catalogue


def reports(session: Session, *lines: str) -> list[tuple[int, str, str]]:
    """Number, verdict and text of each line of a file."""
    return [(each.line, each.verdict, each.text) for each in catalogue.import_catalogue(session, lines)]


def test_titles_are_added_once(session: Session) -> None:
    lines = 'series,level,title', '艺术,中级,三级演员', '艺术,中级,三级演员', ' 工程技术 ,中级, 工程师'
    assert reports(session, *lines) == [
        (2, '新增', '艺术 · 中级 · 三级演员'),
        (3, '未变', '艺术 · 中级 · 三级演员'),
        (4, '未变', '工程技术 · 中级 · 工程师'),
    ]
    added = select(Title.name).join(Series).where(Series.name == '艺术')
    assert list(session.scalars(added)) == ['三级演员']


def test_specialities_are_told_apart_by_their_heading(session: Session) -> None:
    lines = '\ufeffseries, speciality', '工程技术,电子', '工程技术,航天'
    assert reports(session, *lines) == [(2, '未变', '工程技术 · 电子'), (3, '新增', '工程技术 · 航天')]
    assert session.scalars(select(Speciality).where(Speciality.name == '航天')).one().series.name == '工程技术'


@pytest.mark.parametrize(
    ('line', 'why'),
    [
        ('艺术,中级', '缺少 title'),
        (',,', '缺少 series、level、title'),
        ('艺术,中级,演员,多', "多出的列：['多']"),
        ('艺术,顶级,演员', f'级别「顶级」不在 {"、".join(LEVELS)} 之内'),
        (f'艺术,中级,{"长" * 61}', 'title 超过 60 字'),
    ],
)
def test_a_line_that_cannot_be_taken_says_why_and_adds_nothing(session: Session, line: str, why: str) -> None:
    assert reports(session, 'series,level,title', line) == [(2, '拒绝', why)]
    assert session.scalars(select(Series).where(Series.name == '艺术')).all() == []


def test_another_heading_is_refused(session: Session) -> None:
    why = '表头应为 series,level,title 或 series,speciality，实为 甲,乙'
    assert reports(session, '甲,乙', '1,2') == [(1, '拒绝', why)]
