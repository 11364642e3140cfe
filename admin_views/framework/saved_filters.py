"""Filters of a list that a visitor keeps under a name of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import select

from admin_views.framework.access_check import Guarded, does, once_a_request, path_of, safe_return, visitor
from models import db
from models.base import now
from models.saved_filter import SavedFilter
from models.transaction import writing
from rules import access, validators

ANYWHERE = ('search', 'sort', 'desc')
"""What narrows or orders a list on any of its tabs."""

MOST_KEPT = 20
"""Filters that an account keeps of one list."""

LONGEST_NAME, LONGEST_QUERY = 20, 1000


class SavesFilters(Guarded):
    """A list whose filters can be kept."""

    filters: Sequence[str] = ()

    def kept(self) -> list[SavedFilter]:
        """The visitor's own filters of this list."""
        if not visitor().keeps_filters:
            return []
        own = access.scope(current_user, SavedFilter, now().date())
        query = select(SavedFilter).where(own, SavedFilter.endpoint == self.endpoint).order_by(SavedFilter.id)
        return list(db.session.scalars(query))

    def narrowed(self, query: str) -> str:
        """What of an address narrows or orders the list; the rest (the page, the way back) is dropped."""
        meant = {'tab', *ANYWHERE, *self.filters}
        return urlencode([(name, value) for name, value in parse_qsl(query) if name in meant])

    @once_a_request
    def present_query(self) -> str:
        """What of the present address narrows or orders the list."""
        return self.narrowed(request.query_string.decode())

    def saved_context(self) -> dict[str, Any]:
        """What the list template reads of the kept filters."""
        index, query = path_of(f'{self.endpoint}.index_view'), self.present_query()
        return {
            'saved_filters': [
                {'id': each.id, 'name': each.name, 'url': f'{index}?{each.query}', 'active': each.query == query}
                for each in self.kept()
            ],
            'present_query': query,
            'keep_url': path_of(f'{self.endpoint}.keep_filter_view'),
            'drop_url': path_of(f'{self.endpoint}.drop_filter_view'),
        }

    @expose('/filters/keep/', methods=('POST',))
    @does('filter')
    def keep_filter_view(self) -> Any:
        """Keep the present filter under a name; the same name again means the new filter."""
        name = validators.normalised(request.form.get('name', ''))
        query = self.narrowed(request.form.get('query', ''))
        with writing() as session:
            kept = {each.name: each for each in self.kept()}
            problem = _problem(name, query, kept)
            if not problem and name in kept:
                kept[name].query = query
            elif not problem:
                session.add(SavedFilter(account_id=current_user.id, endpoint=self.endpoint, name=name, query=query))
        if problem:
            flash(f'筛选未保存：{problem}', 'error')
        else:
            flash(f'已保存筛选「{name}」', 'success')
        return redirect(f'{url_for(f"{self.endpoint}.index_view")}?{query}')

    @expose('/filters/drop/', methods=('POST',))
    @does('filter')
    def drop_filter_view(self) -> Any:
        """Forget a filter."""
        with writing() as session:
            saved = access.find(session, current_user, SavedFilter, request.form.get('id', ''), now().date())
            if saved is None or saved.endpoint != self.endpoint:
                abort(404, '没有这个筛选')
            name = saved.name
            session.delete(saved)
        flash(f'已删除筛选「{name}」', 'success')
        return redirect(safe_return(url_for(f'{self.endpoint}.index_view')))


def _problem(name: str, query: str, kept: dict[str, SavedFilter]) -> str:
    if not name or not name.isprintable():
        return '请填写名称'
    if len(name) > LONGEST_NAME:
        return f'名称最多 {LONGEST_NAME} 字，现有 {len(name)} 字'
    if not query:
        return '请先设置筛选条件'
    if len(query) > LONGEST_QUERY:
        return '筛选条件过长，请缩短搜索内容'
    if name not in kept and len(kept) >= MOST_KEPT:
        return f'最多保存 {MOST_KEPT} 个，请先删除不用的'
    return ''
