"""Approval documents and certificates: bundling, leaving a bundle, issuing."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, Stage, Step
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.catalogue import Committee
from rules import numbers


def open_document(session: Session, committee: Committee, title: str, year: int) -> ApprovalDocument:
    """A new document of a committee, numbered within the year."""
    number = numbers.document_number(session, committee, year)
    document = ApprovalDocument(number=number, title=title, year=year, committee=committee)
    session.add(document)
    session.flush()
    return document


def join(session: Session, application: Application, document_id: int) -> None:
    """Put a declaration into the annex of a document."""
    session.add(ApprovalItem(application_id=application.id, document_id=document_id))
    session.flush()


def leave(session: Session, application: Application) -> None:
    """Take a declaration out of its document, when the bureau sends it back."""
    item = session.get(ApprovalItem, application.id)
    if item is not None:
        session.delete(item)
        session.flush()


def passed_on(session: Session, application: Application) -> date:
    """The day the experts passed the declaration; the title counts from it."""
    query = select(Step.at).where(Step.application_id == application.id, Step.target == Stage.NOTICE_LAUNCH)
    return max(session.scalars(query)).date()


def issue(session: Session, application: Application, on: date) -> Certificate:
    """The certificate of a declaration that the bureau approved."""
    assert application.committee is not None
    certificate = Certificate(
        number=numbers.certificate_number(session, application.committee, application.level, on.year),
        application_id=application.id,
        holder=application.applicant_name,
        series=application.series,
        level=application.level,
        title=application.title,
        speciality=application.speciality,
        passed_on=passed_on(session, application),
        issued_on=on,
    )
    session.add(certificate)
    session.flush()
    return certificate
