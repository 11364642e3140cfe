"""Error pages: each error with its HTTP status and a sentence for the user; the traceback goes to the log only."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, render_template
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException

from admin_views.site import sign_in_expired
from models import db
from models.transaction import start_reading
from rules.refusal import Refused


def register_error_pages(app: Flask) -> None:
    """Register one handler for every exception."""
    app.register_error_handler(Exception, _explain)


HEADINGS = {
    400: '请求不完整',
    401: '请先登录',
    403: '不能进行此操作',
    404: '没有找到',
    405: '不能这样访问',
    409: '内容已被修改',
    413: '上传内容过大',
    500: '系统出现故障',
}


def _explain(error: Exception) -> Any:
    """Answer an error with its status, as a page or, if no page can be rendered, as plain text."""
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    code, sentence = _code_and_sentence(error)
    try:
        return _page(error, code, sentence)
    except Exception:  # the database is locked or gone, or the Host header is invalid
        current_app.logger.exception('no page for the error')
        return Response(sentence, code, mimetype='text/plain')


def _code_and_sentence(error: Exception) -> tuple[int, str]:
    if isinstance(error, Refused):
        return 403, error.refusal.sentence
    if isinstance(error, ObjectDeletedError):
        return 404, '内容已被删除，请返回查看最新内容。'
    if isinstance(error, StaleDataError):
        return 409, '您打开页面后内容已被他人修改，请返回查看最新内容后再办理。'
    if isinstance(error, IntegrityError):
        current_app.logger.warning('two requests met', exc_info=error)
        return 409, '未保存：与他人刚刚提交的内容冲突，请返回查看最新内容后再办理。'
    if isinstance(error, HTTPException):
        return error.code or 500, _sentence(error)
    current_app.logger.error('unhandled error', exc_info=error)
    return 500, '操作未完成，数据没有改变。故障已记录，请联系技术支持并说明操作时间。'


def _page(error: Exception, code: int, sentence: str) -> tuple[str, int]:
    """Roll back, then render the error page in a read transaction."""
    start_reading(db.session())
    ended = sign_in_expired.page(error)
    if ended is not None:
        return ended
    back_url = '/' if current_user.is_authenticated else '/login'
    heading = HEADINGS.get(code, '无法完成')
    return render_template('error.html', code=code, heading=heading, sentence=sentence, back_url=back_url), code


GENERAL_SENTENCES = {
    400: '请求缺少必要的内容，或页面已打开过久。请返回刷新后重试。',
    404: '地址不正确，或您无权查看。',
    405: '请从页面上的按钮进行操作。',
    413: '单次上传不能超过 64 MB，请分次上传；单个文件不超过 10 MB。',
}


def _sentence(error: HTTPException) -> str:
    """Return the Chinese description given to ``abort``, else the general sentence of the code."""
    said = error.description or ''
    ours = any('\u4e00' <= char <= '\u9fff' for char in said)
    return said if ours else GENERAL_SENTENCES.get(error.code or 500, '请返回重试。')
