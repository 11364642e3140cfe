"""A request reads; what writes stands in one block, which commits or leaves nothing (docs/transactions.md)."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, make_url, select, update
from sqlalchemy.orm import Session

from admin_views.framework.access_check import visitor
from admin_views.framework.audit import audit
from admin_views.framework.transaction import attempt
from app import ROOT
from models import db
from models.account import Account
from models.audit import AuditEvent, AuditLine
from models.transaction import after_commit, discarding, reading, savepoint, start_reading, writing
from rules.refusal import Refusal, Refused

FORBIDDEN = {'commit', 'rollback', 'begin', 'begin_nested'}

EXCEPTIONS = {
    'models/transaction.py': 'the one module that does it',
    'ports/job_queue.py': 'a job commits its progress on the way',
    'pdf_templates/engine/renderer.py': 'the canvas of a PDF begins a document, no transaction',
}

PRODUCT = ('app.py', 'commands.py', 'models', 'rules', 'ports', 'pdf_templates', 'admin_views', 'demo')


NOTED = select(AuditLine.details).where(AuditLine.event == AuditEvent.SEE_WHOLE)


def sources() -> Iterator[Path]:
    """The Python files of the product."""
    for each in PRODUCT:
        path = ROOT / each
        yield from [path] if path.is_file() else sorted(path.rglob('*.py'))


def calls(path: Path) -> set[str]:
    """The forbidden methods that a file calls."""
    found = (node for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))) if isinstance(node, ast.Call))
    return {node.func.attr for node in found if isinstance(node.func, ast.Attribute)} & FORBIDDEN


def test_one_module_begins_commits_and_rolls_back() -> None:
    found = {str(path.relative_to(ROOT)): calls(path) for path in sources()}
    assert {name for name, called in found.items() if called} == set(EXCEPTIONS)


def note(text: str) -> None:
    """Something small to write."""
    audit(AuditEvent.SEE_WHOLE, text)


def line(details: str) -> AuditLine:
    """The same outside a request."""
    return AuditLine(event=AuditEvent.SEE_WHOLE, details=details, actor_name='', authority='')


def noted(app: Flask) -> list[str]:
    """What was written and committed."""
    with app.app_context():
        return list(db.session.scalars(NOTED))


@pytest.fixture
def request_of(app: Flask, client_of: Callable[[str], FlaskClient]) -> Callable[..., int]:
    """Do something within a request of a signed-in visitor; answers with the status."""

    def send(do: Callable[[], object], method: str = 'GET') -> int:
        name = 'messages.index' if method == 'GET' else 'messages.read'
        watched = app.view_functions[name]

        @wraps(watched)  # a page is opened by its verb
        def view(**_more: object) -> str:
            visitor()
            do()
            return 'done'

        app.view_functions[name] = view
        try:
            path = '/messages/' if method == 'GET' else '/messages/read/'
            return client_of('guanli1').open(path, method=method).status_code
        finally:
            app.view_functions[name] = watched

    return send


def flushed() -> None:
    """A new row without a block."""
    note('forgotten')
    db.session.flush()


def changed() -> None:
    """A changed row without a block."""
    visitor().phone = '19900000000'
    db.session.flush()


def stated() -> None:
    """A statement without a block."""
    db.session.execute(update(Account).values(phone='19900000000'))


def changed_before() -> None:
    """A changed row before the block, which would lose it."""
    visitor().phone = '19900000000'
    with writing():
        note('forgotten')


def nested() -> None:
    """A block within a block."""
    with writing():
        note('forgotten')
        with writing():
            note('forgotten')


@pytest.mark.parametrize('method', ['GET', 'POST'])
@pytest.mark.parametrize('do', [flushed, changed, stated, changed_before, nested])
def test_a_request_writes_only_within_the_block(
    app: Flask, request_of: Callable[..., int], do: Callable[[], object], method: str
) -> None:
    assert request_of(do, method) == 500
    assert noted(app) == []
    with app.app_context():
        known = select(func.count()).select_from(Account).where(Account.phone == '19900000000')
        assert db.session.scalars(known).one() == 0


def test_the_block_commits_and_the_request_reads_on(app: Flask, request_of: Callable[..., int]) -> None:
    def do() -> None:
        name = visitor().name
        with writing():
            note('kept')
        assert visitor().name == name
        with writing():
            note('kept too')

    assert request_of(do) == 200
    assert noted(app) == ['kept', 'kept too']


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(app: Flask, session: Session, error: type[BaseException]) -> None:
    start_reading(session)

    def fail() -> None:
        with writing():
            session.add(line('undone'))
            session.flush()
            raise error

    with pytest.raises(error):
        fail()
    assert noted(app) == []


def test_what_is_tried_out_is_not_kept(app: Flask, session: Session) -> None:
    start_reading(session)
    with discarding():
        session.add(line('tried'))
        session.flush()
        assert session.scalars(NOTED).all() == ['tried']
    assert noted(app) == []


def test_a_savepoint_undoes_its_own_part(app: Flask, session: Session) -> None:
    start_reading(session)

    def fail() -> None:
        with savepoint(session):
            session.add(line('undone'))
            raise KeyError

    with writing():
        session.add(line('kept'))
        with pytest.raises(KeyError):
            fail()
    assert noted(app) == ['kept']


def test_a_command_that_reads_cannot_write(app: Flask) -> None:
    with app.app_context(), reading() as session:
        with pytest.raises(RuntimeError, match='writing'):
            session.execute(update(Account).values(phone=''))
        with writing():
            session.add(line('kept'))
        assert session.scalars(NOTED).all() == ['kept']


def test_an_attempt_is_done_and_said_or_refused_and_said(app: Flask, request_of: Callable[..., int]) -> None:
    def good() -> str:
        note('done')
        return '已办理'

    def bad() -> str:
        note('undone')
        raise Refused(Refusal('no', '不能办理'))

    assert request_of(lambda: [attempt(good), attempt(bad)], 'POST') == 200
    assert noted(app) == ['done']


def test_a_call_waits_for_the_commit(session: Session) -> None:
    start_reading(session)
    made: list[str] = []
    with writing():
        session.execute(select(1))
        after_commit(session, lambda: made.append('once'))
        with savepoint(session):
            session.add(line(''))
        assert made == []
    assert made == ['once']
    with writing():
        session.execute(select(1))
    assert made == ['once']


def test_a_call_is_dropped_with_what_it_tells_of(session: Session) -> None:
    start_reading(session)
    made: list[str] = []

    def fail() -> None:
        with writing():
            session.execute(select(1))
            after_commit(session, lambda: made.append('never'))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with writing():
        session.execute(select(1))
    assert made == []


def test_a_call_that_fails_undoes_nothing(app: Flask, session: Session, caplog: pytest.LogCaptureFixture) -> None:
    start_reading(session)

    def fail() -> None:
        raise OSError('no queue')

    with writing():
        session.add(line('kept'))
        after_commit(session, fail)
    assert noted(app) == ['kept']
    assert 'a call after the commit failed' in caplog.text


def test_who_reads_keeps_nobody_from_writing(app: Flask, request_of: Callable[..., int]) -> None:
    """SQLite lets one write at a time: a POST takes the lock with its block, and gives it back."""
    address = make_url(app.config['SQLALCHEMY_DATABASE_URI'])
    if address.get_backend_name() != 'sqlite':
        pytest.skip('PostgreSQL lets many write at a time')

    def write_elsewhere() -> None:
        with closing(sqlite3.connect(str(address.database), timeout=0, isolation_level=None)) as other:
            other.execute('BEGIN IMMEDIATE')
            other.execute('ROLLBACK')

    def do() -> None:
        write_elsewhere()
        with writing():
            with pytest.raises(sqlite3.OperationalError):
                write_elsewhere()
            note('written')
        assert visitor().name
        write_elsewhere()

    assert request_of(do, 'POST') == 200
