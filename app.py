"""The application: configuration, extensions, views, commands."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

import commands
from admin_views.declarations import file_pages, form_page
from admin_views.framework import access_check, cells, printing, transaction
from admin_views.framework.field_checks import check_fields, report_stored_names
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
from admin_views.site import errors, gateway_notice, headers, home, jobs, sign_in, verify
from models import db
from models.section import SECTIONS
from ports import gateway_standin
from ports.job_queue import Queue
from ports.registries import REGISTRIES

ROOT = Path(__file__).parent
DEMO_SECRET = 'demo-only'

csrf = CSRFProtect()
migrate = Migrate()


def configuration() -> dict[str, Any]:
    """Return the settings: defaults, overridden by environment variables (see docs/operations.md)."""
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
        'SESSION_REFRESH_EACH_REQUEST': False,  # else a late response restores a session after sign-out
        'WTF_CSRF_TIME_LIMIT': None,  # a long form must not expire while it is filled in
        'BABEL_DEFAULT_LOCALE': 'zh_Hans_CN',
        'BABEL_DEFAULT_TIMEZONE': 'Asia/Shanghai',
        'GATEWAY_URL': os.environ.get('GATEWAY_URL', ''),
        'GATEWAY_SECRET': os.environ.get('GATEWAY_SECRET') or (DEMO_SECRET if demo else secrets.token_hex(32)),
        'GATEWAY_NOTICE_URL': os.environ.get('GATEWAY_NOTICE_URL', ''),
        **{each.setting: os.environ.get(each.setting, '') for each in REGISTRIES.values()},
    }


def _kept_secret(path: Path) -> str:
    """Return a secret that is created once and stored beside the data, so that sessions survive a restart."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    return path.read_text()


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Create the application with the settings of the environment, overridden by ``overrides``."""
    app = Flask(__name__)
    app.config |= configuration()
    app.config |= overrides or {}
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / 'migrations'), render_as_batch=True)
    csrf.init_app(app)
    Babel(app)
    sign_in.login_manager.init_app(app)
    app.register_blueprint(sign_in.sign_in_pages)
    app.register_blueprint(gateway_notice.gateway_pages)
    app.register_blueprint(verify.verify_pages)
    csrf.exempt(gateway_notice.gateway_pages)
    if app.config['DEMO']:
        app.register_blueprint(gateway_standin.standin_pages)
        app.config['GATEWAY_URL'] = app.config['GATEWAY_URL'] or '/standin/gateway/'
    Queue(app)
    printing.set_up_printing(app)
    check_fields()
    add_views(app)
    app.jinja_env.globals |= {'frame': home.frame, 'menu': home.menu, 'size': cells.size, 'rich': cells.rich_cell}
    headers.register_headers(app)
    transaction.set_up_transactions(app)
    app.before_request(access_check.check_request)
    errors.register_error_pages(app)
    commands.register_commands(app)
    return app


def add_views(app: Flask) -> None:
    """Add every room, in the order of the menu; ``rules/access`` decides who sees it."""
    theme = Bootstrap4Theme(base_template='admin/master.html')
    admin = Admin(app, name='职称评审平台', theme=theme, index_view=home.Home(), csp_nonce_generator=headers.csp_nonce)
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
        office.Meetings('sessions'),
        office.Orders('office_orders'),
        office.Documents('office_documents'),
        expert.Ballots('ballots'),
        bureau.BureauApplications('bureau_applications'),
        office.Documents('bureau_documents'),
        bureau.Certificates('certificates'),
        platform.Calls('calls'),
        platform.CallNumbers('call_numbers'),
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
        file_pages.Files('files'),
    )


def main() -> None:
    """Serve with waitress until interrupted."""
    import waitress

    host, port = os.environ.get('HOST', '127.0.0.1'), int(os.environ.get('PORT', '8000'))
    app = create_app()
    report_stored_names(app)
    gc.freeze()  # exclude all objects of the start from later garbage collections
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
