"""Saved filters of a list: each account has its own, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select

from admin_views.framework.access_check import page_path, safe_return, visitor
from models import db
from models.base import now
from models.saved_filter import SavedFilter
from models.transaction import writing
from rules import access, validators

ANYWHERE = ('search', 'sort', 'desc')
"""Arguments of the query string that narrow or order a list on any of its tabs."""

MOST_KEPT = 20
"""Largest number of filters that an account may save for one list."""

LONGEST_NAME, LONGEST_QUERY = 20, 1000


def saved_filters(view: Any) -> list[SavedFilter]:
    """Return the visitor's saved filters of a list."""
    if not visitor().keeps_filters:
        return []
    own = access.scope(current_user, SavedFilter, now().date())
    query = select(SavedFilter).where(own, SavedFilter.endpoint == view.endpoint).order_by(SavedFilter.id)
    return list(db.session.scalars(query))


def narrowing_part(view: Any, query: str) -> str:
    """Return the part of a query string that narrows or orders the list, without page and return address."""
    meant = {'tab', *ANYWHERE, *view.filters_by_name}
    return urlencode([(name, value) for name, value in parse_qsl(query) if name in meant])


def saved_context(view: Any, present: str) -> Mapping[str, Any]:
    """Return the template context of saved filters; ``present`` is the query string of the present filter."""
    index = page_path(f'{view.endpoint}.index_view')
    return {
        'saved_filters': [
            {'id': each.id, 'name': each.name, 'url': f'{index}?{each.query}', 'active': each.query == present}
            for each in saved_filters(view)
        ],
        'present_query': present,
        'keep_url': page_path(f'{view.endpoint}.keep_filter_view'),
        'drop_url': page_path(f'{view.endpoint}.drop_filter_view'),
    }


def keep_filter(view: Any) -> Any:
    """Save the filter of the form under its name, replace one of the same name, and redirect to the list."""
    name = validators.normalised(request.form.get('name', ''))
    query = narrowing_part(view, request.form.get('query', ''))
    with writing() as session:
        known = {each.name: each for each in saved_filters(view)}
        problem = _problem(name, query, known)
        if not problem and name in known:
            known[name].query = query
        elif not problem:
            session.add(SavedFilter(account_id=current_user.id, endpoint=view.endpoint, name=name, query=query))
    if problem:
        flash(f'筛选未保存：{problem}', 'error')
    else:
        flash(f'已保存筛选「{name}」', 'success')
    return redirect(f'{url_for(f"{view.endpoint}.index_view")}?{query}')


def drop_filter(view: Any) -> Any:
    """Delete a saved filter and redirect; answer 404 if it is another account's or another list's."""
    with writing() as session:
        saved = access.find(session, current_user, SavedFilter, request.form.get('id', ''), now().date())
        if saved is None or saved.endpoint != view.endpoint:
            abort(404, '没有这个筛选')
        name = saved.name
        session.delete(saved)
    flash(f'已删除筛选「{name}」', 'success')
    return redirect(safe_return(url_for(f'{view.endpoint}.index_view')))


def _problem(name: str, query: str, known: Mapping[str, SavedFilter]) -> str:
    if not name or not name.isprintable():
        return '请填写名称'
    if len(name) > LONGEST_NAME:
        return f'名称最多 {LONGEST_NAME} 字，现有 {len(name)} 字'
    if not query:
        return '请先设置筛选条件'
    if len(query) > LONGEST_QUERY:
        return '筛选条件过长，请缩短搜索内容'
    if name not in known and len(known) >= MOST_KEPT:
        return f'最多保存 {MOST_KEPT} 个，请先删除不用的'
    return ''
