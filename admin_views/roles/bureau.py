"""The bureau's side: acceptance, examination, approval, certification."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import selectinload

from admin_views.declarations.actions import ApplicationView
from admin_views.framework.access_check import action_link
from admin_views.framework.crud import View
from models.application import Application, Party, stages_of
from models.approval import Certificate


class BureauApplications(ApplicationView):
    """Declarations in the approval documents sent to the bureau, by stage."""

    stages = stages_of(Party.BUREAU)
    filters: Sequence[str] = ('year', 'committee_id', 'series', 'level', 'stage', 'title')

    columns: Sequence[str] = ('serial', 'applicant', 'applied', 'document', 'stage', 'waited')

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """The document that a declaration came with."""
        return {**super().own_cells(), 'document': ('批件', _document)}

    def eager(self) -> Sequence[Any]:
        """The documents of the page in one query."""
        return (*super().eager(), selectinload(Application.approval_item))


def _document(application: Application) -> str:
    item = application.approval_item
    return item.document.number if item else ''


class Certificates(View):
    """职称证书 that were issued."""

    of = Certificate
    columns: Sequence[str] = ('number', 'holder', 'series', 'level', 'title', 'speciality', 'passed_on', 'issued_on')
    filters: Sequence[str] = ('series', 'level')
    searched: Sequence[str] = ('number', 'holder')
    order: Sequence[Any] = (Certificate.issued_on.desc(), Certificate.id.desc())
    empty_text = '还没有证书。制证后在此列出。'

    def row_actions(self, row: Certificate) -> list[dict[str, Any]]:
        """The certificate on paper beside what a row offers anyway."""
        url = url_for('files.paper', id=row.id, report='certificate', url=request.full_path)
        return [*super().row_actions(row), action_link('打印', url, kind='plain')]
