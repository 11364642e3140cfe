"""The sections of a declaration as an account may read them, without hidden fields and with personal values masked.

All code that shows values of a declaration to people reads them here: the pages, the comparison of revisions, the
details export, the papers and the places of remarks. A value of an unknown field stays hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.fields import Field, fields_of
from models.section import SECTIONS, Section
from rules import access, declaration, validators
from rules.declaration import MATERIALS, Change, place

HIDDEN = '***'
"""Text in place of a value whose field is unknown."""

PAPER_READERS = frozenset(role for roles in access.ROLES.values() for role in roles)
"""Roles that print papers; a paper has the same text for all of them."""


@dataclass(frozen=True, slots=True)
class ValueSeen:
    """A value as its reader sees it; ``text`` is None if the field is not asked of the row."""

    field: Field
    text: str | None
    place: str


@dataclass(frozen=True, slots=True)
class SectionSeen:
    """A section as its reader sees it: the fields that are not hidden, and the values of its rows."""

    section: type[Section]
    fields: Sequence[Field]
    rows: Sequence[Sequence[ValueSeen]]


def fields_open_to(account: Account, model: type) -> list[Field]:
    """Return the fields of a model that the account may read, in the order of declaration."""
    return [field for field in fields_of(model).values() if access.reads_field(account, field)]


def fields_seen(account: Account, section: type[Section], row: Section, *, whole: bool = False) -> list[ValueSeen]:
    """Return the values of one row that the account may read; personal ones are masked unless ``whole``."""
    return [
        ValueSeen(field, _text(row, field, whole), place(section.key(), _row_id(row), field.name))
        for field in fields_open_to(account, section)
    ]


def sections_seen(account: Account, application: Application, *, whole: bool = False) -> Iterator[SectionSeen]:
    """Yield the sections that the declaration is asked for, as the account may read them."""
    for section in declaration.sections_of(application):
        rows = declaration.rows_of(application, section)
        values = [fields_seen(account, section, row, whole=whole) for row in rows]
        yield SectionSeen(section, fields_open_to(account, section), values)


def changes_seen(session: Session, account: Account, application: Application, *, whole: bool) -> list[Change]:
    """Return the changes of the newest submission, as the account may read them."""
    seen = (change_seen(account, change, whole=whole) for change in declaration.last_changes(session, application))
    return [change for change in seen if change is not None]


def change_seen(account: Account, change: Change, *, whole: bool) -> Change | None:
    """Return a change as the account may read it; None if its field is hidden from the account."""
    section, _, name = change.place.partition('.')
    if section == MATERIALS:
        return change
    field = _field_at(section, name.partition('.')[2])
    if field is None:
        return replace(change, before=change.before and HIDDEN, after=change.after and HIDDEN)
    if not access.reads_field(account, field):
        return None
    if whole:
        return change
    before, after = validators.masked(field, change.before), validators.masked(field, change.after)
    return replace(change, before=before, after=after)


def reads_place(account: Account, section: str, name: str) -> bool:
    """Return true if the account may read the field at a place of the declaration; a place may be a whole section."""
    field = _field_at(section, name)
    return field is None or access.reads_field(account, field)


def masked_labels(account: Account, application: Application) -> list[str]:
    """Return the labels of the values that are masked for the account in this declaration, each once."""
    masked = (
        value.field.label
        for seen in sections_seen(account, application)
        for row in seen.rows
        for value in row
        if value.field.mask and value.text
    )
    return list(dict.fromkeys(masked))


def fields_on_paper(section: type[Section]) -> list[Field]:
    """Return the fields of a section that papers print: those hidden from none of ``PAPER_READERS``."""
    return [field for field in fields_of(section).values() if PAPER_READERS.isdisjoint(field.unseen_by)]


def text_on_paper(row: Section, name: str) -> str:
    """Return one value as papers print it; empty if its field is not printed."""
    field = fields_of(type(row))[name]
    return declaration.value_shown(row, field) if PAPER_READERS.isdisjoint(field.unseen_by) else ''


def _field_at(section: str, name: str) -> Field | None:
    model = next((each for each in SECTIONS if each.key() == section), None)
    return fields_of(model).get(name) if model else None


def _row_id(row: Any) -> int | None:
    return row.id if row.many else None


def _text(row: Section, field: Field, whole: bool) -> str | None:
    if not field.asked_of(row):
        return None
    text = declaration.value_shown(row, field)
    return text if whole else validators.masked(field, text)
