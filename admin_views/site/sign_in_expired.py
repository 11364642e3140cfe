"""Answer to a form whose session has ended: the page shows its content, to be sent again after sign-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Unauthorized

from rules import access

FIELDS_NOT_SENT_AGAIN = re.compile(r'csrf_token|.*password.*')
"""Fields that are not sent back: each page makes its own CSRF token, and no page may contain a password."""

SENTENCES = {
    'again': '您已重新登录，刚才的内容还没有提交。请核对后再次提交。',
    'kept': '登录已过期，或已在别处退出，刚才的内容没有提交，但仍保留在本页。请在新窗口登录，再回到本页继续。',
    'lost': '登录已过期，或已在别处退出，刚才的操作没有完成。请登录后重新操作。',
}


def page(error: Exception) -> tuple[str, int] | None:
    """Return page and status for a form whose session ended, or began after the form; None for other errors."""
    if not isinstance(error, CSRFError | Unauthorized) or request.blueprint not in access.ROOMS:
        return None
    signed_in = current_user.is_authenticated
    typed = _typed()
    if signed_in and not typed:
        return None
    state = 'again' if signed_in else 'kept' if typed else 'lost'
    shown = render_template(
        'resend.html',
        state=state,
        sentence=SENTENCES[state],
        typed=typed,
        words=_words(typed),
        action=request.full_path,
    )
    return shown, 400 if signed_in else 401


def _typed() -> Sequence[tuple[str, str]]:
    """Return the submitted fields; none if the form has files, which cannot be sent back.

    The fields of another site's form are never returned; the header ``Origin`` names the site.
    """
    ours = urlsplit(request.headers.get('Origin', '')).netloc == request.host
    if not ours or any(request.files.values()):
        return ()
    return [(name, each) for name, each in request.form.items(multi=True) if not FIELDS_NOT_SENT_AGAIN.fullmatch(name)]


def _words(typed: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Return the values with Chinese characters, which the user probably typed, to be read or copied."""
    return [each for _name, each in typed if re.search('[\u4e00-\u9fff]', each)]
