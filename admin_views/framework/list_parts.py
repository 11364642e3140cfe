"""Parts of a list: tabs, columns, filters, bulk actions and row links. A view declares each kind in a tuple."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from admin_views.framework.access_check import visitor
from admin_views.framework.option_lists import fixed_labels
from models import db
from models.base import Labelled
from models.fields import Field, Kind, fields_of
from rules import access, validators
from rules.validators import as_key

LONGEST_SEARCH = 100
"""Largest number of characters of a search or filter text that are used; no name or number is longer."""

MOST_OCCURRING = 200
"""Largest number of values that a filter offers when it reads them from the rows."""


@dataclass(frozen=True, slots=True)
class Tab:
    """Tab of a list: its rows also meet ``clause``, an SQL condition or a function that returns one for the visitor.

    ``same_as`` is the key of a tab with the same rows; ``stage`` is the stage of all its rows, where there is one.
    """

    key: str
    label: str
    clause: ColumnElement[bool] | Callable[[], ColumnElement[bool]] | None = None
    same_as: str = ''
    stage: str = ''

    def condition(self) -> ColumnElement[bool] | None:
        """Return the SQL condition of the tab, None for all rows; always the same object, for use as a cache key."""
        return self.clause() if callable(self.clause) else self.clause


ShownOn = Callable[[Tab | None], bool]
"""Function that returns True for the tabs on which a part is shown; it gets None in a list without tabs."""


def everywhere(_tab: Tab | None) -> bool:
    """Return True: the part is shown on every tab."""
    return True


def only_on(*keys: str) -> ShownOn:
    """Return a function that shows a part only on the tabs with these keys."""
    return lambda tab: tab is not None and tab.key in keys


def except_on(*keys: str) -> ShownOn:
    """Return a function that shows a part on all tabs but those with these keys."""
    return lambda tab: tab is None or tab.key not in keys


@cache
def state_tabs(column: Any, states: type[Labelled]) -> tuple[Tab, ...]:
    """Return the tab 全部 and one tab for each state of a column."""
    return (Tab('all', '全部'), *(Tab(state.value, state.label, column == state) for state in states))


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a list: its heading, and the function that returns the cell of a row.

    ``loads`` are the loader options that the cells need. ``exported`` is the SQL expression that exports read instead
    of the attribute of this name.
    """

    key: str
    label: str
    cell: Callable[[Any], Any]
    shown_on: ShownOn = everywhere
    sortable: bool = False
    loads: tuple[Any, ...] = ()
    exported: Any = None


@cache
def field_column(model: Any, name: str) -> Column:
    """Return the column of a declared field."""
    field = fields_of(model)[name]
    loads = (joinedload(getattr(model, relation_of(name))),) if field.kind is Kind.REFERENCE else ()
    return Column(name, field.label, partial(value_shown_in_list, field), sortable=True, loads=loads)


def value_shown_in_list(field: Field, row: Any) -> str:
    """Return a value as lists show it: as its label, masked if the field is, empty if the visitor may not read it."""
    if field.unseen_by and not access.reads_field(visitor(), field):  # most cells need not ask for the visitor
        return ''
    value = getattr(row, field.name)
    if field.kind is Kind.REFERENCE:
        return str(getattr(row, relation_of(field.name)) or '')
    labels = fixed_labels(field.choices_from)
    if labels is not None:
        return labels.get(value, value)
    return validators.masked(field, value) if field.mask and value else field.shown(value)


@dataclass(frozen=True, slots=True)
class Filter:
    """Filter of a list: its control, the parser of its argument, and the SQL condition of a parsed value.

    A false value means no filter. ``choices`` returns the offered labels by value, read from the rows in scope; with
    ``keyed`` the description of an export shows the label instead of the value. ``before`` is the text before a date
    control, which has no visible label.
    """

    name: str
    label: str
    type: str
    parsed: Callable[[str], Any]
    condition: Callable[[Any], ColumnElement[bool]]
    choices: Callable[[Select[Any]], Mapping[str, str]] | None = None
    keyed: bool = False
    before: str = ''
    shown_on: ShownOn = everywhere

    def described(self, value: Any, scoped: Select[Any]) -> str:
        """Return a chosen value in words."""
        known = self.choices(scoped) if self.choices and self.keyed else {}
        return f'{self.label}={known.get(str(value), value)}'


def typed(text: str) -> str:
    """Normalise a text that was typed into a filter or a search."""
    return validators.normalised(text[:LONGEST_SEARCH])


@cache
def field_filter(
    model: Any,
    name: str,
    *,
    choices: Callable[[Select[Any]], Mapping[str, str]] | None = None,
    compared: Any = None,
    shown_on: ShownOn = everywhere,
) -> Filter:
    """Return the select filter of a declared field: its choices, else the values that occur in the scope.

    ``compared`` is the SQL expression that is compared with the value, by default the attribute.
    """
    field, column = fields_of(model)[name], getattr(model, name) if compared is None else compared
    offered = field.choices

    def parsed(text: str) -> Any:
        if field.kind in (Kind.WHOLE, Kind.REFERENCE):
            return as_key(text)
        return text if offered is None or text in offered else ''

    if choices is None:
        choices = (lambda _scoped: offered) if offered else partial(occurring_values, model, name)
    keyed = bool(offered) or field.kind is Kind.REFERENCE
    return Filter(name, field.label, 'select', parsed, lambda value: column == value, choices, keyed, shown_on=shown_on)


def occurring_values(model: Any, name: str, scoped: Select[Any]) -> Mapping[str, str]:
    """Return labels by value for the values of a column in the scope; the label of a referenced row is its ``str``."""
    column = getattr(model, name)
    found = scoped.with_only_columns(column).distinct().order_by(column).limit(MOST_OCCURRING)
    values = [value for value in db.session.scalars(found) if value not in (None, '')]
    if fields_of(model)[name].kind is not Kind.REFERENCE:
        return {str(value): str(value) for value in values}
    target = referred(model, name)
    return {str(row.id): str(row) for row in db.session.scalars(select(target).where(target.id.in_(values)))}


class Search:
    """Search of a list: every word must occur in one of the searched columns."""

    def narrow(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Narrow a statement to the rows in which every word of the text is found."""
        for word in text.split() if query.view.searched else ():
            statement = statement.where(self.occurs(query, word))
        return statement

    def narrow_along_order(self, query: Any, statement: Select[Any], text: str) -> Select[Any]:
        """Narrow a statement that finds many rows and reads a page of them in the order of the list."""
        return self.narrow(query, statement, text)

    def occurs(self, query: Any, word: str) -> ColumnElement[bool]:
        """Return the condition that a word occurs in one of the searched columns."""
        return or_(*(contains(getattr(query.view.model, name), word) for name in query.view.searched))


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a text occurs in a column, in upper or lower case; no character is a wildcard."""
    pattern = '%' + text.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_') + '%'
    found: ColumnElement[bool] = column.ilike(pattern, escape='\\')
    return found


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An action on many rows: ``run`` takes the view and the keys of the ticked rows and returns the response.

    ``kind`` is the look of its button: main, plain or danger.
    """

    name: str
    label: str
    run: Callable[[Any, Sequence[str]], Any]
    kind: str = 'plain'
    offered_on: ShownOn = everywhere


@dataclass(frozen=True, slots=True)
class RowLinks:
    """Links beside each row: ``make`` takes the view and the row and returns results of ``action_link``.

    With a ``verb`` they are shown only to a visitor who may do it in this room.
    """

    make: Callable[[Any, Any], Iterable[Mapping[str, Any]]]
    shown_on: ShownOn = everywhere
    verb: str = ''


def relation_of(name: str) -> str:
    """Return the name of the relationship of a reference field: ``employer`` for ``employer_id``."""
    return name.removesuffix('_id')


def referred(model: Any, name: str) -> Any:
    """Return the model that a reference field of a model refers to."""
    return getattr(model, relation_of(name)).property.mapper.class_
