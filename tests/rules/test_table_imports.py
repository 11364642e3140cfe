"""The rules of imported rows: cell by cell, against each other, and against what is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.base import now
from models.employer import RosterEntry
from models.fields import fields_of
from models.registry import InsuranceRecord
from rules import access, table_imports
from rules.refusal import Refused
from rules.table_imports import IMPORTS, Judged, RowVerdict
from tests.helpers.types import Who

ROSTER, EDUCATION, INSURANCE = IMPORTS['roster'], IMPORTS['education_records'], IMPORTS['insurance_records']

GOOD = {'name': '陈思远', 'id_type': '居民身份证', 'id_number': '44010619870312773X'}

SCHOOL = dict(EDUCATION.example)

INSURED = dict(INSURANCE.example)

TODAY = now().date()


@dataclass(frozen=True)
class Line:
    """A row of a file."""

    texts: dict[str, str]
    number: int = 2
    problems: dict[str, str] = field(default_factory=dict)


def one(importable: table_imports.Importable, texts: dict[str, str], **problems: str) -> Judged:
    """A single row, examined."""
    return next(table_imports.examined(importable, [Line(texts, problems=problems)]))


@pytest.mark.parametrize(
    ('changes', 'name', 'sentence'),
    [
        ({}, '', ''),
        ({'id_type': ''}, '', ''),
        ({'id_type': '身份证'}, '', ''),
        ({'id_number': '44010619870312773x'}, '', ''),
        ({'id_number': '440106 19870312 773X'}, '', ''),
        ({'id_type': '护照', 'id_number': 'e12345678'}, '', ''),
        ({'name': ''}, 'name', '请填写姓名'),
        ({'name': '陈\n思远'}, 'name', '含有换行（U+000A），请删除后重新填写'),
        ({'name': '\u202e陈思远'}, 'name', '含有无法显示的字符（U+202E），请删除后重新填写'),
        ({'name': '长' * 61}, 'name', '姓名最多 60 字，现有 61 字'),
        ({'id_number': ''}, 'id_number', '请填写证件号码'),
        ({'id_number': '440106198703127734'}, 'id_number', '居民身份证号码不正确'),
        ({'id_type': '港澳居民来往内地通行证'}, 'id_number', '港澳居民来往内地通行证号码格式不正确'),
        ({'id_type': '驾驶证'}, 'id_type', '证件类型不在可选范围内'),
    ],
)
def test_a_person_of_a_roster(changes: dict[str, str], name: str, sentence: str) -> None:
    judged = one(ROSTER, GOOD | changes)
    assert judged.verdict == (RowVerdict.WRONG if name else RowVerdict.NEW)
    assert list(judged.problems) == ([name] if name else [])
    assert sentence in judged.problems.get(name, '')


def test_every_wrong_cell_of_a_row_is_named() -> None:
    judged = one(ROSTER, {'name': '', 'id_type': '驾驶证', 'id_number': '1'}, id_number='已被舍入')
    assert judged.problems == {
        'id_number': '已被舍入',
        'name': '请填写姓名',
        'id_type': '证件类型不在可选范围内，请重新选择',
    }


@pytest.mark.parametrize(
    ('text', 'day'),
    [
        ('2008-09-01', date(2008, 9, 1)),
        ('2008/9/1', date(2008, 9, 1)),
        ('2008.9.1', date(2008, 9, 1)),
        ('2008年9月1日', date(2008, 9, 1)),
        ('20080901', date(2008, 9, 1)),
        ('2008/9/1 0:00', date(2008, 9, 1)),
        ('2008-09-01 00:00:00', date(2008, 9, 1)),
        ('2008-09-01 08:30', None),
        ('2008-13-01', None),
        ('2008-02-30', None),
        ('39692', None),
        ('去年', None),
    ],
)
def test_a_day_as_people_write_it(text: str, day: date | None) -> None:
    judged = one(EDUCATION, SCHOOL | {'entered_on': text})
    assert judged.values.get('entered_on') == day
    assert judged.problems == ({} if day else {'entered_on': '日期不正确，请按 2026-01-31 的格式填写'})


@pytest.mark.parametrize(
    ('room', 'changes', 'problems'),
    [
        ('education_records', {'left_on': '2008-09-01'}, {'left_on': '毕业时间应晚于入学时间'}),
        ('education_records', {'schooling': '博士后'}, {'schooling': '学历层次不在可选范围内，请重新选择'}),
        ('exam_records', {'ended_on': '2020-01-01'}, {'ended_on': '考试结束时间应不早于开始时间'}),
        ('insurance_records', {'employer_code': 'D2143569X'}, {}),  # the example of GB 11714
        ('insurance_records', {'employer_code': 'M000100Y4'}, {}),
        (
            'insurance_records',
            {'employer_code': 'M000100Y5'},
            {'employer_code': '组织机构代码不正确，请核对 9 位代码（GB 11714，末位为校验码）'},
        ),
        (
            'insurance_records',
            {'id_number': '440106198703127734'},
            {'id_number': '居民身份证号码不正确，请核对 18 位号码（末位校验码可为 X）'},
        ),
        ('insurance_records', {'id_number': '某人'}, {'id_number': '证件号码应为 5 至 18 位数字或大写字母'}),
    ],
)
def test_a_row_of_a_registry(room: str, changes: dict[str, str], problems: dict[str, str]) -> None:
    assert one(IMPORTS[room], {**IMPORTS[room].example, **changes}).problems == problems


@pytest.mark.parametrize('room', IMPORTS)
def test_every_example_is_a_good_row_of_an_importable_room(room: str) -> None:
    importable = IMPORTS[room]
    assert one(importable, dict(importable.example)).verdict == RowVerdict.NEW
    assert set(importable.example) == set(importable.names) <= set(fields_of(importable.model))
    assert access.Verb.IMPORT in access.ROOMS[room].verbs


def test_a_repeated_row_names_the_earlier_one() -> None:
    again = GOOD | {'name': '陈思源', 'id_number': '44010619870312773x'}
    rows = [Line(GOOD, 2), Line({**GOOD, 'name': ''}, 3), Line(again, 4)]
    judged = list(table_imports.examined(ROSTER, rows))
    assert [each.verdict for each in judged] == [RowVerdict.NEW, RowVerdict.WRONG, RowVerdict.DUPLICATE]
    assert judged[2].note == '与第 2 行重复'


def put(session: Session, account: Account, *people: dict[str, str], whole: bool = False) -> list[Judged]:
    """Judge and import rows of a roster."""
    examined = list(table_imports.examined(ROSTER, [Line(texts, number) for number, texts in enumerate(people, 2)]))
    judged = table_imports.compared(session, ROSTER, account, examined, TODAY)
    table_imports.carry_out(session, ROSTER, account, judged, whole=whole)
    return judged


def test_a_roster_belongs_to_the_employer(session: Session, account: Who) -> None:
    mine, other = account('guanli1'), account('guanli2')
    put(session, mine, GOOD)
    put(session, other, GOOD)  # the same person on another roster is no duplicate
    rows = list(session.scalars(select(RosterEntry).where(RosterEntry.id_number == GOOD['id_number'])))
    assert [(row.employer_id, row.created_by_id) for row in rows] == [
        (mine.employer_id, mine.id),
        (other.employer_id, other.id),
    ]
    assert rows[0].created_at.date() == TODAY
    with pytest.raises(Refused, match='没有可导入的行'):
        put(session, mine, GOOD | {'name': '改名'})
    examined = list(table_imports.examined(ROSTER, [Line(GOOD | {'name': '改名'})]))
    (judged,) = table_imports.compared(session, ROSTER, mine, examined, TODAY)
    assert (judged.verdict, judged.note) == (RowVerdict.DUPLICATE, '已有此证件号码，姓名：陈思远 → 改名')


def test_a_registry_is_renewed(session: Session, account: Who) -> None:
    platform = account('pingtai1')
    before = InsuranceRecord(name='李娜', id_number='E12345678', employer='旧单位', employer_code='D2143569X')
    session.add(before)
    session.flush()
    same = {
        'name': before.name,
        'id_number': before.id_number,
        'employer': before.employer,
        'employer_code': before.employer_code,
    }
    rows = [Line(same | {'employer': '新单位'}, 2), Line(INSURED, 3)]
    judged = table_imports.compared(session, INSURANCE, platform, list(table_imports.examined(INSURANCE, rows)), TODAY)
    assert [each.verdict for each in judged] == [RowVerdict.CHANGED, RowVerdict.NEW]
    assert judged[0].note == f'现参保单位：{before.employer} → 新单位'
    unchanged = table_imports.compared(
        session, INSURANCE, platform, list(table_imports.examined(INSURANCE, [Line(same)])), TODAY
    )
    assert unchanged[0].verdict == RowVerdict.DUPLICATE
    count = session.scalar(select(func.count()).select_from(InsuranceRecord))
    table_imports.carry_out(session, INSURANCE, platform, judged, whole=True)
    session.expire_all()
    assert before.employer == '新单位'
    assert session.scalar(select(func.count()).select_from(InsuranceRecord)) == (count or 0) + 1


def test_all_or_nothing(session: Session, account: Who) -> None:
    before = session.scalar(select(func.count()).select_from(RosterEntry))
    with pytest.raises(Refused, match='有误 1 行、重复 1 行，不能整表导入'):
        put(session, account('guanli1'), GOOD, GOOD, {**GOOD, 'name': ''}, whole=True)
    assert session.scalar(select(func.count()).select_from(RosterEntry)) == before


def test_who_came_first_wins_and_nothing_is_half_done(session: Session, account: Who) -> None:
    mine = account('guanli1')
    people = [GOOD, {'name': '李娜', 'id_type': '护照', 'id_number': 'E12345678'}]
    examined = list(table_imports.examined(ROSTER, [Line(texts, number) for number, texts in enumerate(people)]))
    judged = table_imports.compared(session, ROSTER, mine, examined, TODAY)
    put(session, mine, people[1])
    with pytest.raises(Refused, match='有人新增了相同的记录'):
        table_imports.carry_out(session, ROSTER, mine, judged, whole=False)
    stored = session.scalars(select(RosterEntry.id_number).where(RosterEntry.employer_id == mine.employer_id))
    assert list(stored) == [people[1]['id_number']]


def test_many_rows_ask_the_database_a_few_times(session: Session, account: Who) -> None:
    people = [{'name': f'人{n}', 'id_type': '护照', 'id_number': f'E{n:08d}'} for n in range(1200)]
    put(session, account('guanli1'), *people)
    judged = table_imports.compared(
        session, ROSTER, account('guanli1'), list(table_imports.examined(ROSTER, [Line(p) for p in people])), TODAY
    )
    assert {each.verdict for each in judged} == {RowVerdict.DUPLICATE}
