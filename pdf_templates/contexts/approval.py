"""Contexts of the approval document (批件) and the certificate (职称证书)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.application import Application
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.declaration import Basic
from models.terms import LEVELS
from pdf_templates.contexts.shared import (
    Context,
    GivenAnswers,
    photo_of,
    worded,
)
from rules import approval


def approval_document(session: Session, documents: Sequence[ApprovalDocument], _given: GivenAnswers) -> Context:
    """Gather 批件 with its annex, grouped by series and level."""
    document = documents[0]
    listed = session.scalars(
        select(Application)
        .join(ApprovalItem, ApprovalItem.application_id == Application.id)
        .where(ApprovalItem.document_id == document.id)
        .options(joinedload(Application.employer))
        .order_by(Application.id)
    ).all()
    passed = approval.passed_on(session, listed)
    groups: dict[tuple[str, int], list[dict[str, str]]] = {}
    for application in listed:
        key = (application.series, -LEVELS.index(application.level))
        groups.setdefault(key, []).append(
            {
                'name': application.applicant_name,
                'employer': str(application.employer or ''),
                'title': application.title,
                'speciality': application.speciality,
                'passed_on': f'{passed[application.id]:%Y-%m-%d}' if application.id in passed else '',
            }
        )
    names = {'评委会': document.committee.name, '年度': document.year, '人数': len(listed)}
    return {
        'number': document.number,
        'title': document.title,
        'year': document.year,
        'committee': document.committee.name,
        'office': document.committee.office_name,
        'submitted_on': document.submitted_at.date(),
        'count': len(listed),
        'text': worded(session, 'approval-document', names),
        'groups': [
            {'series': series, 'level': LEVELS[-level], 'rows': groups[series, level]}
            for series, level in sorted(groups)
        ],
    }


def certificate(session: Session, certificates: Sequence[Certificate], _given: GivenAnswers) -> Context:
    """Gather 职称证书 from the stored columns of the certificate, 基本信息 and the approval document."""
    kept = certificates[0]
    basic = Basic.of(kept.application)
    item = kept.application.approval_item
    return {
        'number': kept.number,
        'photo': photo_of(kept.application),
        'name': kept.holder,
        'sex': basic.sex or '',
        'id_number': basic.id_number or '',
        'series': kept.series,
        'level': kept.level,
        'title': kept.title,
        'speciality': kept.speciality,
        'obtained_by': '评审',
        'passed_on': kept.passed_on,
        'issued_on': kept.issued_on,
        'committee': item.document.committee.name if item else '',
        'document': item.document.number if item else '',
        'text': worded(session, 'certificate', {'姓名': kept.holder, '资格名称': kept.title}),
    }
