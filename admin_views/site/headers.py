"""Check of every request for NUL characters; security and cache headers of every response."""

from __future__ import annotations

import secrets
from functools import cache
from itertools import chain
from pathlib import Path

from flask import Flask, Response, abort, current_app, g, request, url_for

ASSETS = ('static', 'admin.static')
"""Endpoints whose responses a browser may cache; all other responses are sent with ``no-store``."""


def register_headers(app: Flask) -> None:
    """Register the check and the headers, and give templates ``asset`` and ``csp_nonce``."""
    app.jinja_env.globals |= {'asset': asset, 'csp_nonce': csp_nonce}
    app.before_request(_refuse_nul)
    app.after_request(_harden)


def csp_nonce() -> str:
    """Return the nonce of this request, for ``<script nonce=…>``."""
    if 'csp_nonce' not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _refuse_nul() -> None:
    """Answer 400 to a NUL character, which PostgreSQL cannot store and nobody types."""
    names = (file.filename or '' for files in request.files.listvalues() for file in files)
    if any('\x00' in value for value in chain(names, *request.values.listvalues())):
        abort(400, '提交的内容含有无效字符，请删除后重新提交。')


def asset(name: str) -> str:
    """Return the URL of an asset with its version, so that a browser can cache it for ever."""
    address = _address_of.__wrapped__ if current_app.debug else _address_of
    return address(current_app.static_folder or '', name, request.script_root)


@cache
def _address_of(folder: str, name: str, root: str) -> str:
    """Return the URL, cached for the process, since assets change only with the program."""
    return url_for('static', filename=name, v=f'{Path(folder, name).stat().st_mtime_ns:x}')


def _harden(response: Response) -> Response:
    nonce = csp_nonce()
    response.headers['Content-Security-Policy'] = (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; object-src 'self'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
    )
    response.headers['X-Content-Type-Options'] = 'nosniff'
    response.headers['Referrer-Policy'] = 'same-origin'
    if request.endpoint not in ASSETS:
        response.headers.setdefault('Cache-Control', 'no-store')
    elif 'v' in request.args and response.status_code < 400:
        response.headers['Cache-Control'] = 'public, max-age=31536000, immutable'
    return response
