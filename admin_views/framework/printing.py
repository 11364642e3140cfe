"""Printed papers as HTTP responses: rendered, stored and shown in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, has_request_context, request
from flask_login import current_user

from admin_views.framework.downloads import download
from models import db
from models.issued_paper import IssuedPaper
from models.transaction import writing
from pdf_templates import issuing
from pdf_templates.engine import renderer
from pdf_templates.engine.process_pool import Pool
from pdf_templates.issuing import Press
from pdf_templates.reports import Report

MOST_WAITING_PAPERS = 8
"""Documents that may wait in the queue for each process of the pool."""


def set_up_printing(app: Flask) -> None:
    """Render papers in a pool of RENDER_PROCESSES processes; with 0 the calling process renders them."""
    processes = app.config['RENDER_PROCESSES']
    app.extensions['press'] = (
        Pool(processes, MOST_WAITING_PAPERS * processes).render if processes else renderer.render_all
    )


def press(address: str = '') -> Press:
    """Return the folders, key, address and renderer with which this installation makes papers.

    ``address`` is the URL that verifies codes; it defaults to a path under PUBLIC_URL, else under the host of the
    request, or (in a job) under OWN_URL.
    """
    config = current_app.config
    root = config['PUBLIC_URL'] or (request.host_url if has_request_context() else config['OWN_URL'])
    return Press(
        Path(config['FONT_FOLDER']),
        Path(config['UPLOAD_FOLDER']),
        config['SECRET_KEY'],
        address or f'{root.rstrip("/")}/verify/',
        current_app.extensions['press'],
    )


def print_paper(report: Report, subjects: Sequence[Any], given: Mapping[str, Any], *, save: bool = False) -> Response:
    """Issue a paper and return its PDF, shown in the browser or, with ``save``, as attachment. Raises Refused."""
    content, _paper = issue_paper(report, subjects, given)
    name = f'{report.title}-{report.subject.number(subjects[0])}.pdf'
    return download(content, name, 'attachment' if save else 'inline', 'report')


def issue_paper(report: Report, subjects: Sequence[Any], given: Mapping[str, Any]) -> tuple[bytes, IssuedPaper | None]:
    """Render and store a paper, then commit; return the PDF and the stored paper, None for a draft. Raises Refused."""
    ready = issuing.prepared(db.session(), report, subjects, given, current_user)
    content = issuing.rendered([(ready, '')], press())
    with writing() as session:
        kept = issuing.keep_issued_paper(session, ready, current_user, press())
    return content, kept
