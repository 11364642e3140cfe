"""The index behind the search for names: Chinese names are found by any one or more of their characters.

Word indexes do not split Chinese, and trigrams miss one and two characters. Every ending of a name is kept instead
(张三丰, 三丰, 丰): what occurs in a name begins one of its endings, and beginnings are what an ordinary index finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, insert, inspect
from sqlalchemy import event as events
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from models.application import Application
from models.base import Base

LONGEST = 60
"""Characters of an ending that are kept; of a longer text, its beginning is looked for."""

LAST = '\U0010ffff'
"""Sorts behind every character that can follow."""


class NameTail(Base):
    """One ending of the name on a declaration, in small letters. Sorted by code point on every database."""

    __tablename__ = 'name_tail'
    __table_args__ = (Index('ix_name_tail_application', 'application_id'), {'sqlite_with_rowid': False})

    tail: Mapped[str] = mapped_column(
        String(LONGEST).with_variant(String(LONGEST, collation='C'), 'postgresql'), primary_key=True
    )
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), primary_key=True)

    @classmethod
    def begins(cls, text: str) -> ColumnElement[bool]:
        """The endings that begin with a text, so the names in which it occurs."""
        small = text.lower()[:LONGEST]
        return (cls.tail >= small) & (cls.tail < small + LAST)


def tails(application_id: int, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a name; a few letters are longer when small, and an ending is kept no longer than its column."""
    small = name.lower()
    for tail in {small[start : start + LONGEST] for start in range(len(small))}:
        yield {'tail': tail, 'application_id': application_id}


@events.listens_for(Application, 'after_insert')
def _index(_mapper: Mapper[Any], connection: Connection, application: Application) -> None:
    rows = list(tails(application.id, application.applicant_name))
    if rows:
        connection.execute(insert(NameTail), rows)


@events.listens_for(Application, 'after_update')
def _index_anew(mapper: Mapper[Any], connection: Connection, application: Application) -> None:
    if inspect(application).attrs.applicant_name.history.has_changes():
        connection.execute(delete(NameTail).where(NameTail.application_id == application.id))
        _index(mapper, connection, application)
