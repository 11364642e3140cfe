"""Which rows a list shows: those of the visitor's scope, narrowed by tab, filters and search, in an order, by pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from flask import abort, request
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from admin_views.framework import paging
from admin_views.framework.access_check import once_a_request, visitor
from admin_views.framework.row_html import options
from admin_views.framework.saved_filters import ANYWHERE, SavesFilters
from models import db
from models.base import Labelled, now
from models.fields import Field, Kind
from rules import access, validators
from rules.validators import as_key

PAGE_SIZES = (20, 50, 100)
LONGEST_SEARCH = 100
"""Characters of a search that are looked at; no name or number is longer."""

LAST_PAGE = 100_000
"""Pages beyond this are not looked up; it keeps the offset within what every database takes."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a list: its rows are those that also meet ``clause``; ``same_as`` is the key of a tab with the same."""

    key: str
    label: str
    clause: ColumnElement[bool] | None = None
    same_as: str = ''

    def of(self, rows: Select[Any]) -> Select[Any]:
        """Those rows of a statement that the tab holds."""
        return rows if self.clause is None else rows.where(self.clause)


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter that is no field: what a text stands for (nothing: no filter), and what it demands.

    It is typed, or chosen among ``choices`` where there are any. ``before`` is what stands before a day, whose control
    shows no name; days that follow each other stand together.
    """

    label: str
    type: str
    parsed: Callable[[str], Any]
    clause: Callable[[Any], ColumnElement[bool]]
    choices: Mapping[str, str] | None = None
    before: str = ''


class Rows(SavesFilters, ModelView):
    """The rows that a list shows, and what they are narrowed by."""

    of: type
    columns: Sequence[str] = ()
    filters: Sequence[str] = ()
    asked: Mapping[str, Asked] = {}
    searched: Sequence[str] = ()
    order: Sequence[Any] = ()
    filled: Sequence[str] = ()
    """Columns that may be empty, but not in the rows of this list: an index then holds their order everywhere."""

    page_size = 50
    can_set_page_size = True
    page_size_options = PAGE_SIZES
    fields: Mapping[str, Field]

    @once_a_request
    def scope(self) -> ColumnElement[bool]:
        """What a row must meet for the visitor to see it."""
        return access.scope(visitor(), self.model, now().date())

    def scoped(self) -> Select[Any]:
        """The rows the visitor may see."""
        return select(self.model).where(self.scope())

    def get_query(self) -> Any:
        """The rows the visitor may see, for Flask-Admin's own use."""
        return db.session.query(self.model).filter(self.scope())

    def get_count_query(self) -> Any:
        """How many rows the visitor may see."""
        return db.session.query(func.count()).select_from(self.model).filter(self.scope())

    def get_one(self, id: Any) -> Any:
        """Load and authorise in one step; a foreign row is answered like a missing one."""
        row = access.find(db.session(), visitor(), self.model, id, now().date())
        if row is None:
            abort(404, '没有这条记录，或您无权查看')
        return row

    def requested(self) -> Any:
        """The row that the address names."""
        return self.get_one(request.values.get('id', ''))

    def tabs(self) -> Sequence[Tab]:
        """The tabs of the list; none by default."""
        return ()

    @once_a_request
    def tab(self) -> Tab | None:
        """The chosen tab, or the first one."""
        tabs = self.tabs()
        return next((tab for tab in tabs if tab.key == request.values.get('tab')), tabs[0] if tabs else None)

    @once_a_request
    def filtered(self) -> Select[Any]:
        """The rows of the visitor's scope that meet the chosen tab, filters and search."""
        return self.searching(self.unsearched(), self.search_text())

    def along_its_order(self) -> Select[Any]:
        """The same rows, as they are best read from one end of the list's own order where they are many."""
        return self.filtered()

    def search_text(self) -> str:
        """What is searched for, as it is looked for."""
        return validators.normalised(request.values.get('search', ''))[:LONGEST_SEARCH]

    def in_tab(self) -> Select[Any]:
        """The rows of the visitor's scope that the chosen tab holds."""
        scoped, tab = self.scoped(), self.tab()
        return tab.of(scoped) if tab else scoped

    def unsearched(self) -> Select[Any]:
        """Those that meet the chosen filters too."""
        statement = self.in_tab()
        for name, value in self.chosen_filters().items():
            statement = statement.where(self.meets(name, value))
        return statement

    def meets(self, name: str, value: Any) -> ColumnElement[bool]:
        """What a row must meet for one chosen filter."""
        if name in self.asked:
            return self.asked[name].clause(value)
        clause: ColumnElement[bool] = getattr(self.model, name) == value
        return clause

    def searching(self, statement: Select[Any], text: str) -> Select[Any]:
        """Every word must occur in one of the searched columns."""
        for word in text.split() if self.searched else ():
            statement = statement.where(self.occurs(word))
        return statement

    def occurs(self, word: str) -> ColumnElement[bool]:
        """A word occurs in one of the searched columns."""
        return or_(*(contains(getattr(self.model, name), word) for name in self.searched))

    @once_a_request
    def chosen_filters(self) -> dict[str, Any]:
        """The filters of the address that mean something; others are ignored."""
        chosen: dict[str, Any] = {}
        for name in self.filters:
            value = request.values.get(name, '')
            if name in self.asked:
                meant: Any = self.asked[name].parsed(validators.normalised(value[:LONGEST_SEARCH]))
                chosen |= {name: meant} if meant else {}
                continue
            field = self.fields[name]
            if field.kind in (Kind.WHOLE, Kind.REFERENCE):
                meant = as_key(value)
            else:
                meant = value if field.choices is None or value in field.choices else ''
            if meant:
                chosen[name] = meant
        return chosen

    def filter_controls(self) -> list[dict[str, Any]]:
        """The filter line: a list of values where the field has choices, else the values that occur."""
        chosen = self.chosen_filters()
        controls: list[dict[str, Any]] = []
        for name in self.offered_on(self.tab()):
            if name in self.asked:
                asked, value = self.asked[name], str(chosen.get(name, ''))
                offered = {'options': options(tuple(asked.choices.items()), value)} if asked.choices else {}
                typed = {'name': name, 'label': asked.label, 'type': asked.type, 'value': value}
                controls.append(typed | offered | {'before': asked.before})
                continue
            field, value = self.fields[name], str(chosen.get(name, ''))
            drawn = options(tuple((field.choices or self.occurring(name)).items()), value)
            controls.append({'name': name, 'label': field.label, 'type': 'select', 'value': value, 'options': drawn})
        return controls

    def occurring(self, name: str) -> Mapping[str, str]:
        """The values of a column within the scope, a referred row by its name."""
        column = getattr(self.model, name)
        scoped = self.scoped().with_only_columns(column).distinct().order_by(column).limit(200)
        values = [value for value in db.session.scalars(scoped) if value not in (None, '')]
        if self.fields[name].kind is not Kind.REFERENCE:
            return {str(value): str(value) for value in values}
        target = referred(self.model, name)
        return {str(row.id): str(row) for row in db.session.scalars(select(target).where(target.id.in_(values)))}

    def get_list(
        self,
        page: int | None,
        sort_column: Any,
        sort_desc: bool,
        search: str | None,
        filters: Any,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        """One page of the filtered rows and how many there are."""
        keys = order_keys(self, sort_column if sort_column in self.column_sortable_list else None, sort_desc)
        number, size = max(page or 0, 0), self.get_safe_page_size(page_size)
        rows, more = self.page_of(keys, number, size, sort_column)
        if not more and self.taken_for_full() and number * size + len(rows) <= paging.MOST_COUNTED:
            paging.CROWDED.forget(self.scope())  # another process has moved what was here
        self._template_args['keys'], self._template_args['more'] = keys, more
        return self.count(), rows

    def taken_for_full(self) -> bool:
        """Whether the chosen tab, all of which is asked for, is not counted because it had many rows a moment ago."""
        tab = self.tab()
        full = tab is not None and (self.endpoint, tab.same_as or tab.key) in paging.CROWDED.of(self.scope())
        return full and not self.narrowing()

    def count(self) -> int:
        """How many rows the list has, counted no further than can be shown."""
        counts, tab = self.counts(), self.tab()
        return counts[''] if '' in counts or tab is None else counts[tab.key]

    def page_of(self, keys: tuple[paging.Key, ...], page: int, size: int, sort_column: Any) -> tuple[list[Any], bool]:
        """The rows of a page and whether more follow: from the place that the address names, else by its number."""
        places = [paging.place_in(keys, request.args.get(name, '')) if page else None for name in ('after', 'before')]
        offset, backwards = min(page, LAST_PAGE) * size, places[0] is None and places[1] is not None
        if not self.narrowing() and places == [None, None]:
            statement = whole_page(self, self.scope(), self.tab(), keys, offset, size + 1)
        else:
            many = sort_column is None and self.count() > paging.MOST_COUNTED
            found = self.along_its_order() if many else self.filtered()
            place = places[0] or places[1]
            found = found.where(paging.beyond(keys, place, backwards=backwards)) if place else found.offset(offset)
            statement = found.order_by(*paging.sorted_by(keys, backwards=backwards)).options(*self.eager())
            statement = statement.limit(size + 1)
        rows = list(db.session.scalars(statement).unique())
        return (rows[:size][::-1], True) if backwards else (rows[:size], len(rows) > size)

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """In the order that the address asks for, else in the list's own."""
        view_args = self._get_list_extra_args()
        asked = self._get_column_by_idx(view_args.sort)
        name = asked[0] if asked and asked[0] in self.column_sortable_list else None
        return statement.order_by(*paging.sorted_by(order_keys(self, name, view_args.sort_desc)))

    def eager(self) -> Sequence[Any]:
        """What a list reads beside its rows, loaded in a constant number of queries."""
        shown = [name for name in self.columns if name in self.fields]
        return [
            joinedload(getattr(self.model, name.removesuffix('_id')))
            for name in shown
            if self.fields[name].kind is Kind.REFERENCE
        ]

    def get_safe_page_size(self, page_size: int | None) -> int:
        """One of the sizes on offer."""
        return page_size if page_size in PAGE_SIZES else self.page_size

    @once_a_request
    def counts(self) -> Mapping[str, int]:
        """How many rows each tab has and, without a key, the filter; none counted further than can be shown."""
        tabs, most = {tab.key: tab for tab in self.tabs()}, paging.MOST_COUNTED + 1
        crowded = paging.CROWDED.of(self.scope())
        counts = {key: most for key in tabs if (self.endpoint, key) in crowded}
        counting = {tab.key: tab.clause for tab in tabs.values() if tab.key not in counts and not tab.same_as}
        numbers = paging.counts_of(self.model, self.scope(), tuple(counting.values()), most)
        if self.narrowing() or not tabs:
            counting[''] = None
            numbers = numbers.add_columns(paging.count_of(self.filtered().with_only_columns(self.model.id), most))
        if counting:
            counts |= zip(counting, db.session.connection().execute(numbers).one(), strict=True)
        for key in counting:
            if key and counts[key] == most:
                paging.CROWDED.add(self.scope(), (self.endpoint, key))
        return counts | {key: counts[tab.same_as] for key, tab in tabs.items() if tab.same_as}

    def narrowing(self) -> bool:
        """Whether the address asks for less than the whole tab."""
        return bool(self.chosen_filters() or (self.searched and request.values.get('search')))

    def offered_on(self, tab: Tab | None) -> Sequence[str]:
        """The filters that a tab offers."""
        return self.filters

    @once_a_request
    def asked_for(self) -> Mapping[str, str]:
        """What of the address narrows or orders the list."""
        return {name: value for name in (*ANYWHERE, *self.filters) if (value := request.args.get(name, ''))}

    def asked_on(self, tab: Tab) -> Mapping[str, str]:
        """The same, as far as another tab knows it."""
        asked = self.asked_for()
        known = (*ANYWHERE, *self.offered_on(tab)) if asked else ()
        return {name: value for name, value in asked.items() if name in known}

    def filter_shown(self, name: str, value: Any) -> str:
        """A chosen filter in words, a referred row by its name."""
        if name in self.asked:
            asked = self.asked[name]
            return f'{asked.label}={(asked.choices or {}).get(value, value)}'
        field = self.fields[name]
        known = self.occurring(name) if field.kind is Kind.REFERENCE else {}
        return f'{field.label}={known.get(str(value)) or field.shown(value)}'

    def described_filter(self) -> str:
        """The filter in words, for the export's companion line."""
        tab = self.tab()
        parts = [tab.label] if tab else []
        parts += [self.filter_shown(name, value) for name, value in self.chosen_filters().items()]
        if request.values.get('search'):
            parts.append(f'搜索={request.values["search"]}')
        return '；'.join(parts) or '无'


@cache
def state_tabs(column: Any, states: type[Labelled]) -> Sequence[Tab]:
    """All, then a tab for each state of a column."""
    return (Tab('all', '全部'), *(Tab(state.value, state.label, column == state) for state in states))


@lru_cache(paging.MOST_STATEMENTS)
def order_keys(view: Rows, column: str | None, descending: bool) -> tuple[paging.Key, ...]:
    """The order by a column of a list, else its own; the key last, so that pages do not overlap."""
    order = view.order or (view.model.id.desc(),)
    if column is not None:
        by = getattr(view.model, column)
        order = (by.desc() if descending else by,)
    return tuple(paging.keys_of(order, view.model.id, view.filled))


@lru_cache(paging.MOST_STATEMENTS)
def whole_page(
    view: Rows, scope: ColumnElement[bool], tab: Tab | None, keys: tuple[paging.Key, ...], offset: int, most: int
) -> Select[Any]:
    """The statement that reads a page of a whole tab; kept, for making it takes longer than the database does."""
    rows = select(view.model).where(scope)
    rows = tab.of(rows) if tab else rows
    return rows.order_by(*paging.sorted_by(keys)).options(*view.eager()).offset(offset).limit(most)


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Where a text occurs in a column, whatever its letters' case; no character of it means anything else."""
    pattern = '%' + text.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_') + '%'
    found: ColumnElement[bool] = column.ilike(pattern, escape='\\')
    return found


def referred(model: Any, name: str) -> Any:
    """The model that a reference field of a model leads to."""
    return getattr(model, name.removesuffix('_id')).property.mapper.class_
