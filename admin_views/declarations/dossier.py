"""打包办: the whole dossier of a declaration in one file, forms first, then every material in its order."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from admin_views.framework.downloads import MEDIA_TYPES, zip_name
from admin_views.framework.printing import press
from admin_views.framework.uploads import upload_root
from models.application import Application
from models.base import now
from pdf_templates import issuing, reports
from pdf_templates.engine import merging
from ports import job_queue, storage
from rules import access
from rules.refusal import Refusal, Refused

DOSSIER_FORMS = ('pdf', 'zip')
"""Formats of a packed dossier."""


@dataclass(frozen=True, slots=True)
class Item:
    """One form or file of the dossier."""

    name: str
    content: bytes
    media_type: str


@job_queue.job('dossier', writes=False)
def pack(work: job_queue.RunningJob) -> None:
    """Pack the declaration named in the arguments. Raises Refused where the account no longer sees it."""
    application = access.find(work.session, work.account, Application, work.arguments['application'], now().date())
    if application is None:
        raise Refused(Refusal('not_yours', '没有这项申报，或您已无权查看'))
    packing = zipped if work.arguments['form'] == 'zip' else bound
    title = f'{application.serial} {application.applicant_name}'
    with tempfile.TemporaryDirectory(dir=upload_root()) as folder:
        made = Path(folder) / 'dossier'
        packing(title, items(work, application), made)
        name = f'申报卷宗-{application.serial}.{work.arguments["form"]}'
        work.deliver(made, name, MEDIA_TYPES[work.arguments['form']])


def items(work: job_queue.RunningJob, application: Application) -> Iterator[Item]:
    """Yield the forms that the account may print, then the files in the order of the materials."""
    offers = [
        offer
        for offer in reports.list_offers(work.session, application, work.account)
        if offer.refusal is None and not offer.draft
    ]
    files = sorted(application.attachments, key=lambda each: (each.material.position, each.position, each.id))
    total = len(offers) + len(files)
    ready = [issuing.prepared(work.session, offer.report, [offer.subject], {}, work.account) for offer in offers]
    kept = [(f'{each.material.name}-{each.name}', each.file.sha256, each.file.media_type) for each in files]
    account = work.account
    for number, paper in enumerate(ready):
        work.progress(number, total)
        content = issuing.rendered([(paper, '')], press())
        work.write(partial(issuing.keep_issued_paper, work.session, paper, account, press()))
        yield Item(f'{paper.report.title}.pdf', content, 'application/pdf')
    for number, (name, sha256, media_type) in enumerate(kept, len(ready)):
        work.progress(number, total)
        path = storage.stored_path(upload_root(), sha256)
        if path.exists():
            yield Item(name, path.read_bytes(), media_type)
    work.progress(total, total)


def bound(title: str, contents: Iterator[Item], target: Path) -> None:
    """Write one PDF with a bookmark for each item and page numbers over the whole."""
    book = merging.Binding(title, press().font_dir)
    for item in contents:
        book.add(item.name.removesuffix('.pdf'), item.content, item.media_type)
    target.write_bytes(book.bound())


def zipped(title: str, contents: Iterator[Item], target: Path) -> None:
    """Write a ZIP of the items, numbered in their order."""
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_STORED) as archive:
        for number, item in enumerate(contents, 1):
            archive.writestr(f'{title}/{number:02d} {zip_name(item.name)}', item.content)
