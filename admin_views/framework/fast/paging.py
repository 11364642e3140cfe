"""Pagination of a list: OFFSET for the first pages, keyset pagination for the others, which cost the same each."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    UnaryExpression,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql import operators

from models.account import Account
from models.base import LARGEST_WHOLE, now
from rules import access

NUMBERED = 20
"""Pages that are read with OFFSET; later ones are read from the last row of the page before."""

MOST_COUNTED = 1000
"""Largest number of rows of a list that is shown; a greater number is shown as 1000+."""

LONGEST_CURSOR = 600

MOST_STATEMENTS = 500
"""Size of each cache of statements."""

CROWDED_FOR = 60
"""Seconds during which a tab that had more than MOST_COUNTED rows is not counted again."""

MOST_CROWDED = 10_000
"""Largest number of scopes in ``Crowded``; one more empties it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Column of an ORDER BY. NULL comes first, and last when descending, on every database."""

    column: Any
    descending: bool
    nullable: bool

    def sorted(self, backwards: bool) -> ColumnElement[Any]:
        """Return the expression for ORDER BY; ``backwards`` reverses the order."""
        if self.descending == backwards:
            ascending: ColumnElement[Any] = self.column.asc()
            return ascending.nulls_first() if self.nullable else ascending
        descending: ColumnElement[Any] = self.column.desc()
        return descending.nulls_last() if self.nullable else descending

    def beyond(self, value: Any, backwards: bool) -> ColumnElement[bool]:
        """Return the condition for values after ``value`` or, if ``backwards``, before it."""
        column = self.column
        if self.descending == backwards:
            return column.is_not(None) if value is None else column > value
        if value is None:
            return false()
        less: ColumnElement[bool] = column < value
        return less | column.is_(None) if self.nullable else less

    def read(self, value: Any) -> Any:
        """Convert a value of the query string for the column. Raises ValueError, TypeError or OverflowError."""
        wanted = self.column.type.python_type
        if value is None and self.nullable:
            return None
        if wanted is datetime:
            moment = datetime.fromisoformat(value)
            moment.astimezone(UTC)
            return moment
        if wanted is date:
            return date.fromisoformat(value)
        if type(value) is not wanted or (wanted is int and abs(value) > LARGEST_WHOLE):
            raise ValueError(value)
        if wanted is str and (value.encode() and '\x00' in value):
            raise ValueError(value)
        return value


def keys_of(order: Sequence[Any], last: Any, filled: Sequence[str] = ()) -> list[Key]:
    """Return the keys of an order; ``last`` decides between equal rows, columns named in ``filled`` are never NULL."""
    keys = []
    for each in order:
        backwards = isinstance(each, UnaryExpression) and each.modifier is operators.desc_op
        column = each.element if isinstance(each, UnaryExpression) else each.expression
        keys.append(Key(column, backwards, bool(column.nullable) and column.key not in filled))
    if not any(key.column.key == last.key for key in keys):
        keys.append(Key(last.expression, bool(keys) and keys[-1].descending, nullable=False))
    return keys


def sorted_by(keys: Sequence[Key], *, backwards: bool = False) -> list[ColumnElement[Any]]:
    """Return the expressions for ORDER BY; ``backwards`` reverses the order."""
    return [key.sorted(backwards) for key in keys]


def beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool = False) -> ColumnElement[bool]:
    """Return the condition for rows after a place or, if ``backwards``, before it."""
    if len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys):
        here = tuple_(*(literal(value, key.column.type) for key, value in zip(keys, values, strict=True)))
        row = tuple_(*(key.column for key in keys))
        further: ColumnElement[bool] = row > here if keys[0].descending == backwards else row < here
        return further
    pairs = list(zip(keys, values, strict=True))
    return or_(
        *(
            and_(*(same.column == known for same, known in pairs[:at]), key.beyond(value, backwards))
            for at, (key, value) in enumerate(pairs)
        )
    )


def encode_cursor(keys: Sequence[Key], row: Any) -> str:
    """Encode the place of a row (its values of the keys) for a query string."""
    values = [getattr(row, key.column.key) for key in keys]
    written = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(written).encode()).decode().rstrip('=')


def decode_cursor(keys: Sequence[Key], text: str) -> list[Any] | None:
    """Decode the place in a query string; return None if it does not fit this order."""
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            return None
        return [key.read(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


class Crowded:
    """Tabs that had more than MOST_COUNTED rows at the last count; to count them is slow, and they seldom shrink soon.

    They are stored by scope: accounts that see the same rows share an entry.
    """

    def __init__(self) -> None:
        self._until: dict[Hashable, dict[Hashable, float]] = {}

    def of(self, scope: Hashable) -> frozenset[Hashable]:
        """Return the tabs of a scope that are not to be counted now."""
        moment = time.monotonic()
        return frozenset(tab for tab, until in self._until.get(scope, {}).items() if until > moment)

    def add(self, scope: Hashable, tab: Hashable) -> None:
        """Add a tab of a scope, so that it is not counted for CROWDED_FOR seconds."""
        if scope not in self._until and len(self._until) >= MOST_CROWDED:
            self._until.clear()
        self._until.setdefault(scope, {})[tab] = time.monotonic() + CROWDED_FOR

    def forget(self, scope: Hashable) -> None:
        """Remove the tabs of a scope, after some of its rows have moved."""
        self._until.pop(scope, None)


CROWDED = Crowded()


def recount_tabs(account: Account, model: type) -> None:
    """Let the tabs that an account sees of a model be counted again, after some of its rows have moved."""
    CROWDED.forget(access.scope(account, model, now().date()))


@lru_cache(MOST_STATEMENTS)
def counts_of(
    model: Any, scope: ColumnElement[bool], clauses: tuple[ColumnElement[bool] | None, ...], most: int
) -> Select[Any]:
    """Return the statement that counts, for each clause, the rows of a scope that meet it, no further than ``most``.

    Clauses are compared by identity: one that is made for each request is never found in the cache.
    """
    rows = select(model.id).where(scope)
    met = (rows if clause is None else rows.where(clause) for clause in clauses)
    numbers: list[Any] = [count_of(each, most) for each in met]
    return select(*numbers)


def count_of(rows: Select[Any], most: int) -> ScalarSelect[int]:
    """Return a subquery that counts the rows of a statement without ORDER BY, no further than ``most``."""
    return select(func.count()).select_from(rows.limit(most).subquery()).scalar_subquery()


def counted(count: int) -> str:
    """Return a count as text: 1000+ above MOST_COUNTED."""
    return f'{MOST_COUNTED}+' if count > MOST_COUNTED else str(count)
