"""Import of tables of people's data: the fields of a row, its key and its checks.

The rows of a file are checked in two steps: :func:`examined` looks at the file alone, :func:`compared` at the stored
rows. :func:`carry_out` writes the accepted rows, all of them or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.account import Account
from models.base import Base, Labelled
from models.employer import RosterEntry
from models.fields import Field, Kind, fields_of
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from models.terms import ID_TYPES
from models.transaction import savepoint
from rules import access, validators
from rules.refusal import Refusal, Refused

ROWS_A_STATEMENT = 500
"""Number of rows of one statement; every database accepts that many parameters."""

MEANT = {'身份证': ID_TYPES[0]}
"""Short words in people's own tables (手册 §1.4.5 图), with the terms that they mean."""

Values = Mapping[str, Any]
Problems = dict[str, str]
"""Sentences by field name."""


def roster_problems(values: Values) -> Problems:
    """Check that a person's number on a roster fits its document (手册 §1.4.5)."""
    problem = validators.id_number_problem(values['id_type'], values['id_number'])
    return {'id_number': problem} if problem else {}


def schooling_problems(values: Values) -> Problems:
    """Check that schooling ends after it began (手册 §2.1.4)."""
    return {'left_on': '毕业时间应晚于入学时间'} if values['left_on'] <= values['entered_on'] else {}


def exam_problems(values: Values) -> Problems:
    """Check that an exam does not end before it began (手册 §2.1.7)."""
    return {'ended_on': '考试结束时间应不早于开始时间'} if values['ended_on'] < values['started_on'] else {}


def no_problems(_values: Values) -> Problems:
    """Accept every combination of valid values."""
    return {}


def nothing_more(_account: Account) -> dict[str, Any]:
    """Add no columns to a new row."""
    return {}


@dataclass(frozen=True, slots=True)
class Importable:
    """A kind of table that can be imported into a room.

    ``key`` is the field that identifies a row within the account's scope, ``example`` a row for the template, ``check``
    a check across the values of a row, ``given`` a function that returns more columns of a new row. With ``renews``, a
    row that differs from the stored one replaces it; otherwise it is a duplicate.
    """

    model: type[Base]
    names: tuple[str, ...]
    key: str
    example: Mapping[str, str]
    check: Callable[[Values], Problems] = no_problems
    given: Callable[[Account], dict[str, Any]] = nothing_more
    renews: bool = False

    @property
    def fields(self) -> list[Field]:
        """Return the columns of a file, in order; a column whose field has a value for empty may be missing."""
        declared = fields_of(self.model)
        return [
            replace(each, required=each.required and not each.stored_empty)
            for each in map(declared.get, self.names)
            if each
        ]


PERSON = {'name': '张三', 'id_number': '44010619870312773X'}
IMPORTS: Mapping[str, Importable] = {
    'roster': Importable(
        RosterEntry,
        ('name', 'id_type', 'id_number'),
        'id_number',
        PERSON | {'id_type': ID_TYPES[0]},
        roster_problems,
        lambda account: {'employer_id': account.employer_id, 'created_by_id': account.id},
    ),
    'education_records': Importable(
        EducationRecord,
        tuple(fields_of(EducationRecord)),
        'certificate_number',
        PERSON
        | {
            'certificate_number': '105611201205000001',
            'school': '华南理工大学',
            'entered_on': '2008-09-01',
            'left_on': '2012-06-30',
            'schooling': '大学本科',
            'subject': '软件工程',
            'study_form': '全日制',
        },
        schooling_problems,
        renews=True,
    ),
    'exam_records': Importable(
        ExamRecord,
        tuple(fields_of(ExamRecord)),
        'ticket',
        PERSON
        | {
            'ticket': '2026440300001',
            'started_on': '2026-03-20',
            'ended_on': '2026-03-20',
            'subject': '专业实践能力',
            'score': '76',
            'place': '深圳职业技术大学',
        },
        exam_problems,
        renews=True,
    ),
    'insurance_records': Importable(
        InsuranceRecord,
        tuple(fields_of(InsuranceRecord)),
        'id_number',
        PERSON | {'employer': '深圳市云帆科技有限公司', 'employer_code': '91350100M000100Y43'},
        renews=True,
    ),
}
"""Imports by the room of ``rules/access`` that shows their rows."""


# --- judging ---------------------------------------------------------------------------------------------------


class RowVerdict(Labelled):
    """Verdict on a row."""

    NEW = 'new', '可导入'
    CHANGED = 'changed', '将更新'
    DUPLICATE = 'duplicate', '重复'
    WRONG = 'wrong', '有误'


class GivenRow(Protocol):
    """A row of a file: its number, its texts by field name, and the problems of its cells."""

    @property
    def number(self) -> int: ...

    @property
    def texts(self) -> Mapping[str, str]: ...

    @property
    def problems(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its verdict: problems by field name, or a ``note`` that explains a duplicate or a change.

    ``stored_id`` is the key of the row to update.
    """

    number: int
    texts: Mapping[str, str]
    verdict: RowVerdict
    problems: Problems = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    note: str = ''
    stored_id: int | None = None


def examined(importable: Importable, rows: Iterable[GivenRow]) -> Iterator[Judged]:
    """Yield every row with its verdict, checked alone and against the rows before it."""
    fields = importable.fields
    seen: dict[str, int] = {}
    for row in rows:
        values, problems = _values(fields, row)
        problems = problems or importable.check(values)
        if problems:
            yield Judged(row.number, row.texts, RowVerdict.WRONG, problems)
            continue
        earlier = seen.setdefault(values[importable.key], row.number)
        if earlier != row.number:
            yield Judged(row.number, row.texts, RowVerdict.DUPLICATE, values=values, note=f'与第 {earlier} 行重复')
        else:
            yield Judged(row.number, row.texts, RowVerdict.NEW, values=values)


def _values(fields: Sequence[Field], row: GivenRow) -> tuple[dict[str, Any], Problems]:
    """Return the values of a row, and its problems by field name."""
    values: dict[str, Any] = {}
    problems = dict(row.problems)
    for each in fields:
        if each.name in problems:
            continue
        try:
            values[each.name] = parsed(each, row.texts.get(each.name, ''))
            problem = validators.value_problem(each, values[each.name])
        except ValueError as error:
            problem = str(error)
        if problem:
            problems[each.name] = problem
    return values, problems


def parsed(each: Field, text: str) -> Any:
    """Return the value of a cell. Raises ValueError with a sentence if the text is not valid."""
    if not text:
        return each.stored_empty
    if each.kind is Kind.DAY:
        return _day(text)
    if each.kind is Kind.TEXT:
        return validators.written(each, text)
    return MEANT.get(text, text) if each.kind is Kind.CHOICE else each.parsed(text)


def _day(text: str) -> date:
    """Parse a day typed by people (2008-09-01, 2008/9/1, 2008.9.1, 2008年9月1日, 20080901) or programs (… 0:00:00)."""
    day = re.sub(r' 0?0:00(:00(\.0+)?)?$', '', text)
    found = re.fullmatch(r'(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)', day)
    try:
        if found is None:
            raise ValueError
        return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        raise ValueError('日期不正确，请按 2026-01-31 的格式填写') from None


def compared(
    session: Session, importable: Importable, account: Account, rows: Sequence[Judged], on: date
) -> list[Judged]:
    """Return the rows with verdicts that include the stored rows of the account's scope."""
    keys = [row.values[importable.key] for row in rows if row.verdict == RowVerdict.NEW]
    stored = _stored(session, importable, account, keys, on)
    return [_against(importable, row, stored) if row.verdict == RowVerdict.NEW else row for row in rows]


def _stored(
    session: Session, importable: Importable, account: Account, keys: Sequence[str], on: date
) -> dict[str, Any]:
    model: Any = importable.model
    key = getattr(model, importable.key)
    columns = (model.id, *(getattr(model, name) for name in importable.names))
    within = access.scope(account, model, on)
    found: dict[str, Any] = {}
    for start in range(0, len(keys), ROWS_A_STATEMENT):
        rows = session.execute(select(*columns).where(within, key.in_(keys[start : start + ROWS_A_STATEMENT])))
        found |= {row._mapping[importable.key]: row._mapping for row in rows}
    return found


def _against(importable: Importable, row: Judged, stored: Mapping[str, Any]) -> Judged:
    there = stored.get(row.values[importable.key])
    if there is None:
        return row
    differing = [each for each in importable.fields if there[each.name] != row.values[each.name]]
    note = '；'.join(f'{each.label}：{each.shown(there[each.name])} → {row.texts[each.name]}' for each in differing)
    if not differing or not importable.renews:
        already = f'已有此{fields_of(importable.model)[importable.key].label}'
        return replace(row, verdict=RowVerdict.DUPLICATE, note=f'{already}，{note}' if note else already)
    return replace(row, verdict=RowVerdict.CHANGED, note=note, stored_id=there['id'])


def recalled(importable: Importable, rows: Iterable[GivenRow], repeats: Mapping[str, str]) -> list[Judged]:
    """Return the verdicts from before the import; ``repeats`` has the notes of duplicates by row number, as text."""
    return [
        replace(row, verdict=RowVerdict.DUPLICATE, note=repeats[str(row.number)]) if str(row.number) in repeats else row
        for row in examined(importable, rows)
    ]


def count_verdicts(rows: Iterable[Judged]) -> dict[RowVerdict, int]:
    """Count the rows of each verdict."""
    counted = dict.fromkeys(RowVerdict, 0)
    for row in rows:
        counted[row.verdict] += 1
    return counted


# --- writing ---------------------------------------------------------------------------------------------------


def whole_refusal(rows: Iterable[Judged]) -> Refusal | None:
    """Return the refusal of an import that must take all rows, or None if all can be taken."""
    counted = count_verdicts(rows)
    hindered = counted[RowVerdict.WRONG] + counted[RowVerdict.DUPLICATE]
    if not hindered:
        return None
    return Refusal(
        'not_all', f'有误 {counted[RowVerdict.WRONG]} 行、重复 {counted[RowVerdict.DUPLICATE]} 行，不能整表导入'
    )


def carry_out(
    session: Session, importable: Importable, account: Account, rows: Sequence[Judged], *, whole: bool
) -> None:
    """Write the new and changed rows, in the caller's transaction.

    Raises Refused, with nothing written, if ``whole`` and a row cannot be taken, if no row can be taken, or if another
    transaction has stored one of them.
    """
    refusal = whole_refusal(rows) if whole else None
    if refusal is not None:
        raise Refused(refusal)
    new = [{**row.values, **importable.given(account)} for row in rows if row.verdict == RowVerdict.NEW]
    changed = [{**row.values, 'id': row.stored_id} for row in rows if row.verdict == RowVerdict.CHANGED]
    if not new and not changed:
        raise Refused(Refusal('nothing_to_take', '没有可导入的行'))
    try:
        with savepoint(session):
            for start in range(0, len(new), ROWS_A_STATEMENT):
                session.execute(insert(importable.model), new[start : start + ROWS_A_STATEMENT])
            if changed:
                session.execute(update(importable.model), changed)
    except IntegrityError as error:
        refusal = Refusal('stored_meanwhile', '导入的同时有人新增了相同的记录，没有导入，请重新核对后再导入')
        raise Refused(refusal) from error
