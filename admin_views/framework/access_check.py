"""The door of every page, and the few words that pages share."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from flask import abort, flash, redirect, request, url_for
from flask_admin.base import BaseView
from flask_login import current_user

from models.account import Account
from models.base import now
from rules import access
from rules.refusal import Refusal

Made = TypeVar('Made')
MOST_PATHS = 1000
KEPT = 'review.kept'
"""Where a request keeps what was worked out for it."""


def visitor() -> Account:
    """The account behind ``current_user``, for what asks it many things: the proxy looks it up at every question."""
    account: Account = current_user._get_current_object()
    return account


def kept(key: Any, make: Callable[[], Made]) -> Made:
    """What ``make`` answers, worked out once a request."""
    known = request.environ.setdefault(KEPT, {})
    if key not in known:
        known[key] = make()
    made: Made = known[key]
    return made


def once_a_request(method: Callable[[Any], Made]) -> Callable[[Any], Made]:
    """A method of a view that is worked out once a request."""

    @wraps(method)
    def once(self: Any) -> Made:
        return kept((self.endpoint, method.__qualname__), lambda: method(self))

    return once


def path_of(view: str, **parts: Any) -> str:
    """The path of a page; the router is asked for it but once."""
    return _path_of(view, request.script_root, **parts)


@lru_cache(MOST_PATHS)
def _path_of(view: str, _root: str, **parts: Any) -> str:
    return url_for(view, **parts)


def refuse(refusal: Refusal) -> None:
    """Tell the user why something was not done."""
    flash(refusal.sentence, 'error')


def open_rooms() -> frozenset[str]:
    """The rooms that the visitor may enter today."""
    return kept('open rooms', _open_rooms)


def _open_rooms() -> frozenset[str]:
    account, today = visitor(), now().date()
    if not account.is_authenticated:
        return frozenset()
    return frozenset(room for room in access.ROOMS_OF[account.role] if access.may_enter(account, room, today) is None)


class Guarded(BaseView):
    """A page whose door is a room of ``rules/access.py``; the room's name is the view's endpoint."""

    def is_accessible(self) -> bool:
        """Whether the visitor may enter the room today; the menu asks it of every room, and more than once."""
        return self.endpoint in open_rooms()

    def refusal(self) -> Refusal | None:
        """Why the room is closed to the visitor."""
        return access.may_enter(visitor(), self.endpoint, now().date())

    def in_menu(self) -> Guarded:
        """The view whose entry of the menu is marked while this one is open."""
        return self

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Send an anonymous visitor to sign in and back, but not away from what was typed; tell others why not."""
        if not current_user.is_authenticated:
            if request.method == 'POST':
                abort(401)
            return redirect(url_for('session.login', next=request.full_path))
        refusal = self.refusal()
        return abort(403, refusal.sentence if refusal else None)


class Page(Guarded):
    """A room without a list of its own; ``listed`` is whether the menu leads to it."""

    listed = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(name=access.ROOMS[endpoint].label, endpoint=endpoint, url=f'/{endpoint}/')

    def is_visible(self) -> bool:
        """Whether the menu shows it."""
        return self.listed


def safe_return(default: str) -> str:
    """Where the user came from, when that is within this site."""
    target = request.values.get('url') or ''
    return target if is_inside(target) else default


def is_inside(target: str) -> bool:
    """Whether an address stays within this site; browsers drop control characters, so these lead anywhere."""
    plain = not any(ord(char) < 32 for char in target)
    return plain and target.startswith('/') and not target.startswith(('//', '/\\'))


def action_link(
    label: str,
    url: str,
    *,
    kind: str = 'more',
    method: str = 'get',
    asked: bool = True,
    refused: Refusal | None = None,
) -> dict[str, Any]:
    """A link or button beside a row; a post is ``asked`` once more unless it does no harm."""
    return {
        'label': label,
        'url': url,
        'kind': kind,
        'method': method,
        'asked': asked,
        'refused': refused.sentence if refused else None,
    }
