"""Table of expected access: every endpoint of the product, every role, own and foreign rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.approval import ApprovalDocument
from models.declaration import Education
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.job import Job
from models.material import Attachment, LibraryFile
from models.payment import FeeOrder
from models.review import ReviewMeeting, Seat
from models.section import SECTIONS

A, M, H, O, E, B, P = 'applicant', 'administrator', 'handler', 'office', 'expert', 'bureau', 'platform'  # noqa: E741

PEOPLE = {
    'geren3': A,
    'geren4': A,
    'geren5': A,
    'guanli1': M,
    'guanli2': M,
    'jingban1': H,
    'jingban3': H,
    'bangong1': O,
    'bangong2': O,
    'zhuanjia1': E,
    'rensheju1': B,
    'pingtai1': P,
}

PUBLIC = {
    'static',
    'admin.static',
    'session.login',
    'session.logout',
    'gateway.notice',
    'gateway_standin.cashier',
    'gateway_standin.confirm',
    'verify.index',
    'verify.paper',
}

LISTS = {section.key() for section in SECTIONS if section.many}


@dataclass(frozen=True)
class View:
    """Roles with access to a view, and the Flask-Admin operations that it offers."""

    roles: tuple[str, ...]
    opens: tuple[str, ...] = ()


VIEWS = {
    'admin': View((A, M, H, O, E, B, P)),
    'messages': View((A, M, H, O, E, B, P)),
    'jobs': View((A, M, H, O, E, B, P)),
    'files': View((A, M, H, O, E, B, P)),
    'my_applications': View((A,), ('create_view', 'edit_view', 'export')),
    'library': View((A,), ('delete_view',)),
    'my_orders': View((A,)),
    **{f'declaration_{key}': View((A,), ('create_view', 'edit_view', 'delete_view')) for key in LISTS},
    'employer_applications': View((M, H), ('export',)),
    'collective_payment': View((M, H)),
    'roster': View((M, H), ('create_view', 'delete_view', 'export')),
    'own_employer': View((M, H), ('edit_view',)),
    'notice_contacts': View((M, H), ('create_view', 'edit_view', 'delete_view')),
    'opinion_templates': View((M, H), ('create_view', 'edit_view', 'delete_view')),
    'handlers': View((M,), ('create_view',)),
    'hand_over': View((M, H)),
    'office_applications': View((O,), ('export',)),
    'sessions': View((O,), ('create_view', 'edit_view')),
    'office_orders': View((O,), ('export',)),
    'office_documents': View((O,), ('export',)),
    'ballots': View((E,)),
    'bureau_applications': View((B,), ('export',)),
    'bureau_documents': View((B,), ('export',)),
    'certificates': View((B,), ('export',)),
    'calls': View((P,), ('create_view', 'edit_view')),
    'offerings': View((P,), ('create_view', 'edit_view', 'delete_view', 'export')),
    'call_numbers': View((P,), ('create_view', 'delete_view', 'export')),
    'series': View((P,), ('create_view', 'edit_view')),
    'titles': View((P,), ('create_view', 'edit_view', 'export')),
    'specialities': View((P,), ('create_view', 'edit_view', 'export')),
    'committees': View((P,), ('create_view', 'edit_view')),
    'fee_standards': View((P,), ('create_view', 'edit_view')),
    'materials': View((P,), ('create_view', 'edit_view')),
    'wordings': View((P,), ('create_view',)),
    'employers': View((P,), ('create_view', 'edit_view', 'export')),
    'accounts': View((P,), ('create_view', 'edit_view')),
    'workdays': View((P,), ('create_view', 'edit_view', 'delete_view')),
    **{
        f'{registry}_records': View((P,), ('create_view', 'edit_view', 'delete_view', 'export'))
        for registry in ('education', 'exam', 'insurance')
    },
    'audit': View((P,), ('export',)),
    'gateway_notices': View((P,), ('export',)),
}

STOCK_OPERATIONS = {'create_view', 'edit_view', 'delete_view', 'export'}

CLOSED = {'ajax_lookup', 'ajax_update'}

ROW_PAGES = {
    'details_view',
    'edit_view',
    'progress_view',
    'act_view',
    'pay_view',
    'vote_view',
    'files.index',
    'files.reports',
    'files.paper',
    'files.print',
    'files.again',
    'list_view',
    'files.file',
    'files.share',
    'library.file',
    'sample_view',
    'jobs.show',
    'jobs.state',
    'jobs.product',
    'grants_view',
    'order_view',
}
"""Pages of one row, requested by GET: 200 for an own row, 404 for a foreign one."""

OF_FILE = {'files.file', 'files.remove', 'files.move'}
"""Pages whose key is the key of a file."""

ROW_POSTS = {
    'enable_view',
    'password_view',
    'draft_view',
    'dissolve_view',
    'aside_view',
    'unaside_view',
    'fetch_view',
    'jobs.cancel',
    'files.move',
    'files.pack',
    'copy_view',
    'delete_view',
    'files.upload',
    'files.remove',
    'seat_view',
    'bring_view',
    'open_view',
    'close_view',
}

OTHERS = {
    'index',
    'period_view',
    'collect_view',
    'name_view',
    'cancel_view',
    'confirm_view',
    'jobs.index',
    'index_view',
    'action_view',
    'bulk_view',
    'result_view',
    'keep_filter_view',
    'drop_filter_view',
    'narrow_view',
    'suggest_view',
    'import_view',
    'template_view',
    'preview_view',
    'run_view',
    'faulty_view',
    'proof_view',
    'read',
    'files.sample',
    'find_view',
    'workbook_view',
    'library.upload',
}


def parts(endpoint: str) -> tuple[str, str]:
    """Return view and method of an endpoint; for ``files`` and ``jobs`` the method is the full name."""
    view, _, method = endpoint.partition('.')
    own_names = view in ('files', 'jobs') or endpoint in ('library.file', 'library.upload')
    return view, endpoint if own_names else method


def addresses(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Return endpoint, path and methods of all rules that are neither public nor static files."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint.endswith('.static'):
            continue
        path = rule.rule.replace('<action>', 'approve').replace('<export_type>', 'csv')
        yield rule.endpoint, path, set(rule.methods or ()) & {'GET', 'POST'}


def status(client: FlaskClient, method: str, path: str) -> int:
    """Return the status of a response, and close it because it may have an open file."""
    with client.open(path, method=method) as answer:
        return answer.status_code


def sent_to_sign_in(client: FlaskClient, path: str, method: str) -> bool:
    """Return true if the response is a redirect to the sign-in page, or for a POST 401 with its own page."""
    answer = client.open(path, method=method)
    if method == 'POST':
        return answer.status_code == 401 and '您已退出登录' in answer.get_data(as_text=True)
    return (answer.status_code, answer.location.split('?')[0]) == (302, '/login')


def applications(session: Session, username: str) -> tuple[set[int], set[int]]:
    """Return the keys of the declarations that an account may see, and of the others."""
    me = session.scalars(select(Account).where(Account.username == username)).one()
    late = (Stage.ACCEPTANCE, Stage.EXAMINATION, Stage.APPROVAL, Stage.CERTIFICATION)
    voting = {
        item.application_id
        for seat in session.scalars(select(Seat).where(Seat.expert_id == me.id))
        if seat.session.state == 'open'
        for item in seat.session.items
    }
    own = {
        A: lambda row: row.applicant_id == me.id,
        M: lambda row: row.employer_id == me.employer_id and row.stage != Stage.DRAFT,
        H: lambda row: row.employer_id == me.employer_id and row.stage != Stage.DRAFT,
        O: lambda row: row.committee_id == me.committee_id and row.stage != Stage.DRAFT,
        E: lambda row: row.id in voting and row.employer_id != me.employer_id,
        B: lambda row: row.stage in late or row.result == 'passed',
        P: lambda row: False,
    }[me.role]
    everything = list(session.scalars(select(Application)))
    return {row.id for row in everything if own(row)}, {row.id for row in everything if not own(row)}


def rows(session: Session, view: str, username: str) -> tuple[set[int], set[int]]:
    """Return the keys of own and foreign rows of a view's model."""
    me = session.scalars(select(Account).where(Account.username == username)).one()
    if view.endswith('_applications') or view in ('ballots', 'my_orders', 'files'):
        return applications(session, username)
    if view.startswith('declaration_'):
        own, _foreign = applications(session, username)
        held = list(session.scalars(select(Education)))
        return {r.id for r in held if r.application_id in own}, {r.id for r in held if r.application_id not in own}
    model, mine = {
        'roster': (RosterEntry, lambda row: row.employer_id == me.employer_id),
        'own_employer': (Employer, lambda row: row.id == me.employer_id),
        'handlers': (Account, lambda row: row.employer_id == me.employer_id and row.role in (M, H)),
        'sessions': (ReviewMeeting, lambda row: row.committee_id == me.committee_id),
        'office_orders': (FeeOrder, lambda row: row.committee_id == me.committee_id),
        'office_documents': (ApprovalDocument, lambda row: row.committee_id == me.committee_id),
        'collective_payment': (FeeOrder, lambda row: row.collective and row.collective.employer_id == me.employer_id),
        'notice_contacts': (NoticeContact, lambda row: row.employer_id == me.employer_id),
        'opinion_templates': (OpinionTemplate, lambda row: row.employer_id == me.employer_id),
        'library': (LibraryFile, lambda row: row.account_id == me.id),
        'jobs': (Job, lambda row: row.account_id == me.id),
    }.get(view, (None, None))
    if model is None:
        return set(), set()
    held = list(session.scalars(select(model)))
    return {row.id for row in held if mine(row)}, {row.id for row in held if not mine(row)}


def files_of(session: Session, application_ids: set[int]) -> set[int]:
    """Return the keys of the files of these declarations."""
    return {row.id for row in session.scalars(select(Attachment)) if row.application_id in application_ids}


MENU_VIEWS = {
    '首页': {'admin'},
    '单位事项': {'employer_applications', 'collective_payment'},
    '人员管理': {'roster'},
    '单位信息': {'own_employer'},
    '维护管理': {'notice_contacts', 'opinion_templates'},
}
