"""Import of a table: template, upload, preview of each row, import of the good rows or of all, workbook of the others.

A room becomes importable by an entry in ``rules/table_imports.py`` and :class:`Importing` among the bases of its view.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.framework.access_check import does, refuse
from admin_views.framework.audit import audit
from admin_views.framework.crud import CrudView
from admin_views.framework.downloads import download
from admin_views.framework.transaction import attempt
from models import db, transaction
from models.account import Account, workplace
from models.audit import AuditEvent
from models.base import now
from models.table_import import ImportState, SheetImport
from models.transaction import after_commit
from ports import job_queue
from ports.spreadsheets import reading, writing
from rules import access, table_imports
from rules.refusal import Refusal, Refused
from rules.table_imports import IMPORTS, Importable, Judged, RowVerdict
from rules.validators import as_key

AT_ONCE = 500
"""Largest number of rows that a request imports; a job imports more."""

PREVIEW_ROWS = 50
"""Rows on a page of the preview."""

UPLOAD_KEPT_FOR = timedelta(days=7)
"""Age at which an uploaded table is deleted."""

VERDICTS_LEFT_OUT = RowVerdict.WRONG, RowVerdict.DUPLICATE
"""Verdicts of the rows that are not imported."""

REPEATS = 'repeats'
"""Key of the duplicates' notes, by row number, in the file of an imported upload.

After the import every row exists in the table, so duplicates cannot be found again.
"""

VERDICT_TAGS = {
    RowVerdict.NEW: 'good',
    RowVerdict.CHANGED: 'info',
    RowVerdict.DUPLICATE: 'neutral',
    RowVerdict.WRONG: 'bad',
}


class Importing(CrudView):
    """List with an import of rows; ``rules/table_imports.py`` describes the rows."""

    list_template = 'importable.html'
    import_label = '导入'

    @property
    def importable(self) -> Importable:
        """Description of the rows that this room imports."""
        return IMPORTS[self.endpoint]

    @property
    def import_title(self) -> str:
        """Title of the import with the name of the list, for places that do not show the list."""
        return f'导入{self.name}' if self.import_label == '导入' else self.import_label

    def validate_form(self, form: Any) -> bool:
        """Check a row typed by hand with the rules for an imported one; add each problem to its field."""
        if not super().validate_form(form):
            return False
        problems = self.importable.check({name: form[name].data for name in self.importable.names})
        for name, sentence in problems.items():
            form[name].errors = [sentence]
        return not problems

    @expose('/import/', methods=('GET', 'POST'))
    @does('import')
    def import_view(self) -> Any:
        """Show the form for a file; on POST store its rows for the preview, and import nothing yet."""
        problem = ''
        if request.method == 'POST':
            try:
                return redirect(url_for('.preview_view', id=self._taken().id))
            except reading.SheetError as error:
                problem = str(error)
        return self.render('import.html', problem=problem, fields=self.importable.fields, most=reading.MOST_ROWS)

    def _taken(self) -> SheetImport:
        """Read the one file of the form and store its rows. Raises SheetError."""
        files = [file for file in request.files.getlist('file') if file.filename]
        if len(files) != 1:
            raise reading.SheetError('一次只能导入一个文件，请逐个上传' if files else '请选择要导入的文件')
        sheet = reading.read_sheet(files[0].read(), self.importable.fields)
        name, key = (files[0].filename or '')[-200:], secrets.token_hex(16)
        rows = [[each.number, each.texts, each.problems] for each in sheet.rows]
        kept = {'rows': rows, 'ignored': sheet.ignored, 'name': sheet.name, 'unread': sheet.unread}
        with transaction.writing() as session:
            row = SheetImport(
                account_id=current_user.id, room=self.endpoint, file_name=name, file_key=key, **workplace(current_user)
            )
            store_upload(row, kept)
            session.add(row)
            session.flush()
            forget_old(session)  # after the flush, so that the new row cannot get the id of a deleted one
        return row

    def _row(self) -> SheetImport:
        """Return the import that the request names; answer 404 unless it is the visitor's, of this room and kept."""
        row = access.find(db.session(), current_user, SheetImport, request.values.get('id'), now().date())
        if row is None or row.room != self.endpoint:
            abort(404, '没有这次导入，或您无权查看')
        if not upload_path(row).exists():
            abort(404, f'上传的表格只保留 {UPLOAD_KEPT_FOR.days} 天，请重新上传')
        return row

    def _judged(self, row: SheetImport, sheet: reading.UploadedSheet) -> list[Judged]:
        """Return the verdict on every row; after the import, the verdict at that time."""
        if row.state == ImportState.DONE:
            return table_imports.recalled(self.importable, sheet.rows, load_upload(row).get(REPEATS, {}))
        return judge(db.session(), self.importable, current_user, sheet)

    @expose('/import/preview/')
    @does('import')
    def preview_view(self) -> Any:
        """Show each row with its verdict or, after the import, the rows left out; redirect to the job while it runs."""
        row = self._row()
        if row.running:
            return redirect(url_for('jobs.show', id=row.job_id, url=url_for('.preview_view', id=row.id)))
        sheet = sheet_of(row)
        judged = self._judged(row, sheet)
        counted = table_imports.count_verdicts(judged)
        done = row.state == ImportState.DONE
        chosen = None if done else next((each for each in RowVerdict if each == request.args.get('show')), None)
        wanted = VERDICTS_LEFT_OUT if done else (chosen,) if chosen else tuple(RowVerdict)
        shown = [each for each in judged if each.verdict in wanted]
        page = min(as_key(request.args.get('page', '')) or 0, max(len(shown) - 1, 0) // PREVIEW_ROWS)
        return self.render(
            'import_preview.html',
            row=row,
            done=done,
            counted=counted,
            total=len(judged),
            chosen=chosen,
            page=page,
            size=PREVIEW_ROWS,
            rows=shown[page * PREVIEW_ROWS : (page + 1) * PREVIEW_ROWS],
            found=len(shown),
            fields=self.importable.fields,
            sheet=sheet,
            kinds=VERDICT_TAGS,
            whole_refusal=table_imports.whole_refusal(judged),
            left_out=left_out(judged),
            taken=counted[RowVerdict.NEW] + counted[RowVerdict.CHANGED],
        )

    @expose('/import/run/', methods=('POST',))
    @does('import')
    def run_view(self) -> Any:
        """Import the good rows or, with ``whole``, all rows or none; more than AT_ONCE rows become a job."""
        row = self._row()
        preview = url_for('.preview_view', id=row.id)
        whole = request.form.get('whole') == '1'
        try:
            refuse_second_import(row)
            sheet = sheet_of(row)
            if len(sheet.rows) <= AT_ONCE:
                attempt(lambda: import_upload(db.session(), row, current_user, sheet, whole=whole))
                return redirect(preview)
            with transaction.writing() as session:
                session.refresh(row, with_for_update=True)
                refuse_second_import(row)
                arguments = {'import': row.id, 'whole': whole}
                label = f'{self.import_title}「{row.file_name}」'
                job = job_queue.queue_job(session, current_user, 'import', label, arguments, room=self.endpoint)
                row.job_id = job.id
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(preview)
        return redirect(url_for('jobs.show', id=job.id, url=preview))

    @expose('/import/faulty/')
    @does('import')
    def faulty_view(self) -> Response:
        """Send a workbook of the rows not imported, with the reasons, to correct and upload; 404 if there are none."""
        row = self._row()
        judged = self._judged(row, sheet_of(row))
        key = self.importable.key
        faulty = [
            (each.texts, each.problems or {key: each.note}) for each in judged if each.verdict in VERDICTS_LEFT_OUT
        ]
        if not faulty:
            abort(404, '没有有误或重复的行')
        content = writing.faulty(self.name, self.importable.fields, faulty)
        return download(content, f'{self.name}-{left_out(judged)}的行.xlsx')

    @expose('/import/template/')
    @does('import')
    def template_view(self) -> Response:
        """Send the workbook of 下载导入模板 (手册 §1.4.5)."""
        content = writing.template(self.name, self.importable.fields, self.importable.example)
        return download(content, f'{self.name}导入模板.xlsx')


# --- uploaded tables -----------------------------------------------------------------------------------------


def upload_path(row: SheetImport) -> Path:
    """Return the path of the JSON file with the rows of an upload."""
    return Path(current_app.config['UPLOAD_FOLDER']) / 'imports' / f'{row.file_key}.json'


def load_upload(row: SheetImport) -> dict[str, Any]:
    """Read the JSON file of an upload."""
    kept: dict[str, Any] = json.loads(upload_path(row).read_text(encoding='utf-8'))
    return kept


def store_upload(row: SheetImport, kept: Mapping[str, Any]) -> None:
    """Write the JSON file of an upload atomically: a reader sees the old content or the new one."""
    path = upload_path(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix('.fresh')
    fresh.write_text(json.dumps(kept, ensure_ascii=False), encoding='utf-8')
    fresh.replace(path)


def sheet_of(row: SheetImport) -> reading.UploadedSheet:
    """Return the rows of an upload as they were read from the file."""
    kept = load_upload(row)
    kept.pop(REPEATS, None)
    return reading.UploadedSheet(**kept | {'rows': [reading.UploadedRow(*each) for each in kept['rows']]})


def left_out(judged: Sequence[Judged]) -> str:
    """Return the words for the rows that are not imported: 有误, 重复 or 有误和重复."""
    there = {each.verdict for each in judged}
    return '和'.join(each.label for each in VERDICTS_LEFT_OUT if each in there)


def refuse_second_import(row: SheetImport) -> None:
    """Raise Refused while a job imports an upload, and after it was imported."""
    if row.running or row.state == ImportState.DONE:
        reason = '正在导入' if row.running else '已导入'
        raise Refused(Refusal('imported', f'「{row.file_name}」{reason}，不能再次导入'))


def forget_old(session: Session) -> None:
    """Delete uploads older than KEPT, because they contain personal data; their files are deleted after the commit."""
    for row in session.scalars(select(SheetImport).where(SheetImport.at < now() - UPLOAD_KEPT_FOR)):
        after_commit(session, partial(upload_path(row).unlink, missing_ok=True))
        session.delete(row)


def judge(
    session: Session,
    importable: Importable,
    account: Account,
    sheet: reading.UploadedSheet,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Judged]:
    """Return the verdict on every row of an upload; call ``tell(done, total)`` every AT_ONCE rows."""
    examined = []
    for number, each in enumerate(table_imports.examined(importable, sheet.rows)):
        if number % AT_ONCE == 0:
            tell(number, len(sheet.rows))
        examined.append(each)
    tell(len(sheet.rows), len(sheet.rows))
    return table_imports.compared(session, importable, account, examined, now().date())


def import_upload(
    session: Session,
    row: SheetImport,
    account: Account,
    sheet: reading.UploadedSheet,
    *,
    whole: bool,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Import an upload and return a sentence with the numbers of rows; the caller commits. Raises Refused."""
    if row.state == ImportState.DONE:
        raise Refused(Refusal('imported', f'「{row.file_name}」已导入，不能再次导入'))
    importable = IMPORTS[row.room]
    judged = judge(session, importable, account, sheet, tell)
    table_imports.carry_out(session, importable, account, judged, whole=whole)
    repeats = {each.number: each.note for each in judged if each.verdict == RowVerdict.DUPLICATE}
    store_upload(row, load_upload(row) | {REPEATS: repeats})
    counted = table_imports.count_verdicts(judged)
    row.state = ImportState.DONE
    row.added, row.changed = counted[RowVerdict.NEW], counted[RowVerdict.CHANGED]
    row.left_out = counted[RowVerdict.DUPLICATE] + counted[RowVerdict.WRONG]
    sentence = f'「{row.file_name}」已导入：{_told(row)}'
    audit(AuditEvent.IMPORT, f'{access.ROOMS[row.room].label} {sentence}', account)
    return sentence


def _told(row: SheetImport) -> str:
    parts = [f'新增 {row.added} 行']
    if row.changed:
        parts.append(f'更新 {row.changed} 行')
    if row.left_out:
        parts.append(f'未导入 {row.left_out} 行')
    return '，'.join(parts)


@job_queue.job('import', writes=True)
def import_many(work: job_queue.RunningJob) -> None:
    """Import an upload of many rows as a job, in one transaction; the verdict on a row depends on earlier rows."""
    session, account = work.session, work.account
    row = access.find(session, account, SheetImport, work.arguments['import'], now().date())
    work.conclude(
        import_upload(session, row, account, sheet_of(row), whole=work.arguments['whole'], tell=work.progress)
    )
