"""Cached statements of lists, because SQLAlchemy takes longer to build one than the database takes to run it.

Everything that a statement depends on is an argument, and so a part of the cache key. Clauses and loader options are
compared by identity: one that is made for each request is never found in the cache, which costs time and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from admin_views.framework.fast import paging


@lru_cache(paging.MOST_STATEMENTS)
def order_keys(
    model: Any, order: tuple[Any, ...], filled: tuple[str, ...], column: str | None, descending: bool
) -> tuple[paging.Key, ...]:
    """Return the sort keys of a column or, without one, of the list's own order; the primary key comes last."""
    if column is not None:
        by = getattr(model, column)
        order = (by.desc() if descending else by,)
    return tuple(paging.keys_of(order or (model.id.desc(),), model.id, filled))


@lru_cache(paging.MOST_STATEMENTS)
def whole_page(
    model: Any,
    scope: ColumnElement[bool],
    clause: ColumnElement[bool] | None,
    loads: tuple[Any, ...],
    keys: tuple[paging.Key, ...],
    offset: int,
    most: int,
) -> Select[Any]:
    """Return the SELECT of a page of a whole tab, without filters and search."""
    rows = select(model).where(scope)
    rows = rows if clause is None else rows.where(clause)
    return rows.order_by(*paging.sorted_by(keys)).options(*loads).offset(offset).limit(most)
