"""生成报表 for ticked rows: one merged PDF with bookmarks, or a ZIP; many as a job (手册 第六章)."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flask import Response, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from admin_views.framework import controls, printing
from admin_views.framework.downloads import MEDIA_TYPES, download, zip_name
from models import db
from models.account import Account
from models.application import Application
from models.base import now
from models.fields import Field, Kind
from models.transaction import writing
from pdf_templates import issuing, reports
from pdf_templates.engine import merging
from pdf_templates.issuing import Press, Ready
from pdf_templates.reports import Report
from ports import job_queue
from rules import access
from rules.flow import bulk
from rules.refusal import Refusal, Refused

ACTION = 'papers'
MOST_PAPERS_AT_ONCE = 200
"""Most papers made within a request; a job makes more."""
PAPERS_A_BATCH = 20
"""Papers that a job makes between two calls of ``progress``, at which its owner can stop it."""
IN_ONE_FILE, APART = 'pdf', 'zip'
WAYS = {IN_ONE_FILE: '合并为一个 PDF，带书签', APART: '每份一个 PDF，打包为 ZIP'}


@dataclass(frozen=True, slots=True)
class Piece:
    """One declaration in a bundle: the subject that is printed of it, or the refusal."""

    application: Application
    subject: Any
    refusal: Refusal | None

    @property
    def name(self) -> str:
        """Text of the bookmark, or name of the file, of this declaration."""
        return f'{self.application.applicant_name} {self.application.serial}'


def bundled(account: Account) -> list[Report]:
    """Return the reports that an account can print in bundles: those without questions, of a declaration's subjects."""
    parties = {party for party, roles in access.ROLES.items() if account.role in roles}
    return [
        each
        for each in reports.REPORTS.values()
        if not each.asks and each.subject in reports.REACHED and parties & set(each.printed_by)
    ]


def pieces(session: Session, report: Report, applications: Sequence[Application], account: Account) -> list[Piece]:
    """Return for each declaration the subject to print, or the refusal."""
    made, reached = [], report.subject.reached(session, applications)
    for application in applications:
        subject = reached.get(application.id)
        if not report.concerns(application):
            why: Refusal | None = Refusal('not_concerned', f'这项申报不需要《{report.title}》')
        elif subject is None:
            why = reports.refuse_missing_subject(report)
        else:
            why = reports.refusal(report, subject, account)
        made.append(Piece(application, subject, why))
    return made


def asked(account: Account) -> tuple[Field, ...]:
    """Return the questions of the bundle's form: which report, which kind of file."""
    choices = {each.code: each.title for each in bundled(account)}
    return (
        Field('report', '报表', Kind.CHOICE, required=True, choices=choices),
        Field('way', '文件', Kind.CHOICE, required=True, choices=WAYS),
    )


def answer(view: Any, chosen: Sequence[Application], back: str) -> Any:
    """Ask for the report, then answer with the bundle or the page of its job."""
    confirmed = bool(request.form.get('confirmed'))
    form: Any = controls.form_class(asked(current_user), strict=True)(request.form if confirmed else None)
    problem = '' if chosen else '请先勾选要打印的申报'
    found: list[Piece] = []
    if not confirmed:
        form.report.data, form.way.data = bundled(current_user)[0].code, IN_ONE_FILE
    elif chosen and form.validate():
        found = pieces(db.session(), reports.REPORTS[form.report.data], chosen, current_user)
        able = [each for each in found if each.refusal is None]
        problem = '所选申报都不能打印这种报表'
        try:
            if able:
                return _made(reports.REPORTS[form.report.data], able, form.way.data, view.endpoint)
        except Refused as refused:
            problem = refused.refusal.sentence
    closed = [bulk.outcome_of(each.application, each.refusal).line for each in found if each.refusal]
    return view.render('bundle.html', chosen=chosen, form=form, problem=problem, closed=closed, back=back)


def _made(report: Report, able: Sequence[Piece], way: str, room: str) -> Any:
    """Make the bundle at once, or start a job for many papers."""
    press = printing.press()
    if len(able) > MOST_PAPERS_AT_ONCE:
        ids = [each.application.id for each in able]
        arguments = {'report': report.code, 'way': way, 'ids': ids, 'address': press.address}
        label = f'{report.title}（{len(able)} 份）'
        with writing() as session:
            job = job_queue.queue_job(session, current_user, ACTION, label, arguments, room=room)
        return redirect(url_for('jobs.show', id=job.id))
    ready = [(issuing.prepared(db.session(), report, [each.subject], {}, current_user), each.name) for each in able]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = _joined(list(_parts(ready, way, press, folder, 0)), way, folder)
    with writing() as session:
        _keep(session, ready, current_user, press)
    return _sent(content, report, way)


def _keep(session: Session, ready: Sequence[tuple[Ready, str]], account: Account, press: Press) -> None:
    for each, _name in ready:
        issuing.keep_issued_paper(session, each, account, press)


def file_name(report: Report, way: str) -> str:
    """Return the file name of a bundle."""
    return f'{report.title}-{now():%Y%m%d-%H%M}.{way}'


def _sent(content: bytes, report: Report, way: str) -> Response:
    shown = 'inline' if way == IN_ONE_FILE else 'attachment'
    return download(content, file_name(report, way), shown, 'report')


def _parts(ready: Sequence[tuple[Ready, str]], way: str, press: Press, folder: Path, first: int) -> Iterator[Path]:
    """Write the documents of some papers to a folder: one for all (PDF), or one for each (ZIP)."""
    groups = [ready] if way == IN_ONE_FILE else [[each] for each in ready]
    for number, group in enumerate(groups, first):
        own = zip_name(group[0][1])
        path = folder / (f'{number:05d}.pdf' if way == IN_ONE_FILE else f'{own}.pdf')
        path.write_bytes(issuing.rendered(group, press))
        yield path


def _joined(parts: Sequence[Path], way: str, folder: Path) -> bytes:
    """Join the documents to the bundle; the same documents give the same bytes."""
    target = folder / 'bundle'
    if way == APART:
        with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(parts):
                archive.writestr(zipfile.ZipInfo(part.name, (1980, 1, 1, 0, 0, 0)), part.read_bytes())
        return target.read_bytes()
    if len(parts) == 1:
        return parts[0].read_bytes()
    merging.join_documents(parts, target)
    return target.read_bytes()


@job_queue.job(ACTION, writes=False)
def make_bundle(work: job_queue.RunningJob) -> None:
    """Make a bundle of many papers; leave out and count those that the account may no longer print."""
    report, way = reports.REPORTS[work.arguments['report']], work.arguments['way']
    ids, press = work.arguments['ids'], printing.press(work.arguments['address'])
    parts: list[Path] = []
    printed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for start in range(0, len(ids), PAPERS_A_BATCH):
            seen = access.find_all(
                work.session, work.account, Application, ids[start : start + PAPERS_A_BATCH], now().date()
            )
            found = pieces(work.session, report, seen, work.account)
            able = [each for each in found if each.refusal is None]
            ready = [
                (issuing.prepared(work.session, report, [each.subject], {}, work.account), each.name) for each in able
            ]
            parts += _parts(ready, way, press, folder, len(parts)) if ready else []
            work.write(partial(_keep, work.session, ready, work.account, press))
            printed += len(ready)
            work.progress(min(start + PAPERS_A_BATCH, len(ids)), len(ids))
        if not parts:
            raise Refused(Refusal('nothing', '所选申报都已不能打印这种报表'))
        content = _joined(parts, way, folder)
    work.deliver(content, file_name(report, way), MEDIA_TYPES[way])
    missing = f'，另有 {len(ids) - printed} 份已不能打印' if printed < len(ids) else ''
    work.conclude(f'已生成 {printed} 份{missing}')
