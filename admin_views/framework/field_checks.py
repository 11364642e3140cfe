"""Check the declarations of fields at start: every name in them exists, and they agree with each other.

A misspelt name would otherwise disable a check silently, or fail only when somebody opens the page. An error in the
program stops the start. An unknown name in the database (a material's rule, a placeholder of a text) is only reported,
by the start and by ``flask check``: such a material is not asked for, such a placeholder is printed as it was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from admin_views.framework.option_lists import CHOICE_SOURCES
from models import db
from models.account import Role
from models.application import Application
from models.base import Base
from models.fields import Field, fields_of
from models.material import Material
from models.section import SECTIONS
from pdf_templates.reports import REPORTS, WORDINGS
from pdf_templates.sections import shape_problem
from ports.registries import REGISTRIES
from rules import access, choice_sources, materials, validators, wordings
from rules.flow.table import FLOW
from rules.table_imports import IMPORTS
from rules.wordings import NAMES_IN_TEXT

KNOWN: Mapping[str, Collection[str]] = {
    'check': validators.CHECKS,
    'choices_from': CHOICE_SOURCES,
    'suggest': choice_sources.SUGGESTIONS,
    'fetch': REGISTRIES,
}
"""Known names by attribute of ``Field``; an empty attribute is not checked."""


class BadDeclaration(RuntimeError):
    """Error at start: a field, a question, an import or a text has an invalid declaration."""


def check_fields() -> None:
    """Check all declarations of the program. Raises BadDeclaration with each place and the known names."""
    problems = [*unknown_names(), *section_problems()]
    if problems:
        raise BadDeclaration('\n'.join(problems))


def unknown_names() -> Iterator[str]:
    """Yield a sentence, with the place, for every name in the program that does not exist."""
    for place, field in declared_fields():
        yield from _unknown_of(place, field)
    for model in _models():
        yield from _unknown_kinds(model)
    for room, importable in IMPORTS.items():
        fields = fields_of(importable.model)
        for name in {*importable.names, importable.key, *importable.example}:
            yield from _unknown(f'IMPORTS[{room!r}]', 'field', name, fields)
    for code in WORDINGS:
        yield from _unknown('REPORTS', 'worded', code, NAMES_IN_TEXT)


def section_problems() -> Iterator[str]:
    """Yield a sentence for every error in a section: its shape, its fields, the head columns that repeat them."""
    repeated = fields_of(Application)
    for section in SECTIONS:
        problem = shape_problem(section)
        if problem:
            yield f'{section.__name__}: {problem}'
        for name, field in fields_of(section).items():
            place = f'{section.__name__}.{name}'
            if field.bounds and section.many:
                yield f'{place}: bounds are read in forms of the flow and of sections with one row only'
            if Role.APPLICANT in field.unseen_by:
                yield f'{place}: unseen_by names the applicant, who fills it in'
            if field.filterable and not field.head:
                yield f'{place}: filterable needs a head column'
            head = repeated[field.head] if field.head else field
            if (head.mask, head.unseen_by) != (field.mask, field.unseen_by):
                yield f'{place}: Application.{field.head} has another mask or is hidden from other roles'


def declared_fields() -> Iterator[tuple[str, Field]]:
    """Yield place and field for every field of the models, of the flow's questions and of the papers' questions."""
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
        named: dict[str, tuple[str, Collection[str]]] = {
            '是否必传': (material.rule, materials.MATERIAL_RULES),
            '上传环节': (material.stage, access.HANDED_IN_BY),
        }
        if material.report:
            named['可打印报表'] = material.report, REPORTS
        for label, (name, known) in named.items():
            if name not in known:
                yield f'材料「{material.name}」的{label}「{name}」不存在，可用：{"、".join(known)}'
    for code, title in WORDINGS.items():
        for name in wordings.unfilled(wordings.wording_in_force(session, code), NAMES_IN_TEXT[code]):
            yield f'文本「{title}」中的 {{{name}}} 不是可用的名称，可用：{"、".join(NAMES_IN_TEXT[code])}'


def report_stored_names(app: Flask) -> None:
    """Log the names in the database that the program does not know, as ``flask check`` prints them."""
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
    for role in field.unseen_by:
        yield from _unknown(place, 'unseen_by', role, tuple(Role))
    for each in field.row_fields:
        yield from _unknown_of(f'{place}.{each.name}', each)


def _unknown_kinds(model: type) -> Iterator[str]:
    """Yield a sentence for every value of ``only_for`` that is not among the choices of the model's field ``kind``."""
    fields = fields_of(model)
    kind = fields.get('kind')
    for name, field in fields.items():
        for value in field.only_for:
            yield from _unknown(f'{model.__name__}.{name}', 'only_for', value, (kind and kind.choices) or ())
