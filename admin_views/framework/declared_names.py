"""Check at start that every name in a declaration exists: validators, sources of choices, registries.

A misspelt name would otherwise switch a check off without a word, or fail only when somebody opens the page. What the
program declares stops the start; what the database names (a material's rule, a placeholder of a text) is reported by
the start and by ``flask check`` and stops nothing: such a material is not asked for, such a placeholder is printed as
it was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from admin_views.framework.option_lists import CHOICE_SOURCES
from models import db
from models.base import Base
from models.fields import Field, fields_of
from models.material import Material
from pdf_templates.reports import REPORTS, WORDINGS
from ports.registries import REGISTRIES
from rules import access, choice_sources, materials, validators, wordings
from rules.flow.table import FLOW
from rules.table_imports import IMPORTS
from rules.wordings import PLACEHOLDERS

KNOWN: Mapping[str, Collection[str]] = {
    'check': validators.CHECKS,
    'choices_from': CHOICE_SOURCES,
    'suggest': choice_sources.SUGGESTIONS,
    'fetch': REGISTRIES,
}
"""The names that an attribute of a field may have; an empty attribute names nothing."""


class UnknownName(RuntimeError):
    """Raised at start when a declaration names something that does not exist."""


def check_declared_names() -> None:
    """Resolve every name that the program declares. Raises UnknownName with each place and the known names."""
    problems = list(unknown_names())
    if problems:
        raise UnknownName('\n'.join(problems))


def unknown_names() -> Iterator[str]:
    """Yield a sentence for every name that does not exist, with the place where it stands."""
    for place, field in declared_fields():
        yield from _unknown_of(place, field)
    for model in _models():
        yield from _unknown_kinds(model)
    for room, importable in IMPORTS.items():
        fields = fields_of(importable.model)
        for name in {*importable.names, importable.key, *importable.example}:
            yield from _unknown(f'IMPORTS[{room!r}]', 'field', name, fields)
    for code in WORDINGS:
        yield from _unknown('REPORTS', 'worded', code, PLACEHOLDERS)


def declared_fields() -> Iterator[tuple[str, Field]]:
    """Yield every field of every model, of the flow's questions and of the papers' questions, with its place."""
    for model in _models():
        for name, field in fields_of(model).items():
            yield f'{model.__name__}.{name}', field
    for row in FLOW:
        for field in row.asks:
            yield f'FLOW[{row.source}, {row.action}].{field.name}', field
    for report in REPORTS.values():
        for field in report.asks:
            yield f'REPORTS[{report.code!r}].{field.name}', field


def unknown_stored(session: Session) -> Iterator[str]:
    """Yield a sentence for every name in the database that the program does not know."""
    for material in session.scalars(select(Material).where(Material.in_force).order_by(Material.position)):
        named = {'是否必传': (material.rule, materials.RULES), '上传环节': (material.stage, access.HANDED_IN_BY)}
        if material.report:
            named['可打印报表'] = material.report, REPORTS
        for label, (name, known) in named.items():
            if name not in known:
                yield f'材料「{material.name}」的{label}「{name}」不存在，可用：{"、".join(known)}'
    for code, title in WORDINGS.items():
        for name in wordings.unknown(wordings.in_force(session, code), PLACEHOLDERS[code]):
            yield f'文本「{title}」中的 {{{name}}} 不是可用的名称，可用：{"、".join(PLACEHOLDERS[code])}'


def report_unknown_stored(app: Flask) -> None:
    """Log what the database names and the program does not know; ``flask check`` says the same."""
    with app.app_context():
        try:
            for sentence in unknown_stored(db.session()):
                app.logger.error('%s', sentence)
        except SQLAlchemyError:
            app.logger.exception('the names in the database cannot be checked')


def _models() -> list[type]:
    return sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)


def _unknown(place: str, attribute: str, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        yield f'{place}: {attribute}={name!r} is unknown; known: {", ".join(sorted(known))}'


def _unknown_of(place: str, field: Field) -> Iterator[str]:
    for attribute, known in KNOWN.items():
        name = getattr(field, attribute)
        if name:
            yield from _unknown(place, attribute, name, known)
    for each in field.row_fields:
        yield from _unknown_of(f'{place}.{each.name}', each)


def _unknown_kinds(model: type) -> Iterator[str]:
    """A field that is asked only for some kinds needs a field ``kind`` with these choices beside it."""
    fields = fields_of(model)
    kind = fields.get('kind')
    for name, field in fields.items():
        for value in field.only_for:
            yield from _unknown(f'{model.__name__}.{name}', 'only_for', value, (kind and kind.choices) or ())
