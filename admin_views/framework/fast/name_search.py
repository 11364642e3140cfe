"""Search among a million declarations: numbers by equality, Chinese names by their endings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all

from admin_views.framework.fast import paging
from admin_views.framework.list_parts import Search, contains
from models import db
from models.application import Application
from models.name_search import NameTail

SHORT = 1000
"""Rows of a tab up to which every name is compared."""

COMMON = 30_000
"""Names that hold a word, above which every name is compared: enough of them are soon met."""


class DeclarationSearch(Search):
    """Search by name, serial and identity number."""

    def narrow(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Take 18 characters for an identity number, 19 digits for a serial, and look for every word of the rest."""
        if len(text) == 18 and text[:17].isdigit():
            begun = Application.serial.between(f'{text}0', f'{text}9')  # a serial with its last digit not typed
            # by the keys of either: with an OR of two columns SQLite would rather read the whole list in its order
            found = (select(Application.id).where(either) for either in (Application.id_number == text.upper(), begun))
            return statement.where(Application.id.in_(union_all(*found)))
        if len(text) == 19 and text.isdigit():
            return statement.where(Application.serial == text)
        return super().narrow(query, statement, text)

    def occurs(self, query: Any, word: str) -> ColumnElement[bool]:
        """Look Chinese up among the endings of names, where that takes less time than comparing every name."""
        if word.isascii() or not _searches_names(query):
            return super().occurs(query, word)
        found = select(NameTail.application_id).where(NameTail.begins(word))
        here = query.in_tab.with_only_columns(Application.id)
        sizes = select(paging.count_of(here, SHORT + 1), paging.count_of(found, COMMON + 1))
        rows, names = db.session.execute(sizes).one()
        return self._compared(query, word) if rows <= SHORT or names > COMMON else Application.id.in_(found)

    def narrow_along_order(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Compare names: where many rows are found, a page of them is soon met in any order."""
        if text.isascii() or not _searches_names(query):
            return self.narrow(query, statement, text)
        return statement.where(*(self._compared(query, word) for word in text.split()))

    def _compared(self, query: Any, word: str) -> ColumnElement[bool]:
        return super().occurs(query, word) if word.isascii() else contains(Application.applicant_name, word)


def _searches_names(query: Any) -> bool:
    return 'applicant_name' in query.view.searched
