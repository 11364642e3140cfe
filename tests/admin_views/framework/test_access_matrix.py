"""Every address of the product × every kind of visitor × own and foreign rows, against one table of expectations.

The table is written from the design (§4), not from ``rules/access``. A new address without an entry fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import db
from models.application import Application
from models.approval import ApprovalDocument, Certificate
from models.audit import AuditLine
from models.bulk_result import BulkResult
from models.catalogue import Call, Committee, FeeStandard, Offering, Series, Speciality, Title
from models.declaration import Education
from models.employer import Employer, RosterEntry
from models.material import Attachment, Material
from models.payment import FeeOrder
from models.review import ReviewMeeting
from models.wording import Wording
from tests.helpers.access import (
    CLOSED,
    OF_FILE,
    OTHERS,
    PEOPLE,
    ROW_PAGES,
    ROW_POSTS,
    STOCK_OPERATIONS,
    VIEWS,
    addresses,
    files_of,
    parts,
    rows,
    sent_to_sign_in,
    status,
)
from tests.helpers.statements import writing
from tests.helpers.types import ClientOf


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


def test_a_visitor_is_sent_to_sign_in_and_back(app: Flask, client_of: ClientOf) -> None:
    client = client_of('')
    for endpoint, path, methods in addresses(app):
        for method in methods:
            assert sent_to_sign_in(client, path, method), (endpoint, method)


@pytest.mark.parametrize('username', PEOPLE)
def test_a_room_of_others_is_closed(app: Flask, client_of: ClientOf, username: str) -> None:
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
def test_an_operation_that_is_not_opened_is_refused(app: Flask, client_of: ClientOf, username: str) -> None:
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


@pytest.mark.parametrize('username', PEOPLE)
def test_a_row_opens_to_whose_business_it_is_and_to_no_one_else(app: Flask, client_of: ClientOf, username: str) -> None:
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


@pytest.mark.parametrize('key', ['', '0', '-1', 'abc', '1,2', '99999999', '9' * 40, '1e3', '１'])
def test_a_key_that_means_nothing_answers_404(client_of: ClientOf, key: str) -> None:
    assert client_of('guanli1').get(f'/employer_applications/details/?id={key}').status_code == 404


def test_the_models_of_the_matrix_are_filled(session: Session) -> None:
    """A matrix over empty tables would prove nothing."""
    models = (
        Application,
        ApprovalDocument,
        Attachment,
        Certificate,
        Education,
        Employer,
        FeeOrder,
        ReviewMeeting,
        RosterEntry,
        Call,
        Committee,
        FeeStandard,
        Offering,
        Series,
        Speciality,
        Title,
        Material,
        Wording,
    )
    empty = [model.__name__ for model in models if session.scalars(select(model).limit(1)).first() is None]
    assert empty == []


def test_a_page_that_is_only_read_changes_nothing(app: Flask, client_of: ClientOf) -> None:
    before = counted(app)
    for username in ('geren3', 'guanli1', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1'):
        client = client_of(username)
        for endpoint, path, methods in addresses(app):
            if 'GET' in methods and parts(endpoint)[1] not in ('export', 'files.print'):
                client.get(f'{path}?id=1&file=1')
    assert counted(app) == before


def counted(app: Flask) -> dict[str, object]:
    """How many rows there are of what matters, and every declaration's version."""
    watched = (Application, Attachment, FeeOrder, ReviewMeeting, RosterEntry, BulkResult, AuditLine)
    with app.app_context():
        rows = {model.__name__: len(list(db.session.scalars(select(model)))) for model in watched}
        versions = dict(db.session.execute(select(Application.id, Application.version)).all())
    return {**rows, 'versions': versions}


@pytest.mark.parametrize('username', PEOPLE)
def test_nothing_foreign_is_changed_by_any_post(app: Flask, client_of: ClientOf, username: str) -> None:
    with app.app_context():
        foreign = [each for each in questions(app, db.session(), username) if each[0] == 'POST' and each[2] == 404]
    client = client_of(username)
    with writing(app) as written:
        for method, path, _status in foreign:
            client.open(path, method=method, data={'confirmed': '1', 'seen': '7', 'opinion': '强行', 'vote': 'for'})
    assert written == []
