"""A list as a page: columns with derived labels and cells, what may be done with each row, and its export."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request
from flask_admin import expose
from markupsafe import Markup

from admin_views.framework import export, paging
from admin_views.framework.access_check import action_link, does, once_a_request, path_of, refuse, visitor
from admin_views.framework.option_lists import fixed_labels
from admin_views.framework.query import Rows
from admin_views.framework.row_html import Table, gapped
from models import db
from models.fields import Field, Kind, fields_of
from rules import access, validators
from rules.refusal import Refused


class Listing(Rows):
    """A list over the rows that the visitor's scope holds, with its export."""

    noun = ''
    """What one row is called; by default as the room."""

    details: Sequence[str] = ()
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
        self.fields, self.cells = fields_of(model), self.own_cells()
        self.noun = self.noun or room.label
        self.column_list = tuple(self.columns)
        self.column_labels = {name: field.label for name, field in self.fields.items()} | {
            name: label for name, (label, _cell) in self.cells.items()
        }
        self.column_formatters = {name: self._formatter(name) for name in self.columns}
        self.column_details_list = tuple(self.details or [name for name in self.columns if name in self.fields])
        self.column_formatters_detail = {name: self._formatter(name) for name in self.column_details_list}
        self.column_sortable_list = tuple(name for name in self.columns if name in self.fields)
        category = room.menu if room.menu and room.menu != room.label else None
        super().__init__(model, db, name=room.label, category=category, endpoint=endpoint, url=f'/{endpoint}/')

    # --- cells ---

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """Columns that are no field, or are shown otherwise: heading and cell by name."""
        return {}

    def cell(self, name: str) -> Callable[[Any], Any]:
        """What a column shows of a row."""
        return self.cells[name][1] if name in self.cells else lambda row: self.shown(row, name)

    def _formatter(self, name: str) -> Any:
        """The cell as Flask-Admin asks for it; its own pages use it, the list below goes without."""
        cell = self.cell(name)
        return lambda view, context, row, column: cell(row)

    def shown(self, row: Any, name: str) -> str:
        """A value as this list shows it: labelled, and masked where the field is personal."""
        field = self.fields[name]
        if not access.reads_field(visitor(), field):
            return ''
        value = getattr(row, name)
        if field.kind is Kind.REFERENCE:
            return str(getattr(row, name.removesuffix('_id')) or '')
        labels = fixed_labels(field.choices_from)
        if labels is not None:
            return labels.get(value, value)
        return validators.masked(field, value) if field.mask and value else field.shown(value)

    # --- pages ---

    def render(self, template: str, **context: Any) -> str:
        """Render with what every page of a view may use."""
        if template == self.list_template:
            context |= self.list_context(**context)
            context['drawn_rows'] = self.drawn_rows(context)
        return super().render(template, **context)

    def list_context(self, **context: Any) -> dict[str, Any]:
        """What the list template reads besides Flask-Admin's own context."""
        return {
            **self.saved_context(),
            **self.pager(context),
            'return_url': request.full_path,
            'tabs': self.tab_links(),
            'filter_controls': self.filter_controls(),
            'bulk_actions': self.bulk_actions() if self.may('bulk') else [],
            'empty_text': self.empty_text,
            'export_urls': self.export_urls() if self.can_export else [],
            'action_url': path_of(f'{self.endpoint}.action_view'),
            'search_supported': bool(self.searched),
            'search_placeholder': self.search_placeholder(),
        }

    def drawn_rows(self, context: Mapping[str, Any]) -> Markup:
        """The rows of the page; phones show one of the columns as the title of a row."""
        columns, names = context['list_columns'], [name for name, _label in context['list_columns']]
        title = self.phone_title or ('applicant' if 'applicant' in names else names[0])
        drawn = [(name, label, self.cell(name)) for name, label in columns]
        picked = bool(context['bulk_actions'])
        table = Table(drawn, self.row_actions, self.likeness, title=title, picked=picked)
        return table.draw(context['data'], context['page'] * context['page_size'] + 1)

    def pager(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """The ways on and back: by number near the beginning, beyond it by the place of the last or first row."""
        rows, page, url = context['data'], max(context['page'], 0), context['pager_url']
        keys, way_on, way_back = self._template_args['keys'], None, None
        if rows and self._template_args['more']:
            way_on = url(page + 1)
            if page + 1 >= paging.NUMBERED:
                way_on += f'&after={paging.place_of(keys, rows[-1])}'
        if page > 0:
            way_back = url(page - 1)
            if rows and page - 1 >= paging.NUMBERED:
                way_back += f'&before={paging.place_of(keys, rows[0])}'
        return {'next_url': way_on, 'previous_url': way_back, 'count_shown': paging.counted(context['count'])}

    def _get_list_extra_args(self) -> Any:
        """Flask-Admin's reading of the address; the place of a page belongs to that page alone."""
        view_args = super()._get_list_extra_args()
        view_args.extra_args = {name: value for name, value in view_args.extra_args.items() if _travels(name)}
        return view_args

    def _get_list_url(self, view_args: Any) -> str:
        """Flask-Admin's address of another page or order of the list; a page has a dozen, all of one beginning."""
        size = self.get_safe_page_size(view_args.page_size)
        named = {
            'page': view_args.page or None,
            'sort': view_args.sort,
            'desc': 1 if view_args.sort_desc else None,
            'search': view_args.search or None,
            **view_args.extra_args,
            'page_size': size if size != self.page_size else None,
        }
        query = urlencode([(name, value) for name, value in named.items() if value is not None])
        return f'{self.home_address()}?{query}'

    def home_address(self) -> str:
        """The address of the list."""
        return path_of(f'{self.endpoint}.index_view')

    def tab_links(self) -> list[dict[str, Any]]:
        """The tabs with their counts."""
        tabs, chosen, counts, here = self.tabs(), self.tab(), self.counts(), self.home_address()
        return [
            {
                'key': tab.key,
                'label': tab.label,
                'url': f'{here}?{urlencode({"tab": tab.key, **self.asked_on(tab)})}',
                'bare_url': f'{here}?tab={tab.key}',
                'count': paging.counted(counts[tab.key]),
                'active': tab is chosen or (chosen is not None and tab.key == chosen.key),
            }
            for tab in tabs
        ]

    def search_placeholder(self) -> str:
        """What can be searched for."""
        return '、'.join(self.column_labels.get(name, name) for name in self.searched)

    def page_url(self, view: str, **parts: Any) -> str:
        """The address of a page, of this room unless it names another; it knows the way back to here."""
        name = view if '.' in view else f'{self.endpoint}.{view}'
        return path_of(name, **parts) + self.way_back()

    @once_a_request
    def way_back(self) -> str:
        """The present address, as the query of a page that leads back here."""
        return '?' + urlencode({'url': request.full_path})

    def row_url(self, view: str, row: Any, **parts: Any) -> str:
        """The address of a page about a row."""
        return f'{self.page_url(view, **parts)}&id={row.id}'

    def row_actions(self, row: Any) -> list[dict[str, Any]]:
        """The actions of one row, as the list template draws them."""
        actions = [action_link('查看', self.row_url('details_view', row), kind='plain')]
        if self.can_edit:
            refusal = access.may_change(visitor(), row)
            actions.insert(0, action_link('编辑', self.row_url('edit_view', row), kind='main', refused=refusal))
        if self.can_delete:
            refusal = access.may_change(visitor(), row)
            actions.append(action_link('删除', self.row_url('delete_view', row), method='post', refused=refusal))
        return actions

    def likeness(self, row: Any) -> Hashable:
        """What rows agree in that offer the same links; a view that knows it without making the links says so."""
        return gapped(self.row_actions(row), row)

    def get_actions_list(self) -> tuple[list[Any], dict[str, Any]]:
        """None for Flask-Admin's own form: the list draws what ``bulk_actions`` offers."""
        return [], {}

    def bulk_actions(self) -> list[dict[str, str]]:
        """The actions offered on ticked rows."""
        return []

    # --- export ---

    def export_urls(self) -> list[tuple[str, str]]:
        """Each form's label, and the address that exports exactly the rows of the present filter."""
        query = urlencode([(name, value) for name, value in request.args.items() if _travels(name) and name != 'page'])
        return [
            (form.label, f'{path_of(f"{self.endpoint}.export", export_type=key)}?{query}')
            for key, form in export.FORMS.items()
        ]

    def export_fields(self) -> list[Field]:
        """The columns of an export: every declared field of the model."""
        fields = [field for field in self.fields.values() if field.kind is not Kind.REFERENCE]
        return [field for field in fields if access.reads_field(visitor(), field)]

    def export_column(self, name: str) -> Any:
        """What an export reads for a field."""
        return getattr(self.model, name)

    @expose('/export/<export_type>/')
    @does('export')
    def export(self, export_type: str) -> Any:
        """Exactly the filtered rows, in one of the forms on offer."""
        if export_type not in export.FORMS:
            abort(404)
        columns = [(field, self.export_column(field.name)) for field in self.export_fields()]
        rows = self.ordered(self.filtered())
        try:
            return export.response(export_type, self.name, columns, rows, self.described_filter())
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(f'{self.home_address()}?{self.present_query()}')


def _travels(name: str) -> bool:
    """Whether an argument of the address goes along to other pages of the list; some mean something to ``url_for``."""
    return name not in ('after', 'before', 'endpoint', 'self') and not name.startswith('_')
