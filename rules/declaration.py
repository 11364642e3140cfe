"""Content of a declaration: create it, copy its head columns, freeze it at submission, compare revisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Revision, Stage, Step
from models.base import now
from models.catalogue import Offering, Series
from models.declaration import Basic, Destination, Target
from models.fields import Field, Kind, fields_of
from models.section import SECTIONS, Section, heads
from models.wording import Wording
from rules import choice_sources, materials, numbers, validators

COMMITMENT_WORDING = 'commitment-personal'
"""Code of the text that a declarant accepts before submitting (手册 §2.1.2)."""

MATERIALS = 'materials'
"""Key of the part of a frozen declaration that lists the uploaded files."""


def start_declaration(session: Session, account: Account, insured: Mapping[str, str] | None = None) -> Application:
    """Create a draft and fill in the known data of the person; ``insured`` is the answer of the social insurance."""
    moment = now()
    application = Application(serial=numbers.serial(session, moment.date()), applicant_id=account.id)
    for section in SECTIONS:
        if not section.many:
            setattr(application, section.key(), section())
    basic = Basic.of(application)
    basic.name, basic.id_number, basic.phone = account.name, account.id_number, account.phone
    if basic.id_number and validators.id_number_problem(validators.RESIDENT_ID, basic.id_number) is None:
        basic.id_type = validators.RESIDENT_ID
        follow_identity(basic)
    session.add(application)
    session.flush()
    if insured is not None:
        take_insured(basic, insured)
    refresh(session, application, moment.date())
    return application


def copy_forward(
    session: Session, source: Application, account: Account, insured: Mapping[str, str] | None = None
) -> Application:
    """Create a draft from an earlier declaration.

    Fields that are not copied forward stay empty; files of a material that does not carry over are left out
    (commitments, forms signed for one year).
    """
    application = start_declaration(session, account, insured)
    for section in SECTIONS:
        kept = [field.name for field in fields_of(section).values() if field.copy_forward and not field.readonly]
        for row in rows_of(source, section):
            target = section(application=application) if section.many else getattr(application, section.key())
            for name in kept:
                setattr(target, name, getattr(row, name))
            session.add(target)
    session.flush()
    for given in source.attachments:
        if given.material.in_force and given.material.carried and given.material.stage == Stage.DRAFT:
            materials.attach(session, application, given.material, name=given.name, file=given.file, by=account.id)
    refresh(session, application, now().date())
    return application


def copyable(application: Application, open_year: int | None) -> bool:
    """Return true if a declaration may be copied: submitted, closed or of an earlier year, and a call is open."""
    over = application.stage == Stage.CLOSED or (application.year or 0) < (open_year or 0)
    return open_year is not None and application.submitted_at is not None and over


def take_insured(basic: Basic, insured: Mapping[str, str]) -> None:
    """Write the insured employer as the registry names it; by default the person works there too (手册 §2.1.3)."""
    if basic.work_employer in (None, '', basic.insured_employer):
        basic.work_employer = insured['employer']
    basic.insured_employer, basic.insured_code = insured['employer'], insured['employer_code']


def follow_identity(basic: Basic) -> None:
    """Fill in birth date and sex from a valid resident id where they are still empty (手册 §2.1.3)."""
    if basic.id_type != validators.RESIDENT_ID or not basic.id_number:
        return
    if validators.id_number_problem(basic.id_type, basic.id_number) is None:
        born, sex = validators.born_and_sex(basic.id_number)
        basic.born_on, basic.sex = basic.born_on or born, basic.sex or sex


def refresh(session: Session, application: Application, on: date) -> None:
    """Copy the head columns from the sections. Call it after every change of a section."""
    found, target = choice_sources.offering(session, application, on), Target.of(application)
    target.offering_id = found.id if found else None
    if found is not None and not application.submitted_at:
        for step, name in zip(choice_sources.STEPS, choice_sources.named(found), strict=True):
            setattr(target, step, name)
    for column, (section, name) in heads().items():
        value = getattr(getattr(application, section), name)
        setattr(application, column, fields_of(Application)[column].stored_empty if value in (None, '') else value)
    application.updated_at = now()  # always a change, so that each save increments the version
    if not application.submitted_at:
        send_to_chosen(application)
    if found is not None:
        application.offering_id, application.committee_id = found.id, found.committee_id
        application.year = found.call.year
    elif not application.submitted_at:
        application.offering_id = application.committee_id = application.year = None
    session.flush()


def follow_series(session: Session, series: Series) -> None:
    """Write the new name of a series into its drafts; submitted declarations keep the old name."""
    drafts = select(Application.id).where(Application.stage == Stage.DRAFT, choice_sources.in_series(series.id))
    keys = list(session.scalars(drafts))
    session.execute(update(Target).where(Target.application_id.in_(keys)).values(series=series.name))
    session.execute(update(Application).where(Application.id.in_(keys)).values(series=series.name))


def send_to_chosen(application: Application) -> None:
    """Set the employer that the declaration names. A returned declaration keeps its employer until it is submitted."""
    application.employer_id = Destination.of(application).employer_id


def commitment(session: Session) -> Wording | None:
    """Return the commitment text in force."""
    newest = select(Wording).where(Wording.code == COMMITMENT_WORDING).order_by(Wording.version.desc())
    return session.scalars(newest.limit(1)).first()


def accept_commitment(session: Session, application: Application, accepted: bool) -> None:
    """Store the version of the commitment that was accepted, and the moment (手册 §2.1.2)."""
    text = commitment(session)
    if not accepted or text is None:
        application.commitment_version = application.commitment_at = None
    elif application.commitment_version != text.version:
        application.commitment_version, application.commitment_at = text.version, now()


def value_shown(row: Section, field: Field) -> str:
    """Return a value as text for people; a foreign key as the name of its row."""
    value = getattr(row, field.name)
    if field.kind is Kind.REFERENCE:
        return str(getattr(row, field.name.removesuffix('_id')) or '')
    return field.shown(value)


def rows_of(application: Application, section: type[Section]) -> list[Any]:
    """Return the rows of a section: one for a single section, any number for a list."""
    held = getattr(application, section.key())
    return list(held) if section.many else [held]


def sections_of(application: Application) -> list[type[Section]]:
    """Return the sections that the declaration is asked for, in the order of the page."""
    return [section for section in SECTIONS if section.applies(application)]


def values_of(application: Application) -> Iterator[tuple[type[Section], Any, Field]]:
    """Yield the section, the row and the field of every value that the declaration is asked for."""
    for section in sections_of(application):
        for row in rows_of(application, section):
            for field in fields_of(section).values():
                if field.asked_of(row):
                    yield section, row, field


def content(application: Application) -> dict[str, Any]:
    """Return the whole declaration as plain values by section; a revision stores this value at submission."""
    frozen: dict[str, Any] = {}
    for section in SECTIONS:
        fields = fields_of(section).values()
        frozen[section.key()] = [
            {
                'id': getattr(row, 'id', None),
                'values': {field.name: value_shown(row, field) for field in fields},
            }
            for row in rows_of(application, section)
        ]
    frozen[MATERIALS] = [
        {
            'id': attachment.id,
            'values': {
                'material': attachment.material.name,
                'name': attachment.name,
                'sha256': attachment.file.sha256,
            },
        }
        for attachment in application.attachments
        if attachment.material.stage == Stage.DRAFT
    ]
    return frozen


def freeze(session: Session, application: Application) -> Revision:
    """Store the present content of the declaration as its next numbered revision."""
    application.revision += 1
    revision = Revision(
        application_id=application.id, number=application.revision, content=content(application), at=now()
    )
    session.add(revision)
    return revision


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two revisions; ``place`` names it."""

    section: str
    label: str
    before: str
    after: str
    place: str


def place(section: str, row_id: int | None, field: str) -> str:
    """Return the name of one value of a declaration: section, row (None in a section with one row) and field."""
    return f'{section}.{row_id or ""}.{field}'


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Compare two revisions: return every value that differs, by section; list rows are matched by their key."""
    found = []
    for section in SECTIONS:
        labels = {name: field.label for name, field in fields_of(section).items()}
        found += _section_changes(section.key(), section.about.label, labels, old, new)
    labels = {'material': '材料名称', 'name': '文件', 'sha256': '文件内容'}
    return found + _section_changes(MATERIALS, '材料', labels, old, new)


def _section_changes(
    key: str, section: str, labels: dict[str, str], old: dict[str, Any], new: dict[str, Any]
) -> list[Change]:
    before = {row['id']: row['values'] for row in old.get(key, [])}
    after = {row['id']: row['values'] for row in new.get(key, [])}
    found = []
    for number, row_id in enumerate(dict.fromkeys([*before, *after]), 1):
        was, became = before.get(row_id, {}), after.get(row_id, {})
        prefix = f'第 {number} 条 ' if row_id is not None else ''
        for name, label in labels.items():
            said, says = was.get(name, ''), became.get(name, '')
            if said != says:
                found.append(Change(section, prefix + label, said, says, place(key, row_id, name)))
    return found


def last_return(application: Application) -> Step | None:
    """Return the newest step that returned the declaration for correction; a withdrawal (撤回) does not count."""
    sent_back = (step for step in reversed(application.steps) if step.target == Stage.CORRECTION)
    return next((step for step in sent_back if step.actor_id != application.applicant_id), None)


def last_changes(session: Session, application: Application) -> list[Change]:
    """Compare the newest revision with the one that was last returned; empty if none was returned."""
    returned = last_return(application)
    if returned is None or returned.revision == application.revision:
        return []
    numbers = (returned.revision, application.revision)
    wanted = select(Revision).where(Revision.application_id == application.id, Revision.number.in_(numbers))
    before, after = session.scalars(wanted.order_by(Revision.number))
    return changes(before.content, after.content)


def same_series_this_year(session: Session, application: Application) -> int:
    """Count the other live declarations of this person in the same series and year (手册 §2.1.7)."""
    offering = session.get(Offering, application.offering_id) if application.offering_id else None
    if offering is None:
        return 0
    others = (
        select(func.count())
        .select_from(Application)
        .where(
            Application.id_number == application.id_number,
            Application.year == application.year,
            choice_sources.in_series(offering.title.series_id),
            Application.id != application.id,
            Application.submitted_at.is_not(None),
            Application.result.is_distinct_from('terminated'),
        )
    )
    return session.scalars(others).one()
