"""Approval documents and certificates: create a document, add and remove declarations, issue certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from models.application import Application, Stage, Step
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.catalogue import Committee
from models.sql import sent_keys
from rules import numbers


def open_document(session: Session, committee: Committee, title: str, year: int) -> ApprovalDocument:
    """Create a new document of a committee, numbered within the year."""
    number = numbers.document_number(session, committee, year)
    document = ApprovalDocument(number=number, title=title, year=year, committee=committee)
    session.add(document)
    session.flush()
    return document


def join(session: Session, applications: Sequence[Application], document_id: int) -> None:
    """Add declarations to the annex of a document."""
    session.execute(
        insert(ApprovalItem), [{'application_id': each.id, 'document_id': document_id} for each in applications]
    )


def leave(session: Session, applications: Sequence[Application]) -> None:
    """Remove declarations from their documents, when the bureau returns them."""
    keys = sent_keys(session, (each.id for each in applications))
    session.execute(delete(ApprovalItem).where(ApprovalItem.application_id.in_(keys)))


def passed_on(session: Session, applications: Sequence[Application]) -> dict[int, date]:
    """Return the day on which the experts passed each declaration, by its key; the title is valid from that day."""
    keys = sent_keys(session, (each.id for each in applications))
    passed = Step.application_id.in_(keys), Step.target == Stage.NOTICE_LAUNCH
    newest = select(Step.application_id, func.max(Step.at, type_=Step.at.type)).where(*passed)
    return {key: at.date() for key, at in session.execute(newest.group_by(Step.application_id))}


def certificates_of(session: Session, applications: Sequence[Application]) -> Mapping[int, Certificate]:
    """Return the certificates that exist, by the declaration's key."""
    keys = [each.id for each in applications]
    found = session.scalars(select(Certificate).where(Certificate.application_id.in_(keys)))
    return {each.application_id: each for each in found}


def issue(session: Session, applications: Sequence[Application], on: date) -> None:
    """Insert the certificates of declarations that the bureau approved."""
    given = zip(applications, numbers.certificate_numbers(session, applications, on.year), strict=True)
    days = passed_on(session, applications)
    session.execute(
        insert(Certificate),
        [
            {
                'number': number,
                'application_id': each.id,
                'holder': each.applicant_name,
                'series': each.series,
                'level': each.level,
                'title': each.title,
                'speciality': each.speciality,
                'passed_on': days[each.id],
                'issued_on': on,
            }
            for each, number in given
        ],
    )
