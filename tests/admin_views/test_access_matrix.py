"""Every address of the product × every kind of visitor × own and foreign rows, against one table of expectations.

The table is written from the design (§4), not from ``rules/access``. A new address without an entry fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models import db
from models.account import Account, Grant
from models.application import Application, Stage
from models.approval import ApprovalDocument, Certificate
from models.audit import AuditLine
from models.bulk_result import BulkResult
from models.catalogue import Call, Committee, FeeStandard, Offering, Series, Speciality, Title
from models.declaration import Education
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.job import Job
from models.material import Attachment, LibraryFile, Material
from models.payment import FeeOrder
from models.review import ReviewSession, Seat
from models.section import SECTIONS
from models.wording import Wording
from ports import job_queue

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
    'static', 'admin.static', 'session.login', 'session.logout', 'gateway.notice', 'gateway_standin.cashier',
    'gateway_standin.confirm', 'verify.index', 'verify.paper',
}  # fmt: skip
LISTS = {section.key() for section in SECTIONS if section.many}


@dataclass(frozen=True)
class View:
    """Who enters a view, and which of the stock operations it opens."""

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
    'details_view', 'edit_view', 'progress_view', 'act_view', 'pay_view', 'vote_view', 'files.index', 'files.reports',
    'files.paper', 'files.print', 'files.again', 'list_view',
    'files.file', 'files.share', 'library.file', 'sample_view', 'jobs.show', 'jobs.state',
    'jobs.product', 'grants_view', 'order_view',
}  # fmt: skip
"""Pages of one row, asked for with GET: 200 for an own row, 404 for a foreign one."""
OF_FILE = {'files.file', 'files.remove', 'files.move'}
"""Pages whose key is that of a file."""
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
    """View and method; the pages of ``files`` and ``jobs`` go under their full name."""
    view, _, method = endpoint.partition('.')
    own_names = view in ('files', 'jobs') or endpoint in ('library.file', 'library.upload')
    return view, endpoint if own_names else method


def addresses(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Endpoint, path and methods of everything that is not public or a static file."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint.endswith('.static'):
            continue
        path = rule.rule.replace('<action>', 'approve').replace('<export_type>', 'csv')
        yield rule.endpoint, path, set(rule.methods or ()) & {'GET', 'POST'}


def status(client: FlaskClient, method: str, path: str) -> int:
    """What a request answers; the answer is closed, since it may hold a file open."""
    with client.open(path, method=method) as answer:
        return answer.status_code


def test_every_address_has_an_expectation(app: Flask) -> None:
    unknown = {
        endpoint
        for endpoint, _path, _methods in addresses(app)
        if parts(endpoint)[0] not in VIEWS
        or parts(endpoint)[1] not in STOCK_OPERATIONS | CLOSED | ROW_PAGES | ROW_POSTS | OTHERS
    }
    assert unknown == set()


def test_every_expectation_has_an_address(app: Flask) -> None:
    assert set(VIEWS) == {parts(endpoint)[0] for endpoint, _path, _methods in addresses(app)}


def test_a_visitor_is_sent_to_sign_in_and_back(app: Flask, client_of: Callable[[str], FlaskClient]) -> None:
    client = client_of('')
    for endpoint, path, methods in addresses(app):
        for method in methods:
            assert sent_to_sign_in(client, path, method), (endpoint, method)


def sent_to_sign_in(client: FlaskClient, path: str, method: str) -> bool:
    """Whether a page is not shown before signing in; a form is told so where it stands, for what was typed into it."""
    answer = client.open(path, method=method)
    if method == 'POST':
        return answer.status_code == 401 and '您已退出登录' in answer.get_data(as_text=True)
    return (answer.status_code, answer.location.split('?')[0]) == (302, '/login')


@pytest.mark.parametrize('username', PEOPLE)
def test_a_room_of_others_is_closed(app: Flask, client_of: Callable[[str], FlaskClient], username: str) -> None:
    client = client_of(username)
    wrong = [
        (endpoint, method, answer.status_code)
        for endpoint, path, methods in addresses(app)
        if PEOPLE[username] not in VIEWS[parts(endpoint)[0]].roles
        for method in methods
        if (answer := client.open(path, method=method)).status_code != 403
    ]
    assert wrong == []


@pytest.mark.parametrize('username', PEOPLE)
def test_an_operation_that_is_not_opened_is_refused(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    client = client_of(username)
    wrong = []
    for endpoint, path, methods in addresses(app):
        view, method_name = parts(endpoint)
        if PEOPLE[username] not in VIEWS[view].roles:
            continue
        closed = method_name in STOCK_OPERATIONS and method_name not in VIEWS[view].opens
        expected = 404 if method_name in CLOSED else 403 if closed else None
        wrong += [
            (endpoint, method, answer.status_code)
            for method in methods
            if expected and (answer := client.open(f'{path}?id=1', method=method)).status_code != expected
        ]
    assert wrong == []


def applications(session: Session, username: str) -> tuple[set[int], set[int]]:
    """Keys of the declarations that are a person's business by the design, and of the others."""
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
    """Keys of own and foreign rows of a view's model."""
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
        'sessions': (ReviewSession, lambda row: row.committee_id == me.committee_id),
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


@pytest.mark.parametrize('username', PEOPLE)
def test_a_row_opens_to_whose_business_it_is_and_to_no_one_else(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    with app.app_context():
        asked = list(questions(app, db.session(), username))
    client = client_of(username)
    wrong = [(*question, found) for *question, expected in asked if (found := status(client, *question)) != expected]
    assert wrong == []


def questions(app: Flask, session: Session, username: str) -> Iterator[tuple[str, str, int]]:
    """Method, address and expected status for three own and three foreign rows of every page of a row."""
    for endpoint, path, methods in addresses(app):
        view, method_name = parts(endpoint)
        row_page = method_name in ROW_PAGES | ROW_POSTS and (
            method_name not in STOCK_OPERATIONS or method_name in VIEWS[view].opens
        )
        if PEOPLE[username] not in VIEWS[view].roles or not row_page:
            continue
        if view.startswith('declaration_') and view != 'declaration_education':
            continue  # one list section stands for all; they share one view class
        own, foreign = rows(session, view, username)
        name = 'file' if method_name in OF_FILE else 'id'
        if name == 'file':
            own, foreign = files_of(session, own), files_of(session, foreign)
        for key in (*sorted(foreign)[:3], *BEYOND_KEYS):
            yield from ((method, f'{path}?{name}={key}', 404) for method in methods)
        if method_name in ('details_view', 'progress_view', 'files.index', 'files.reports', 'files.file'):
            yield from (('GET', f'{path}?{name}={key}', 200) for key in sorted(own)[:3])


BEYOND_KEYS = 2**31, 2**62
"""Numbers that no key is, of which the first is the least that PostgreSQL's columns cannot hold."""


def files_of(session: Session, application_ids: set[int]) -> set[int]:
    """Keys of the files of these declarations."""
    return {row.id for row in session.scalars(select(Attachment)) if row.application_id in application_ids}


@pytest.mark.parametrize('key', ['', '0', '-1', 'abc', '1,2', '99999999', '9' * 40, '1e3', '１'])
def test_a_key_that_means_nothing_answers_404(client_of: Callable[[str], FlaskClient], key: str) -> None:
    assert client_of('guanli1').get(f'/employer_applications/details/?id={key}').status_code == 404


@pytest.mark.parametrize(
    ('kind', 'code', 'closed', 'sentence'),
    [
        ('menu', '单位事项', '/employer_applications/', '管理员尚未向您授权「单位事项」菜单'),
        ('matter', '专技人才', '/employer_applications/', '管理员尚未向您授权「专技人才」业务'),
        ('menu', '人员管理', '/roster/', '管理员尚未向您授权「人员管理」菜单'),
        ('menu', '单位信息', '/own_employer/', '管理员尚未向您授权「单位信息」菜单'),
    ],
)
def test_a_grant_taken_back_closes_its_room_at_the_next_request(
    session: Session, client_of: Callable[[str], FlaskClient], kind: str, code: str, closed: str, sentence: str
) -> None:
    client = client_of('jingban1')
    assert client.get(closed).status_code == 200
    grant = session.scalars(
        select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.kind == kind, Grant.code == code)
    ).one()
    session.delete(grant)
    session.commit()
    answer = client.get(closed)
    assert answer.status_code == 403
    assert sentence in answer.get_data(as_text=True)


def test_a_handler_without_the_home_page_goes_straight_to_work(
    session: Session, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of('jingban1')
    grant = session.scalars(
        select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == '首页')
    ).one()
    session.delete(grant)
    session.commit()
    answer = client.get('/')
    assert (answer.status_code, answer.location) == (302, '/employer_applications/')


def test_a_handler_without_sign_in_grant_is_a_visitor(client_of: Callable[[str], FlaskClient]) -> None:
    assert client_of('jingban2').get('/').status_code == 302


def test_the_models_of_the_matrix_are_filled(session: Session) -> None:
    """A matrix over empty tables would prove nothing."""
    models = (
        Application, ApprovalDocument, Attachment, Certificate, Education, Employer, FeeOrder, ReviewSession,
        RosterEntry, Call, Committee, FeeStandard, Offering, Series, Speciality, Title, Material, Wording,
    )  # fmt: skip
    empty = [model.__name__ for model in models if session.scalars(select(model).limit(1)).first() is None]
    assert empty == []


def test_a_page_that_is_only_read_changes_nothing(app: Flask, client_of: Callable[[str], FlaskClient]) -> None:
    before = counted(app)
    for username in ('geren3', 'guanli1', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1'):
        client = client_of(username)
        for endpoint, path, methods in addresses(app):
            if 'GET' in methods and parts(endpoint)[1] not in ('export', 'files.print'):
                client.get(f'{path}?id=1&file=1')
    assert counted(app) == before


def counted(app: Flask) -> dict[str, object]:
    """How many rows there are of what matters, and every declaration's version."""
    watched = (Application, Attachment, FeeOrder, ReviewSession, RosterEntry, BulkResult, AuditLine)
    with app.app_context():
        rows = {model.__name__: len(list(db.session.scalars(select(model)))) for model in watched}
        versions = dict(db.session.execute(select(Application.id, Application.version)).all())
    return {**rows, 'versions': versions}


OK, GONE, NO, MISSING, STALE = 200, 302, 403, 404, 409
ANSWERS: dict[str, dict[str, set[int]]] = {
    'index': {'GET': {OK}},
    'index_view': {'GET': {OK}},
    'details_view': {'GET': {OK}},
    'progress_view': {'GET': {OK}},
    'create_view': {'GET': {OK}, 'POST': {OK}},
    'edit_view': {'GET': {OK}, 'POST': {OK}},
    'delete_view': {'POST': {GONE}},
    'export': {'GET': {OK}},
    'act_view': {'GET': {OK}, 'POST': {OK, STALE}},
    'action_view': {'POST': {GONE, NO}},  # no action is named
    'bulk_view': {'POST': {NO}},
    'result_view': {'GET': {MISSING}},
    'narrow_view': {'GET': {OK}},
    'proof_view': {'POST': {400}},  # nothing to show
    'suggest_view': {'GET': {MISSING}},  # no source is named
    'fetch_view': {'POST': {MISSING}},  # no section is named
    'grants_view': {'GET': {OK, NO}, 'POST': {STALE, NO}},  # the version is missing; the administrator needs no grant
    'enable_view': {'POST': {GONE}},
    'password_view': {'POST': {GONE}},
    'draft_view': {'POST': {GONE}},
    'aside_view': {'POST': {GONE}},
    'unaside_view': {'POST': {GONE}},
    'order_view': {'GET': {OK}},
    'collect_view': {'POST': {GONE}},
    'dissolve_view': {'POST': {GONE}},
    'period_view': {'GET': {MISSING}},  # no day is named
    'list_view': {'GET': {MISSING}},  # no paper is named
    'name_view': {'POST': {GONE}},  # nobody is named
    'cancel_view': {'POST': {GONE}},
    'confirm_view': {'POST': {GONE}},
    'read': {'POST': {GONE}},
    'keep_filter_view': {'POST': {GONE}},
    'drop_filter_view': {'POST': {MISSING}},  # of which one?
    'find_view': {'GET': {GONE}},
    'workbook_view': {'POST': {GONE, NO}},  # only where the list exports
    'copy_view': {'POST': {GONE, NO}},  # only what is over or of an earlier year
    'import_view': {'GET': {OK}, 'POST': {OK}},
    'template_view': {'GET': {OK}},
    'preview_view': {'GET': {MISSING}},  # no import is named
    'run_view': {'POST': {MISSING}},
    'faulty_view': {'GET': {MISSING}},
    'pay_view': {'GET': {OK}},
    'vote_view': {'GET': {OK}, 'POST': {OK}},
    'seat_view': {'POST': {GONE}},
    'bring_view': {'POST': {GONE}},
    'open_view': {'POST': {GONE}},
    'close_view': {'POST': {GONE}},
    'files.index': {'GET': {OK}},
    'files.reports': {'GET': {OK}},
    'files.paper': {'GET': {MISSING}},
    'files.print': {'GET': {MISSING}},
    'files.again': {'GET': {MISSING}},
    'files.file': {'GET': {OK}},
    'files.upload': {'POST': {MISSING}},  # of which material?
    'files.remove': {'POST': {NO}},
    'files.move': {'POST': {NO}},
    'files.pack': {'POST': {GONE}},
    'files.share': {'GET': {MISSING}, 'POST': {MISSING}},
    'files.sample': {'GET': {MISSING}},
    'library.file': {'GET': {OK}},
    'library.upload': {'POST': {GONE}},
    'sample_view': {'GET': {OK}, 'POST': {GONE}},
    'jobs.index': {'GET': {OK}},
    'jobs.show': {'GET': {OK}},
    'jobs.state': {'GET': {OK}},
    'jobs.product': {'GET': {MISSING}},
    'jobs.cancel': {'POST': {GONE}},
}
"""What whoever may enter gets for an own row, with nothing filled in: a form comes back, an act is not carried out."""

EXCEPTIONS: dict[str, dict[str, set[int]]] = {
    'library.delete_view': {'POST': {NO}},  # every file of the demo world is in use
    'my_applications.create_view': {'GET': {OK}, 'POST': {GONE}},  # a new draft asks for nothing
    'my_applications.edit_view': {'GET': {OK}, 'POST': {STALE}},  # the version is missing
    **{f'declaration_{key}.index_view': {'GET': {GONE}} for key in LISTS},
    **{f'declaration_{key}.create_view': {'GET': {MISSING}, 'POST': {MISSING}} for key in LISTS},  # of which one?
}
APPLICANT_S_FILES = {
    'files.upload': {'POST': {MISSING}},
    'files.share': {'GET': {MISSING}, 'POST': {MISSING}},
    'files.remove': {'POST': {GONE}},
    'files.move': {'POST': {GONE}},
}
"""The applicant alone hands files in, orders them and takes them back, while the declaration is open."""


def expected(endpoint: str, username: str) -> dict[str, set[int]]:
    """The answers to expect of an endpoint that lets this person in."""
    if PEOPLE[username] == A and endpoint in APPLICANT_S_FILES:
        return APPLICANT_S_FILES[endpoint]
    return EXCEPTIONS.get(endpoint) or ANSWERS[parts(endpoint)[1]]


def own_keys(app: Flask, endpoint: str, username: str) -> list[int]:
    """Keys of own rows that a page of a row can be asked for; configuration is everyone's who may enter."""
    view, method = parts(endpoint)
    session = db.session()
    own, foreign = rows(session, view, username)
    model = next(
        (getattr(each, 'model', None) for each in app.extensions['admin'][0]._views if each.endpoint == view), None
    )
    open_ones = set(
        session.scalars(select(Application.id).where(Application.stage.in_((Stage.DRAFT, Stage.CORRECTION))))
    )
    if view.startswith('declaration_'):
        mine, _others = applications(session, username)
        mine = mine if method == 'details_view' else mine & open_ones
        return list(session.scalars(select(model.id).where(model.application_id.in_(mine)).order_by(model.id).limit(2)))
    if not own and not foreign and model is not None:
        return list(session.scalars(select(model.id).order_by(model.id).limit(2)))
    if PEOPLE[username] == A and method in ('edit_view', 'files.upload', 'files.share', 'files.remove', 'files.move'):
        own &= open_ones
    if method == 'pay_view':
        paying = (Stage.PAYMENT, Stage.EXPERT_REVIEW)
        own &= set(session.scalars(select(Application.id).where(Application.stage.in_(paying))))
    elif method in OF_FILE:
        own = files_of(session, own)
    elif view == 'sessions' and method in ('edit_view',):
        own &= set(session.scalars(select(ReviewSession.id).where(ReviewSession.state != 'closed')))
    return sorted(own)[:2]


def visits(app: Flask, username: str, wanted: str) -> Iterator[tuple[str, str, set[int]]]:
    """Endpoint, address and expected statuses of everything that is open to a person by one method."""
    last = ('delete_view', 'files.remove')
    for endpoint, path, methods in sorted(addresses(app), key=lambda each: parts(each[0])[1] in last):
        view, method = parts(endpoint)
        closed = method in CLOSED or (method in STOCK_OPERATIONS and method not in VIEWS[view].opens)
        if PEOPLE[username] not in VIEWS[view].roles or closed or wanted not in methods:
            continue
        statuses = expected(endpoint, username)[wanted]
        if method in ROW_PAGES | ROW_POSTS:
            name = 'file' if method in OF_FILE else 'id'
            for key in own_keys(app, endpoint, username):
                yield endpoint, f'{path}?{name}={key}', statuses
        else:
            yield endpoint, path, statuses


def test_every_page_of_an_endpoint_has_its_answer(app: Flask) -> None:
    """A new endpoint without an entry fails with its name, and so does an entry without an endpoint."""
    met = {(endpoint, method) for endpoint, _path, methods in addresses(app) for method in methods}
    open_ones = {
        (endpoint, method)
        for endpoint, method in met
        if parts(endpoint)[1] not in CLOSED
        and (parts(endpoint)[1] not in STOCK_OPERATIONS or parts(endpoint)[1] in VIEWS[parts(endpoint)[0]].opens)
    }
    unexpected = {
        (endpoint, method)
        for endpoint, method in open_ones
        if method not in (EXCEPTIONS.get(endpoint) or ANSWERS.get(parts(endpoint)[1], {}))
    }
    assert unexpected == set()
    assert set(ANSWERS) == {parts(endpoint)[1] for endpoint, _method in open_ones}
    assert set(EXCEPTIONS) <= {endpoint for endpoint, _method in open_ones}


@contextmanager
def writing(app: Flask) -> Iterator[list[str]]:
    """The statements within that change a row."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith(('INSERT', 'UPDATE', 'DELETE')):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, 'before_cursor_execute', note)
    yield seen
    event.remove(engine, 'before_cursor_execute', note)


@pytest.mark.parametrize('username', PEOPLE)
def test_what_is_open_answers_as_expected_and_a_look_changes_nothing(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    with app.app_context():
        asked = list(visits(app, username, 'GET'))
    client, wrong, looks = client_of(username), [], 0
    with writing(app) as written:
        for endpoint, path, statuses in asked:
            if parts(endpoint)[1] == 'export':
                continue  # an export is written down; see below
            found, looks = status(client, 'GET', path), looks + 1
            wrong += [(path, found, statuses)] if found not in statuses else []
    assert wrong == []
    assert written == []
    assert looks > 10 or PEOPLE[username] == P
    exports = [path for endpoint, path, _statuses in asked if parts(endpoint)[1] == 'export']
    with writing(app) as written:
        assert [path for path in exports if status(client, 'GET', path) != OK] == []
    assert len(written) == len(exports)
    assert all('audit_line' in statement for statement in written)


@pytest.mark.parametrize('username', PEOPLE)
def test_a_post_with_nothing_in_it_answers_as_expected(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    with app.app_context():
        asked = list(visits(app, username, 'POST'))
        stages = dict(db.session.execute(select(Application.id, Application.stage)).all())
    client = client_of(username)
    wrong = [
        (path, found, statuses)
        for _endpoint, path, statuses in asked
        if (found := status(client, 'POST', path)) not in statuses
    ]
    assert wrong == []
    with app.app_context():
        after = dict(db.session.execute(select(Application.id, Application.stage)).all())
    assert {key: after[key] for key in stages} == stages


@pytest.mark.parametrize('username', PEOPLE)
def test_nothing_foreign_is_changed_by_any_post(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    with app.app_context():
        foreign = [each for each in questions(app, db.session(), username) if each[0] == 'POST' and each[2] == 404]
    client = client_of(username)
    with writing(app) as written:
        for method, path, _status in foreign:
            client.open(path, method=method, data={'confirmed': '1', 'seen': '7', 'opinion': '强行', 'vote': 'for'})
    assert written == []


MENU_VIEWS = {
    '首页': {'admin'},
    '单位事项': {'employer_applications', 'collective_payment'},
    '人员管理': {'roster'},
    '单位信息': {'own_employer'},
    '维护管理': {'notice_contacts', 'opinion_templates'},
}


@pytest.mark.parametrize('menu', MENU_VIEWS)
def test_a_handler_without_one_menu_has_all_the_others(
    app: Flask, client_of: Callable[[str], FlaskClient], menu: str
) -> None:
    with app.app_context():
        grant = db.session.scalars(
            select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == menu)
        ).one()
        db.session.delete(grant)
        db.session.commit()
    client, wrong = client_of('jingban1'), []
    for endpoint, path, methods in addresses(app):
        view, method = parts(endpoint)
        if H not in VIEWS[view].roles or method in CLOSED or method in ROW_PAGES | ROW_POSTS:
            continue
        if method in STOCK_OPERATIONS and method not in VIEWS[view].opens:
            continue
        for verb in methods:
            found = status(client, verb, path)
            closed = view in MENU_VIEWS[menu]
            answers = ({NO} if menu != '首页' else {GONE}) if closed else expected(endpoint, 'jingban1')[verb]
            wrong += [(path, verb, found)] if found not in answers else []
    assert wrong == []


@pytest.mark.parametrize(('kind', 'code'), [('menu', '单位事项'), ('matter', '专技人才')])
def test_a_handler_without_the_matter_reaches_no_declaration_by_any_address(
    app: Flask, client_of: Callable[[str], FlaskClient], kind: str, code: str
) -> None:
    with app.app_context():
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1')
        db.session.delete(db.session.scalars(held.where(Grant.kind == kind, Grant.code == code)).one())
        db.session.commit()
        own, _foreign = applications(db.session(), 'jingban1')
        asked = [
            (endpoint, method, f'{path}?{name}={key}')
            for endpoint, path, methods in addresses(app)
            if endpoint.startswith('files.') and parts(endpoint)[1] in ROW_PAGES | ROW_POSTS
            for name, keys in (('file', files_of(db.session(), own)), ('id', own))
            if (name == 'file') == (parts(endpoint)[1] in OF_FILE)
            for key in sorted(keys)[:2]
            for method in methods
        ]
    client = client_of('jingban1')
    reached = [(*each, found) for each in asked if (found := status(client, *each[1:])) != MISSING]
    assert len(asked) > 10
    assert reached == []


def test_a_handler_without_any_grant_gets_nowhere(app: Flask, client_of: Callable[[str], FlaskClient]) -> None:
    client = client_of('jingban2')
    for endpoint, path, methods in addresses(app):
        for method in methods:
            assert sent_to_sign_in(client, path, method), (endpoint, method)


APPLICATIONS = {H: 'employer_applications', O: 'office_applications'}


def job_of(username: str, room: str, application_id: int | None = None) -> int:
    """A job that a person asked for in a room, done, with its product."""
    me = db.session.scalars(select(Account).where(Account.username == username)).one()
    row = Job(
        account_id=me.id, kind='x', label='试验', arguments={}, room=room, state='done', outcome='共 3 项',
        employer_id=me.employer_id, committee_id=me.committee_id, application_id=application_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    job_queue.Work(db.session(), row, writes=True).deliver(b'x', 'x.txt', 'text/plain')
    return row.id


def product(client: FlaskClient, key: int) -> int:
    """What the product of a job answers; where it is kept back, neither list nor page tells more than why."""
    found = status(client, 'GET', f'/jobs/product/?id={key}')
    if found in (OK, NO):
        page = client.get(f'/jobs/show/?id={key}').get_data(as_text=True)
        assert ('共 3 项' in page, '结果和文件不再提供' in page) == (found == OK, found == NO)
        listed = client.get('/jobs/').get_data(as_text=True)
        assert (f'href="/jobs/product/?id={key}"' in listed) == (found == OK)
    return found


@pytest.mark.parametrize('username', PEOPLE)
def test_a_product_is_for_who_may_enter_the_room_it_was_asked_for_in(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str
) -> None:
    """Whichever room that was: the role may have changed since."""
    with app.app_context():
        keys = {room: job_of(username, room) for room in (*VIEWS, 'unheard-of')}
    client = client_of(username)
    found = {room: status(client, 'GET', f'/jobs/product/?id={key}') for room, key in keys.items()}
    assert found.pop('unheard-of') == NO
    assert found == {room: OK if PEOPLE[username] in view.roles else NO for room, view in VIEWS.items()}
    stranger = client_of('geren3' if username != 'geren3' else 'geren4')
    assert status(stranger, 'GET', f'/jobs/product/?id={keys["admin"]}') == MISSING


@pytest.mark.parametrize(
    ('room', 'kind', 'code'),
    [
        *((room, 'menu', menu) for menu, rooms in MENU_VIEWS.items() for room in sorted(rooms)),
        ('employer_applications', 'matter', '专技人才'),
        ('collective_payment', 'matter', '专技人才'),
    ],
)
def test_a_grant_taken_back_closes_the_products_of_its_room(
    app: Flask, client_of: Callable[[str], FlaskClient], room: str, kind: str, code: str
) -> None:
    with app.app_context():
        key = job_of('jingban1', room)
    client = client_of('jingban1')
    assert product(client, key) == OK
    with app.app_context():
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1')
        db.session.delete(db.session.scalars(held.where(Grant.kind == kind, Grant.code == code)).one())
        db.session.commit()
    assert product(client, key) == NO


@pytest.mark.parametrize(
    ('username', 'room', 'change'),
    [
        ('jingban1', 'employer_applications', {'employer_id': 2}),
        ('jingban1', 'roster', {'employer_id': 2}),
        ('bangong1', 'office_applications', {'committee_id': 2}),
        ('bangong1', 'office_orders', {'role': P}),
    ],
)
def test_what_was_made_does_not_follow_its_account_to_another_employer_or_committee(
    app: Flask, client_of: Callable[[str], FlaskClient], username: str, room: str, change: dict[str, object]
) -> None:
    with app.app_context():
        key = job_of(username, room)
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        lines = [['1', '甲', '工程师', '']]
        of = {'employer_id': me.employer_id, 'committee_id': me.committee_id}
        result = BulkResult(account_id=me.id, label='通过', rows=lines, **of)
        db.session.add(result)
        db.session.commit()
        address = f'/{APPLICATIONS[PEOPLE[username]]}/result/?id={result.id}'
    client = client_of(username)
    assert (product(client, key), status(client, 'GET', address)) == (OK, OK)
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        for name, value in change.items():
            setattr(me, name, value)
        db.session.commit()
    assert (product(client, key), status(client, 'GET', address)) == (NO, NO if 'role' in change else MISSING)


def test_the_dossier_of_a_declaration_is_for_who_sees_the_declaration(
    app: Flask, client_of: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        own, foreign = applications(db.session(), 'zhuanjia1')
        keys = [job_of('zhuanjia1', 'files', min(each)) for each in (own, foreign)]
        clerks = job_of('jingban1', 'files', min(applications(db.session(), 'jingban1')[0]))
    expert, clerk = client_of('zhuanjia1'), client_of('jingban1')
    assert [product(expert, key) for key in keys[:1]] == [OK]
    assert status(expert, 'GET', f'/jobs/product/?id={keys[1]}') == NO
    assert product(clerk, clerks) == OK
    with app.app_context():
        for meeting in db.session.scalars(select(ReviewSession).where(ReviewSession.state == 'open')):
            meeting.state = 'planned'
        held = select(Grant).join(Grant.account).where(Account.username == 'jingban1', Grant.code == '专技人才')
        db.session.delete(db.session.scalars(held).one())
        db.session.commit()
    assert (product(expert, keys[0]), product(clerk, clerks)) == (NO, NO)
