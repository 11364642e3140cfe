"""Fast search of a million declarations: numbers by equality, Chinese names by an index of their endings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all

from admin_views.framework.fast import paging
from admin_views.framework.list_parts import Search, contains
from models import db
from models.application import Application
from models.name_search import NameTail

SHORT = 1000
"""Rows of a tab up to which a name search compares every name with LIKE."""

COMMON = 30_000
"""Names with a word above which every name is compared with LIKE: a page of matches is then found after a few rows."""


class DeclarationSearch(Search):
    """Search of declarations by name, serial and identity number."""

    def narrow(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Search 18 characters as an identity number, 19 digits as a serial, and any other text word by word."""
        if len(text) == 18 and text[:17].isdigit():
            begun = Application.serial.between(f'{text}0', f'{text}9')  # a serial without its last digit
            # UNION ALL of ids, because with OR on two columns SQLite reads the whole list in its order
            found = (select(Application.id).where(either) for either in (Application.id_number == text.upper(), begun))
            return statement.where(Application.id.in_(union_all(*found)))
        if len(text) == 19 and text.isdigit():
            return statement.where(Application.serial == text)
        return super().narrow(query, statement, text)

    def occurs(self, query: Any, word: str) -> ColumnElement[bool]:
        """Find a Chinese word in the table of name endings, if that takes less time than to compare every name."""
        if word.isascii() or not _searches_names(query):
            return super().occurs(query, word)
        found = select(NameTail.application_id).where(NameTail.begins(word))
        here = query.in_tab.with_only_columns(Application.id)
        sizes = select(paging.count_of(here, SHORT + 1), paging.count_of(found, COMMON + 1))
        rows, names = db.session.execute(sizes).one()
        return self._compared(query, word) if rows <= SHORT or names > COMMON else Application.id.in_(found)

    def narrow_along_order(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Compare every name with LIKE: if many rows match, a page of them is found after a few rows in any order."""
        if text.isascii() or not _searches_names(query):
            return self.narrow(query, statement, text)
        return statement.where(*(self._compared(query, word) for word in text.split()))

    def _compared(self, query: Any, word: str) -> ColumnElement[bool]:
        return super().occurs(query, word) if word.isascii() else contains(Application.applicant_name, word)


def _searches_names(query: Any) -> bool:
    return 'applicant_name' in query.view.searched
