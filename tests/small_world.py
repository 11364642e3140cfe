"""A small database for tests of rules and models: maintained rows and accounts, and what a test adds rolled back.

The schema is made once a worker, by the migrations. Every test has a transaction that is rolled back after it; what the
test or the code under test commits within is a savepoint of that transaction.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_migrate import Migrate, upgrade
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import ROOT
from models import db
from models.account import Account, Role
from models.application import Application, Stage
from models.catalogue import Committee
from models.employer import Employer
from rules import defaults
from tests import factories
from tests.helpers.types import Find, Who
from tests.stores import STORES


@pytest.fixture(scope='session')
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database of the worker's own with what the platform maintains and the cast."""
    worker = os.environ.get('PYTEST_XDIST_WORKER', 'main')
    store = STORES[os.environ.get('TEST_DATABASE', 'sqlite')](tmp_path_factory.mktemp('small'), f'small_{worker}')
    app = Flask('small_world')
    app.config['SQLALCHEMY_DATABASE_URI'] = store.url
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / 'migrations'), render_as_batch=True)
    with app.app_context():
        upgrade()
        with Session(db.engine) as session:
            populate(session)
            session.commit()
        engine = db.engine
    yield engine
    engine.dispose()


def populate(session: Session) -> None:
    """Shipped defaults, three employers, two committees, a call, and the accounts that the demo world has as well."""
    defaults.load_defaults(session, ROOT / 'data')
    employers = [factories.make_employer(session) for _ in range(3)]
    committees = [factories.make_committee(session) for _ in range(2)]
    factories.make_call(session, committees)
    for number, employer in enumerate(employers, 1):
        factories.make_account(session, f'guanli{number}', Role.ADMINISTRATOR, employer=employer)
    for number, employer in enumerate((employers[0], employers[0], employers[1]), 1):
        factories.make_account(session, f'jingban{number}', Role.HANDLER, employer=employer)
    for number, committee in enumerate(committees, 1):
        factories.make_account(session, f'bangong{number}', Role.OFFICE, committee=committee)
    for number in range(1, 10):
        factories.make_account(
            session, f'zhuanjia{number}', Role.EXPERT, employer=employers[0] if number == 9 else None
        )
        factories.make_account(session, f'geren{number}', Role.APPLICANT)
    factories.make_account(session, 'rensheju1', Role.BUREAU)
    factories.make_account(session, 'pingtai1', Role.PLATFORM)
    named = {each.username: each for each in session.scalars(select(Account))}
    for handler, administrator in (('jingban1', 'guanli1'), ('jingban3', 'guanli2')):
        factories.grant_all(session, named[handler], named[administrator])


@pytest.fixture
def session(small_world: Engine) -> Iterator[Session]:
    """A database session within a transaction that is rolled back after the test."""
    with small_world.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode='create_savepoint') as opened:
            yield opened
        transaction.rollback()


@pytest.fixture
def account(session: Session) -> Who:
    """An account by its sign-in name."""
    return lambda username: session.scalars(select(Account).where(Account.username == username)).one()


@pytest.fixture
def application(session: Session, account: Who) -> Find:
    """Make a declaration at a stage, for an employer and a committee by number and a new applicant unless named."""

    def make(stage: Stage, *, employer: int = 1, committee: int = 1, applicant: str = '') -> Application:
        return factories.make_declaration(
            session,
            stage,
            employer=session.get_one(Employer, employer),
            committee=session.get_one(Committee, committee),
            applicant=account(applicant) if applicant else None,
        )

    return make
