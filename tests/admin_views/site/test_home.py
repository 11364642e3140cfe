"""首页 of an employer: what waits, what is due, and how far the year has come."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from models.base import now
from tests.helpers.declarations import waiting
from tests.helpers.pages import page_of
from tests.helpers.types import ClientOf


def test_the_first_page_tells_what_waits_what_is_due_and_how_far_the_year_has_come(
    app: Flask, client_of: ClientOf
) -> None:
    rows = waiting(app, Stage.EMPLOYER_REVIEW, employer_id=1)
    page = page_of(client_of('guanli1'), '/')
    assert re.search(rf'<b>{len(rows)}</b><span>单位审核</span>', page)
    assert f'{len(waiting(app, Stage.PRE_NOTICE, employer_id=1))} 项尚未打印公示名单' in page
    assert re.search(r'<small class="late">超期 \d+ 项</small>', page)
    assert re.search(r'申报时间 [^<]*，还有 \d+ 个工作日', page)
    submitted = re.search(r'提交单位 (\d+)</text>', page)
    assert submitted is not None
    with app.app_context():
        query = select(Application).where(Application.employer_id == 1, Application.submitted_at.is_not(None))
        count = sum(each.year == now().year for each in db.session.scalars(query))
    assert int(submitted[1]) == count
    assert f'class="money">{count}</td>' in page  # the same number as a table
