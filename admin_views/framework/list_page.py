"""List pages: a view that declares its parts in tuples, with the page and the export made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import func

from admin_views.framework import export, saved_filters
from admin_views.framework.access_check import (
    Guarded,
    action_link,
    does,
    page_path,
    refuse,
    row_url,
    visitor,
)
from admin_views.framework.fast import paging
from admin_views.framework.fast.row_html import ListTable
from admin_views.framework.list_parts import (
    BulkAction,
    Column,
    Filter,
    RowLinks,
    Search,
    Tab,
    field_column,
    field_filter,
)
from admin_views.framework.query import PAGE_SIZES, ListQuery, travels
from admin_views.framework.request_memo import once_a_request
from models import db
from models.base import now
from models.fields import Field, Kind, fields_of
from rules import access
from rules.refusal import Refused


def _edit_link(view: Any, row: Any) -> list[dict[str, Any]]:
    url, refusal = row_url(view, 'edit_view', row), access.may_change(visitor(), row)
    return [action_link('编辑', url, kind='main', refused=refusal)]


def _details_link(view: Any, row: Any) -> list[dict[str, Any]]:
    return [action_link('查看', row_url(view, 'details_view', row), kind='plain')]


def delete_link(view: Any, row: Any) -> list[dict[str, Any]]:
    """Return the link 删除, with the reason if the row may not be changed now."""
    url, refusal = row_url(view, 'delete_view', row), access.may_change(visitor(), row)
    return [action_link('删除', url, method='post', refused=refusal)]


class ListView(Guarded, ModelView):
    """List of the rows in the visitor's scope, with its export.

    A string in ``columns``, ``details`` and ``filters`` is the name of a declared field.
    """

    of: type
    noun = ''
    """Name of one row; by default the name of the room."""

    columns: Sequence[str | Column] = ()
    details: Sequence[str | Column] = ()
    tabs: Sequence[Tab] = ()
    filters: Sequence[str | Filter] = ()
    bulk: Sequence[BulkAction] = ()
    row_links: Sequence[RowLinks] = (
        RowLinks(_edit_link, verb='edit'),
        RowLinks(_details_link),
        RowLinks(delete_link, verb='delete'),
    )
    searched: Sequence[str] = ()
    search = Search()
    order: Sequence[Any] = ()
    filled: Sequence[str] = ()
    """Nullable columns that are never NULL in this list: ORDER BY needs no NULLS FIRST, so an index can be used."""

    unexported: Sequence[str] = ()
    """Declared fields that an export leaves out."""

    page_size = 50
    page_size_options = PAGE_SIZES
    empty_text = '暂无记录'
    phone_title = ''
    list_template = 'admin/model/list.html'
    can_view_details = True

    can_create = property(lambda self: self.may('create'))
    can_edit = property(lambda self: self.may('edit'))
    can_delete = property(lambda self: self.may('delete'))
    can_export = property(lambda self: self.may('export'))

    def __init__(self, endpoint: str) -> None:
        room, model = access.ROOMS[endpoint], self.of
        self.fields = fields_of(model)
        self.all_columns = tuple(
            each if isinstance(each, Column) else field_column(model, each) for each in self.columns
        )
        self.filters_by_name = {
            each.name: each
            for each in (each if isinstance(each, Filter) else field_filter(model, each) for each in self.filters)
        }
        self.noun = self.noun or room.label
        self._tell_flask_admin()
        category = room.menu if room.menu and room.menu != room.label else None
        super().__init__(model, db, name=room.label, category=category, endpoint=endpoint, url=f'/{endpoint}/')

    def _tell_flask_admin(self) -> None:
        """Set the labels and cells of Flask-Admin's details page to those of the list."""
        known = {each.key: each for each in self.all_columns}
        shown = self.details or [each.key for each in self.all_columns if each.key in self.fields]
        details = [
            each if isinstance(each, Column) else known.get(each) or field_column(self.of, each) for each in shown
        ]
        self.column_list = tuple(known)
        self.column_labels = {name: field.label for name, field in self.fields.items()}
        self.column_labels |= {each.key: each.label for each in (*self.all_columns, *details)}
        self.column_details_list = tuple(each.key for each in details)
        self.column_formatters_detail = {
            each.key: lambda _view, _context, row, _name, cell=each.cell: cell(row) for each in details
        }

    # --- rows ---

    @once_a_request
    def list_query(self) -> ListQuery:
        """Return the query of the present request."""
        return ListQuery(self)

    def get_query(self) -> Any:
        """Return the query of the rows that the visitor may see, for Flask-Admin's own use."""
        return db.session.query(self.model).filter(self.list_query().scope)

    def get_count_query(self) -> Any:
        """Return the query of the number of rows that the visitor may see, for Flask-Admin's own use."""
        return db.session.query(func.count()).select_from(self.model).filter(self.list_query().scope)

    def get_one(self, id: Any) -> Any:
        """Return the row of a key; answer 404 both if there is none and if the visitor may not see it."""
        row = access.find(db.session(), visitor(), self.model, id, now().date())
        if row is None:
            abort(404, '没有这条记录，或您无权查看')
        return row

    def requested(self) -> Any:
        """Return the row that the request names; answer 404 as ``get_one`` does."""
        return self.get_one(request.values.get('id', ''))

    def loads(self) -> Sequence[Any]:
        """Return the loader options that the columns of the chosen tab need."""
        return tuple(load for each in self.shown_columns() for load in each.loads)

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Prepare the rows of a page before they are drawn; a subclass reads here what it needs of all rows at once."""

    # --- the page ---

    def shown_columns(self) -> list[Column]:
        """Return the columns of the chosen tab."""
        tab = self.list_query().tab
        return [each for each in self.all_columns if each.shown_on(tab)]

    def offered_bulk(self) -> list[BulkAction]:
        """Return the bulk actions that the chosen tab offers to the visitor."""
        tab = self.list_query().tab
        return [each for each in self.bulk if each.offered_on(tab)] if self.may('bulk') else []

    def _shows(self, links: RowLinks) -> bool:
        return links.shown_on(self.list_query().tab) and (not links.verb or self.may(links.verb))

    @expose('/')
    def index_view(self) -> Any:
        """Show a page of the list."""
        query = self.list_query()
        rows, more = query.read()
        self.prepare_rows(rows)
        bulk, columns, first = self.offered_bulk(), self.shown_columns(), max(query.page, 0) * query.page_size
        context = {
            'data': rows,
            'count': query.count,
            'count_shown': paging.counted(query.count),
            'first': first,
            'page': query.page,
            'page_size': query.page_size,
            'page_sizes': {size: query.address(page_size=size) for size in PAGE_SIZES},
            'heads': self._heads(columns),
            'sort_column': query.sort,
            'sort_desc': query.descending,
            'search': request.args.get('search'),
            'search_placeholder': '、'.join(self.column_labels.get(name, name) for name in self.searched),
            'extra_args': query.extra_args,
            'return_url': request.full_path,
            'tabs': query.tab_links(),
            'filter_controls': query.filter_controls(),
            'bulk_actions': bulk,
            'empty_text': self.empty_text,
            'export_urls': self._export_urls() if self.can_export else [],
            'action_url': page_path(f'{self.endpoint}.action_view'),
            **query.pager(rows, more),
            **saved_filters.saved_context(self, self.present_query()),
            **self.list_context(),
        }
        title = self.phone_title or next((each.key for each in columns if each.key == 'applicant'), columns[0].key)
        makers = [each.make for each in self.row_links if self._shows(each)]
        table = ListTable(
            columns, lambda row: [link for make in makers for link in make(self, row)], title=title, picked=bool(bulk)
        )
        return self.render(self.list_template, drawn_rows=table.draw(rows, first + 1), **context)

    def list_context(self) -> Mapping[str, Any]:
        """Return additional context for the template of this list; empty by default."""
        return {}

    def _heads(self, columns: Sequence[Column]) -> list[dict[str, Any]]:
        """Return the heading of each column, with the URL that sorts by it."""
        query, heads = self.list_query(), []
        for each in columns:
            at = self.all_columns.index(each)
            sorted_now = query.sort == at
            url = query.address(sort=at, descending=sorted_now and not query.descending) if each.sortable else None
            heads.append({'key': each.key, 'label': each.label, 'url': url, 'sorted': sorted_now})
        return heads

    @once_a_request
    def present_query(self) -> str:
        """Return the part of the present query string that narrows or orders the list."""
        return saved_filters.narrowing_part(self, request.query_string.decode())

    @expose('/action/', methods=('POST',))
    @does('bulk')
    def action_view(self) -> Any:
        """Run a bulk action of the chosen tab, else answer 403; Flask-Admin's own page would not check the rows."""
        name = request.form.get('action', '')
        action = next((each for each in self.offered_bulk() if each.name == name), None)
        if action is None:
            abort(403, '此页签下没有这项操作' if self.bulk else '此列表没有批量操作')
        return action.run(self, request.form.getlist('rowid'))

    @expose('/filters/keep/', methods=('POST',))
    @does('filter')
    def keep_filter_view(self) -> Any:
        """Save the present filter under a name."""
        return saved_filters.keep_filter(self)

    @expose('/filters/drop/', methods=('POST',))
    @does('filter')
    def drop_filter_view(self) -> Any:
        """Delete a saved filter."""
        return saved_filters.drop_filter(self)

    # --- export ---

    def _export_urls(self) -> list[tuple[str, str]]:
        """Return label and URL of each format of export, with the arguments of the present filter."""
        query = urlencode([(name, value) for name, value in request.args.items() if travels(name) and name != 'page'])
        return [
            (form.label, f'{page_path(f"{self.endpoint}.export", export_type=key)}?{query}')
            for key, form in export.FORMS.items()
        ]

    def exported_columns(self) -> list[tuple[Field, Any]]:
        """Return field and SQL expression of each exported column: fields that the visitor may read, no references."""
        other = {each.key: each.exported for each in self.all_columns if each.exported is not None}
        return [
            (field, other.get(name, getattr(self.model, name)))
            for name, field in self.fields.items()
            if field.kind is not Kind.REFERENCE and name not in self.unexported and access.reads_field(visitor(), field)
        ]

    @expose('/export/<export_type>/')
    @does('export')
    def export(self, export_type: str) -> Any:
        """Send the filtered rows, and no others, in a format of ``export.FORMS``; flash the reason if it is refused."""
        if export_type not in export.FORMS:
            abort(404)
        query = self.list_query()
        rows, columns = query.ordered(query.filtered), self.exported_columns()
        try:
            return export.response(export_type, self.name, columns, rows, query.described())
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(f'{query.home}?{self.present_query()}')
