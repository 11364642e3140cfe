"""Job queue (huey) for long work: a page starts a job, a worker runs it, the page 任务 shows its progress.

A body is declared with :func:`job` and works through :class:`RunningJob`. The queue is a SQLite file or the PostgreSQL
database of the product. The table ``job`` stores the state of every job, even if the queue loses it.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from models import db
from models.account import Account, workplace
from models.application import Application
from models.base import now
from models.job import UNFINISHED, Job, JobState
from models.message import Message
from models.transaction import after_commit
from rules import access
from rules.refusal import Refusal, Refused

MOST_UNFINISHED = 3
"""Number of jobs that one account may have waiting or running."""

SILENT = timedelta(minutes=15)
"""Time without a report of progress after which a running job counts as abandoned by its worker."""

JOB_KEPT_FOR = timedelta(days=7)
"""Time after which a finished job and its product are deleted."""

INNER = str.maketrans('「」', '『』')
"""Translation of quotation marks to the inner ones, for a label within 「」."""

_log = logging.getLogger(__name__)
Body = Callable[['RunningJob'], None]
BODIES: dict[str, tuple[Body, bool]] = {}
"""By kind of job: its body, and true if it writes."""


def job(kind: str, *, writes: bool) -> Callable[[Body], Body]:
    """Decorate the body of a kind of job.

    On SQLite a body that ``writes`` holds the write lock from its first statement to its next ``progress``; a body
    that only reads takes no lock. It is not started if its account may no longer read the result
    (``access.kept_back``). A body that changes data does so in the transaction that also calls ``deliver`` or
    ``conclude``: a job that fails or is interrupted before has changed nothing.
    """

    def declare(body: Body) -> Body:
        BODIES[kind] = body, writes
        return body

    return declare


class Cancelled(Exception):
    """Raised inside a body when the owner has cancelled the job."""


@dataclass(frozen=True, slots=True)
class RunningJob:
    """Running job as its body sees it: arguments, account, session, progress and result."""

    session: Session
    row: Job
    writes: bool

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the arguments given to ``queue_job``."""
        return self.row.arguments

    @property
    def account(self) -> Account:
        """Return the owner. A body asks ``rules/access`` about rows again: access may have changed since the start."""
        return self.row.account

    def progress(self, done: int, total: int) -> None:
        """Store the progress and commit. Raises Cancelled if the owner has cancelled the job."""
        self._note(done=done, total=total, seen_at=now())
        if self.row.cancel_asked:
            raise Cancelled

    def conclude(self, sentence: str) -> None:
        """Store the result as a sentence (cut after 1,000 characters) and full progress; commit."""
        self._note(outcome=sentence[:1000], done=self.row.total)

    def _note(self, **values: Any) -> None:
        def note() -> None:
            for name, value in values.items():
                setattr(self.row, name, value)

        self.write(note)

    def write(self, what: Callable[[], object]) -> None:
        """Call ``what`` in a transaction that may write, and commit. A body that only reads writes through this."""
        if not self.writes:
            self.session.rollback()  # a read transaction cannot write
        what()
        self.session.commit()
        self.session.connection(execution_options={'writes': self.writes})

    def deliver(self, content: bytes | Path, name: str, media_type: str) -> None:
        """Store a file for the owner to download while the job exists, and commit. A file given by path is moved."""
        key = f'{self.row.id}-{secrets.token_hex(8)}'
        target = product_path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.move(content, target)
        self._note(file_key=key, file_name=name[-200:], media_type=media_type)


def product_path(key: str) -> Path:
    """Return the path of the product of a job, ``<UPLOAD_FOLDER>/jobs/<key>``."""
    return Path(current_app.config['UPLOAD_FOLDER']) / 'jobs' / key


def queue_job(
    session: Session,
    account: Account,
    kind: str,
    label: str,
    arguments: dict[str, Any],
    *,
    room: str,
    application: Application | None = None,
) -> Job:
    """Add a job of a room, optionally about one declaration; it is put on the queue after the caller's commit.

    Raises Refused if the account has too many unfinished jobs, KeyError for an undeclared kind.
    """
    if kind not in BODIES:
        raise KeyError(kind)
    unfinished = select(func.count()).select_from(Job).where(Job.account_id == account.id, Job.state.in_(UNFINISHED))
    if session.scalars(unfinished).one() >= MOST_UNFINISHED:
        raise Refused(
            Refusal('too_many_jobs', f'您已有 {MOST_UNFINISHED} 个任务未结束，请等其完成或在「任务」中取消后再发起')
        )
    row = Job(
        account_id=account.id,
        kind=kind,
        label=label[:200],
        arguments=arguments,
        room=room,
        application_id=application.id if application else None,
        **workplace(account),
    )
    session.add(row)
    session.flush()
    queue, key = current_app.extensions['jobs'], row.id
    after_commit(session, lambda: queue.put(key))
    return row


def abandon(session: Session) -> None:
    """End the running jobs whose worker is gone and send messages to their owners; the caller commits.

    A job with a product or a result counts as done, any other as failed.
    """
    silent = select(Job).where(Job.state == JobState.RUNNING, Job.seen_at < now() - SILENT)
    for row in session.scalars(silent.with_for_update()):
        if row.outcome or row.file_key:
            _end(session, row, JobState.DONE)
        else:
            _end(session, row, JobState.FAILED, '处理中断（服务曾重新启动），数据没有改变，请重新发起')


def tidy(session: Session) -> None:
    """Delete the jobs that finished more than ``JOB_KEPT_FOR`` ago and, after the caller's commit, their products."""
    for row in session.scalars(select(Job).where(Job.finished_at < now() - JOB_KEPT_FOR)):
        if row.file_key:
            after_commit(session, partial(product_path(row.file_key).unlink, missing_ok=True))
        session.delete(row)


def cancel_job(session: Session, row: Job) -> Refusal | None:
    """Cancel a waiting job, or ask a running one to stop; return a Refusal if it has ended. The caller commits."""
    session.refresh(row, with_for_update=True)  # a worker may be starting it
    if row.state == JobState.QUEUED:
        row.state, row.finished_at = JobState.CANCELLED, now()
    elif row.state == JobState.RUNNING:
        row.cancel_asked = True
    else:
        return Refusal('over', f'任务{JobState(row.state).label}，不能取消')
    return None


def _end(session: Session, row: Job, state: JobState, outcome: str = '') -> None:
    row.state, row.finished_at = state, now()
    row.outcome = outcome or row.outcome
    label = row.label.translate(INNER)
    session.add(Message(account_id=row.account_id, text=f'任务「{label}」{state.label}。{row.outcome}'[:400]))


class Queue:
    """Queue of one application, and its workers."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.huey = _huey(app)
        self.put = self.huey.task()(self.run)
        self.huey.periodic_task(crontab(minute='30', hour='3'))(self.tidy_up)
        self.huey.periodic_task(crontab(minute='*/5'))(self.look_after)
        self.consumer: Consumer | None = None
        app.extensions['jobs'] = self

    def run(self, key: int) -> None:
        """Run a queued job by its key; return at once if it does not exist or is not waiting."""
        with self.app.app_context():
            session = db.session()
            row = session.get(Job, key, with_for_update=True)
            if row is None or row.state != JobState.QUEUED:
                return
            row.state, row.seen_at = JobState.RUNNING, now()
            body, writes = BODIES.get(row.kind, (_undeclared, False))
            session.commit()
            session.connection(execution_options={'writes': writes})
            state, outcome = _perform(body, RunningJob(session, row, writes))
            session.rollback()  # the next statements begin a new transaction
            _end(session, row, state, outcome)
            session.commit()

    def tidy_up(self) -> None:
        """Delete old jobs; runs every night at 3:30."""
        with self.app.app_context():
            tidy(db.session())
            db.session.commit()

    def start_workers(self, count: int) -> None:
        """Start worker threads in this process and return."""
        self.look_after()
        kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        self.consumer = self.huey.create_consumer(workers=count, max_delay=2.0)
        self.consumer.start()
        for number, handler in kept.items():  # the web server, not the queue, handles signals
            signal.signal(number, handler)

    def stop_workers(self) -> None:
        """Stop the worker threads, if any."""
        if self.consumer is not None:
            self.consumer.stop()

    def work(self, count: int) -> None:
        """Run workers in the foreground until interrupted."""
        self.look_after()
        self.huey.create_consumer(workers=count, max_delay=2.0).run()

    def look_after(self) -> None:
        """End abandoned jobs, and queue waiting jobs again that the queue has lost; runs every five minutes.

        A job that is queued twice runs once, see ``run``.
        """
        with self.app.app_context():
            abandon(db.session())
            db.session.commit()
            waiting = list(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)))
        known = {task.args[0] for task in self.huey.pending() if task.args}
        for key in waiting:
            if key not in known:
                self.put(key)


def _undeclared(_work: RunningJob) -> None:
    """Refuse a job of a kind that this version of the product no longer has."""
    raise Refused(Refusal('undeclared', '系统升级后已没有这种任务，请重新发起'))


def _perform(body: Body, work: RunningJob) -> tuple[JobState, str]:
    session = work.session
    try:
        closed = access.kept_back(session, work.account, [work.row], now().date())
        if closed:
            raise Refused(closed[work.row.id])
        body(work)
        session.commit()
    except Cancelled:
        session.rollback()
        return JobState.CANCELLED, '已按您的要求取消，数据没有改变'
    except Refused as refused:
        session.rollback()
        return JobState.FAILED, refused.refusal.sentence
    except Exception:
        session.rollback()
        _log.exception('job failed')
        return JobState.FAILED, '处理时出现故障，故障已记录，请联系技术支持并说明时间'
    return JobState.DONE, ''


def _huey(app: Flask) -> Huey:
    """Return the queue that ``JOB_QUEUE`` names: ``immediate``, the path of a SQLite file, or a PostgreSQL URL."""
    where = app.config['JOB_QUEUE']
    if where == 'immediate':
        return SqliteHuey('review', filename=':memory:', immediate=True, results=False)
    if where.startswith('postgresql'):
        dsn = make_url(where).set(drivername='postgresql').render_as_string(hide_password=False)
        return PostgresHuey('review', dsn=dsn, results=False)
    return SqliteHuey('review', filename=where, results=False)
