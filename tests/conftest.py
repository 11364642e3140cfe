"""A city for every test: the demo world, built once a worker and laid anew whenever a test has changed it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import waitress.server
from flask import Flask
from flask.testing import FlaskClient
from flask_login import FlaskLoginClient
from flask_migrate import upgrade
from hypothesis import settings
from sqlalchemy import event, select
from sqlalchemy.orm import Session

import demo
from app import ROOT, create_app
from models import db
from models.account import Account
from models.application import Application, Stage
from tests import clock
from tests.small_world import small_world as small_world
from tests.stores import STORES, Store

PASSWORD = 'Demo-2026'
settings.register_profile('timeless', deadline=None)  # a busy machine is no failure
settings.load_profile('timeless')
clock.start()  # before test modules are imported: some read the present day into their parameters


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that stand on the demo world, by the fixture that builds it."""
    for item in items:
        if 'built_app' in getattr(item, 'fixturenames', ()):
            item.add_marker(pytest.mark.world)


@pytest.fixture(scope='session')
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The worker's own database."""
    worker = os.environ.get('PYTEST_XDIST_WORKER', 'main')
    return STORES[os.environ.get('TEST_DATABASE', 'sqlite')](tmp_path_factory.mktemp('data'), worker)


@pytest.fixture(scope='session')
def built_app(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application over the demo world."""
    app = create_app(
        {
            'TESTING': True,
            'DEMO': True,
            'GATEWAY_URL': '/standin/gateway/',
            'GATEWAY_SECRET': 'test-secret',
            'SECRET_KEY': 'test-key',
            'SQLALCHEMY_DATABASE_URI': store.url,
            'JOB_QUEUE': 'immediate',
            'RENDER_PROCESSES': 0,
            'UPLOAD_FOLDER': str(tmp_path_factory.mktemp('uploads')),
            'FONT_FOLDER': str(ROOT / 'instance' / 'fonts'),
            'WTF_CSRF_ENABLED': False,
            'PROPAGATE_EXCEPTIONS': False,
        }
    )
    app.test_client_class = FlaskLoginClient
    with app.app_context():
        upgrade()
        demo.build(db.session(), app, PASSWORD, ROOT / 'data')
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    store.keep()
    return app


@pytest.fixture
def app(built_app: Flask, store: Store) -> Iterator[Flask]:
    """The application; what a test commits is undone after it."""
    committed = threading.Event()
    with built_app.app_context():
        engine = db.engine
    event.listen(engine, 'commit', lambda _connection: committed.set())
    yield built_app
    with built_app.app_context():
        db.session.remove()
        db.engine.dispose()
    if committed.is_set():
        store.restore()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A database session within the application's context."""
    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def account(session: Session) -> Callable[[str], Account]:
    """An account by its sign-in name."""
    return lambda username: session.scalars(select(Account).where(Account.username == username)).one()


@pytest.fixture
def application(session: Session) -> Callable[..., Application]:
    """The first declaration at a stage, optionally of one employer or committee (numbered from 1)."""

    def find(stage: Stage, *, employer: int | None = None, committee: int | None = None) -> Application:
        query = select(Application).where(Application.stage == stage).order_by(Application.id)
        if employer:
            query = query.where(Application.employer_id == employer)
        if committee:
            query = query.where(Application.committee_id == committee)
        found = session.scalars(query).first()
        assert found is not None, f'the demo world has no declaration at {stage}'
        return found

    return find


@pytest.fixture
def client_of(app: Flask) -> Callable[[str], FlaskClient]:
    """A signed-in client by sign-in name; the empty name is a visitor."""

    def make(username: str) -> FlaskClient:
        if not username:
            return app.test_client()
        with app.app_context():
            found = db.session.scalars(select(Account).where(Account.username == username)).one()
            return app.test_client(user=found)

    return make


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The application behind a real socket; answers with its address."""
    server: Any = waitress.server.create_server(app, host='127.0.0.1', port=0, threads=8)

    def serve() -> None:
        with suppress(OSError):  # closing its socket is how the loop ends
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.effective_port}'
    server.close()
    thread.join(5)
