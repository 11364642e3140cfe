"""Jobs: done, refused, broken, cancelled and abandoned, and what their owner sees of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.account import Account
from models.base import at, now
from models.job import Job, JobState
from models.message import Message
from ports import job_queue
from rules.refusal import Refusal, Refused
from tests.helpers.types import ClientOf


@contextmanager
def body(kind: str, work: Callable[[job_queue.RunningJob], None], *, writes: bool = True) -> Iterator[None]:
    """A kind of job for the length of a test."""
    job_queue.job(kind, writes=writes)(work)
    try:
        yield
    finally:
        del job_queue.BODIES[kind]


def started(app: Flask, kind: str, arguments: dict[str, Any] | None = None, username: str = 'geren3') -> int:
    """Ask for a job as a page would; answers with its key."""
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == username)).one()
        row = job_queue.queue_job(db.session(), me, kind, '试验任务', arguments or {}, room='my_applications')
        key = row.id
        db.session.commit()
    return key


def seen(app: Flask, key: int) -> tuple[str, str]:
    """State and outcome of a job."""
    with app.app_context():
        row = db.session.get_one(Job, key)
        return row.state, row.outcome


def test_a_job_works_with_its_arguments_and_leaves_a_product(app: Flask, client_of: ClientOf) -> None:
    def count(work: job_queue.RunningJob) -> None:
        for number in range(1, 4):
            work.progress(number, 3)
        work.conclude(f'共 {work.arguments["n"]} 项，{work.account.username}')
        work.deliver(b'%PDF-', '卷宗.pdf', 'application/pdf')

    with body('count', count):
        key = started(app, 'count', {'n': 3})
    assert seen(app, key) == ('done', '共 3 项，geren3')
    client = client_of('geren3')
    assert '共 3 项' in client.get(f'/jobs/show/?id={key}').get_data(as_text=True)
    with client.get(f'/jobs/product/?id={key}') as answer:
        assert (answer.data, answer.mimetype) == (b'%PDF-', 'application/pdf')
        assert '%E5%8D%B7%E5%AE%97.pdf' in answer.headers['Content-Disposition']
    assert client.get(f'/jobs/state/?id={key}').json == {'done': 3, 'total': 3, 'state': 'done', 'label': '已完成'}
    stranger = client_of('geren4')
    for page in ('show', 'state', 'product'):
        assert stranger.get(f'/jobs/{page}/?id={key}').status_code == 404
    assert stranger.post(f'/jobs/cancel/?id={key}').status_code == 404
    with app.app_context():
        told = db.session.scalars(select(Message.text).order_by(Message.id.desc()).limit(1)).one()
    assert told == '任务「试验任务」已完成。共 3 项，geren3'


def test_the_page_of_a_job_says_how_far_it_is(app: Flask, client_of: ClientOf) -> None:
    with body('count', lambda work: None):
        key = started(app, 'count')
    client = client_of('geren3')
    for cancel_asked, said in ((False, '进行中'), (True, '正在取消')):
        with app.app_context():
            row = db.session.get_one(Job, key)
            row.state, row.done, row.total, row.cancel_asked = JobState.RUNNING, 6_500, 10_000, cancel_asked
            db.session.commit()
        page = client.get(f'/jobs/show/?id={key}').text
        assert '已处理 6,500 / 10,000' in page
        assert f'<span class="tag tag-info">{said}</span>' in page
        assert (client.get(f'/jobs/state/?id={key}').json or {})['label'] == said


@pytest.mark.parametrize(
    ('error', 'outcome'),
    [
        (Refused(Refusal('no', '没有可打包的材料')), '没有可打包的材料'),
        (ZeroDivisionError('secret path'), '处理时出现故障，故障已记录，请联系技术支持并说明时间'),
    ],
)
def test_a_job_that_fails_says_why_and_leaves_nothing_half_done(app: Flask, error: Exception, outcome: str) -> None:
    def fail(work: job_queue.RunningJob) -> None:
        work.session.add(Message(account_id=work.row.account_id, text='半途'))
        work.session.flush()
        raise error

    with body('fail', fail):
        key = started(app, 'fail')
    assert seen(app, key) == ('failed', outcome)
    with app.app_context():
        assert db.session.scalars(select(Message).where(Message.text == '半途')).first() is None


def test_a_job_stops_between_two_pieces_when_its_owner_asks(app: Flask, client_of: ClientOf) -> None:
    pieces = []

    def long(work: job_queue.RunningJob) -> None:
        for number in range(5):
            if number == 2:
                client_of('geren3').post('/jobs/cancel/', data={'id': work.row.id})
            work.progress(number, 5)
            pieces.append(number)

    with body('long', long, writes=False):
        key = started(app, 'long')
    assert pieces == [0, 1]
    assert seen(app, key)[0] == 'cancelled'


def test_too_many_unfinished_jobs_are_refused(app: Flask) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren3')).one()
        for _number in range(job_queue.MOST_UNFINISHED):
            db.session.add(Job(account_id=me.id, kind='x', label='等待', arguments={}))
        db.session.commit()
    with body('x', lambda work: None), pytest.raises(Refused, match='3 个任务未结束'):
        started(app, 'x')


def test_an_undeclared_kind_is_a_mistake_of_the_programmer(app: Flask) -> None:
    with pytest.raises(KeyError):
        started(app, 'unheard-of')


def test_a_job_whose_worker_is_gone_ends_and_an_old_one_goes(app: Flask) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren3')).one()
        silent = Job(account_id=me.id, kind='x', label='a', arguments={}, state=JobState.RUNNING)
        silent.seen_at = now() - job_queue.SILENT - timedelta(minutes=1)
        lively = Job(account_id=me.id, kind='x', label='b', arguments={}, state=JobState.RUNNING)
        db.session.add_all([silent, lively])
        db.session.flush()
        job_queue.abandon(db.session())
        assert (silent.state, lively.state) == ('failed', 'running')
        job_queue.RunningJob(db.session(), silent, writes=True).deliver(b'x', 'x.txt', 'text/plain')
        product = job_queue.product_path(silent.file_key)
        assert product.exists()
        with at(now() + job_queue.JOB_KEPT_FOR + timedelta(hours=1)):
            job_queue.tidy(db.session())
        db.session.commit()
        assert not product.exists()
        assert list(db.session.scalars(select(Job.label))) == ['b']


def test_a_job_that_came_to_its_end_is_done_though_its_worker_is_gone(app: Flask) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren3')).one()
        long_ago = now() - job_queue.SILENT - timedelta(minutes=1)
        ends = {'told': {'outcome': '已通过 3 项'}, 'delivered': {'file_key': '1-a'}, 'neither': {}}
        rows = {
            label: Job(account_id=me.id, kind='x', label=label, arguments={}, state=JobState.RUNNING, **end)
            for label, end in ends.items()
        }
        for row in rows.values():
            row.seen_at = long_ago
        db.session.add_all(rows.values())
        db.session.flush()
        job_queue.abandon(db.session())
        assert {label: row.state for label, row in rows.items()} == {
            'told': 'done',
            'delivered': 'done',
            'neither': 'failed',
        }
        assert rows['told'].outcome == '已通过 3 项'
        told = select(Message.text).where(Message.account_id == me.id).order_by(Message.id.desc())
        assert [text.partition('。')[0] for text in db.session.scalars(told.limit(3))][::-1] == [
            '任务「told」已完成',
            '任务「delivered」已完成',
            '任务「neither」未完成',
        ]
        assert '数据没有改变' in rows['neither'].outcome


def test_a_job_that_the_queue_has_lost_is_put_in_again(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may end between the commit that asks for a job and the queue's own."""
    monkeypatch.setitem(app.config, 'JOB_QUEUE', str(tmp_path / 'jobs.sqlite3'))
    monkeypatch.setitem(app.extensions, 'jobs', app.extensions['jobs'])  # put back after the test
    queue, done = job_queue.Queue(app), []
    with body('quick', lambda work: done.append(work.row.id)), monkeypatch.context() as crashed:
        crashed.setattr(queue, 'put', lambda key: None)
        lost = started(app, 'quick')
    with body('quick', lambda work: done.append(work.row.id)):
        kept = started(app, 'quick')
        queue.look_after()
        queue.look_after()
        assert sorted(task.args[0] for task in queue.huey.pending()) == [lost, kept]
        queue.put(lost)  # one more than there should be
        for task in queue.huey.pending():
            queue.run(*task.args)
    assert (seen(app, lost)[0], seen(app, kept)[0], sorted(done)) == ('done', 'done', [lost, kept])


def test_a_job_of_a_kind_that_is_no_more_ends(app: Flask) -> None:
    with app.app_context():
        me = db.session.scalars(select(Account).where(Account.username == 'geren3')).one()
        row = Job(account_id=me.id, kind='of-old', label='a', arguments={}, room='my_applications')
        db.session.add(row)
        db.session.commit()
        key = row.id
    app.extensions['jobs'].look_after()
    assert seen(app, key) == ('failed', '系统升级后已没有这种任务，请重新发起')


def test_workers_empty_a_queue_on_disk(app: Flask, tmp_path: Path) -> None:
    """The queue as it runs in production: a file, and a thread that empties it."""
    kept, where = app.extensions['jobs'], app.config['JOB_QUEUE']
    app.config['JOB_QUEUE'] = str(tmp_path / 'jobs.sqlite3')
    queue = job_queue.Queue(app)
    try:
        with body('quick', lambda work: work.conclude('好')):
            key = started(app, 'quick')
            assert seen(app, key) == ('queued', '')
            queue.start_workers(1)
            deadline = time.monotonic() + 20
            while seen(app, key)[0] != 'done' and time.monotonic() < deadline:
                time.sleep(0.05)
            assert seen(app, key) == ('done', '好')
    finally:
        queue.stop_workers()
        app.extensions['jobs'], app.config['JOB_QUEUE'] = kept, where
