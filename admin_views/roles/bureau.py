"""Lists of the bureau: declarations at acceptance, examination, approval and certification, and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from admin_views.declarations.bulk_pages import PAPERS, flow_actions
from admin_views.declarations.declaration_list import DeclarationList
from admin_views.declarations.declaration_parts import (
    APPLICANT,
    APPLIED,
    BY_STAGE,
    COMMITTEE,
    LEVEL,
    SERIAL,
    SERIES,
    TITLE,
    YEAR,
    stage_tabs,
    waiting_columns,
)
from admin_views.framework.access_check import action_link
from admin_views.framework.crud import CrudView
from admin_views.framework.list_parts import Column, RowLinks
from models.application import Application, Party, stages_of
from models.approval import Certificate
from rules import choice_sources


def _document_number(application: Application) -> str:
    """Return the number of the approval document that names the declaration, or ''."""
    item = application.approval_item
    return item.document.number if item else ''


BUREAU_STAGES = stages_of(Party.BUREAU)
WAITED, STAGE_AND_WAIT = waiting_columns(BUREAU_STAGES)
DOCUMENT_COLUMN = Column('document', '批件', _document_number, loads=(selectinload(Application.approval_item),))


class BureauApplications(DeclarationList):
    """Declarations in the approval documents sent to the bureau, by stage."""

    stages = BUREAU_STAGES
    columns = (SERIAL, APPLICANT, APPLIED, DOCUMENT_COLUMN, STAGE_AND_WAIT, WAITED)
    tabs = stage_tabs(BUREAU_STAGES)
    filters = (YEAR, COMMITTEE, SERIES, LEVEL, BY_STAGE, TITLE)
    bulk = (*flow_actions(BUREAU_STAGES), PAPERS)


def _paper_link(_view: Any, row: Certificate) -> list[dict[str, Any]]:
    """打印: make the link to the printable certificate."""
    url = url_for('files.paper', id=row.id, report='certificate', url=request.full_path)
    return [action_link('打印', url, kind='plain')]


def _certified_in(series_id: int) -> ColumnElement[bool]:
    """Return the condition for certificates of a series; it ignores the name that the certificate repeats."""
    declared = select(Application.id).where(choice_sources.in_series(series_id))
    return Certificate.application_id.in_(declared)


BY_SERIES = replace(SERIES, condition=_certified_in)


class Certificates(CrudView):
    """List of the 职称证书 that were issued."""

    of = Certificate
    columns = ('number', 'holder', 'series', 'level', 'title', 'speciality', 'passed_on', 'issued_on')
    filters = (BY_SERIES, 'level')
    searched: Sequence[str] = ('number', 'holder')
    order: Sequence[Any] = (Certificate.issued_on.desc(), Certificate.id.desc())
    row_links = (*CrudView.row_links, RowLinks(_paper_link))
    empty_text = '还没有证书。制证后在此列出。'
