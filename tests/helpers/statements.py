"""Recording of SQL statements, and query plans of SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from models import db


@contextmanager
def statements_on(engine: Engine, *verbs: str) -> Iterator[list[str]]:
    """Record the statements of a block, or only those that begin with one of the verbs."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith(verbs or ''):
            seen.append(statement)

    event.listen(engine, 'before_cursor_execute', note)
    yield seen
    event.remove(engine, 'before_cursor_execute', note)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """Record the SELECT statements of a block."""
    with app.app_context():
        engine = db.engine
    with statements_on(engine, 'SELECT') as seen:
        yield seen


@contextmanager
def writing(app: Flask) -> Iterator[list[str]]:
    """Record the INSERT, UPDATE and DELETE statements of a block."""
    with app.app_context():
        engine = db.engine
    with statements_on(engine, 'INSERT', 'UPDATE', 'DELETE') as seen:
        yield seen


def plans_of(app: Flask, client: FlaskClient, path: str, about: str) -> list[str]:
    """Return the query plan of each statement of a page that contains ``about``; skip the test except on SQLite."""
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if about in statement:
            plan = cursor.connection.cursor().execute(f'EXPLAIN QUERY PLAN {statement}', parameters)
            plans.append(' '.join(str(row[-1]) for row in plan))

    with app.app_context():
        if db.engine.dialect.name != 'sqlite':
            pytest.skip('a small table is read whole here; SQLite tells what it would do with a large one')
        event.listen(db.engine, 'before_cursor_execute', explain)
        client.get(path)
        event.remove(db.engine, 'before_cursor_execute', explain)
    return plans
