"""The one way to declare what a user fills in or reads.

A column made here carries its label, help, bounds and choices; lists, forms, filters, exports, papers and the
rules of completeness read them from :func:`fields_of`. The question an action asks (an opinion, a period) is a
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
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, MetaData, String
from sqlalchemy.orm import MappedColumn, class_mapper, mapped_column

from models.base import Labelled, Moment


class Kind(StrEnum):
    """What sort of value a field holds; decides the control on screen and the way it prints."""

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


class Mask(StrEnum):
    """Which part of a personal value is hidden from who need not see it whole."""

    ID_NUMBER = auto()
    PHONE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a user fills in or reads.

    ``required`` is what a submitted declaration must have; a draft may lack it. ``length`` counts characters,
    ``shortest`` those that can be seen, ``least`` and ``most`` bound a number. ``origin`` says where a read-only value
    comes from, ``blank`` how an empty value reads, ``empty`` what it is stored as. ``check`` names a validator of
    ``rules/validators.py``, ``options`` a source of choices of ``rules/choice_sources.py`` for what depends on the
    declaration, ``suggest`` one of words to complete what is typed, ``fetch`` the registry of ``ports/registries.py``
    that is asked by this field (获取); ``anew`` is asked every year and never copied forward. ``kinds`` are the values
    of the row's own field ``kind`` for which this field is asked; none means always. ``columns`` are what each row of a
    ROWS field holds, of which a ``distinct`` one says something else in every row. A ``printed`` text stands on papers
    and is held to the characters that they can print; of the declaration itself they are only hinted at, since a name
    is what it is. ``heading`` stands over this field and those that follow.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ''
    required: bool = False
    length: int | None = None
    shortest: int | None = None
    least: int | None = None
    most: int | None = None
    choices: Mapping[str, str] | None = None
    masked: Mask | None = None
    origin: str = ''
    blank: str = ''
    empty: Any = None
    check: str = ''
    options: str = ''
    suggest: str = ''
    anew: bool = False
    fetch: str = ''
    kinds: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()
    distinct: bool = False
    printed: bool = False
    heading: str = ''

    @property
    def readonly(self) -> bool:
        """Whether the system fills the value in."""
        return bool(self.origin)

    def asked_of(self, row: Any) -> bool:
        """Whether the field is asked of this row, by the kind that was chosen in it."""
        return not self.kinds or getattr(row, 'kind', None) in self.kinds

    def parsed(self, text: str) -> Any:
        """The value that a text stands for. Raises ValueError where it stands for none."""
        match self.kind:
            case Kind.DAY:
                return date.fromisoformat(text)
            case Kind.WHOLE:
                return int(text)
        return text

    def shown(self, value: Any) -> str:
        """The value as a person reads it; ``blank`` for nothing."""
        if value is None or value in ('', []):
            return self.blank
        show = SHOWN.get(self.kind)
        return show(self, value) if show else str(value)


SHOWN: Mapping[Kind, Callable[[Field, Any], str]] = {
    Kind.FLAG: lambda field, value: '是' if value else '否',
    Kind.CHOICE: lambda field, value: (field.choices or {}).get(str(value), str(value)),
    Kind.DAY: lambda field, value: f'{value:%Y-%m-%d}',
    Kind.MOMENT: lambda field, value: f'{value:%Y-%m-%d %H:%M}',
    Kind.MONEY: lambda field, value: f'{value / 100:,.2f}',
    Kind.RICH: lambda field, value: html.unescape(re.sub(r'<[^>]+>', ' ', value)).strip(),
    Kind.TICKS: lambda field, value: '；'.join(value),
    Kind.ROWS: lambda field, value: '；'.join(
        ' '.join(each.shown(row.get(each.name)) for each in field.columns) for row in value
    ),
    Kind.REMARKS: lambda field, value: '；'.join(row['remark'] for row in value),
}
"""How a value of each kind reads; whatever is not named reads as its text."""


@cache
def fields_of(model: type) -> Mapping[str, Field]:
    """Every declared field of a model by attribute name, in the order of declaration."""
    declared = {}
    for prop in class_mapper(model).column_attrs:
        column = prop.columns[0]
        field = column.info.get('field') if isinstance(column, Column) else None  # a computed one has none
        if field is not None:
            scalar = column.default is not None and column.default.is_scalar and not column.nullable
            declared[prop.key] = replace(field, name=prop.key, empty=column.default.arg if scalar else None)
    return MappingProxyType(declared)


def _column(
    type_: Any, field: Field, *items: Any, states: type[Labelled] | None = None, **options: Any
) -> MappedColumn[Any]:
    return mapped_column(type_, *items, info={'field': field, 'states': states}, **options)


def _split(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the options of the column from those of the field."""
    column_only = {'nullable', 'unique', 'index', 'default', 'server_default'}
    return (
        {key: value for key, value in options.items() if key in column_only},
        {key: value for key, value in options.items() if key not in column_only},
    )


def text(label: str, length: int, **options: Any) -> MappedColumn[Any]:
    """One line of at most ``length`` characters."""
    column, field = _split(options)
    return _column(String(length), Field('', label, Kind.TEXT, length=length, **field), **column)


def paragraph(label: str, length: int, **options: Any) -> MappedColumn[Any]:
    """Several lines of at most ``length`` characters."""
    column, field = _split(options)
    return _column(String(length), Field('', label, Kind.PARAGRAPH, length=length, **field), **column)


def rich(label: str, length: int, **options: Any) -> MappedColumn[Any]:
    """A text with headings, lists and links, kept as harmless HTML of at most ``length`` characters."""
    column, field = _split(options)
    return _column(String(length), Field('', label, Kind.RICH, length=length, **field), **column)


def day(label: str, **options: Any) -> MappedColumn[Any]:
    """A calendar day."""
    column, field = _split(options)
    return _column(Date, Field('', label, Kind.DAY, **field), **column)


def moment(label: str, **options: Any) -> MappedColumn[Any]:
    """A moment in local time."""
    column, field = _split(options)
    return _column(Moment, Field('', label, Kind.MOMENT, **field), **column)


def whole(label: str, **options: Any) -> MappedColumn[Any]:
    """A whole number."""
    column, field = _split(options)
    return _column(Integer, Field('', label, Kind.WHOLE, **field), **column)


def money(label: str, **options: Any) -> MappedColumn[Any]:
    """An amount of money, stored in fen (1/100 yuan)."""
    column, field = _split(options)
    return _column(Integer, Field('', label, Kind.MONEY, **field), **column)


def flag(label: str, **options: Any) -> MappedColumn[Any]:
    """Yes or no; None while unanswered."""
    column, field = _split(options)
    return _column(Boolean, Field('', label, Kind.FLAG, **field), **column)


def choice(label: str, choices: Sequence[str], **options: Any) -> MappedColumn[Any]:
    """One of a fixed list of terms, stored as the term itself."""
    column, field = _split(options)
    terms = {term: term for term in choices}
    return _column(String(60), Field('', label, Kind.CHOICE, length=60, choices=terms, **field), **column)


def ticks(label: str, choices: Sequence[str], **options: Any) -> MappedColumn[Any]:
    """Any number of a fixed list of terms, stored as a list of the terms."""
    column, field = _split(options)
    terms = {term: term for term in choices}
    return _column(JSON, Field('', label, Kind.TICKS, choices=terms, **field), **column)


def chosen(label: str, length: int, *, options: str = '', **more: Any) -> MappedColumn[Any]:
    """A term out of a list to which the database does not hold it: of ``options``, or of fixed ``choices``."""
    column, field = _split(more)
    return _column(String(length), Field('', label, Kind.CHOICE, length=length, options=options, **field), **column)


def reference(label: str, target: str, **options: Any) -> MappedColumn[Any]:
    """A row of another table; the attribute ends in ``_id`` and the relationship beside it lacks that ending."""
    column, field = _split(options)
    described = Field('', label, Kind.REFERENCE, **field)
    return _column(Integer, described, ForeignKey(target), **column)


def state(label: str, states: type[Labelled], **options: Any) -> MappedColumn[Any]:
    """A state of the system; :func:`hold_states` lets the database hold it to its values."""
    column, field = _split(options)
    return _column(String(30), Field('', label, Kind.CHOICE, choices=states.labels(), **field), states=states, **column)


def hold_states(metadata: MetaData) -> None:
    """Add a named CHECK constraint for every state column, once all tables are declared."""
    for table in metadata.tables.values():
        for column in table.columns:
            states = column.info.get('states')
            if states is not None:
                values = ', '.join(f"'{member.value}'" for member in states)
                table.append_constraint(CheckConstraint(f'{column.name} IN ({values})', name=f'{column.name}_known'))
