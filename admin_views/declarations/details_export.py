"""导出明细: the filtered declarations as one workbook, a sheet a section, made by a job in constant memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from openpyxl import Workbook

from admin_views.framework.downloads import MEDIA_TYPES
from admin_views.framework.export import book_cell
from models.application import Application
from models.base import now
from models.section import SECTIONS
from ports import job_queue
from rules import access, sections_seen

MOST_EXPORTED_DETAILS = 20_000
"""Most declarations in one workbook."""
DETAILS_A_BATCH = 100
FORBIDDEN = str.maketrans('', '', '\\/*?:[]')
"""Characters that the name of a sheet must not contain; its length is also limited to 31."""


@job_queue.job('details', writes=False)
def write_details(work: job_queue.RunningJob) -> None:
    """Write the declarations named in the arguments, without those that the account may no longer see."""
    ids, described = work.arguments['ids'], work.arguments['described']
    book = Workbook(write_only=True)
    sheets = {section: book.create_sheet(section.about.label.translate(FORBIDDEN)[:31]) for section in SECTIONS}
    for section, sheet in sheets.items():
        fields = sections_seen.fields_open_to(work.account, section)
        sheet.append(['业务流水号', '申报人', *(field.label for field in fields)])
    about = book.create_sheet('说明')
    author = f'{work.account.name}（{access.authority(work.account)}）'
    written = 0
    for done, batch in enumerate(_batches(ids)):
        for application in access.find_all(work.session, work.account, Application, batch, now().date()):
            written += 1
            for seen in sections_seen.sections_seen(work.account, application):
                sheet = sheets[seen.section]
                for row in seen.rows:
                    line = (application.serial, application.applicant_name, *(value.text or '' for value in row))
                    sheet.append([book_cell(sheet, text) for text in line])
        work.session.expunge_all()  # limits memory to one batch
        work.session.add(work.row)
        work.progress(min((done + 1) * DETAILS_A_BATCH, len(ids)), len(ids))
    facts = {'筛选': described, '导出': author, '时间': f'{now():%Y-%m-%d %H:%M}', '申报数': str(written)}
    for name, fact in facts.items():
        about.append([name, book_cell(about, fact)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'details.xlsx'
        book.save(path)
        work.deliver(path, f'申报明细-{now():%Y%m%d-%H%M}.xlsx', MEDIA_TYPES['xlsx'])
    work.conclude(f'已导出 {written} 项申报')


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, DETAILS_A_BATCH)):
        yield batch
