"""Every open address answers each visitor as the table says, and a look changes nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Application
from tests.helpers.access import (
    CLOSED,
    PEOPLE,
    STOCK_OPERATIONS,
    VIEWS,
    P,
    addresses,
    parts,
    status,
)
from tests.helpers.answers import ANSWERS, EXCEPTIONS, OK, visits
from tests.helpers.statements import writing
from tests.helpers.types import ClientOf


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


@pytest.mark.parametrize('username', PEOPLE)
def test_what_is_open_answers_as_expected_and_a_look_changes_nothing(
    app: Flask, client_of: ClientOf, username: str
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
def test_a_post_with_nothing_in_it_answers_as_expected(app: Flask, client_of: ClientOf, username: str) -> None:
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
