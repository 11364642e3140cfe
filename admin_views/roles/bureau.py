"""The bureau's side: acceptance, examination, approval, certification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
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


def _document_number(application: Application) -> str:
    """Show the document that a declaration came with."""
    item = application.approval_item
    return item.document.number if item else ''


STAGES = stages_of(Party.BUREAU)
WAITED, STAGE_AND_WAIT = waiting_columns(STAGES)
DOCUMENT = Column('document', '批件', _document_number, loads=(selectinload(Application.approval_item),))


class BureauApplications(DeclarationList):
    """Declarations in the approval documents sent to the bureau, by stage."""

    stages = STAGES
    columns = (SERIAL, APPLICANT, APPLIED, DOCUMENT, STAGE_AND_WAIT, WAITED)
    tabs = stage_tabs(STAGES)
    filters = (YEAR, COMMITTEE, SERIES, LEVEL, BY_STAGE, TITLE)
    bulk = (*flow_actions(STAGES), PAPERS)


def _paper_link(_view: Any, row: Certificate) -> list[dict[str, Any]]:
    """打印: the certificate on paper."""
    url = url_for('files.paper', id=row.id, report='certificate', url=request.full_path)
    return [action_link('打印', url, kind='plain')]


class Certificates(CrudView):
    """职称证书 that were issued."""

    of = Certificate
    columns = ('number', 'holder', 'series', 'level', 'title', 'speciality', 'passed_on', 'issued_on')
    filters = ('series', 'level')
    searched: Sequence[str] = ('number', 'holder')
    order: Sequence[Any] = (Certificate.issued_on.desc(), Certificate.id.desc())
    row_links = (*CrudView.row_links, RowLinks(_paper_link))
    empty_text = '还没有证书。制证后在此列出。'
