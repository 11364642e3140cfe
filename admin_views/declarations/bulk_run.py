"""Run of a confirmed bulk action, at once or as a job, in one transaction; the same form never acts twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_views.framework import export
from admin_views.framework.access_check import visitor
from admin_views.framework.fast.paging import recount_tabs
from models import db
from models.account import Account, workplace
from models.application import Application
from models.bulk_result import BulkResult
from models.fields import Field, Kind
from models.job import UNFINISHED, Job
from models.transaction import savepoint, writing
from ports import job_queue
from rules.flow import bulk, doing
from rules.flow.table import TRANSITIONS
from rules.flow.transition import Transition

HEADS = ('业务流水号', '申报人', '申报资格', '未办理原因')

Operation = Callable[[Session, Account, Sequence[Application]], Sequence[bulk.BulkOutcome]]
"""Function of the rules that acts on many declarations for an account and returns the outcome of each."""


def sent_before(form: str) -> BulkResult | None:
    """Return the result of a form that the visitor has already sent, locked with SELECT … FOR UPDATE, or None."""
    own = select(BulkResult).where(BulkResult.account_id == current_user.id, BulkResult.form == form)
    return db.session.scalars(own.with_for_update()).first() if form else None


def is_done_or_running(result: BulkResult) -> bool:
    """Tell whether a form has acted or its job is unfinished; after a failed job, the form may be sent again."""
    return bool(result.rows) or (result.job is not None and result.job.state in UNFINISHED)


def _claimed(row: Transition, form: str) -> BulkResult:
    """Return the result to fill for a form: a new row, or the one that an earlier sending of the form inserted."""
    result = sent_before(form)
    if result is not None:
        return result
    result = _result(row.label, [], form or None)
    try:
        with savepoint(db.session()):
            db.session.add(result)
    except IntegrityError:
        first = sent_before(form)
        if first is None:
            raise
        return first
    return result


def run_now(row: Transition, seen: Mapping[int, int | None], data: Mapping[str, Any], form: str) -> BulkResult:
    """Act on the declarations and store the result; if the form has already acted, return its stored result."""
    with writing() as session:
        result = _claimed(row, form)
        if is_done_or_running(result):
            return result
        result.rows = result_rows(bulk.run(session, row, seen, visitor(), data))
    recount_tabs(visitor(), Application)
    return result


def run_and_keep(label: str, choose: Callable[[], Sequence[Application]], operation: Operation) -> BulkResult:
    """Run an operation on many declarations and store its result in the same transaction.

    ``choose`` reads the declarations in it: those that have left the scope meanwhile are not among them.
    """
    with writing() as session:
        result = _result(label, result_rows(operation(session, visitor(), choose())))
        session.add(result)
    recount_tabs(visitor(), Application)
    return result


def _result(label: str, rows: list[list[str]], form: str | None = None) -> BulkResult:
    """Make a result owned by the visitor, with the visitor's present employer and committee."""
    return BulkResult(account_id=current_user.id, label=label, rows=rows, form=form, **workplace(current_user))


def result_rows(outcomes: Sequence[bulk.BulkOutcome]) -> list[list[str]]:
    """Return the outcomes as the rows of a result, with the columns of HEADS."""
    return [each.line for each in outcomes]


def queue_bulk_job(
    room: str, row: Transition, seen: Mapping[int, int | None], data: Mapping[str, Any], form: str
) -> Job:
    """Start a job over many declarations; return the earlier job of the form if it is unfinished or has acted.

    Raises Refused while too many jobs are unfinished.
    """
    with writing() as session:
        result = _claimed(row, form)
        if result.job is not None and is_done_or_running(result):
            return result.job
        arguments = {
            'source': row.source,
            'action': row.action,
            'seen': list(seen.items()),
            'data': {field.name: _told(field, data[field.name]) for field in row.asks},
            'result': result.id,
        }
        label = f'批量{row.label} {len(seen)} 项'
        job = result.job = job_queue.queue_job(session, current_user, 'bulk', label, arguments, room=room)
    return job


def _told(field: Field, value: Any) -> str | None:
    return value.isoformat() if field.kind is Kind.DAY and value else value


@job_queue.job('bulk', writes=True)
def work_through(work: job_queue.RunningJob) -> None:
    """Act on the declarations and store the result in one transaction: an interrupted job changes nothing."""
    given, session = work.arguments, work.session
    row = TRANSITIONS[given['source'], given['action']]
    data = {field.name: field.parsed(text) if (text := given['data'][field.name]) else text for field in row.asks}
    seen = dict(given['seen'])
    work.progress(0, len(seen))
    result = session.get_one(BulkResult, given['result'])
    result.rows = result_rows(bulk.run(session, row, seen, work.account, data))
    recount_tabs(work.account, Application)
    refused = sum(bool(line[-1]) for line in result.rows)
    work.deliver(export.rows_csv(HEADS, result.rows), f'批量{row.label}结果.csv', 'text/csv; charset=utf-8')
    work.conclude(f'已{doing.done(row.label)} {len(result.rows) - refused} 项，未办理 {refused} 项')
