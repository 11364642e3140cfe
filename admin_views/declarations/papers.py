"""Papers of one declaration (手册 第六章): 报表列表, and the pages that show, print and reprint a paper."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask_admin import expose
from flask_login import current_user

from admin_views.declarations.actions import summary
from admin_views.declarations.declaration_page import DeclarationPage
from admin_views.framework import printing
from admin_views.framework.access_check import does, safe_return
from admin_views.framework.downloads import download
from models import db
from models.account import Role
from models.application import Application
from models.base import now
from models.transaction import writing
from pdf_templates import issuing, reports
from pdf_templates.reports import Report
from rules import access
from rules.validators import as_key


class PaperPages(DeclarationPage):
    """Pages of 报表列表 (手册 第六章)."""

    @expose('/reports/')
    def reports(self) -> Any:
        """报表列表: show the declaration's papers, refused ones with reasons, and lists that name it (手册 §6.6.2)."""
        application = self.application()
        issued = issuing.list_issued_papers(db.session(), application, current_user)
        return self.render(
            'reports.html',
            application=application,
            summary=summary(application),
            back=safe_return('/'),
            offers=reports.list_offers(db.session(), application, current_user),
            issued=issued,
            lists=[each for each in issued if reports.REPORTS[each.report].asks],
            titles=reports.REPORTS,
            spelled=issuing.spelled,
            narrow=application.applicant_id == current_user.id,
        )

    @expose('/again/')
    @does('print')
    def again(self) -> Response:
        """Reprint an issued paper with its original values, inline or (``save``) as a download, and record that."""
        application = self.application()
        wanted = as_key(request.args.get('paper', ''))
        found = next(
            (each for each in issuing.list_issued_papers(db.session(), application, current_user) if each.id == wanted),
            None,
        )
        if found is None:
            abort(404, '没有这份报表，或您无权查看')
        content = issuing.reprinted(found, printing.press())
        name = f'{reports.REPORTS[found.report].titled(found.context)}-{issuing.spelled(found.code)}.pdf'
        with writing() as session:
            issuing.note_again(session, found, current_user)
        way = 'attachment' if request.args.get('save') else 'inline'
        return download(content, name, way, 'report')

    def wanted(self) -> tuple[Report, Any]:
        """Load the report and the subject that the address names, or answer 404 or 403."""
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
        """Show one report of one subject in the page."""
        report, subject = self.wanted()
        return self.render(
            'paper.html',
            report=report,
            subject=subject,
            back=safe_return('/'),
            note=f'{report.subject.label} {report.subject.number(subject)}',
            source=url_for('files.print', id=subject.id, report=report.code),
            download=url_for('files.print', id=subject.id, report=report.code, save=1),
            narrow=current_user.role == Role.APPLICANT,
            wide=True,
        )

    @expose('/print/')
    @does('print')
    def print(self) -> Response:
        """Print one report of one subject as PDF, inline or (``save``) as a download."""
        report, subject = self.wanted()
        return printing.print_paper(report, [subject], {}, save=bool(request.args.get('save')))
