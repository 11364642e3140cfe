"""Databases of test runs, which can be laid anew from a template."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text


class Store(Protocol):
    """A database that can be laid anew from a template."""

    url: str

    def keep(self) -> None:
        """Make the present content the template."""

    def restore(self) -> None:
        """Go back to the template."""


class SQLiteStore:
    """A file and its copy."""

    def __init__(self, folder: Path, _worker: str) -> None:
        self.file, self.template = folder / 'review.sqlite3', folder / 'template.sqlite3'
        self.url = f'sqlite:///{self.file}'

    def keep(self) -> None:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        shutil.copy(self.file, self.template)

    def restore(self) -> None:
        for suffix in ('-wal', '-shm'):
            Path(f'{self.file}{suffix}').unlink(missing_ok=True)
        fresh = self.file.with_suffix('.fresh')
        shutil.copy(self.template, fresh)
        fresh.replace(self.file)  # a connection that a failed test left open keeps the old file


class PostgreSQLStore:
    """A database and the one it is made from."""

    def __init__(self, _folder: Path, worker: str) -> None:
        self.server = make_url(os.environ['TEST_POSTGRESQL_URL'])
        self.name, self.template = f'review_{worker}', f'template_{worker}'
        self.url = self.server.set(database=self.name).render_as_string(hide_password=False)
        self._run(f'DROP DATABASE IF EXISTS {self.name}', f'CREATE DATABASE {self.name}')

    def _run(self, *statements: str) -> None:
        engine = create_engine(self.server, isolation_level='AUTOCOMMIT')
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def keep(self) -> None:
        self._run(f'DROP DATABASE IF EXISTS {self.template}', f'ALTER DATABASE {self.name} RENAME TO {self.template}')
        self.restore()

    def restore(self) -> None:
        self._run(
            f'DROP DATABASE IF EXISTS {self.name} WITH (FORCE)', f'CREATE DATABASE {self.name} TEMPLATE {self.template}'
        )


STORES: dict[str, type[SQLiteStore] | type[PostgreSQLStore]] = {'sqlite': SQLiteStore, 'postgresql': PostgreSQLStore}
