"""Materials and papers of one declaration: handing files in, looking at them, printing reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, abort, current_app, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_login import current_user
from werkzeug.utils import safe_join

from admin_views.applicant import material_rows
from admin_views.flow import summary
from admin_views.guarded import Guarded, as_key, refuse, safe_return
from models import db
from models.application import Application
from models.base import now
from models.material import Attachment, Material
from pdf_templates import reports
from ports import storage
from rules import access, declaration, materials
from rules.refusal import Refused


def upload_root() -> Path:
    """The folder of uploaded files."""
    return Path(current_app.config['UPLOAD_FOLDER'])


def pdf_response(content: bytes, name: str) -> Response:
    """A paper shown in the page, with its Chinese name for saving."""
    response = Response(content, mimetype='application/pdf')
    response.headers['Content-Disposition'] = f"inline; filename=report.pdf; filename*=UTF-8''{quote(name)}.pdf"
    return response


class Files(Guarded):
    """材料 (手册 §2.1.13, §2.3) and 报表列表 (手册 第六章)."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(name=access.ROOMS[endpoint].label, endpoint=endpoint, url=f'/{endpoint}/')

    def is_visible(self) -> bool:
        """Reached from a declaration, not from the menu."""
        return False

    def application(self) -> Application:
        """The declaration that the address names, within the visitor's scope."""
        found = access.find(db.session(), current_user, Application, request.values.get('id'), now().date())
        if found is None:
            abort(404, '没有这项申报，或您无权查看')
        return found

    @expose('/')
    def index(self) -> Any:
        """The materials of one declaration."""
        application = self.application()
        own = application.applicant_id == current_user.id
        return self.render(
            'materials.html', application=application, summary=summary(application),
            materials=material_rows(application),
            may_change=own and access.may_change(current_user, application) is None,
            back=safe_return('/'), narrow=own,
        )  # fmt: skip

    @expose('/upload/', methods=('POST',))
    def upload(self) -> Any:
        """Hand in one or several files for a material; a refused file does not keep the others out."""
        application = self.application()
        self._own_and_open(application)
        material = db.session.get(Material, as_key(request.form.get('material', '')) or 0)
        if material is None or not material.in_force:
            abort(404, '没有这项材料')
        given = [file for file in request.files.getlist('file') if file.filename]
        if not given:
            flash(f'请选择要上传的{material.name}文件', 'error')
        for file in given:
            self._take(application, material, (file.filename or '')[-200:], file.read(materials.LARGEST + 1))
        db.session.commit()
        return redirect(self._back(application, material.id))

    def _take(self, application: Application, material: Material, name: str, content: bytes) -> None:
        try:
            media_type = materials.inspect(name, content, material.accepts)
        except Refused as refused:
            refuse(refused.refusal)
            return
        stored = storage.keep(db.session(), upload_root(), content, media_type)
        materials.attach(db.session(), application, material, name=name, file=stored, by=current_user.id)
        declaration.refresh(db.session(), application, now().date())
        flash(f'已上传{material.name}：{name}', 'success')

    def _own_and_open(self, application: Application) -> None:
        if application.applicant_id != current_user.id:
            abort(403, '申报材料由申报人上传')
        refusal = access.may_change(current_user, application)
        if refusal:
            abort(403, refusal.sentence)

    def _back(self, application: Application, material_id: int) -> str:
        form = url_for('my_applications.edit_view', id=application.id)
        return safe_return(form) + f'#material-{material_id}'

    def attachment(self) -> Attachment:
        """The file that the address names, within the visitor's scope."""
        found = access.find(db.session(), current_user, Attachment, request.values.get('file'), now().date())
        if found is None:
            abort(404, '没有这个文件，或您无权查看')
        return found

    @expose('/remove/', methods=('POST',))
    def remove(self) -> Any:
        """Take a file back out while the declaration is open to the applicant."""
        attachment = self.attachment()
        application, material_id = attachment.application, attachment.material_id
        self._own_and_open(application)
        db.session.delete(attachment)
        declaration.refresh(db.session(), application, now().date())
        db.session.commit()
        flash(f'已删除 {attachment.name}', 'success')
        return redirect(self._back(application, material_id))

    @expose('/file/')
    def file(self) -> Response:
        """The bytes of one file, sent so that a browser shows but never runs them."""
        attachment = self.attachment()
        path = storage.path_of(upload_root(), attachment.file.sha256)
        if safe_join(str(upload_root()), attachment.file.sha256[:2]) is None or not path.exists():
            abort(404, '文件已不在存储中，请联系平台管理员')
        response = send_file(path, mimetype=attachment.file.media_type)
        response.headers['Content-Disposition'] = f"inline; filename*=UTF-8''{quote(attachment.name)}"
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response

    @expose('/reports/')
    def reports(self) -> Any:
        """报表列表: what can be printed of this declaration, and why not."""
        application = self.application()
        return self.render(
            'reports.html', application=application, summary=summary(application), back=safe_return('/'),
            reports=reports.offered(db.session(), application, current_user),
            narrow=application.applicant_id == current_user.id,
        )  # fmt: skip

    @expose('/print/')
    def print(self) -> Response:
        """One report of one declaration as PDF."""
        application = self.application()
        report = reports.REPORTS.get(request.args.get('report', ''))
        if report is None or report.asks:
            abort(404, '没有这种报表')
        refusal = reports.refusal(report, application, current_user)
        if refusal:
            abort(403, refusal.sentence)
        content = reports.produce(db.session(), report, [application], {}, Path(current_app.config['FONT_FOLDER']))
        db.session.commit()  # the read is over; what follows takes the write lock anew
        reports.note_printed(db.session(), report, [application])
        db.session.commit()
        return pdf_response(content, f'{report.title}-{application.serial}')
