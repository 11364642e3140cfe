"""What the platform maintains is read once a process, and anew as soon as any of it has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session

from models import reference_cache
from models.catalogue import Call, CallNumber, Committee, FeeStandard, Series
from models.material import Material
from models.notice import WorkdayOverride
from rules import choice_sources, fees, materials, statutory, workdays
from tests.helpers.statements import statements_on

SUNDAY = date(2026, 5, 10)
ADDED = {
    WorkdayOverride: {'on': SUNDAY, 'works': True, 'reason': '调休'},
    FeeStandard: {'level': '中级', 'track': 'transfer', 'amount_fen': 1, 'in_force': True},
    Material: {'position': 99, 'name': '新材料', 'rule': 'always', 'stage': 'post_notice'},
    Call: {'year': 2031, 'name': '2031', 'opens_on': date(2031, 1, 1), 'closes_on': date(2031, 2, 1)},
    Series: {'name': '新系列'},
    CallNumber: {'call_id': 1, 'number': 'notice_days', 'value': 9, 'effective_on': SUNDAY},
    Committee: {'code': '77', 'name': '新评委会', 'office_name': '办', 'host_name': '局', 'host_code': '1'},
}
"""A row of each model that is kept, and below what tells of it."""

TELLS: dict[type, Callable[[Session], bool]] = {
    WorkdayOverride: lambda session: SUNDAY in workdays.overrides(session),
    FeeStandard: lambda session: ('中级', 'transfer') in fees.standards(session),
    Material: lambda session: (
        '新材料' in [each.name for each in materials.demands_by_stage(session).get('post_notice', ())]
    ),
    Call: lambda session: '2031' in choice_sources.narrowed_by(session)['year'],
    Series: lambda session: '新系列' in choice_sources.narrowed_by(session)['series'].values(),
    CallNumber: lambda session: statutory.of_call(session, 1, SUNDAY)['notice_days'] == 9,
    Committee: lambda session: '新评委会' in choice_sources.narrowed_by(session)['committee_id'].values(),
}


@pytest.fixture
def session(small_world: Engine) -> Iterator[Session]:
    """A session whose commits other sessions see; what a test commits it takes back."""
    with Session(small_world) as opened:
        yield opened


def test_every_kept_model_is_tried() -> None:
    """A model that is kept anew joins the table above."""
    assert set(ADDED) == set(TELLS) == reference_cache._watched


@pytest.mark.parametrize('model', ADDED)
def test_a_row_counts_as_soon_as_it_is_added(session: Session, model: Any) -> None:
    """Flushed or not, by the session or by a statement; undone, it never was."""
    tells = TELLS[model]
    assert not tells(session)
    session.add(model(**ADDED[model]))
    assert tells(session)
    session.rollback()
    assert not tells(session)
    session.execute(insert(model).values(**ADDED[model]))
    assert tells(session)
    session.rollback()
    assert not tells(session)


def test_a_change_counts_in_other_sessions_once_it_is_committed(small_world: Engine, session: Session) -> None:
    """Not before: others go on with what they kept."""
    row = WorkdayOverride(on=SUNDAY, works=True, reason='调休')
    with Session(small_world) as other:
        assert SUNDAY not in workdays.overrides(other)
    session.add(row)
    session.flush()
    assert SUNDAY in workdays.overrides(session)
    with Session(small_world) as other:
        other.connection(execution_options={'writes': False})
        assert SUNDAY not in workdays.overrides(other)
    session.commit()
    with Session(small_world) as other:
        assert workdays.overrides(other)[SUNDAY] is True
    session.execute(update(WorkdayOverride).where(WorkdayOverride.on == SUNDAY).values(works=False))
    assert workdays.overrides(session)[SUNDAY] is False
    session.commit()
    session.delete(row)
    session.commit()
    with Session(small_world) as other:
        assert SUNDAY not in workdays.overrides(other)


def test_what_was_read_is_read_once(small_world: Engine, session: Session) -> None:
    """The mark alone is looked at again, and not twice in one transaction."""
    workdays.overrides(session)
    session.rollback()
    with statements_on(small_world) as statements:
        for _ in range(3):
            workdays.overrides(session)
            fees.standards(session)
    assert [statement for statement in statements if 'workday_override' in statement] == []
    assert len([statement for statement in statements if 'maintenance' in statement]) == 1
