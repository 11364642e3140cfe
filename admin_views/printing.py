"""Papers as answers: printed, kept and shown in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, has_request_context, request
from flask_login import current_user

from models import db
from pdf_templates import papers
from pdf_templates.papers import Press
from pdf_templates.reports import Report


def press() -> Press:
    """The press of this installation. Codes are verified under PUBLIC_URL, else where the visitor came in."""
    config = current_app.config
    root = config['PUBLIC_URL'] or (request.host_url if has_request_context() else '')
    return Press(
        Path(config['FONT_FOLDER']), Path(config['UPLOAD_FOLDER']), config['SECRET_KEY'], f'{root.rstrip("/")}/verify/'
    )


def printed(report: Report, subjects: Sequence[Any], given: Mapping[str, Any], *, save: bool = False) -> Response:
    """Print a paper and keep it. Raises Refused."""
    ready = papers.prepared(db.session(), report, subjects, given)
    content = papers.rendered([(ready, '')], press())
    db.session.commit()  # the read is over; what follows takes the write lock anew
    papers.keep(db.session(), ready, current_user, press())
    db.session.commit()
    return pdf_response(content, f'{report.title}-{report.subject.number(subjects[0])}', save=save)


def pdf_response(content: bytes, name: str, *, save: bool = False) -> Response:
    """A paper to be shown in the page, or to be saved, under its Chinese name."""
    response = Response(content, mimetype='application/pdf')
    way = 'attachment' if save else 'inline'
    response.headers['Content-Disposition'] = f"{way}; filename=report.pdf; filename*=UTF-8''{quote(name)}.pdf"
    return response
