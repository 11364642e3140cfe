"""Papers as answers: printed, kept and shown in the page."""

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

WAITING = 8
"""Documents that may wait for each process that makes them."""


def set_up(app: Flask) -> None:
    """Let papers be made in RENDER_PROCESSES processes; with none they are made where they are asked for."""
    processes = app.config['RENDER_PROCESSES']
    app.extensions['press'] = Pool(processes, WAITING * processes).render if processes else renderer.render_all


def press(address: str = '') -> Press:
    """The press of this installation.

    Codes are verified under PUBLIC_URL; without it where the visitor came in, or (in a job) where the server listens.
    """
    config = current_app.config
    root = config['PUBLIC_URL'] or (request.host_url if has_request_context() else config['OWN_URL'])
    return Press(
        Path(config['FONT_FOLDER']), Path(config['UPLOAD_FOLDER']), config['SECRET_KEY'],
        address or f'{root.rstrip("/")}/verify/', current_app.extensions['press'],
    )  # fmt: skip


def printed(report: Report, subjects: Sequence[Any], given: Mapping[str, Any], *, save: bool = False) -> Response:
    """Print a paper and keep it. Raises Refused."""
    content, _paper = issued(report, subjects, given)
    name = f'{report.title}-{report.subject.number(subjects[0])}.pdf'
    return download(content, name, 'attachment' if save else 'inline', 'report')


def issued(report: Report, subjects: Sequence[Any], given: Mapping[str, Any]) -> tuple[bytes, IssuedPaper | None]:
    """A paper printed and kept; a draft is not kept. Raises Refused."""
    ready = issuing.prepared(db.session(), report, subjects, given, current_user)
    content = issuing.rendered([(ready, '')], press())
    with writing() as session:
        kept = issuing.keep(session, ready, current_user, press())
    return content, kept
