"""Materials and papers of one declaration: handing files in, looking at them, printing reports."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user

from admin_views.declarations import dossier
from admin_views.declarations.actions import summary
from admin_views.framework import printing
from admin_views.framework.access_check import Guarded, Page, is_inside, open_rooms, refuse, safe_return
from admin_views.framework.uploads import Told, file_response, recheck, take_all
from admin_views.site.home import WORK
from models import db
from models.account import Role
from models.application import Application, Stage
from models.base import now
from models.material import Attachment, Material, StoredFile
from models.transaction import writing
from pdf_templates import issuing, reports
from pdf_templates.reports import Report
from ports import job_queue
from rules import access, declaration, materials
from rules.refusal import Refused
from rules.validators import as_key


def came_from() -> tuple[str, str]:
    """The room with the list that the visitor came from, and the way back; else where the role works on declarations.

    Between a list and a paper may lie pages about one declaration; each knows the way back to the one before.
    """
    target, root = safe_return(''), request.script_root
    while is_inside(target):
        parts = urlsplit(target)
        room = parts.path.removeprefix(root).strip('/').partition('/')[0]
        if room in open_rooms() and room != 'files':
            index = f'{root}/{room}/'
            return room, target if parts.path == index else index
        target = dict(parse_qsl(parts.query)).get('url', '')
    room = WORK.get(Role(current_user.role), '')
    return (room, f'{root}/{room}/') if room else ('admin', f'{root}/')


class Files(Page):
    """材料 (手册 §2.1.13, §2.3) and 报表列表 (手册 第六章)."""

    listed = False  # reached from a declaration, not from the menu

    def in_menu(self) -> Guarded:
        """The list that the visitor came from."""
        room, _address = came_from()
        return next((view for view in self.admin._views if view.endpoint == room), self)

    def render(self, template: str, **context: Any) -> str:
        """Render with the way back to that list."""
        room, address = came_from()
        group = access.ROOMS[room].menu
        groups = [(group, None)] if group and group != access.ROOMS[room].label else []
        return super().render(template, crumbs=[*groups, (access.ROOMS[room].label, address)], **context)

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
        rows = material_rows(application)
        if not own:
            later = (stage for stage in access.HANDED_IN_BY if stage != Stage.DRAFT)
            extra = [row for stage in later for row in material_rows(application, stage)]
            rows += [row for row in extra if row['files'] or row['may_change']]
        return self.render(
            'materials.html', application=application, summary=summary(application), materials=rows,
            back=safe_return('/'), narrow=own,
        )  # fmt: skip

    def material(self) -> Material:
        """The material that the address names."""
        found = db.session.get(Material, as_key(request.values.get('material', '')) or 0)
        if found is None or not found.in_force:
            abort(404, '没有这项材料')
        return found

    @expose('/upload/', methods=('POST',))
    def upload(self) -> Any:
        """Hand in one or several files for a material; a refused file does not keep the others out."""
        application, material = self.application(), self.material()
        self._open(application, material)
        told = Told()
        taken = take_all(material.accepts, told)
        with writing():
            self._open(application, material)
            for each in taken:
                self._attach(application, material, each.name, each.stored(), told)
        told.tell()
        return self._done(application, material.id)

    @expose('/share/', methods=('GET', 'POST'))
    def share(self) -> Any:
        """共享上传: files of 我的资料库 for a material."""
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
        """The declarant's own materials are part of the declaration, whose version counts every saving."""
        if material.stage == Stage.DRAFT:
            declaration.refresh(db.session(), application, now().date())

    def _done(self, application: Application, material_id: int) -> Any:
        """Back to the material; a script that asked is only told that it is done."""
        if request.accept_mimetypes.best == 'application/json':
            return jsonify(done=True)
        own = application.applicant_id == current_user.id
        page = 'my_applications.edit_view' if own else 'files.index'
        return redirect(safe_return(url_for(page, id=application.id)) + f'#material-{material_id}')

    def attachment(self) -> Attachment:
        """The file that the address names, within the visitor's scope."""
        found = access.find(db.session(), current_user, Attachment, request.values.get('file'), now().date())
        if found is None:
            abort(404, '没有这个文件，或您无权查看')
        return found

    @expose('/remove/', methods=('POST',))
    def remove(self) -> Any:
        """Take a file back out while the declaration is open to the applicant; 我的资料库 keeps it."""
        with writing() as session:
            attachment = self.attachment()
            application, material, name = attachment.application, attachment.material, attachment.name
            self._open(application, material)
            session.delete(attachment)
            self._changed(application, material)
        flash(f'已删除 {name}', 'success')
        return self._done(application, material.id)

    @expose('/move/', methods=('POST',))
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
        """The bytes of one file."""
        attachment = self.attachment()
        return file_response(attachment.file, attachment.name)

    @expose('/sample/')
    def sample(self) -> Response:
        """范本 of a material."""
        material = self.material()
        if material.sample is None:
            abort(404, '此材料没有范本')
        return file_response(material.sample, material.sample_name)

    @expose('/pack/', methods=('POST',))
    def pack(self) -> Any:
        """打包办: the whole dossier as one file, made by a job."""
        application, form = self.application(), request.values.get('form', 'pdf')
        if form not in dossier.FORMS:
            abort(400, '卷宗可打包为 PDF 或 ZIP')
        label = f'打包 {application.serial} {application.applicant_name}（{form.upper()}）'
        try:
            with writing() as session:
                job = job_queue.start(
                    session, current_user, 'dossier', label, {'application': application.id, 'form': form},
                    room=self.endpoint, application=application,
                )  # fmt: skip
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(safe_return(url_for('jobs.index')))
        return redirect(url_for('jobs.show', id=job.id, url=request.values.get('url')))

    @expose('/reports/')
    def reports(self) -> Any:
        """报表列表: what can be printed of this declaration, and why not; lists that name it (手册 §6.6.2 方式二)."""
        application = self.application()
        issued = issuing.issued(db.session(), application, current_user)
        return self.render(
            'reports.html', application=application, summary=summary(application), back=safe_return('/'),
            offers=reports.offered(db.session(), application, current_user),
            issued=issued, lists=[each for each in issued if reports.REPORTS[each.report].asks], titles=reports.REPORTS,
            spelled=issuing.spelled,
            narrow=application.applicant_id == current_user.id,
        )  # fmt: skip

    @expose('/again/')
    def again(self) -> Response:
        """A paper that was printed of the declaration, as it was then, to be looked at or (``save``) kept."""
        application = self.application()
        wanted = as_key(request.args.get('paper', ''))
        found = next(
            (each for each in issuing.issued(db.session(), application, current_user) if each.id == wanted), None
        )
        if found is None:
            abort(404, '没有这份报表，或您无权查看')
        content = issuing.reprinted(found, printing.press())
        name = f'{reports.REPORTS[found.report].titled(found.context)}-{issuing.spelled(found.code)}.pdf'
        with writing() as session:
            issuing.note_again(session, found, current_user)
        way = 'attachment' if request.args.get('save') else 'inline'
        return printing.file_response(content, name, 'application/pdf', way)

    def wanted(self) -> tuple[Report, Any]:
        """The report and the subject that the address names, both open to the visitor."""
        report = reports.REPORTS.get(request.args.get('report', ''))
        model = report.subject.model if report else Application
        subject = access.find(db.session(), current_user, model, request.args.get('id'), now().date())
        if subject is None:
            abort(404, '没有这项内容，或您无权查看')
        if report is None or report.asks:
            abort(404, '没有这种报表')
        refusal = reports.refusal(report, subject, current_user)
        if refusal:
            abort(403, refusal.sentence)
        return report, subject

    @expose('/paper/')
    def paper(self) -> Any:
        """One report of one subject, shown in the page."""
        report, subject = self.wanted()
        return self.render(
            'paper.html', report=report, subject=subject, back=safe_return('/'),
            note=f'{report.subject.label} {report.subject.number(subject)}',
            source=url_for('files.print', id=subject.id, report=report.code),
            download=url_for('files.print', id=subject.id, report=report.code, save=1),
            narrow=current_user.role == Role.APPLICANT, wide=True,
        )  # fmt: skip

    @expose('/print/')
    def print(self) -> Response:
        """One report of one subject as PDF, to be looked at or (``save``) kept."""
        report, subject = self.wanted()
        return printing.printed(report, [subject], {}, save=bool(request.args.get('save')))


def material_rows(application: Application, stage: str = Stage.DRAFT) -> list[dict[str, Any]]:
    """The table of 事项材料上传 (手册 §2.1.13), or of what is handed in at a later stage."""
    today, asking = now().date(), materials.asking(db.session(), application)
    given: dict[int, list[Attachment]] = {}
    for attachment in application.attachments:
        given.setdefault(attachment.material_id, []).append(attachment)
    return [
        {
            'material': material,
            'required': material.rule in asking,
            'rule': materials.RULES[material.rule][0],
            'files': [each for each in given.get(material.id, []) if materials.counts(each)],
            'earlier': [each for each in given.get(material.id, []) if not materials.counts(each)],
            'may_change': access.may_hand_in(current_user, application, material, today) is None,
        }
        for material in materials.in_force(db.session(), stage)
    ]
