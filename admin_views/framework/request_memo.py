"""Values that are worked out once a request: the one store that lives as long as a request."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from flask import request

Made = TypeVar('Made')
MEMO = 'review.memo'
"""Key of the WSGI environment under which a request keeps its values."""


def request_memo(key: Hashable, make: Callable[[], Made]) -> Made:
    """Return the value of the key; call ``make`` for it the first time in a request."""
    known = request.environ.setdefault(MEMO, {})
    if key not in known:
        known[key] = make()
    made: Made = known[key]
    return made


def once_a_request(method: Callable[[Any], Made]) -> Callable[[Any], Made]:
    """Decorate a method of a view that is worked out once a request."""

    @wraps(method)
    def once(self: Any) -> Made:
        return request_memo((self.endpoint, method.__qualname__), lambda: method(self))

    return once
