"""Two sections and a column that the product has never heard of, taken through every page; run as a program.

``python -m tests.models.probe FOLDER`` prints what each page said of them as JSON. It is a process of its own, since a
section once declared stays declared.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask_login import FlaskLoginClient
from lxml import html
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from models import db, declaration
from models.account import Account
from models.application import Application, Stage
from models.fields import fields_of, hold_states, text, whole
from models.section import About, ListSection, SingleSection

declaration.Basic.former_name = text('曾用名', 60)


class Hobby(SingleSection):
    """A section with one row."""

    __tablename__ = 'hobby'
    about = About(101, '个人特长', '手册 §0', required=False)

    skill: Mapped[str | None] = text('特长名称', 60, head='hobby_skill', filterable=True)


class Language(ListSection):
    """A section with any number of rows."""

    __tablename__ = 'language'
    about = About(66, '外语能力', '手册 §0', required=False)

    tongue: Mapped[str | None] = text('语种', 60, required=True)
    score: Mapped[int | None] = whole('分数', minimum=0, maximum=100)


hold_states(db.metadata)

import demo  # noqa: E402  # what follows reads the sections as they are now
from app import ROOT, create_app  # noqa: E402
from tests import clock  # noqa: E402


def probe(folder: Path) -> dict[str, Any]:
    """What the pages say of the new fields."""
    clock.start()
    app = create_app(
        {
            'TESTING': True,
            'DEMO': True,
            'WTF_CSRF_ENABLED': False,
            'JOB_QUEUE': 'immediate',
            'SQLALCHEMY_DATABASE_URI': f'sqlite:///{folder / "probe.sqlite3"}',
            'UPLOAD_FOLDER': str(folder / 'uploads'),
            'FONT_FOLDER': str(ROOT / 'instance' / 'fonts'),
        }
    )
    app.test_client_class = FlaskLoginClient
    with app.app_context():
        db.create_all()
        demo.build(db.session(), app, 'Demo-2026', ROOT / 'data')
        db.session.commit()
        column = Hobby.__table__.c.skill  # the demo's people filled in nothing, so it is required only now
        column.info['field'] = replace(column.info['field'], required=True)
        fields_of.cache_clear()
        draft = db.session.scalars(select(Application).where(Application.stage == Stage.CORRECTION)).first()
        assert draft is not None
        key, version = draft.id, draft.version
        clients = {
            name: app.test_client(user=db.session.scalars(select(Account).where(Account.username == name)).one())
            for name in (draft.applicant.username, f'guanli{draft.employer_id}')
        }
        db.session.remove()
    applicant, employer = clients.values()
    return pages(applicant, employer, key, version, folder)


def pages(applicant: Any, employer: Any, key: int, version: int, folder: Path) -> dict[str, Any]:
    """Fill in, submit, look at."""
    path = f'/my_applications/edit/?id={key}'
    said: dict[str, Any] = {'form': applicant.get(path).get_data(as_text=True)}
    modal = f'/declaration_language/new/?application={key}'
    said['modal'] = applicant.get(f'{modal}&modal=True').get_data(as_text=True)
    applicant.post(modal, data={'tongue': '葡萄牙语', 'score': '88'})
    said['incomplete'] = applicant.get(f'{path}&check=submit').get_data(as_text=True)
    form = filled(applicant.get(path).get_data(as_text=True))
    form |= {'basic-former_name': '旧名阿甲', 'hobby-skill': '围棋五段'}
    said['saved'] = applicant.post(path, data=form).status_code
    act = f'/my_applications/act/submit/?id={key}'
    seen = filled(applicant.get(act).get_data(as_text=True))
    said['submitted'] = applicant.post(act, data=seen).status_code
    said['progress'] = employer.get(f'/employer_applications/progress/?id={key}').get_data(as_text=True)
    said['view'] = employer.get(f'/employer_applications/details/?id={key}').get_data(as_text=True)
    with employer.get(f'/files/print/?id={key}&report=registration') as answer:
        (folder / 'form.pdf').write_bytes(answer.data)
    read = subprocess.run(['pdftotext', '-layout', folder / 'form.pdf', '-'], capture_output=True, check=True)
    said['pdf'] = read.stdout.decode()
    said['list'] = employer.get('/employer_applications/?tab=all').get_data(as_text=True)
    said['filtered'] = employer.get('/employer_applications/?tab=all&hobby_skill=围棋五段').get_data(as_text=True)
    with employer.get('/employer_applications/export/csv/?tab=all&hobby_skill=围棋五段') as answer:
        said['csv'] = list(csv.reader(answer.data.decode('utf-8-sig').splitlines()))
    employer.post('/employer_applications/workbook/?tab=all')
    with employer.get('/jobs/product/?id=1') as answer:
        (folder / 'details.xlsx').write_bytes(answer.data)
    book = load_workbook(folder / 'details.xlsx', read_only=True)
    said['sheets'] = {sheet.title: [list(row) for row in sheet.values] for sheet in book}
    book.close()
    return said


def filled(page: str) -> dict[str, Any]:
    """The form of a page as a browser would send it back."""
    form = max(html.fromstring(page).forms, key=lambda each: len(list(each.fields.items())))
    return {name: value for name, value in form.form_values()}


if __name__ == '__main__':
    print(json.dumps(probe(Path(sys.argv[1])), ensure_ascii=False))
