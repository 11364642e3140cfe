"""Memo of a request: values that are computed once and live as long as the request."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from flask import request

Memoized = TypeVar('Memoized')
MEMO = 'review.memo'
"""Key of the memo in the WSGI environment."""


def request_memo(key: Hashable, make: Callable[[], Memoized]) -> Memoized:
    """Return the value of the key; call ``make`` for it the first time in a request."""
    known = request.environ.setdefault(MEMO, {})
    if key not in known:
        known[key] = make()
    made: Memoized = known[key]
    return made


def once_a_request(method: Callable[[Any], Memoized]) -> Callable[[Any], Memoized]:
    """Decorate a view method so that it runs once a request; the key is the endpoint and the name of the method."""

    @wraps(method)
    def once(self: Any) -> Memoized:
        return request_memo((self.endpoint, method.__qualname__), lambda: method(self))

    return once
