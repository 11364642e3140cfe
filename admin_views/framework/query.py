"""SQL query of one request to a list: scope → tab → filters → search → order → page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import ColumnElement, Select, select

from admin_views.framework.access_check import page_path, visitor
from admin_views.framework.fast import paging
from admin_views.framework.fast.row_html import options
from admin_views.framework.fast.statements import order_keys, whole_page
from admin_views.framework.list_parts import LONGEST_SEARCH, Column, Filter, Tab
from admin_views.framework.saved_filters import ANYWHERE
from models import db
from models.base import now
from rules import access, validators

PAGE_SIZES = (20, 50, 100)

LAST_PAGE = 100_000
"""Highest page number that is read, so that OFFSET stays within the range of every database."""

OF_FLASK_ADMIN = ('page', 'page_size', 'sort', 'desc', 'search')
"""Arguments of the query string that mean the same on every list."""


class ListQuery:
    """Query of one request to a list; each part is computed when it is first needed."""

    def __init__(self, view: Any) -> None:
        self.view = view
        given = request.args
        self.page = given.get('page', 0, type=int)
        self.sort, self.descending = given.get('sort', None, type=int), bool(given.get('desc', None, type=int))
        size = given.get('page_size', 0, type=int)
        self.page_size: int = size if size in PAGE_SIZES else view.page_size

    # --- rows ---

    @cached_property
    def scope(self) -> ColumnElement[bool]:
        """SQL condition of the rows that the visitor may see."""
        return access.scope(visitor(), self.view.model, now().date())

    @cached_property
    def scoped(self) -> Select[Any]:
        """SELECT of the rows that the visitor may see."""
        return select(self.view.model).where(self.scope)

    @cached_property
    def tab(self) -> Tab | None:
        """The tab named in the request, else the first one; None in a list without tabs."""
        tabs: Sequence[Tab] = self.view.tabs
        return next((tab for tab in tabs if tab.key == request.values.get('tab')), tabs[0] if tabs else None)

    @cached_property
    def in_tab(self) -> Select[Any]:
        """SELECT of the rows of the chosen tab."""
        clause = self.tab.condition() if self.tab else None
        return self.scoped if clause is None else self.scoped.where(clause)

    @cached_property
    def chosen(self) -> Mapping[str, Any]:
        """Parsed values of the filters in the request, by filter name; empty and unknown ones are left out."""
        read = ((name, each.parsed(request.values.get(name, ''))) for name, each in self.view.filters_by_name.items())
        return {name: value for name, value in read if value}

    @cached_property
    def unsearched(self) -> Select[Any]:
        """SELECT of the rows of the tab that meet the chosen filters."""
        statement = self.in_tab
        for name, value in self.chosen.items():
            statement = statement.where(self.view.filters_by_name[name].condition(value))
        return statement

    @cached_property
    def filtered(self) -> Select[Any]:
        """SELECT of the rows of the tab that meet filters and search."""
        narrowed: Select[Any] = self.view.search.narrow(self, self.unsearched, self.search_text)
        return narrowed

    @cached_property
    def search_text(self) -> str:
        """Normalised search text, cut to LONGEST_SEARCH characters."""
        return validators.normalised(request.values.get('search', ''))[:LONGEST_SEARCH]

    @cached_property
    def narrows(self) -> bool:
        """True if a filter or a search narrows the tab."""
        return bool(self.chosen or (self.view.searched and request.values.get('search')))

    # --- order and page ---

    @cached_property
    def sorted_by(self) -> Column | None:
        """Column of the argument ``sort``, an index into ``all_columns``; None for the list's own order."""
        columns: Sequence[Column] = self.view.all_columns
        chosen = columns[self.sort] if self.sort is not None and 0 <= self.sort < len(columns) else None
        return chosen if chosen and chosen.sortable else None

    @cached_property
    def keys(self) -> tuple[paging.Key, ...]:
        """Sort keys of the list; the primary key is the last one."""
        view, column = self.view, self.sorted_by.key if self.sorted_by else None
        return order_keys(view.model, tuple(view.order), tuple(view.filled), column, self.descending)

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """Add ORDER BY to a statement: the column of the argument ``sort``, else the list's own order."""
        return statement.order_by(*paging.sorted_by(self.keys))

    def read(self) -> tuple[list[Any], bool]:
        """Return the rows of the page, and True if more follow; read by the place in the URL, else by OFFSET."""
        page, size = max(self.page, 0), self.page_size
        places = [
            paging.decode_cursor(self.keys, request.args.get(name, '')) if page else None for name in CURSOR_ARGUMENTS
        ]
        offset, backwards = min(page, LAST_PAGE) * size, places[0] is None and places[1] is not None
        loads = tuple(self.view.loads())
        if not self.narrows and places == [None, None]:
            clause = self.tab.condition() if self.tab else None
            statement = whole_page(self.view.model, self.scope, clause, loads, self.keys, offset, size + 1)
        else:
            found, place = self._read_from(), places[0] or places[1]
            found = found.where(paging.beyond(self.keys, place, backwards=backwards)) if place else found.offset(offset)
            statement = found.order_by(*paging.sorted_by(self.keys, backwards=backwards)).options(*loads)
            statement = statement.limit(size + 1)
        rows = list(db.session.scalars(statement).unique())
        rows, more = (rows[:size][::-1], True) if backwards else (rows[:size], len(rows) > size)
        if not more and self._taken_for_full() and page * size + len(rows) <= paging.MOST_COUNTED:
            paging.CROWDED.forget(self.scope)  # another process has moved rows out of the tab
        return rows, more

    def _read_from(self) -> Select[Any]:
        """Return the SELECT of the filtered rows; for many rows in the list's own order, by ``narrow_along_order``."""
        if self.sorted_by is not None or self.count <= paging.MOST_COUNTED:
            return self.filtered
        narrowed: Select[Any] = self.view.search.narrow_along_order(self, self.unsearched, self.search_text)
        return narrowed

    # --- counts ---

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Number of rows by tab key, and of the filtered rows under the key ``''``, each at most MOST_COUNTED + 1."""
        tabs, most = {tab.key: tab for tab in self.view.tabs}, paging.MOST_COUNTED + 1
        crowded = paging.CROWDED.of(self.scope)
        counts = {key: most for key in tabs if (self.view.endpoint, key) in crowded}
        counting = {tab.key: tab.condition() for tab in tabs.values() if tab.key not in counts and not tab.same_as}
        numbers = paging.counts_of(self.view.model, self.scope, tuple(counting.values()), most)
        if self.narrows or not tabs:
            counting[''] = None
            filtered = self.filtered.with_only_columns(self.view.model.id)
            numbers = numbers.add_columns(paging.count_of(filtered, most))
        if counting:
            counts |= zip(counting, db.session.connection().execute(numbers).one(), strict=True)
        for key in counting:
            if key and counts[key] == most:
                paging.CROWDED.add(self.scope, (self.view.endpoint, key))
        return counts | {key: counts[tab.same_as] for key, tab in tabs.items() if tab.same_as}

    @property
    def count(self) -> int:
        """Number of rows of the list, counted no further than MOST_COUNTED + 1."""
        return self.counts[''] if '' in self.counts or self.tab is None else self.counts[self.tab.key]

    def _taken_for_full(self) -> bool:
        """Return True if the whole tab is asked for and its count is not read but taken from CROWDED."""
        tab = self.tab
        full = tab is not None and (self.view.endpoint, tab.same_as or tab.key) in paging.CROWDED.of(self.scope)
        return full and not self.narrows

    # --- addresses ---

    @cached_property
    def extra_args(self) -> Mapping[str, str]:
        """Arguments of the query string, besides OF_FLASK_ADMIN, that the links to other pages of the list repeat."""
        given = request.args.items()
        return {name: value for name, value in given if name not in OF_FLASK_ADMIN and travels(name)}

    def address(self, **changed: Any) -> str:
        """Return the URL of this list with another page, order or page size."""
        asked = {'page': self.page, 'sort': self.sort, 'descending': self.descending, 'page_size': self.page_size}
        asked |= changed
        named = {
            'page': asked['page'] or None,
            'sort': asked['sort'],
            'desc': 1 if asked['descending'] else None,
            'search': request.args.get('search') or None,
            **self.extra_args,
            'page_size': asked['page_size'] if asked['page_size'] != self.view.page_size else None,
        }
        query = urlencode([(name, value) for name, value in named.items() if value is not None])
        return f'{self.home}?{query}'

    @property
    def home(self) -> str:
        """URL of the list without arguments."""
        return page_path(f'{self.view.endpoint}.index_view')

    def pager(self, rows: Sequence[Any], more: bool) -> Mapping[str, str | None]:
        """Return the URLs of the next and previous page, None at an end; beyond NUMBERED with the place of a row."""
        page, onward, back = max(self.page, 0), None, None
        if rows and more:
            onward = self.address(page=page + 1)
            if page + 1 >= paging.NUMBERED:
                onward += f'&after={paging.encode_cursor(self.keys, rows[-1])}'
        if page > 0:
            back = self.address(page=page - 1)
            if rows and page - 1 >= paging.NUMBERED:
                back += f'&before={paging.encode_cursor(self.keys, rows[0])}'
        return {'next_url': onward, 'previous_url': back}

    def tab_links(self) -> list[dict[str, Any]]:
        """Return the tabs with count and URL; the URL keeps those present filters that the tab offers too."""
        return [
            {
                'key': tab.key,
                'label': tab.label,
                'url': f'{self.home}?{urlencode({"tab": tab.key, **self._kept_on(tab)})}',
                'bare_url': f'{self.home}?tab={tab.key}',
                'count': paging.counted(self.counts[tab.key]),
                'active': self.tab is not None and tab.key == self.tab.key,
            }
            for tab in self.view.tabs
        ]

    @cached_property
    def _asked(self) -> Mapping[str, str]:
        known = (*ANYWHERE, *self.view.filters_by_name)
        return {name: value for name in known if (value := request.args.get(name, ''))}

    def _kept_on(self, tab: Tab) -> Mapping[str, str]:
        known = (*ANYWHERE, *(each.name for each in self.offered(tab))) if self._asked else ()
        return {name: value for name, value in self._asked.items() if name in known}

    # --- filters in words and as controls ---

    def offered(self, tab: Tab | None) -> Sequence[Filter]:
        """Return the filters that a tab offers."""
        return [each for each in self.view.filters_by_name.values() if each.shown_on(tab)]

    def filter_controls(self) -> list[dict[str, Any]]:
        """Return the controls of the filter bar as values for the template."""
        controls = []
        for each in self.offered(self.tab):
            value = str(self.chosen.get(each.name, ''))
            control = {'name': each.name, 'label': each.label, 'type': each.type, 'value': value, 'before': each.before}
            if each.choices:
                control['options'] = options(tuple(each.choices(self.scoped).items()), value)
            controls.append(control)
        return controls

    def described(self) -> str:
        """Return tab, filters and search in words for the description of an export; 无 if there are none."""
        parts = [self.tab.label] if self.tab else []
        filters = self.view.filters_by_name
        parts += [filters[name].described(value, self.scoped) for name, value in self.chosen.items()]
        if request.values.get('search'):
            parts.append(f'搜索={request.values["search"]}')
        return '；'.join(parts) or '无'


CURSOR_ARGUMENTS = ('after', 'before')
"""Arguments of the query string with the place of a page; links to other pages leave them out."""


def travels(name: str) -> bool:
    """Return True if links to other pages repeat the argument; False for those that have a meaning for ``url_for``."""
    return name not in (*CURSOR_ARGUMENTS, 'endpoint', 'self') and not name.startswith(('_', 'flt'))
