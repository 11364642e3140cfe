"""Pass many rows or keys to SQL as one JSON parameter.

Ten thousand bind parameters take longer to send than the query takes, and databases limit their number; even fifty, on
a page of a list, take up to twice as long. One JSON array avoids this, and an INSERT can select its rows from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Each(FunctionElement[Any]):
    """Table function: the elements of a JSON array as rows."""

    name = 'each'
    inherit_cache = True


@compiles(_Each, 'sqlite')
def _each_on_sqlite(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f'json_each({compiler.process(element.clauses, **more)})'


@compiles(_Each, 'postgresql')
def _each_on_postgresql(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f'jsonb_array_elements(CAST({compiler.process(element.clauses, **more)} AS JSONB))'


def _values(packed: ColumnElement[Any]) -> ColumnElement[Any]:
    return _Each(packed).table_valued('value').c.value


KEYS: Select[int] = select(cast(_values(bindparam('keys', type_=JSON())), Integer))
"""Subquery for ``column.in_(KEYS)`` in a statement that is built once; each execution binds ``keys``, a list."""


def sent(session: Session, rows: Iterable[Sequence[Any]], **columns: TypeEngine[Any]) -> Subquery:
    """Return the rows as a subquery. A row is a sequence of numbers, texts or documents in the order of ``columns``."""
    packed = json.dumps(list(rows), ensure_ascii=False)
    on_sqlite = session.get_bind().dialect.name == 'sqlite'
    value, at = _values(literal(packed, Text())), _on_sqlite if on_sqlite else _on_postgresql
    drawn = (at(value, place, type_).label(name) for place, (name, type_) in enumerate(columns.items()))
    return select(*drawn).subquery()


def sent_keys(session: Session, keys: Iterable[int]) -> Select[int]:
    """Return a subquery of any number of keys, for ``column.in_(…)``."""
    return select(sent(session, ([key] for key in keys), id=Integer()).c.id)


def _on_sqlite(value: ColumnElement[Any], place: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return func.json_extract(value, f'$[{place}]', type_=type_)


def _on_postgresql(value: ColumnElement[Any], place: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(value.op('->' if isinstance(type_, JSON) else '->>')(place), type_)
