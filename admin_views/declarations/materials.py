"""Pages of the materials of one declaration (手册 §2.1.13): upload, view, order and remove files, pack the dossier."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user

from admin_views.declarations import dossier
from admin_views.declarations.actions import summary
from admin_views.declarations.declaration_page import DeclarationPage
from admin_views.framework.access_check import does, refuse, safe_return
from admin_views.framework.uploads import Told, file_response, recheck, take_files
from models import db
from models.application import Application, Stage
from models.base import now
from models.material import Attachment, Material, StoredFile
from models.transaction import writing
from ports import job_queue
from rules import access, declaration, materials
from rules.refusal import Refused
from rules.validators import as_key


class MaterialPages(DeclarationPage):
    """Pages of 材料 (手册 §2.1.13, §2.3)."""

    @expose('/')
    def index(self) -> Any:
        """Show the materials of one declaration; to others than the applicant, also those of later stages."""
        application = self.application()
        own = application.applicant_id == current_user.id
        rows = material_rows(application)
        if not own:
            later = (stage for stage in access.HANDED_IN_BY if stage != Stage.DRAFT)
            extra = [row for stage in later for row in material_rows(application, stage)]
            rows += [row for row in extra if row['files'] or row['may_change']]
        return self.render(
            'materials.html',
            application=application,
            summary=summary(application),
            materials=rows,
            back=safe_return('/'),
            narrow=own,
        )

    def material(self) -> Material:
        """Load the material that the address names, or answer 404."""
        found = db.session.get(Material, as_key(request.values.get('material', '')) or 0)
        if found is None or not found.in_force:
            abort(404, '没有这项材料')
        return found

    @expose('/upload/', methods=('POST',))
    @does('upload')
    def upload(self) -> Any:
        """Upload one or several files for a material; a refused file does not stop the others."""
        application, material = self.application(), self.material()
        self._open(application, material)
        told = Told()
        taken = take_files(material.accepts, told)
        with writing():
            self._open(application, material)
            for each in taken:
                self._attach(application, material, each.name, each.stored(), told)
        told.tell()
        return self._done(application, material.id)

    @expose('/share/', methods=('GET', 'POST'))
    @does('upload')
    def share(self) -> Any:
        """共享上传: list the files of 我的资料库 that suit a material, and attach the chosen ones."""
        application, material = self.application(), self.material()
        self._open(application, material)
        offered = materials.shareable(db.session(), current_user.id, material)
        if request.method == 'GET':
            return self.render('share.html', application=application, material=material, offered=offered)
        wanted = [row for row in offered if str(row.id) in request.form.getlist('file')]
        if not wanted:
            flash('没有选择文件', 'error')
        told, fit = Told(), []
        for row in wanted:
            try:
                recheck(row.file, row.name, material.accepts)
                fit.append(row)
            except Refused as refused:
                told.add(refused.refusal.sentence, 'error')
        with writing():
            self._open(application, material)
            for row in fit:
                self._attach(application, material, row.name, row.file, told)
        told.tell()
        return self._done(application, material.id)

    def _attach(self, application: Application, material: Material, name: str, stored: StoredFile, told: Told) -> None:
        if any(each.file_id == stored.id for each in materials.of_material(application, material.id)):
            told.add(f'{material.name}已有「{name}」，没有重复上传', 'info')
            return
        materials.attach(db.session(), application, material, name=name, file=stored, by=current_user.id)
        self._changed(application, material)
        told.add(f'已上传{material.name}：{name}', 'success')

    def _open(self, application: Application, material: Material) -> None:
        """Refuse with 403 unless the visitor may change the files of this material now."""
        refusal = access.may_hand_in(current_user, application, material, now().date())
        if refusal:
            abort(403, refusal.sentence)

    def _changed(self, application: Application, material: Material) -> None:
        """Raise the version of the declaration if the material is a part of it."""
        if material.stage == Stage.DRAFT:
            declaration.refresh(db.session(), application, now().date())

    def _done(self, application: Application, material_id: int) -> Any:
        """Redirect to the material, or answer a script with JSON."""
        if request.accept_mimetypes.best == 'application/json':
            return jsonify(done=True)
        own = application.applicant_id == current_user.id
        page = 'my_applications.edit_view' if own else 'files.index'
        return redirect(safe_return(url_for(page, id=application.id)) + f'#material-{material_id}')

    def attachment(self) -> Attachment:
        """Load the file that the address names within the visitor's scope, or answer 404."""
        found = access.find(db.session(), current_user, Attachment, request.values.get('file'), now().date())
        if found is None:
            abort(404, '没有这个文件，或您无权查看')
        return found

    @expose('/remove/', methods=('POST',))
    @does('remove')
    def remove(self) -> Any:
        """Remove a file from the declaration while the visitor may change it; 我的资料库 keeps the file."""
        with writing() as session:
            attachment = self.attachment()
            application, material, name = attachment.application, attachment.material, attachment.name
            self._open(application, material)
            session.delete(attachment)
            self._changed(application, material)
        flash(f'已删除 {name}', 'success')
        return self._done(application, material.id)

    @expose('/move/', methods=('POST',))
    @does('move')
    def move(self) -> Any:
        """材料排序: put a file at another place among those of its material."""
        with writing():
            attachment = self.attachment()
            application = attachment.application
            self._open(application, attachment.material)
            materials.move(attachment, as_key(request.form.get('to', '')) or 0)
            self._changed(application, attachment.material)
        return self._done(application, attachment.material_id)

    @expose('/file/')
    def file(self) -> Response:
        """Send one file."""
        attachment = self.attachment()
        return file_response(attachment.file, attachment.name)

    @expose('/sample/')
    def sample(self) -> Response:
        """Send the sample (范本) of a material."""
        material = self.material()
        if material.sample is None:
            abort(404, '此材料没有范本')
        return file_response(material.sample, material.sample_name)

    @expose('/pack/', methods=('POST',))
    @does('pack')
    def pack(self) -> Any:
        """打包办: start the job that packs the whole dossier into one file."""
        application, form = self.application(), request.values.get('form', 'pdf')
        if form not in dossier.DOSSIER_FORMS:
            abort(400, '卷宗可打包为 PDF 或 ZIP')
        label = f'打包 {application.serial} {application.applicant_name}（{form.upper()}）'
        try:
            with writing() as session:
                job = job_queue.queue_job(
                    session,
                    current_user,
                    'dossier',
                    label,
                    {'application': application.id, 'form': form},
                    room=self.endpoint,
                    application=application,
                )
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(safe_return(url_for('jobs.index')))
        return redirect(url_for('jobs.show', id=job.id, url=request.values.get('url')))


def material_rows(application: Application, stage: str = Stage.DRAFT) -> list[dict[str, Any]]:
    """Return the rows of 事项材料上传 (手册 §2.1.13), or of the materials handed in at a later stage."""
    today, asking = now().date(), materials.asking(db.session(), application)
    given: dict[int, list[Attachment]] = {}
    for attachment in application.attachments:
        given.setdefault(attachment.material_id, []).append(attachment)
    return [
        {
            'material': material,
            'required': material.rule in asking,
            'files': [each for each in given.get(material.id, []) if materials.belongs_to_submission(each)],
            'earlier': [each for each in given.get(material.id, []) if not materials.belongs_to_submission(each)],
            'may_change': access.may_hand_in(current_user, application, material, today) is None,
        }
        for material in materials.list_materials(db.session(), stage)
    ]
