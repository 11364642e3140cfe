"""Extension of `flask db migrate`: it also compares CHECK constraints and writes defaults of new columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import CommandError, DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Column, MetaData, Table, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import conv

from models.base import Moment

SCRATCH = 'declared_by_the_model'
"""Name of a table that is created to read its constraints, and rolled back."""


def stored_checks(connection: Connection, table: str) -> Mapping[str, str]:
    """Read the named CHECK constraints of a table, as this database writes their conditions."""
    found = inspect(connection).get_check_constraints(table)
    return {check['name']: ' '.join(check['sqltext'].split()) for check in found if check['name']}


def declared_checks(connection: Connection, table: Table) -> Mapping[str, str]:
    """Read the CHECK constraints of a model as this database would write them.

    PostgreSQL stores `stage = ANY (ARRAY[…])` for `stage IN (…)`, so the texts can only be compared once both have
    been stored.
    """
    checks = [CheckConstraint(str(check.sqltext), name=check.name) for check in _checks(table).values()]
    if not checks:
        return {}
    bare = Table(SCRATCH, MetaData(), *(Column(each.name, each.type) for each in table.columns), *checks)
    with connection.begin_nested() as nested:
        bare.create(connection)
        found = stored_checks(connection, SCRATCH)
        nested.rollback()
    return found


def _checks(table: Table) -> Mapping[str, CheckConstraint]:
    return {str(each.name): each for each in table.constraints if isinstance(each, CheckConstraint)}


@comparators.dispatch_for('table', priority=DispatchPriority.LAST)
def compare_checks(
    context: AutogenContext,
    found: ops.ModifyTableOps,
    _schema: str | None,
    name: str,
    stored_table: Table | None,
    declared_table: Table | None,
) -> PriorityDispatchResult:
    """Drop and create each CHECK constraint that differs from its model, after the columns to which it may refer."""
    if stored_table is not None and declared_table is not None:
        assert context.connection is not None
        stored = stored_checks(context.connection, name)
        declared = declared_checks(context.connection, declared_table)
        for check in sorted(stored):
            if stored[check] != declared.get(check):
                old = CheckConstraint(stored[check], name=conv(check), table=stored_table)
                found.ops.append(ops.DropConstraintOp.from_constraint(old))
        for check in sorted(declared):
            if declared[check] != stored.get(check):
                found.ops.append(ops.AddConstraintOp.from_constraint(_checks(declared_table)[check]))
    return PriorityDispatchResult.CONTINUE


def scalar_default(column: Column[Any]) -> Any:
    """Return the scalar default of a NOT NULL column in its model, or None."""
    default = column.default
    return default.arg if default is not None and default.is_scalar and not column.nullable else None


def _server_default(value: Any) -> Any:
    """Return a value as the SQL of a DEFAULT; SQLite accepts `true` and `false` too."""
    if isinstance(value, bool):
        return text(str(value).lower())
    return str(value) if isinstance(value, str) else text(str(value))


def default_is_outdated(
    _context: Any, _stored_column: Any, column: Column[Any], stored: str | None, _declared: Any, _written: Any
) -> bool:
    """Compare the DEFAULT in the database with that of the model; none in the database is no difference."""
    if stored is None:
        return False
    value, plain = scalar_default(column), stored.partition('::')[0].strip("()'")
    return plain not in ((str(value).lower(), str(int(value))) if isinstance(value, bool) else (str(value),))


def complete(_context: Any, _revision: Any, scripts: list[ops.MigrationScript]) -> None:
    """Give each new NOT NULL column the DEFAULT that existing rows need. Raises CommandError without one."""
    for script in scripts:
        assert script.upgrade_ops is not None
        for op in _additions(script.upgrade_ops):
            column = op.column
            if column.nullable or column.server_default is not None:
                continue
            value = scalar_default(column)
            if value is None:
                raise CommandError(f'{column.name} is NOT NULL: give it a default for the rows that are there already')
            default = _server_default(value)
            op.column = Column(column.name, column.type, nullable=False, server_default=default)


def _additions(found: ops.OpContainer) -> Iterator[ops.AddColumnOp]:
    for op in found.ops:
        if isinstance(op, ops.OpContainer):
            yield from _additions(op)
        elif isinstance(op, ops.AddColumnOp):
            yield op


def _written(kind: str, item: Any, _context: Any) -> str | bool:
    """Render the type ``Moment`` as ``sa.DateTime()``, as which it is stored; False for other types."""
    return 'sa.DateTime()' if kind == 'type' and isinstance(item, Moment) else False


OPTIONS: Mapping[str, Any] = {
    'render_as_batch': True,
    'render_item': _written,
    'compare_type': True,
    'compare_server_default': default_is_outdated,
    'process_revision_directives': complete,
}
"""Options of Alembic for generating and running migrations."""


@contextmanager
def kept_triggers(connection: Connection) -> Iterator[None]:
    """Create again the triggers that SQLite dropped with a table rebuilt by a migration."""
    before = _triggers(connection)
    yield
    after, tables = _triggers(connection), set(inspect(connection).get_table_names())
    for name in before.keys() - after.keys():
        table, statement = before[name]
        if table in tables:
            connection.exec_driver_sql(statement)


def _triggers(connection: Connection) -> dict[str, tuple[str, str]]:
    if connection.dialect.name != 'sqlite':
        return {}
    query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    return {name: (table, statement) for name, table, statement in connection.exec_driver_sql(query)}
