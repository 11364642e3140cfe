"""逐项意见: remarks of a return (退回) on single fields and files, each with its place.

A *place* names one value of a declaration: section, row and field. The comparison of revisions, the review page and
the applicant's form all refer to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.account import Account
from models.application import Application
from models.fields import fields_of
from models.section import SECTIONS
from rules import sections_seen
from rules.declaration import MATERIALS, place
from rules.validators import as_key


@dataclass(frozen=True, slots=True)
class Remark:
    """Remark of a return: its section, row (None in a section with one row) and field, and the correction asked for.

    For a material ``section`` is ``materials`` and ``row_id`` the material; an empty ``field`` means the whole section.
    """

    section: str
    field: str
    row_id: int | None
    remark: str

    @property
    def place(self) -> str:
        """Return the place that the remark is about."""
        return place(self.section, self.row_id, self.field)


def stored_remark(at: str, said: str) -> dict[str, Any]:
    """Return a remark as a step stores it."""
    section, row, field = [*at.split('.'), '', ''][:3]
    return {'section': section, 'field': field, 'row_id': as_key(row), 'remark': said}


def read_remarks(rows: list[Mapping[str, Any]]) -> list[Remark]:
    """Read the remarks that a step stores."""
    return [Remark(row['section'], row['field'], row['row_id'], row['remark']) for row in rows]


def remarks_of(application: Application) -> list[Remark]:
    """Return the remarks of the newest return; empty if it made none or nothing was returned."""
    returned = next((step for step in reversed(application.steps) if step.action == 'return'), None)
    return read_remarks(returned.data.get('remarks', [])) if returned else []


def readable(account: Account, rows: list[Mapping[str, Any]]) -> list[Remark]:
    """Return the remarks of a step without those about fields that are hidden from the account."""
    return [each for each in read_remarks(rows) if sections_seen.reads_place(account, each.section, each.field)]


def places(account: Account, application: Application) -> dict[str, str]:
    """Return the label of every place of a declaration that the account can remark on."""
    found: dict[str, str] = {}
    for part in sections_seen.sections_seen(account, application):
        section = part.section
        found[place(section.key(), None, '')] = section.about.label
        for number, row in enumerate(part.rows, 1):
            nth = f'第 {number} 条 ' if section.many else ''
            found |= {value.place: f'{section.about.label} · {nth}{value.field.label}' for value in row}
    for material in dict.fromkeys(attachment.material for attachment in application.attachments):
        found[place(MATERIALS, material.id, '')] = f'材料 · {material.name}'
    return found


def gone(remark: Remark) -> str:
    """Return the label of a place that the declaration no longer has, as far as it is known."""
    section = next((each for each in SECTIONS if each.key() == remark.section), None)
    if section is None:
        return '材料（已删去）' if remark.section == MATERIALS else f'{remark.place}（已删去）'
    field = fields_of(section).get(remark.field)
    return f'{section.about.label}{f" · {field.label}" if field else ""}（已删去）'
