"""What holds for every request and answer: no NUL character, security headers, what a browser may keep."""

from __future__ import annotations

import secrets
from functools import cache
from itertools import chain
from pathlib import Path

from flask import Flask, Response, abort, current_app, g, request, url_for

ASSETS = ('static', 'admin.static')
"""What a browser may keep; pages and files of persons it may not."""


def register_headers(app: Flask) -> None:
    """Check every request, complete every answer, and give templates ``asset`` and ``csp_nonce``."""
    app.jinja_env.globals |= {'asset': asset, 'csp_nonce': csp_nonce}
    app.before_request(_refuse_nul)
    app.after_request(_harden)


def csp_nonce() -> str:
    """The nonce of the page being made."""
    if 'csp_nonce' not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _refuse_nul() -> None:
    """No person types a NUL character, and PostgreSQL cannot keep one."""
    names = (file.filename or '' for files in request.files.listvalues() for file in files)
    if any('\x00' in value for value in chain(names, *request.values.listvalues())):
        abort(400, '提交的内容含有无效字符，请删除后重新提交。')


def asset(name: str) -> str:
    """The address of an asset. It names its state, so that a browser keeps it and yet never shows an old one."""
    address = _address_of.__wrapped__ if current_app.debug else _address_of
    return address(current_app.static_folder or '', name, request.script_root)


@cache
def _address_of(folder: str, name: str, root: str) -> str:
    """Made once, since assets change with the program alone."""
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
