"""List of declarations with the routes of its pages, each of which calls a function of another module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy.orm import defer

from admin_views.declarations import actions, bulk_pages
from admin_views.declarations.declaration_parts import lookups, questions_for
from admin_views.framework import controls
from admin_views.framework.access_check import does, page_path, safe_return
from admin_views.framework.crud import CrudView
from admin_views.framework.fast.name_search import DeclarationSearch
from admin_views.framework.list_parts import Filter, RowLinks, field_filter
from models import db
from models.application import Application, Stage
from models.base import now
from models.fields import fields_of
from rules import access, choice_sources, workdays
from rules.flow.transition import Transition
from rules.refusal import Refusal

UNLISTED = tuple(
    defer(column, raiseload=True)
    for column in (
        Application.created_at,
        Application.updated_at,
        Application.commitment_at,
        Application.commitment_version,
    )
)
"""Columns that no list shows but 我的事项; not loaded, and an error if read."""


class DeclarationList(CrudView):
    """List of a role's declarations; a subclass declares columns, tabs, filters and the ``stages`` of the role."""

    of = Application
    noun = '申报'
    searched: Sequence[str] = ('applicant_name', 'serial', 'id_number')
    search = DeclarationSearch()
    order: Sequence[Any] = (Application.entered_at, Application.id)
    filled: Sequence[str] = ('submitted_at',)
    filters: Sequence[Filter] = ()
    stages: Sequence[Stage] = ()
    row_links: Sequence[RowLinks] = (RowLinks(actions.declaration_links),)
    always_loads: Sequence[Any] = UNLISTED
    empty_text = '此页签下没有申报。其他环节的申报请看「全部」。'
    list_template = 'applications.html'

    def __init__(self, endpoint: str) -> None:
        roles, named = access.ROOMS[endpoint].roles, {each.name for each in self.filters}
        everywhere = [
            field_filter(Application, name)
            for name, field in fields_of(Application).items()
            if field.filterable and name not in named and set(roles).isdisjoint(field.unseen_by)
        ]
        self.filters = (*self.filters, *everywhere)
        super().__init__(endpoint)

    def loads(self) -> Sequence[Any]:
        """Return the loader options of this list and those of its columns."""
        return (*self.always_loads, *super().loads())

    def prepare_rows(self, rows: Sequence[Application]) -> None:
        """Register the rows with the lookups, which then read the data of guards for the whole page at once."""
        lookups().asked |= dict.fromkeys(row.id for row in rows)

    def list_context(self) -> Mapping[str, Any]:
        """Return the deadline and the address of 导出明细."""
        workbook = f'{page_path(f"{self.endpoint}.workbook_view")}?{self.present_query()}'
        return {'page_note': deadline(), 'workbook_url': workbook}

    # --- hooks of the pages of an action ---

    def act_form(self, row: Transition, application: Application | None) -> Any:
        """Make the form of an action: as sent, else with the proposed answers; ``application`` is None for many."""
        made = controls.form_class(questions_for(row, application), strict=True)
        if request.form.get('confirmed'):
            return made(request.form)
        return made(None, data=self.proposed(row, application) if application else None)

    def proposed(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Return the initial answers of the form of one declaration or of many."""
        return bulk_pages.proposed_answers(row, application)

    def wordings(self, application: Application | None) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return wordings to choose from (name and text) by field, filled in for a declaration where one is given."""
        return {}

    def act_page(self, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
        """Render the page of an action on one declaration."""
        return actions.confirmation_page(self, row, application, form, refusal)

    def performed(self, row: Transition, application: Application) -> None:
        """Hook that runs after an action, in its transaction; does nothing by default."""

    def onward(self, row: Transition, application: Application) -> str:
        """Return the address to redirect to after an action: the list. Called before the action."""
        return safe_return(url_for(f'{self.endpoint}.index_view', tab=row.source))

    # --- pages ---

    @expose('/bulk/', methods=('POST',))
    @does('bulk')
    def bulk_view(self) -> Any:
        """Run a bulk action that was confirmed."""
        return bulk_pages.run_bulk(self)

    @expose('/result/')
    def result_view(self) -> Any:
        """Show the result of a bulk action."""
        return bulk_pages.show_result(self)

    @expose('/act/<action>/', methods=('GET', 'POST'))
    @does('act')
    def act_view(self, action: str) -> Any:
        """Ask to confirm one action on one declaration, then carry it out."""
        return actions.act_on(self, action)

    @expose('/workbook/', methods=('POST',))
    @does('export')
    def workbook_view(self) -> Any:
        """导出明细: start the job and redirect to its page."""
        return actions.start_details_export(self)

    @expose('/progress/')
    def progress_view(self) -> Any:
        """进度: show the steps, the holder and the records."""
        return actions.progress_page(self)

    @expose('/details/')
    def details_view(self) -> Any:
        """查看: show the whole declaration, read-only."""
        return actions.dossier_page(self)


def deadline() -> str:
    """Return a sentence on the last day of the open call and the working days left."""
    today = now().date()
    window = choice_sources.open_window(db.session(), today)
    if window is None:
        return '当前没有开放的年度申报计划'
    closes_on, left = window.closes_on, workdays.count_workdays(today, window.closes_on, lookups().overruled)
    return f'{window.year} 年度 · 申报截止 {closes_on.month} 月 {closes_on.day} 日（还有 {left} 个工作日）'
