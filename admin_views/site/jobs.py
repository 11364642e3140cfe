"""任务: progress, outcome and file of long work."""

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

JOB_TAGS = {JobState.DONE: 'good', JobState.FAILED: 'bad', JobState.CANCELLED: 'neutral'}


class Jobs(Page):
    """The visitor's own jobs."""

    listed = False  # the page that started the work and 消息 link to it

    def job(self) -> Job:
        """Return the job that the request names; answer 404 if it is not the visitor's."""
        found: Job | None = access.find(db.session(), current_user, Job, request.values.get('id'), now().date())
        if found is None:
            abort(404, '没有这个任务，或您无权查看')
        return found

    def refused(self, *rows: Job) -> dict[int, Refusal]:
        """Return, by job id, the reason why the visitor may no longer see the result of a job."""
        return access.kept_back(db.session(), current_user, rows, now().date())

    @expose('/')
    def index(self) -> Any:
        """Show the visitor's newest fifty jobs."""
        own = select(Job).where(access.scope(current_user, Job, now().date())).order_by(Job.id.desc()).limit(50)
        rows = list(db.session.scalars(own))
        refused = self.refused(*rows)
        return self.render('jobs.html', jobs=[job_context(row, refused.get(row.id)) for row in rows], narrow=True)

    @expose('/show/')
    def show(self) -> Any:
        """Show one job; the page polls ``/state/`` until the job ends."""
        row = self.job()
        job = job_context(row, self.refused(row).get(row.id))
        return self.render('job.html', job=job, back=safe_return(url_for('jobs.index')), narrow=True)

    @expose('/state/')
    def state(self) -> Any:
        """Return progress and state of a job as JSON, for the page that polls it."""
        row = self.job()
        return jsonify(done=row.done, total=row.total, state=row.state, label=job_context(row, None)['state'])

    @expose('/cancel/', methods=('POST',))
    @does('cancel')
    def cancel(self) -> Any:
        """Cancel a job (取消): a waiting one ends at once, a running one is asked to stop; flash why if it is over."""
        with writing() as session:
            row = self.job()
            refusal = job_queue.cancel_job(session, row)
        if refusal:
            refuse(refusal)
        return redirect(url_for('jobs.show', id=row.id))

    @expose('/product/')
    def product(self) -> Response:
        """Send the file of a job; answer 403 if its result is withheld from the visitor, 404 if there is no file."""
        row = self.job()
        refused = self.refused(row).get(row.id)
        if refused:
            abort(403, f'文件不再提供：{refused}')
        path = job_queue.product_path(row.file_key) if row.file_key else None
        if path is None or not path.exists():
            abort(404, '此任务没有可下载的文件，或已超过保留期')
        response = send_file(path, mimetype=row.media_type)
        return name_download(response, row.file_name)


def job_context(row: Job, refused: Refusal | None) -> dict[str, Any]:
    """Return a job as values for the templates; the outcome is empty if ``refused`` withholds it."""
    fields = fields_of(Job)
    stopping = row.cancel_asked and row.state == JobState.RUNNING
    room = row.room if row.state == JobState.DONE and not row.file_name else None
    return {
        'id': row.id,
        'label': row.label,
        'state': '正在取消' if stopping else JobState(row.state).label,
        'kind': JOB_TAGS.get(JobState(row.state), 'info'),
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
