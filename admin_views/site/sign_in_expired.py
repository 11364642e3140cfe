"""A form that came after its session had ended: what was typed comes back, to be sent again after signing in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Unauthorized

from rules import access

LEFT_OUT = re.compile(r'csrf_token|.*password.*')
"""Fields that are not handed back: the token is made anew, and a password stands in no page."""

SENTENCES = {
    'again': '您已重新登录，刚才的内容还没有提交。请核对后再次提交。',
    'kept': '登录已过期，或已在别处退出，刚才的内容没有提交，但仍保留在本页。请在新窗口登录，再回到本页继续。',
    'lost': '登录已过期，或已在别处退出，刚才的操作没有完成。请登录后重新操作。',
}


def page(error: Exception) -> tuple[str, int] | None:
    """The page that answers a form whose session has ended, or began after its page was made; None for other errors."""
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
    """What a page of ours sent, unless there are files among it, which cannot be handed back.

    A form of another site is never offered to be sent: browsers say where one comes from.
    """
    ours = urlsplit(request.headers.get('Origin', '')).netloc == request.host
    if not ours or any(request.files.values()):
        return ()
    return [(name, each) for name, each in request.form.items(multi=True) if not LEFT_OUT.fullmatch(name)]


def _words(typed: Sequence[tuple[str, str]]) -> Sequence[str]:
    """What of it was written by hand, as far as that can be told, to be read or copied."""
    return [each for _name, each in typed if re.search('[\u4e00-\u9fff]', each)]
