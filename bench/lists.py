"""Time of lists, exports and bulk steps, beside a raw floor and stock Flask-Admin: ``python -m bench.lists``.

All three run every case in turns, in one run on the database that ``DATABASE_URL`` names (``make bench-data`` fills
it). Compare the ratios: the milliseconds depend on the machine. A separate process writes each file, so that its
memory can be measured; a bulk step is rolled back, so that every run finds the same data.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, func, inspect, select

from admin_views.framework.fast import paging
from app import create_app
from bench import floor, stock
from bench.data import PASSWORD
from models import db
from models.account import Account
from models.application import Application, Stage
from rules.flow import bulk
from rules.flow.table import TRANSITIONS

WAYS = ('ours', 'floor', 'stock')
TURNS, AT_A_TURN, BULK_TURNS = 7, 5, 7
BULK = 10_000
STOCK_ROWS = 100_000
"""Number of rows that stock Flask-Admin exports: it keeps all of them in memory."""

ENDPOINTS = {'employer': 'employer_applications', 'office': 'office_applications'}


@dataclass(frozen=True, slots=True)
class Case:
    """A page: role, tab (empty: all), year, search text, page number.

    With ``cold``, our list counts its tabs each time, as it does once a minute; the floor always counts them.
    """

    label: str
    role: str
    tab: str = ''
    search: str = ''
    page: int = 0
    year: int = 0
    cold: bool = False


CASES = (
    Case('one employer, first tab', 'employer', Stage.EMPLOYER_REVIEW),
    Case('one employer, all', 'employer'),
    Case('one committee, first tab', 'office', Stage.OFFICE_REVIEW),
    Case('one committee, all', 'office'),
    Case('one committee, all, cold', 'office', cold=True),
    Case('one committee, one year', 'office', year=2024),
    Case('page 5,000', 'office', page=5000),
    Case('name, 2 characters', 'office', search='世全'),
    Case('name, 1 character', 'office', search='梁'),
    Case('identity number', 'office', search='440304198205042360'),
)


class Bench:
    """The three applications on one database, each with a test client."""

    def __init__(self) -> None:
        self.apps: Mapping[str, Flask] = {
            'ours': create_app({'JOB_QUEUE': 'immediate', 'WTF_CSRF_ENABLED': False}),
            'floor': floor.application(),
            'stock': stock.application(),
        }
        self.statements = 0
        for name, app in self.apps.items():
            app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
            if name != 'ours':
                db.init_app(app)
            with app.app_context():
                event.listen(db.engine, 'before_cursor_execute', self._count)
        self.visitors = {
            (name, role): signed_in(app, f'{role}1') if name == 'ours' else app.test_client()
            for name, app in self.apps.items()
            for role in ENDPOINTS
        }
        gc.collect()
        gc.freeze()  # as the product does after its start

    def _count(self, *_: Any) -> None:
        self.statements += 1

    def address(self, way: str, case: Case) -> str:
        """Return the address of a case."""
        asked: dict[str, Any] = {'tab': case.tab, 'search': case.search, 'page': case.page, 'year': case.year}
        row = self.before(case) if case.page and way != 'stock' else None
        if way == 'ours':
            asked['tab'] = asked['tab'] or 'all'
            if row is not None:
                asked['after'] = paging.encode_cursor(paging.keys_of(floor.ORDER, Application.id), row)
            path = f'/{ENDPOINTS[case.role]}/'
        else:
            asked |= {'who': f'{case.role}1', 'role': case.role}
            if row is not None:
                asked['after'] = f'{row.entered_at.isoformat()}|{row.id}'
            path = {'floor': '/list', 'stock': '/application/'}[way]
        return f'{path}?{urlencode({name: value for name, value in asked.items() if value})}'

    def before(self, case: Case) -> Any:
        """Return the last row of the page before."""
        with self.apps['floor'].app_context():
            account = db.session.scalars(select(Account).where(Account.username == f'{case.role}1')).one()
            rows = select(Application).where(floor.scope(case.role, account)).order_by(*floor.ORDER)
            return db.session.scalars(rows.offset(case.page * floor.PAGE - 1).limit(1)).first()


def signed_in(app: Flask, username: str) -> FlaskClient:
    """Return a client that is signed in to the product."""
    client = app.test_client()
    answer = client.post('/login', data={'username': username, 'password': PASSWORD})
    assert answer.status_code in (302, 303), f'{username}: {answer.status_code}'
    return client


def measure_pages(bench: Bench) -> None:
    """Measure every page, with all applications in turns."""
    print(f'\n{"page":>26}  ' + '  '.join(f'{way:>34}' for way in WAYS) + '    ours / floor  stock / ours')
    for case in CASES:
        calls = {way: partial(page, bench.visitors[way, case.role], bench.address(way, case)) for way in WAYS}
        if case.cold:
            calls['ours'] = partial(look_cold, calls['ours'])
        told = {way: described(bench, call) for way, call in calls.items()}
        times = in_turns(calls, TURNS, AT_A_TURN)
        cells = [f'{times[way]:7.1f} ms {told[way]}' for way in WAYS]
        print(f'{case.label:>26}  ' + '  '.join(f'{cell:>34}' for cell in cells) + ratios(times), flush=True)


def page(visitor: FlaskClient, address: str) -> bytes:
    """Return the content of a page."""
    answer = visitor.get(address)
    assert answer.status_code == 200, f'{address}: {answer.status_code}'
    return bytes(answer.data)


def look_cold(look: Callable[[], bytes]) -> bytes:
    """Return a page, with the cache of the tab counts emptied first."""
    paging.CROWDED = paging.Crowded()
    return look()


def described(bench: Bench, call: Callable[[], bytes]) -> str:
    """Return the number of statements, the bytes of the page and the peak memory, after one warm-up call."""
    call()
    bench.statements = 0
    content = call()
    statements = bench.statements
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f'{statements:2} st {len(content) / 1024:4.0f} KiB {peak / 1048576:4.1f} MB'


def in_turns(calls: Mapping[str, Callable[[], Any]], turns: int, at_a_turn: int) -> dict[str, float]:
    """Return the median time of each call in milliseconds; the calls alternate, so that machine load affects all.

    Each turn repeats a call, as one server runs one product: otherwise each call pays for cold caches.
    """
    times: dict[str, list[float]] = {way: [] for way in calls}
    for way, call in [each for each in calls.items() for _ in range(at_a_turn)] * turns:
        gc.collect()  # no call pays for the garbage of another
        began = time.perf_counter()
        call()
        times[way].append((time.perf_counter() - began) * 1000)
    return {way: statistics.median(each) for way, each in times.items()}


def ratios(times: Mapping[str, float]) -> str:
    """Return our time divided by the floor's, and the stock time divided by ours, as text."""
    return f'    {times["ours"] / times["floor"]:12.2f}  {times["stock"] / times["ours"]:12.2f}'


# --- files -----------------------------------------------------------------------------------------------------


def write_file(way: str) -> None:
    """Write the committee's rows, in a separate process; print rows, seconds and the growth of memory in MB."""
    bench = Bench()
    with open('/dev/null', 'w+b') as nothing:
        small = Case('', 'office', Stage.BATCHING, search='440302196001180000')
        page(bench.visitors[way, 'office'], bench.address(way, small))  # warm up without keeping rows
        forget_peak()
        before, began = memory('VmRSS'), time.perf_counter()
        rows = WRITERS[way](bench, nothing)
        seconds, growth = time.perf_counter() - began, memory('VmHWM') - before
    print(json.dumps([rows or committee_rows(bench), seconds, growth]))


def committee_rows(bench: Bench) -> int:
    """Count the rows of the committee."""
    with bench.apps['floor'].app_context(), db.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(floor.everything(1).subquery())).scalar_one()


def memory(name: str) -> float:
    """Return the present memory of the process (VmRSS), or its peak since ``forget_peak`` (VmHWM), in MB."""
    lines = Path('/proc/self/status').read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def forget_peak() -> None:
    """Reset the peak of memory: a new process inherits the peak of its parent."""
    Path('/proc/self/clear_refs').write_text('5')


def write_ours(bench: Bench, nothing: Any) -> int:
    """Write our export, as the office downloads it; return the number of rows."""
    answer = bench.visitors['ours', 'office'].get('/office_applications/export/csv/?tab=all')
    assert answer.status_code == 200, answer.status_code
    rows = sum(block.count(b'\n') for block in answer.iter_encoded() if nothing.write(block))
    answer.close()
    return rows - 5


def write_floor(bench: Bench, nothing: Any) -> int:
    """Write the export of the floor, which does not count its rows."""
    with bench.apps['floor'].app_context(), db.engine.connect() as connection:
        floor.export(connection, nothing)
    return 0


def write_stock(bench: Bench, nothing: Any) -> int:
    """Write Flask-Admin's export of ``STOCK_ROWS`` rows; return their number."""
    view: Any = next(each for each in bench.apps['stock'].extensions['admin'][0]._views if each.name == 'Application')
    view.export_max_rows = STOCK_ROWS
    answer = bench.visitors['stock', 'office'].get('/application/export/csv/?who=office1&role=office')
    assert answer.status_code == 200, answer.status_code
    rows = sum(block.count(b'\n') for block in answer.iter_encoded() if nothing.write(block))
    answer.close()
    return rows - 1


WRITERS: Mapping[str, Callable[[Bench, Any], int]] = {'ours': write_ours, 'floor': write_floor, 'stock': write_stock}


def measure_files() -> None:
    """Measure each export in a separate process."""
    print('\n                CSV of one committee')
    for way in WAYS:
        command = [sys.executable, '-m', 'bench.lists', way]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        rows, seconds, growth = json.loads(run.stdout.splitlines()[-1])
        print(
            f'{way:>26}  {rows:9,} rows {seconds:6.1f} s {rows / seconds:9,.0f} rows/s {growth:5.0f} MB more',
            flush=True,
        )


# --- bulk steps ------------------------------------------------------------------------------------------------


@contextmanager
def undone(bench: Bench, way: str) -> Iterator[Any]:
    """Yield a session whose work is rolled back."""
    with bench.apps[way].test_request_context('/'):
        session = db.session()
        yield session
        session.rollback()


def measure_bulk(bench: Bench) -> None:
    """Measure one step on ten thousand declarations."""
    calls = {way: partial(step_all, bench, way) for way in WAYS}
    counts = {}
    for way, call in calls.items():
        bench.statements = 0
        call()
        counts[way] = bench.statements
    times = {way: value / 1000 for way, value in in_turns(calls, BULK_TURNS, 1).items()}
    print(f'\n{f"bulk step on {BULK:,}":>26}  ' + '  '.join(f'{way:>34}' for way in WAYS))
    cells = [f'{times[way]:7.2f} s {counts[way]:6} statements' for way in WAYS]
    print(f'{"office, 通过":>26}  ' + '  '.join(f'{cell:>34}' for cell in cells) + ratios(times), flush=True)


def step_all(bench: Bench, way: str) -> None:
    """Move the first ``BULK`` declarations of a stage forward."""
    with undone(bench, way) as session:
        actor = session.scalars(select(Account).where(Account.username == 'office1')).one()
        mine = Application.committee_id == actor.committee_id, Application.stage == Stage.OFFICE_REVIEW
        chosen = select(Application.id, Application.version).where(*mine).order_by(*floor.ORDER).limit(BULK)
        seen = {key: version for key, version in session.execute(chosen)}
        assert len(seen) == BULK, f'only {len(seen)} declarations to move: load more'
        if way == 'floor':
            floor.bulk(session.connection(), list(seen), actor)
        elif way == 'stock':
            stock.Applications(Application, db, endpoint='bulk').move(session, list(seen))
        else:
            row = TRANSITIONS[Stage.OFFICE_REVIEW, 'approve']
            outcomes = bulk.run(session, row, seen, actor, {'opinion': '同意'})
            assert all(each.done for each in outcomes)


def main(arguments: Sequence[str]) -> None:
    """Measure everything and print it side by side."""
    if arguments:
        write_file(arguments[0])
        return
    engine = create_engine(os.environ['DATABASE_URL'])
    if not inspect(engine).has_table('application'):
        sys.exit('there is nothing to measure: make bench-data first')
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(Application))
    print(f'{engine.dialect.name}, {rows:,} declarations. st: statements; MB: the most memory that making a page takes')
    bench = Bench()
    measure_pages(bench)
    measure_bulk(bench)
    measure_files()


if __name__ == '__main__':
    main(sys.argv[1:])
