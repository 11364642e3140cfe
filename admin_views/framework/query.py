"""The rows that a request asks a list for: scope → tab → filters → search → order → page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import ColumnElement, Select, select

from admin_views.framework.access_check import path_of, visitor
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
"""Pages beyond this are not looked up; it keeps the offset within what every database takes."""

OF_FLASK_ADMIN = ('page', 'page_size', 'sort', 'desc', 'search')
"""Arguments of the address that have a meaning of their own on every list."""


class ListQuery:
    """Query of one request to a list; each part is worked out when it is first needed."""

    def __init__(self, view: Any) -> None:
        self.view = view
        given = request.args
        self.page = given.get('page', 0, type=int)
        self.sort, self.descending = given.get('sort', None, type=int), bool(given.get('desc', None, type=int))
        size = given.get('page_size', 0, type=int)
        self.page_size: int = size if size in PAGE_SIZES else view.page_size

    # --- which rows ---

    @cached_property
    def scope(self) -> ColumnElement[bool]:
        """The condition that a row must meet for the visitor to see it."""
        return access.scope(visitor(), self.view.model, now().date())

    @cached_property
    def scoped(self) -> Select[Any]:
        """The rows that the visitor may see."""
        return select(self.view.model).where(self.scope)

    @cached_property
    def tab(self) -> Tab | None:
        """The chosen tab, or the first one."""
        tabs: Sequence[Tab] = self.view.tabs
        return next((tab for tab in tabs if tab.key == request.values.get('tab')), tabs[0] if tabs else None)

    @cached_property
    def in_tab(self) -> Select[Any]:
        """The rows of the scope that the chosen tab holds."""
        clause = self.tab.condition() if self.tab else None
        return self.scoped if clause is None else self.scoped.where(clause)

    @cached_property
    def chosen(self) -> Mapping[str, Any]:
        """The filters of the address that have a value, by name; others are ignored."""
        read = ((name, each.parsed(request.values.get(name, ''))) for name, each in self.view.filters_by_name.items())
        return {name: value for name, value in read if value}

    @cached_property
    def unsearched(self) -> Select[Any]:
        """The rows of the tab that meet the chosen filters."""
        statement = self.in_tab
        for name, value in self.chosen.items():
            statement = statement.where(self.view.filters_by_name[name].condition(value))
        return statement

    @cached_property
    def filtered(self) -> Select[Any]:
        """The rows of the tab that meet filters and search."""
        narrowed: Select[Any] = self.view.search.narrow(self, self.unsearched, self.search_text)
        return narrowed

    @cached_property
    def search_text(self) -> str:
        """The text that is searched for, normalised."""
        return validators.normalised(request.values.get('search', ''))[:LONGEST_SEARCH]

    @cached_property
    def narrows(self) -> bool:
        """True where the address asks for less than the whole tab."""
        return bool(self.chosen or (self.view.searched and request.values.get('search')))

    # --- in which order, and which page of them ---

    @cached_property
    def sorted_by(self) -> Column | None:
        """The column that the address sorts by; it names the position among all columns, shown or not."""
        columns: Sequence[Column] = self.view.all_columns
        chosen = columns[self.sort] if self.sort is not None and 0 <= self.sort < len(columns) else None
        return chosen if chosen and chosen.sortable else None

    @cached_property
    def keys(self) -> tuple[paging.Key, ...]:
        """The keys of the order."""
        view, column = self.view, self.sorted_by.key if self.sorted_by else None
        return order_keys(view.model, tuple(view.order), tuple(view.filled), column, self.descending)

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """Put rows in the order that the address asks for, else in that of the list."""
        return statement.order_by(*paging.sorted_by(self.keys))

    def read(self) -> tuple[list[Any], bool]:
        """Read the rows of the page and tell whether more follow: by the place in the address, else by number."""
        page, size = max(self.page, 0), self.page_size
        places = [paging.place_in(self.keys, request.args.get(name, '')) if page else None for name in PLACE_ARGUMENTS]
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
            paging.CROWDED.forget(self.scope)  # another process has moved what was here
        return rows, more

    def _read_from(self) -> Select[Any]:
        """Return the filtered rows; where they are many, as they are best read along the list's own order."""
        if self.sorted_by is not None or self.count <= paging.MOST_COUNTED:
            return self.filtered
        narrowed: Select[Any] = self.view.search.narrow_along_order(self, self.unsearched, self.search_text)
        return narrowed

    # --- how many ---

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The number of rows of each tab and, without a key, of the filter; none is counted beyond MOST_COUNTED."""
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
        """The number of rows of the list, counted no further than can be shown."""
        return self.counts[''] if '' in self.counts or self.tab is None else self.counts[self.tab.key]

    def _taken_for_full(self) -> bool:
        """Tell whether the whole tab is asked for and not counted, because it had many rows a moment ago."""
        tab = self.tab
        full = tab is not None and (self.view.endpoint, tab.same_as or tab.key) in paging.CROWDED.of(self.scope)
        return full and not self.narrows

    # --- addresses ---

    @cached_property
    def extra_args(self) -> Mapping[str, str]:
        """The other arguments of the address that go along to every page of the list."""
        given = request.args.items()
        return {name: value for name, value in given if name not in OF_FLASK_ADMIN and travels(name)}

    def address(self, **changed: Any) -> str:
        """Return the address of another page, order or page size of the list."""
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
        """The address of the list."""
        return path_of(f'{self.view.endpoint}.index_view')

    def pager(self, rows: Sequence[Any], more: bool) -> Mapping[str, str | None]:
        """Return the addresses of the next and the previous page: by number, beyond NUMBERED pages by a row's place."""
        page, onward, back = max(self.page, 0), None, None
        if rows and more:
            onward = self.address(page=page + 1)
            if page + 1 >= paging.NUMBERED:
                onward += f'&after={paging.place_of(self.keys, rows[-1])}'
        if page > 0:
            back = self.address(page=page - 1)
            if rows and page - 1 >= paging.NUMBERED:
                back += f'&before={paging.place_of(self.keys, rows[0])}'
        return {'next_url': onward, 'previous_url': back}

    def tab_links(self) -> list[dict[str, Any]]:
        """Return the tabs with their counts; each keeps what of the present filter it offers too."""
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
        """Return the controls of the filter line."""
        controls = []
        for each in self.offered(self.tab):
            value = str(self.chosen.get(each.name, ''))
            control = {'name': each.name, 'label': each.label, 'type': each.type, 'value': value, 'before': each.before}
            if each.choices:
                control['options'] = options(tuple(each.choices(self.scoped).items()), value)
            controls.append(control)
        return controls

    def described(self) -> str:
        """Return tab, filters and search in words, as an export tells them."""
        parts = [self.tab.label] if self.tab else []
        filters = self.view.filters_by_name
        parts += [filters[name].described(value, self.scoped) for name, value in self.chosen.items()]
        if request.values.get('search'):
            parts.append(f'搜索={request.values["search"]}')
        return '；'.join(parts) or '无'


PLACE_ARGUMENTS = ('after', 'before')
"""Arguments of the address that hold the place of a page; they belong to that page alone."""


def travels(name: str) -> bool:
    """Tell whether an argument goes along to other pages of the list; some mean something to ``url_for``."""
    return name not in (*PLACE_ARGUMENTS, 'endpoint', 'self') and not name.startswith(('_', 'flt'))
