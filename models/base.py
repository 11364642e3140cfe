"""The declarative base, the database handle and the column types that every model shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, MetaData, String, event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

LOCAL_ZONE = ZoneInfo('Asia/Shanghai')
LOCAL_HOURS = 8
"""Hours of local time ahead of UTC all year: no summer time since 1992, and no stored moment is older."""

LARGEST_WHOLE = 2**31 - 1
"""Largest integer, and so the largest key, that an INTEGER column holds on every database."""

Clock = Callable[[], datetime]
"""Function that returns the present moment in local time."""


def system_clock() -> datetime:
    """Read the clock of the machine."""
    return datetime.now(LOCAL_ZONE)


_clock: Clock = system_clock
_set_clock: ContextVar[datetime | None] = ContextVar('set_clock', default=None)


def use_clock(clock: Clock) -> None:
    """Replace the clock of the whole process, threads included. Tests use it to run on the same day every day."""
    global _clock
    _clock = clock


def now() -> datetime:
    """Return the present moment in local time; the product reads the clock only here."""
    return _set_clock.get() or _clock()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the moment that ``now()`` returns within the block. The demo world has a past, and tests have a calendar."""
    token = _set_clock.set(moment.astimezone(LOCAL_ZONE))
    try:
        yield
    finally:
        _set_clock.reset(token)


class Moment(TypeDecorator[datetime]):
    """Column type of a moment: stored in UTC, read back in local time on every database."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Return the Python type of a value."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC).astimezone(LOCAL_ZONE) if value else None


class LocalMinute(FunctionElement[str]):
    """SQL expression for a stored moment as text in local time, to the minute; formatted by the database for speed."""

    type = String()
    inherit_cache = True


@compiles(LocalMinute, 'sqlite')
def _on_sqlite(element: LocalMinute, compiler: SQLCompiler, **more: Any) -> str:
    whole_seconds = f'substr({compiler.process(element.clauses, **more)}, 1, 19)'  # the last half millisecond rounds up
    return f"strftime('%Y-%m-%d %H:%M', {whole_seconds}, '{LOCAL_HOURS:+} hours')"


@compiles(LocalMinute, 'postgresql')
def _on_postgresql(element: LocalMinute, compiler: SQLCompiler, **more: Any) -> str:
    stored = compiler.process(element.clauses, **more)
    return f"to_char({stored} + interval '{LOCAL_HOURS} hours', 'YYYY-MM-DD HH24:MI')"


class Labelled(StrEnum):
    """A stored state with its Chinese label: ``DRAFT = 'draft', '草稿'``."""

    label: str

    def __new__(cls, value: str, label: str = '') -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Return the labels by stored value, in the order of declaration."""
        return {member.value: member.label for member in cls}


class Base(DeclarativeBase):
    """Base class of every table. Constraints have names, so that migrations can address them."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                'ix': 'ix_%(column_0_N_label)s',
                'uq': 'uq_%(table_name)s_%(column_0_N_name)s',
                'ck': 'ck_%(table_name)s_%(constraint_name)s',
                'fk': 'fk_%(table_name)s_%(column_0_N_name)s',
                'pk': 'pk_%(table_name)s',
            }
        ),
        type_annotation_map={datetime: Moment, dict[str, Any]: JSON},
    )


db = SQLAlchemy(model_class=Base)


@event.listens_for(Engine, 'connect')
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Switch on foreign keys, the WAL journal and our own BEGIN on SQLite (see models/transaction.py)."""
    if not type(connection).__module__.startswith('sqlite3'):
        return
    connection.isolation_level = None  # SAVEPOINT works only if the driver emits no BEGIN of its own
    for pragma in ('foreign_keys=ON', 'journal_mode=WAL', 'synchronous=NORMAL', 'busy_timeout=10000'):
        connection.execute(f'PRAGMA {pragma}').close()
