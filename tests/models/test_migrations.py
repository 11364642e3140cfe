"""The migrations lead to exactly what the models declare, and are generated whole: also for tables that are filled."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app import ROOT, create_app
from migrations import generating
from models import Base, db
from models.application import Stage

LEVELS = ('一级', '二级', '三级')
NEW_STAGE = 'district_review'


def differences(connection: Connection, metadata: sa.MetaData) -> list[Any]:
    """Compare a database with what is declared, as `flask db migrate` does."""
    return compare_metadata(MigrationContext.configure(connection, opts=dict(generating.OPTIONS)), metadata)


def declared() -> sa.MetaData:
    """Copy what the models declare, so that a test may change it."""
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    return metadata


def with_states(metadata: sa.MetaData, table: str, column: str, *states: str) -> sa.MetaData:
    """Replace the states that a column may hold, as a new member of its class would."""
    found, name = metadata.tables[table], f'ck_{table}_{column}_known'
    found.constraints -= {each for each in found.constraints if each.name == name}
    values = ', '.join(f"'{state}'" for state in states)
    found.append_constraint(sa.CheckConstraint(f'{column} IN ({values})', name=f'{column}_known'))
    return metadata


def with_stage(metadata: sa.MetaData) -> sa.MetaData:
    """Add a stage: the kind of change that adds no column."""
    return with_states(metadata, 'application', 'stage', *Stage, NEW_STAGE)


def with_choice(metadata: sa.MetaData) -> sa.MetaData:
    """Add a choice, a flag and a number that are NOT NULL, and a state, to a table that is filled."""
    table = metadata.tables['application']
    table.append_column(sa.Column('translation', sa.String(60), nullable=False, default='三级'))
    table.append_column(sa.Column('urgent', sa.Boolean, nullable=False, default=False))
    table.append_column(sa.Column('copies', sa.Integer, nullable=False, default=1))
    table.append_column(sa.Column('standing', sa.String(30), nullable=False, default='plain'))
    return with_states(metadata, 'application', 'standing', 'plain', 'special')


def with_sealed_rebuild(metadata: sa.MetaData) -> sa.MetaData:
    """Add a column and a CHECK to the sealed tables, which SQLite can only do by building them anew."""
    for name in ('step', 'revision', 'gateway_notice'):
        table = metadata.tables[name]
        table.append_column(sa.Column('weight', sa.Integer, nullable=False, default=1))
        table.append_constraint(sa.CheckConstraint('weight > 0', name='weighs'))
    return metadata


def plain(read: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write what was read of an index or a key as texts, so that two readings can be compared."""
    return {name: plain(value) if isinstance(value, dict) else str(value) for name, value in read.items()}


def shape(connection: Connection) -> Mapping[str, Any]:
    """Read columns, CHECKs, indexes, keys and triggers of every table."""
    found, tables = sa.inspect(connection), {}
    for table in found.get_table_names():
        tables[table] = {
            'columns': {each['name']: (str(each['type']), each['nullable']) for each in found.get_columns(table)},
            'checks': dict(generating.stored_checks(connection, table)),
            'indexes': {each['name']: plain(each) for each in found.get_indexes(table)},
            'uniques': {each['name']: each['column_names'] for each in found.get_unique_constraints(table)},
            'foreign': {each['name']: plain(each) for each in found.get_foreign_keys(table)},
        }
    query = {
        'sqlite': "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        'postgresql': 'SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal',
    }[connection.dialect.name]
    return {**tables, 'triggers': sorted(map(tuple, connection.exec_driver_sql(query)))}


def counted(connection: Connection) -> Mapping[str, int]:
    """Count the rows of every table."""
    tables = sa.inspect(connection).get_table_names()
    return {each: connection.execute(sa.text(f'SELECT count(*) FROM "{each}"')).scalar_one() for each in tables}


def read(app: Flask, question: Callable[[Connection], Any]) -> Any:
    """Ask the database something on a connection of its own."""
    with app.app_context(), db.engine.connect() as connection:
        return question(connection)


def test_the_migrated_database_is_what_the_models_declare(session: Session) -> None:
    assert differences(session.connection(), Base.metadata) == []


@pytest.mark.parametrize('change', [with_stage, with_choice, with_sealed_rebuild])
def test_what_differs_is_found(session: Session, change: Callable[[sa.MetaData], sa.MetaData]) -> None:
    assert differences(session.connection(), change(declared())) != []


def test_an_outdated_default_is_found(session: Session) -> None:
    metadata = declared()
    metadata.tables['call'].columns['payment_days'].default = sa.ColumnDefault(20)
    assert [each[0][0] for each in differences(session.connection(), metadata)] == ['modify_default']


def older_states(app: Flask, folder: Path) -> Mapping[tuple[str, str], list[str]]:
    """Read the states that each column could hold before the newest migration."""
    older = create_app({**app.config, 'SQLALCHEMY_DATABASE_URI': f'sqlite:///{folder / "older.sqlite3"}'})
    with older.app_context():
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision='-1')
        with db.engine.connect() as connection:
            checks = {
                name: generating.stored_checks(connection, name) for name in sa.inspect(connection).get_table_names()
            }
        db.engine.dispose()
    return {
        (table, name.removeprefix(f'ck_{table}_').removesuffix('_known')): re.findall(r"'(\w+)'", condition)
        for table, found in checks.items()
        for name, condition in found.items()
        if name.endswith('_known')
    }


def test_the_newest_migration_runs_on_a_filled_database_both_ways(app: Flask, tmp_path: Path) -> None:
    older = older_states(app, tmp_path)
    with app.app_context(), db.engine.begin() as connection:
        for (table, column), states in older.items():
            found = sa.table(table, sa.column(column))
            unknown = found.c[column].not_in(states)  # on the way back no row may hold a state that is new
            connection.execute(found.update().where(unknown).values({column: states[0]}))
    before, rows = read(app, shape), read(app, counted)
    with app.app_context():
        flask_migrate.downgrade(revision='-1')
        flask_migrate.upgrade()
    assert read(app, shape) == before
    assert read(app, counted) == rows


@pytest.fixture
def generated(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[sa.MetaData], str]:
    """Generate the migration to what is declared, and run it; answers with its text."""
    folder = tmp_path / 'migrations'
    shutil.copytree(ROOT / 'migrations', folder, ignore=shutil.ignore_patterns('__pycache__'))
    known = set((folder / 'versions').iterdir())

    def run(metadata: sa.MetaData) -> str:
        monkeypatch.setattr(Base, 'metadata', metadata)
        with app.app_context():
            flask_migrate.migrate(directory=str(folder), message='probe')
            (made,) = {each for each in (folder / 'versions').glob('*.py')} - known
            flask_migrate.upgrade(directory=str(folder))
        assert read(app, lambda connection: differences(connection, metadata)) == []
        return made.read_text(encoding='utf-8')

    return run


def test_a_new_stage_is_generated_whole(app: Flask, generated: Callable[[sa.MetaData], str]) -> None:
    before, rows = read(app, shape), read(app, counted)
    text = generated(with_stage(declared()))
    assert text.count('drop_constraint') == text.count('create_check_constraint') == 2  # up and down
    after, check = read(app, shape), 'ck_application_stage_known'
    assert NEW_STAGE in after['application']['checks'].pop(check)
    del before['application']['checks'][check]
    assert after == before
    assert read(app, counted) == rows
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(sa.text(f"UPDATE application SET stage = '{NEW_STAGE}' WHERE stage = 'office_review'"))
        with pytest.raises(DatabaseError):
            connection.execute(sa.text("UPDATE application SET stage = 'nowhere' WHERE stage = 'payment'"))


def test_new_columns_that_are_never_null_fill_the_rows_that_are_there(
    app: Flask, generated: Callable[[sa.MetaData], str]
) -> None:
    before, rows = read(app, shape), read(app, counted)
    generated(with_choice(declared()))
    after = read(app, shape)
    names = ('translation', 'urgent', 'copies', 'standing')
    assert {name: after['application']['columns'].pop(name)[1] for name in names} == dict.fromkeys(names, False)
    assert 'special' in after['application']['checks'].pop('ck_application_standing_known')
    assert after == before
    assert read(app, counted) == rows
    asked = sa.text(f'SELECT DISTINCT {", ".join(names)} FROM application')
    assert [tuple(row) for row in read(app, lambda connection: connection.execute(asked).all())] == [
        ('三级', False, 1, 'plain')
    ]


def test_a_sealed_table_that_is_built_anew_stays_sealed(app: Flask, generated: Callable[[sa.MetaData], str]) -> None:
    before = read(app, shape)
    generated(with_sealed_rebuild(declared()))
    assert read(app, shape)['triggers'] == before['triggers'] != []
    for table in ('step', 'revision'):
        with app.app_context(), db.engine.connect() as connection, pytest.raises(DatabaseError):
            connection.execute(sa.text(f'UPDATE {table} SET weight = 2'))


def test_a_column_that_would_be_null_in_the_rows_that_are_there_is_refused(
    generated: Callable[[sa.MetaData], str],
) -> None:
    metadata = declared()
    metadata.tables['application'].append_column(sa.Column('reason', sa.String(60), nullable=False))
    with pytest.raises(SystemExit):
        generated(metadata)
