"""Every error as a page in the user's words; the trace goes to the log alone."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, render_template
from flask_login import current_user
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from admin_views.site import sign_in_expired
from models import db
from rules.refusal import Refused


def register_error_pages(app: Flask) -> None:
    """Answer every error of the application."""
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
    """Every error as a page in the user's words; the trace goes to the log alone."""
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    db.session.rollback()
    ended = sign_in_expired.page(error)
    if ended is not None:
        return ended
    if isinstance(error, Refused):
        code, sentence = 403, error.refusal.sentence
    elif isinstance(error, StaleDataError):
        code, sentence = 409, '您打开页面后内容已被他人修改，请返回查看最新内容后再办理。'
    elif isinstance(error, IntegrityError):
        current_app.logger.warning('two requests met', exc_info=error)
        code, sentence = 409, '未保存：与他人刚刚提交的内容冲突，请返回查看最新内容后再办理。'
    elif isinstance(error, HTTPException):
        code, sentence = error.code or 500, _sentence(error)
    else:
        current_app.logger.error('unhandled error', exc_info=error)
        code, sentence = 500, '操作未完成，数据没有改变。故障已记录，请联系技术支持并说明操作时间。'
    return _error_page(code, sentence), code


def _error_page(code: int, sentence: str) -> str:
    """The page of an error; where even the frame cannot be read (the database is gone), the bare sentence."""
    try:
        back_url = '/' if current_user.is_authenticated else '/login'
        heading = HEADINGS.get(code, '无法完成')
        return render_template('error.html', code=code, heading=heading, sentence=sentence, back_url=back_url)
    except SQLAlchemyError:
        db.session.rollback()
        current_app.logger.exception('no frame for the error page')
        return sentence


SENTENCES = {
    400: '请求缺少必要的内容，或页面已打开过久。请返回刷新后重试。',
    404: '地址不正确，或您无权查看。',
    405: '请从页面上的按钮进行操作。',
    413: '单次上传不能超过 64 MB，请分次上传；单个文件不超过 10 MB。',
}


def _sentence(error: HTTPException) -> str:
    """Our own words where the code that refused gave some, else the general ones."""
    said = error.description or ''
    ours = any('\u4e00' <= char <= '\u9fff' for char in said)
    return said if ours else SENTENCES.get(error.code or 500, '请返回重试。')
