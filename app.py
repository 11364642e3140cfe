"""The application: configuration, extensions, views, command line. Nothing else."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, render_template, request, url_for
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_login import current_user
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

import commands
from admin_views.declarations import files, form_page
from admin_views.framework import cells, printing, transaction
from admin_views.roles import (
    applicant,
    bureau,
    collective_payment,
    employer,
    employer_settings,
    expert,
    handlers,
    library,
    office,
    paying,
    platform,
    reference_tables,
)
from admin_views.site import gateway_notice, home, jobs, sign_in, sign_in_expired, verify
from models import db
from models.section import SECTIONS
from ports import gateway_standin
from ports.job_queue import Queue
from ports.registries import REGISTRIES
from rules.refusal import Refused

ROOT = Path(__file__).parent
DEMO_SECRET = 'demo-only'

csrf = CSRFProtect()
migrate = Migrate()


def configuration() -> dict[str, Any]:
    """The settings, from the environment where it says something (see docs/operations.md)."""
    instance = ROOT / 'instance'
    demo = os.environ.get('APP_MODE') == 'demo'
    database = os.environ.get('DATABASE_URL', f'sqlite:///{instance / "review.sqlite3"}')
    queue = database if database.startswith('postgresql') else str(instance / 'jobs.sqlite3')
    return {
        'DEMO': demo,
        'SECRET_KEY': os.environ.get('SECRET_KEY') or _kept_secret(instance / 'secret_key'),
        'SQLALCHEMY_DATABASE_URI': database,
        'JOB_QUEUE': os.environ.get('JOB_QUEUE', queue),
        'UPLOAD_FOLDER': os.environ.get('UPLOAD_FOLDER', str(instance / 'uploads')),
        'FONT_FOLDER': str(instance / 'fonts'),
        'PUBLIC_URL': os.environ.get('PUBLIC_URL', ''),
        'OWN_URL': f'http://{os.environ.get("HOST", "127.0.0.1")}:{os.environ.get("PORT", "8000")}/',
        'RENDER_PROCESSES': int(os.environ.get('RENDER_PROCESSES', '2')),
        'MAX_CONTENT_LENGTH': 64 * 1024 * 1024,
        'MAX_FORM_MEMORY_SIZE': 2 * 1024 * 1024,
        'SESSION_COOKIE_HTTPONLY': True,
        'SESSION_COOKIE_SAMESITE': 'Lax',
        'SESSION_COOKIE_SECURE': os.environ.get('COOKIE_SECURE') == '1',
        'PERMANENT_SESSION_LIFETIME': 12 * 3600,
        'SESSION_REFRESH_EACH_REQUEST': False,  # else a late answer brings back the session that was signed out
        'WTF_CSRF_TIME_LIMIT': None,  # a long form must not expire under the writer's hands
        'BABEL_DEFAULT_LOCALE': 'zh_Hans_CN',
        'BABEL_DEFAULT_TIMEZONE': 'Asia/Shanghai',
        'GATEWAY_URL': os.environ.get('GATEWAY_URL', ''),
        'GATEWAY_SECRET': os.environ.get('GATEWAY_SECRET') or (DEMO_SECRET if demo else secrets.token_hex(32)),
        'GATEWAY_NOTICE_URL': os.environ.get('GATEWAY_NOTICE_URL', ''),
        **{each.setting: os.environ.get(each.setting, '') for each in REGISTRIES.values()},
    }


def _kept_secret(path: Path) -> str:
    """A secret made once and kept beside the data, so that a restart signs nobody out."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    return path.read_text()


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application under the environment's settings and ``overrides``."""
    app = Flask(__name__)
    app.config |= configuration()
    app.config |= overrides or {}
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / 'migrations'), render_as_batch=True)
    csrf.init_app(app)
    Babel(app)
    sign_in.login_manager.init_app(app)
    app.register_blueprint(sign_in.pages)
    app.register_blueprint(gateway_notice.pages)
    app.register_blueprint(verify.pages)
    csrf.exempt(gateway_notice.pages)
    if app.config['DEMO']:
        app.register_blueprint(gateway_standin.pages)
        app.config['GATEWAY_URL'] = app.config['GATEWAY_URL'] or '/standin/gateway/'
    Queue(app)
    printing.set_up(app)
    add_views(app)
    app.jinja_env.globals |= {
        'frame': home.frame, 'menu': home.menu, 'asset': asset, 'csp_nonce': csp_nonce,
        'size': cells.size, 'rich': cells.rich,
    }  # fmt: skip
    app.before_request(_refuse_nul)
    transaction.set_up(app)
    app.after_request(_harden)
    app.register_error_handler(Exception, _explain)
    commands.register(app)
    return app


def add_views(app: Flask) -> None:
    """Every room, in the order of the menu; who sees which is ``rules/access.py``'s to say."""
    theme = Bootstrap4Theme(base_template='admin/master.html')
    admin = Admin(app, name='职称评审平台', theme=theme, index_view=home.Home(), csp_nonce_generator=csp_nonce)
    admin.add_views(
        applicant.MyApplications('my_applications'),
        *(form_page.DeclarationRows(section) for section in SECTIONS if section.many),
        library.Library('library'),
        paying.MyOrders('my_orders'),
        employer.OwnEmployer('own_employer'),
        employer.EmployerApplications('employer_applications'),
        collective_payment.CollectivePayment('collective_payment'),
        employer.Roster('roster'),
        employer_settings.NoticeContacts('notice_contacts'),
        employer_settings.OpinionTemplates('opinion_templates'),
        handlers.Handlers('handlers'),
        handlers.HandOvers('hand_over'),
        office.OfficeApplications('office_applications'),
        office.Sessions('sessions'),
        office.Orders('office_orders'),
        office.Documents('office_documents'),
        expert.Ballots('ballots'),
        bureau.BureauApplications('bureau_applications'),
        office.Documents('bureau_documents'),
        bureau.Certificates('certificates'),
        platform.Calls('calls'),
        platform.Offerings('offerings'),
        platform.SeriesList('series'),
        platform.Titles('titles'),
        platform.Specialities('specialities'),
        platform.Committees('committees'),
        platform.FeeStandards('fee_standards'),
        platform.Materials('materials'),
        platform.Wordings('wordings'),
        platform.Employers('employers'),
        platform.Accounts('accounts'),
        reference_tables.Workdays('workdays'),
        reference_tables.EducationRecords('education_records'),
        reference_tables.ExamRecords('exam_records'),
        reference_tables.InsuranceRecords('insurance_records'),
        platform.Audit('audit'),
        platform.GatewayNotices('gateway_notices'),
        home.Messages('messages'),
        jobs.Jobs('jobs'),
        files.Files('files'),
    )


def csp_nonce() -> str:
    """The nonce of the page being made."""
    if 'csp_nonce' not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


ASSETS = ('static', 'admin.static')
"""What a browser may keep; pages and files of persons it may not."""


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
    transaction.read_anew()
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


def main() -> None:
    """Serve with waitress until interrupted."""
    import waitress

    host, port = os.environ.get('HOST', '127.0.0.1'), int(os.environ.get('PORT', '8000'))
    app = create_app()
    gc.freeze()  # what is built now stays; no collection need look through it again
    queue, workers = app.extensions['jobs'], int(os.environ.get('JOB_WORKERS', '1'))
    if workers:
        queue.start_workers(workers)
    print(f'职称评审平台：http://{host}:{port}  （Ctrl-C 停止）', flush=True)
    try:
        waitress.serve(app, host=host, port=port, threads=8, ident=None)
    finally:
        queue.stop_workers()


if __name__ == '__main__':
    main()
