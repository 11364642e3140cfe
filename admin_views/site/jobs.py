"""任务: how far long work is, what came of it, and its product."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, redirect, request, send_file, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import select

from admin_views.framework.access_check import Page, does, refuse, safe_return
from admin_views.framework.downloads import name_download
from models import db
from models.base import now
from models.fields import fields_of
from models.job import UNFINISHED, Job, JobState
from models.transaction import writing
from ports import job_queue
from rules import access
from rules.refusal import Refusal

KINDS = {JobState.DONE: 'good', JobState.FAILED: 'bad', JobState.CANCELLED: 'neutral'}


class Jobs(Page):
    """The visitor's own jobs."""

    listed = False  # reached from the page that started the work, and from 消息

    def job(self) -> Job:
        """The job that the address names."""
        found: Job | None = access.find(db.session(), current_user, Job, request.values.get('id'), now().date())
        if found is None:
            abort(404, '没有这个任务，或您无权查看')
        return found

    def refused(self, *rows: Job) -> dict[int, Refusal]:
        """Why what jobs tell and leave is kept from the visitor by now."""
        return access.kept_back(db.session(), current_user, rows, now().date())

    @expose('/')
    def index(self) -> Any:
        """The newest fifty."""
        own = select(Job).where(access.scope(current_user, Job, now().date())).order_by(Job.id.desc()).limit(50)
        rows = list(db.session.scalars(own))
        refused = self.refused(*rows)
        return self.render('jobs.html', jobs=[shown(row, refused.get(row.id)) for row in rows], narrow=True)

    @expose('/show/')
    def show(self) -> Any:
        """One job; the page follows it until it ends."""
        row = self.job()
        job = shown(row, self.refused(row).get(row.id))
        return self.render('job.html', job=job, back=safe_return(url_for('jobs.index')), narrow=True)

    @expose('/state/')
    def state(self) -> Any:
        """How far a job is, for the page that follows it."""
        row = self.job()
        return jsonify(done=row.done, total=row.total, state=row.state, label=shown(row, None)['state'])

    @expose('/cancel/', methods=('POST',))
    @does('cancel')
    def cancel(self) -> Any:
        """取消: one that waits still ends at once."""
        with writing() as session:
            row = self.job()
            refusal = job_queue.cancel(session, row)
        if refusal:
            refuse(refusal)
        return redirect(url_for('jobs.show', id=row.id))

    @expose('/product/')
    def product(self) -> Response:
        """The product of a job, while the visitor may have it."""
        row = self.job()
        refused = self.refused(row).get(row.id)
        if refused:
            abort(403, f'文件不再提供：{refused}')
        path = job_queue.product_path(row.file_key) if row.file_key else None
        if path is None or not path.exists():
            abort(404, '此任务没有可下载的文件，或已超过保留期')
        response = send_file(path, mimetype=row.media_type)
        return name_download(response, row.file_name)


def shown(row: Job, refused: Refusal | None) -> dict[str, Any]:
    """A job as the pages show it; what it tells and leaves is shown to whom it is not refused."""
    fields = fields_of(Job)
    stopping = row.cancel_asked and row.state == JobState.RUNNING
    room = row.room if row.state == JobState.DONE and not row.file_name else None
    return {
        'id': row.id,
        'label': row.label,
        'state': '正在取消' if stopping else JobState(row.state).label,
        'kind': KINDS.get(JobState(row.state), 'info'),
        'running': row.state in UNFINISHED,
        'done': row.done,
        'total': row.total,
        'refused': refused,
        'outcome': '' if refused else row.outcome,
        'file_name': row.file_name,
        'next': (access.ROOMS[room].label, url_for(f'{room}.index_view')) if room else None,
        'created': fields['created_at'].shown(row.created_at),
        'finished': fields['finished_at'].shown(row.finished_at),
    }
