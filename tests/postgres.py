"""A throw-away PostgreSQL for the tests.

    python -m tests.postgres -- COMMAND...

starts a server, runs COMMAND with its address in TEST_POSTGRESQL_URL, and exits as COMMAND did. All workers of one
test run share that server; each makes its own database on it.
"""

import argparse
import atexit
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ADMIN = 'postgres'
START_SECONDS = 60
# Nothing here outlives the run, so nothing has to survive a crash.
SETTINGS = {'fsync': 'off', 'synchronous_commit': 'off', 'full_page_writes': 'off', 'listen_addresses': ''}


def server_programs() -> Path:
    """The folder that holds initdb and postgres: the newest Debian version, else the one on PATH."""
    debian = [path for path in Path('/usr/lib/postgresql').glob('*/bin') if (path / 'initdb').exists()]
    if debian:
        return max(debian, key=lambda path: float(path.parent.name))
    found = shutil.which('initdb')
    if not found:
        raise FileNotFoundError('PostgreSQL is not installed: there is no initdb in /usr/lib/postgresql or on PATH')
    return Path(found).resolve().parent


def server_user() -> str | None:
    """The account to run the server under: PostgreSQL refuses to run as root. None keeps the present one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ADMIN).pw_name
    except KeyError:
        raise LookupError(f'PostgreSQL does not run as root, and there is no user {ADMIN} to run it under') from None


class Cluster:
    """One server on a temporary folder, reached by a socket inside it: no port to clash with, none open to others."""

    def __init__(self) -> None:
        self.programs = server_programs()
        self.user = server_user()
        self.server: subprocess.Popen[bytes] | None = None
        # Not in TMPDIR: the path of a socket may have no more than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix='pg-', dir='/tmp'))
        self.data, self.log = self.folder / 'data', self.folder / 'log'
        if self.user:
            shutil.chown(self.folder, self.user)

    @property
    def url(self) -> str:
        return f'postgresql+psycopg://{ADMIN}@/postgres?host={self.folder}'

    def start(self) -> None:
        with self.log.open('wb') as log:
            options = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--no-sync', '--no-instructions']
            initdb = self._launch(log.fileno(), 'initdb', '-D', self.data, '-U', ADMIN, *options)
            try:
                initdb.wait()
            finally:
                initdb.wait()  # a second at most; broken off, it would leave its helpers running
            settings = [f'--{name}={value}' for name, value in SETTINGS.items()]
            self.server = self._launch(log.fileno(), 'postgres', '-D', self.data, '-k', self.folder, *settings)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f'PostgreSQL did not start:\n{self.log.read_text(errors="replace")}')
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once and leave nothing behind. May be called again."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, log: int, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C must reach the tests first, which still need the server to clean up.
        return subprocess.Popen(
            [self.programs / program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
        )

    def _ready(self) -> bool:
        probe: list[str | Path] = [self.programs / 'pg_isready', '--quiet', '--host', self.folder, '--username', ADMIN]
        return subprocess.run(probe, check=False).returncode == 0


@contextmanager
def cluster() -> Iterator[str]:
    """Run a server and yield the SQLAlchemy URL of its administrator, who may create databases."""
    server = Cluster()
    atexit.register(server.stop)  # in case the block is never left, as in a session that is broken off
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        atexit.unregister(server.stop)


def run(command: list[str]) -> int:
    """Run a command with a server beside it; the exit status is the command's."""
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        if child is None:
            sys.exit(128 + number)
        if number != signal.SIGINT:  # the terminal gives Ctrl-C to the command as well
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    with cluster() as url:
        print(f'PostgreSQL is running: {url}', flush=True)
        child = subprocess.Popen(command, env={**os.environ, 'TEST_POSTGRESQL_URL': url})
        status = child.wait()
    return status if status >= 0 else 128 - status


def main() -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.postgres', description='Run a command beside a PostgreSQL.')
    parser.add_argument('command', nargs='+', help='the command and its arguments, after --')
    try:
        return run(parser.parse_args().command)
    except (OSError, LookupError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
