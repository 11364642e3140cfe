"""Declaration of every value that a user fills in or reads.

A column made here carries its label, help, bounds and choices; lists, forms, filters, exports, papers and the
rules of completeness read them from :func:`fields_of`. A question of an action (an opinion, a period) is a
:class:`Field` too, without a column.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum, auto
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, MetaData, String
from sqlalchemy.orm import MappedColumn, class_mapper, mapped_column

from models.base import Labelled, Moment
from models.statutory import Numbers, StatutoryNumber, with_numbers


class Kind(StrEnum):
    """Kind of value of a field; it decides the control on screen and the printed form."""

    TEXT = auto()
    PARAGRAPH = auto()
    RICH = auto()
    DAY = auto()
    MOMENT = auto()
    WHOLE = auto()
    MONEY = auto()
    FLAG = auto()
    CHOICE = auto()
    REFERENCE = auto()
    TICKS = auto()
    ROWS = auto()
    REMARKS = auto()


@dataclass(frozen=True, slots=True)
class Mask:
    """Number of characters of a personal value that stay readable at its beginning and at its end.

    A short value keeps at most three and two.
    """

    head: int
    tail: int

    ID_NUMBER: ClassVar[Mask]
    PHONE: ClassVar[Mask]
    CERTIFICATE: ClassVar[Mask]

    def masked(self, value: str) -> str:
        """Return a value with ``*`` in its middle; the ends still tell two people apart."""
        head, tail = self.head, self.tail
        if len(value) <= head + tail + 2:
            head, tail = min(head, 3), min(tail, 2)
        hidden = len(value) - head - tail
        if hidden < 1:
            return value[:1] + '*' * (len(value) - 1)
        return value[:head] + '*' * hidden + value[len(value) - tail :]


Mask.ID_NUMBER = Mask(4, 4)
Mask.PHONE = Mask(3, 2)
Mask.CERTIFICATE = Mask(5, 3)


@dataclass(frozen=True, slots=True)
class Field:
    """A value that a user fills in or reads.

    ``required``: a submitted declaration must have it; a draft may lack it. ``max_length`` counts characters,
    ``min_length`` visible characters; ``minimum`` and ``maximum`` bound a number, or the row count of a ROWS field.
    ``bounds`` is a function of the declaration that returns narrower values of these four by name.
    ``choices`` are fixed terms. ``choices_from`` names a source of choices that depend on something else, ``suggest``
    a source of completions for a typed text (both in ``rules/choice_sources.py``), ``fetch`` a registry of
    ``ports/registries.py`` that this field queries (获取), ``check`` a validator of ``rules/validators.py``.
    ``mask`` hides a part of a personal value; the roles of ``unseen_by`` never see the value at all.

    ``head`` names the column of ``application`` that repeats a value of a section, so that lists and their exports read
    one narrow table; if :class:`Application` does not declare the column itself, it is made from this field. Every list
    of declarations has a filter by a ``filterable`` head column. ``paper_width`` is the width in mm of the field's
    column in a printed table, if the width computed from its length does not fit.

    ``origin`` names the source of a read-only value. ``shown_empty`` is the text for an empty value, ``stored_empty``
    the value that the column stores for it. ``copy_forward`` is False for a value that is asked again every year.
    ``only_for`` lists the values of the row's own field ``kind`` for which this field is asked; empty means always.
    ``row_fields`` are the fields of each row of a ROWS field; a ``unique_in_rows`` field differs in every row. A text
    that is ``on_papers`` may contain only characters that papers can print; for the texts of the declaration itself
    this is only a hint, because nobody can change the characters of a name. ``heading`` is the title above this field
    and the following ones. ``shortest`` names the statutory number that is the ``min_length``; the ``help`` may name
    others in braces (see ``under``).
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ''
    required: bool = False
    max_length: int | None = None
    min_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    bounds: Callable[[Any], Mapping[str, int]] | None = None
    choices: Mapping[str, str] | None = None
    choices_from: str = ''
    suggest: str = ''
    fetch: str = ''
    check: str = ''
    mask: Mask | None = None
    unseen_by: tuple[str, ...] = ()
    head: str = ''
    filterable: bool = False
    paper_width: float | None = None
    origin: str = ''
    shown_empty: str = ''
    stored_empty: Any = None
    copy_forward: bool = True
    only_for: tuple[str, ...] = ()
    row_fields: tuple[Field, ...] = ()
    unique_in_rows: bool = False
    on_papers: bool = False
    heading: str = ''
    shortest: StatutoryNumber | None = None

    def under(self, numbers: Numbers) -> Field:
        """Return the field with the length and help that these statutory numbers give."""
        least = numbers[self.shortest] if self.shortest else self.min_length
        return replace(self, min_length=least, help=with_numbers(self.help, numbers))

    @property
    def readonly(self) -> bool:
        """Return true if the system fills in the value."""
        return bool(self.origin)

    def asked_of(self, row: Any) -> bool:
        """Return true if the field is asked of this row, by the kind that was chosen in it."""
        return not self.only_for or getattr(row, 'kind', None) in self.only_for

    def bounded_for(self, declaration: Any) -> Field:
        """Return the field with the bounds of one declaration; form, counter, check and bulk read these."""
        if self.bounds is None:
            return self
        narrower: Mapping[str, Any] = self.bounds(declaration)
        return replace(self, **narrower)

    def parsed(self, text: str) -> Any:
        """Convert a text to the value of the field. Raises ValueError if it cannot be converted."""
        match self.kind:
            case Kind.DAY:
                return date.fromisoformat(text)
            case Kind.WHOLE:
                return int(text)
        return text

    def shown(self, value: Any) -> str:
        """Return the value as text for people; ``shown_empty`` if it is empty."""
        if value is None or value in ('', []):
            return self.shown_empty
        show = TEXT_BY_KIND.get(self.kind)
        return show(self, value) if show else str(value)


TEXT_BY_KIND: Mapping[Kind, Callable[[Field, Any], str]] = {
    Kind.FLAG: lambda field, value: '是' if value else '否',
    Kind.CHOICE: lambda field, value: (field.choices or {}).get(str(value), str(value)),
    Kind.DAY: lambda field, value: f'{value:%Y-%m-%d}',
    Kind.MOMENT: lambda field, value: f'{value:%Y-%m-%d %H:%M}',
    Kind.MONEY: lambda field, value: f'{value / 100:,.2f}',
    Kind.RICH: lambda field, value: html.unescape(re.sub(r'<[^>]+>', ' ', value)).strip(),
    Kind.TICKS: lambda field, value: '；'.join(value),
    Kind.ROWS: lambda field, value: '；'.join(
        ' '.join(each.shown(row.get(each.name)) for each in field.row_fields) for row in value
    ),
    Kind.REMARKS: lambda field, value: '；'.join(row['remark'] for row in value),
}
"""Function that turns a value of each kind into text; a kind that is not named uses ``str``."""


@cache
def fields_of(model: type) -> Mapping[str, Field]:
    """Return every declared field of a model by attribute name, in the order of declaration."""
    declared = {}
    for prop in class_mapper(model).column_attrs:
        column = prop.columns[0]
        field = column.info.get('field') if isinstance(column, Column) else None  # a computed column has none
        if field is not None:
            scalar = column.default is not None and column.default.is_scalar and not column.nullable
            declared[prop.key] = replace(field, name=prop.key, stored_empty=column.default.arg if scalar else None)
    return MappingProxyType(declared)


def _column(
    type_: Any,
    field: Field,
    *items: Any,
    default: Any = None,
    states: type[Labelled] | None = None,
    **column: Any,
) -> MappedColumn[Any]:
    """Return the column of a field, which carries the field in its ``info``."""
    if default is not None:
        column['default'] = default
    return mapped_column(type_, *items, info={'field': field, 'states': states}, **column)


def text(
    label: str, max_length: int, *, default: str | None = None, unique: bool = False, index: bool = False, **field: Any
) -> MappedColumn[Any]:
    """Declare one line of at most ``max_length`` characters."""
    described = Field('', label, Kind.TEXT, max_length=max_length, **field)
    return _column(String(max_length), described, default=default, unique=unique, index=index)


def paragraph(label: str, max_length: int, *, default: str | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare several lines of at most ``max_length`` characters."""
    described = Field('', label, Kind.PARAGRAPH, max_length=max_length, **field)
    return _column(String(max_length), described, default=default)


def rich(label: str, max_length: int, *, default: str | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare a text with headings, lists and links, stored as sanitised HTML of at most ``max_length`` characters."""
    return _column(String(max_length), Field('', label, Kind.RICH, max_length=max_length, **field), default=default)


def day(label: str, *, default: Any = None, unique: bool = False, **field: Any) -> MappedColumn[Any]:
    """Declare a calendar day."""
    return _column(Date, Field('', label, Kind.DAY, **field), default=default, unique=unique)


def moment(label: str, *, default: Any = None, **field: Any) -> MappedColumn[Any]:
    """Declare a moment in local time."""
    return _column(Moment, Field('', label, Kind.MOMENT, **field), default=default)


def whole(label: str, *, default: int | None = None, unique: bool = False, **field: Any) -> MappedColumn[Any]:
    """Declare an integer."""
    return _column(Integer, Field('', label, Kind.WHOLE, **field), default=default, unique=unique)


def money(label: str, *, default: int | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare an amount of money, stored in fen (1/100 yuan)."""
    return _column(Integer, Field('', label, Kind.MONEY, **field), default=default)


def flag(label: str, *, default: bool | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare a yes/no value; None means unanswered."""
    return _column(Boolean, Field('', label, Kind.FLAG, **field), default=default)


def choice(label: str, choices: Sequence[str], *, default: str | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare one of a fixed list of terms, stored as the term itself."""
    terms = {term: term for term in choices}
    described = Field('', label, Kind.CHOICE, max_length=60, choices=terms, **field)
    return _column(String(60), described, default=default)


def ticks(label: str, choices: Sequence[str], **field: Any) -> MappedColumn[Any]:
    """Declare any number of a fixed list of terms, stored as a list of the terms."""
    return _column(JSON, Field('', label, Kind.TICKS, choices={term: term for term in choices}, **field))


def chosen(label: str, max_length: int, *, default: str | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare a term of ``choices`` or of the source ``choices_from``; the database has no CHECK for it."""
    described = Field('', label, Kind.CHOICE, max_length=max_length, **field)
    return _column(String(max_length), described, default=default)


def reference(label: str, target: str, *, index: bool = False, **field: Any) -> MappedColumn[Any]:
    """Declare a foreign key: the attribute ends in ``_id``, the relationship beside it has the same name without it."""
    return _column(Integer, Field('', label, Kind.REFERENCE, **field), ForeignKey(target), index=index)


def state(label: str, states: type[Labelled], *, default: str | None = None, **field: Any) -> MappedColumn[Any]:
    """Declare a state of the system; :func:`hold_states` adds the CHECK constraint for its values."""
    described = Field('', label, Kind.CHOICE, choices=states.labels(), **field)
    return _column(String(30), described, default=default, states=states)


def head_column(column: Column[Any]) -> MappedColumn[Any]:
    """Declare the column of ``application`` that repeats a column of a section."""
    field, states = replace(column.info['field'], required=False, help='', head=''), column.info['states']
    if isinstance(column.type, String) and states is None:
        return _column(String(column.type.length), field, default='', nullable=False)
    return _column(column.type.copy(), field, states=states, nullable=True)


def hold_states(metadata: MetaData) -> None:
    """Add a named CHECK constraint for every state column. Call it after all tables are declared."""
    for table in metadata.tables.values():
        for column in table.columns:
            states = column.info.get('states')
            if states is not None:
                values = ', '.join(f"'{member.value}'" for member in states)
                table.append_constraint(CheckConstraint(f'{column.name} IN ({values})', name=f'{column.name}_known'))
