"""Access check of every request, with the return address and link helpers that pages share."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin.base import BaseView
from flask_login import current_user

from admin_views.framework.request_memo import request_memo
from models.account import Account
from models.base import now
from rules import access
from rules.refusal import Refusal

Method = TypeVar('Method', bound=Callable[..., Any])
MOST_PATHS = 1000


def visitor() -> Account:
    """Return the account behind ``current_user``; the proxy would look it up again at each attribute."""
    account: Account = current_user._get_current_object()
    return account


def does(verb: str) -> Callable[[Method], Method]:
    """Mark a page, below ``@expose``, with its verb; ``check_request`` answers 403 if the visitor may not do it."""
    known = access.Verb(verb)

    def mark(method: Method) -> Method:
        method.verb = known  # type: ignore[attr-defined]
        return method

    return mark


def check_request() -> None:
    """Refuse a request that ``rules/access`` does not open; ``create_app`` registers this check before every request.

    A page neither in a room nor public answers 404, and so does a POST to a page without a verb.
    ``Guarded.inaccessible_callback`` answers anonymous visitors and closed rooms.
    """
    endpoint, room = request.endpoint, request.blueprint or ''
    if endpoint is None or endpoint in access.PUBLIC:
        return
    if room not in access.ROOMS:
        abort(404)
    if room not in open_rooms():
        return
    verb = getattr(current_app.view_functions[endpoint], 'verb', None)
    if verb is None and request.method not in ('GET', 'HEAD', 'OPTIONS'):
        abort(404)
    refusal = access.may_do(visitor(), room, verb, now().date()) if verb else None
    if refusal:
        abort(403, refusal.sentence)


def page_path(view: str, **parts: Any) -> str:
    """Return the path of a page; like ``url_for``, but cached."""
    return _path_of(view, request.script_root, **parts)


@lru_cache(MOST_PATHS)
def _path_of(view: str, _root: str, **parts: Any) -> str:
    return url_for(view, **parts)


def refuse(refusal: Refusal) -> None:
    """Flash the sentence of a refusal."""
    flash(refusal.sentence, 'error')


def open_rooms() -> frozenset[str]:
    """Return the rooms that the visitor may enter today."""
    return request_memo('open rooms', _open_rooms)


def _open_rooms() -> frozenset[str]:
    account, today = visitor(), now().date()
    if not account.is_authenticated:
        return frozenset()
    return frozenset(room for room in access.ROOMS_OF[account.role] if access.may_enter(account, room, today) is None)


class Guarded(BaseView):
    """View of a room of ``rules/access/rooms.py``; the endpoint of the view is the key of the room."""

    def is_accessible(self) -> bool:
        """Return True if the visitor may enter the room today; the menu calls this for every room, more than once."""
        return self.endpoint in open_rooms()

    def may(self, verb: str) -> bool:
        """Return True if the visitor may do this here today; templates call it before they show a button."""
        asked = access.Verb(verb)
        return request_memo(
            (self.endpoint, asked),
            lambda: access.may_do(visitor(), self.endpoint, asked, now().date()) is None,
        )

    def refusal(self) -> Refusal | None:
        """Return the reason why the room is closed to the visitor, or None."""
        return access.may_enter(visitor(), self.endpoint, now().date())

    def in_menu(self) -> Guarded:
        """Return the view whose menu entry is marked while this page is shown."""
        return self

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Redirect an anonymous visitor to sign in, or answer 401 to a POST; answer 403 with the reason to others."""
        if not current_user.is_authenticated:
            if request.method == 'POST':
                abort(401)
            return redirect(url_for('session.login', next=request.full_path))
        refusal = self.refusal()
        return abort(403, refusal.sentence if refusal else None)


class Page(Guarded):
    """View of a room without a list; with ``listed = False`` the menu does not show it."""

    listed = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(name=access.ROOMS[endpoint].label, endpoint=endpoint, url=f'/{endpoint}/')

    def is_visible(self) -> bool:
        """Return True if the menu shows the room."""
        return self.listed


def safe_return(default: str) -> str:
    """Return the URL in the argument ``url`` if it is within this site, else the default."""
    target = request.values.get('url') or ''
    return target if is_inside(target) else default


def is_inside(target: str) -> bool:
    """Return True if a URL is within this site; browsers drop control characters, so a URL with one is not."""
    plain = not any(ord(char) < 32 for char in target)
    return plain and target.startswith('/') and not target.startswith(('//', '/\\'))


def page_url(view: Any, page: str, **parts: Any) -> str:
    """Return the URL of a page of the view's room, or of another (``room.page``), with the present URL to return to."""
    way_back = request_memo('way back', lambda: '?' + urlencode({'url': request.full_path}))
    return page_path(page if '.' in page else f'{view.endpoint}.{page}', **parts) + way_back


def row_url(view: Any, page: str, row: Any, **parts: Any) -> str:
    """Return the URL of a page about a row, with the present URL to return to."""
    return f'{page_url(view, page, **parts)}&id={row.id}'


def action_link(
    label: str,
    url: str,
    *,
    kind: str = 'more',
    method: str = 'get',
    asked: bool = True,
    refused: Refusal | None = None,
) -> dict[str, Any]:
    """Return a link or button beside a row; a POST asks for confirmation unless ``asked`` is False."""
    return {
        'label': label,
        'url': url,
        'kind': kind,
        'method': method,
        'asked': asked,
        'refused': refused.sentence if refused else None,
    }
