"""Lower bound: the time of the database and the template engine alone for the same page, file or step.

Core statements and one template written for each case, without sign-in and without rules.
"""

from __future__ import annotations

import csv
import sqlite3
from datetime import datetime
from typing import Any, BinaryIO

from flask import Flask, render_template, request
from sqlalchemy import Connection, bindparam, func, insert, literal, select, tuple_, update

from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.base import now
from models.catalogue import Call, Committee, Series, Track
from models.material import Attachment
from models.message import MOST_UNREAD, Message
from models.name_search import NameTail
from models.notice import Notice
from models.reviewing import SetAside

PAGE, MOST = 50, 1001
HEADS = ('业务流水号', '申报人', '申报资格 · 专业', '申报类型', '提交时间', '已等待', '当前环节')
COLUMNS = (
    Application.id,
    Application.serial,
    Application.applicant_name,
    Application.id_number,
    Application.title,
    Application.speciality,
    Application.series,
    Application.level,
    Application.track,
    Application.submitted_at,
    Application.entered_at,
    Application.stage,
)
EXPORTED = (
    Application.serial,
    Application.applicant_name,
    Application.id_number,
    Application.series,
    Application.level,
    Application.title,
    Application.speciality,
    Application.track,
    Application.year,
    Application.stage,
    Application.result,
    Application.submitted_at,
    Application.entered_at,
    Application.created_at,
    Application.revision,
    Application.updated_at,
    Application.commitment_at,
)
ORDER = (Application.entered_at, Application.id)
LINKS = tuple((label, f'/list/{label}/') for label in ('通过', '查看', '进度', '材料', '打印', '退回'))
TABS = {
    'employer': (Stage.EMPLOYER_REVIEW, Stage.PRE_NOTICE, Stage.PRE_NOTICE, Stage.POST_NOTICE, Stage.POST_NOTICE),
    'office': (
        Stage.OFFICE_REVIEW,
        Stage.FEE_CONFIRMATION,
        Stage.EXPERT_REVIEW,
        Stage.NOTICE_LAUNCH,
        Stage.OFFICE_CONFIRMATION,
        Stage.BATCHING,
    ),
}


def scope(role: str, account: Any) -> Any:
    """Return the condition for the rows of a role, as in ``rules/access``."""
    submitted = Application.stage != Stage.DRAFT
    if role == 'employer':
        return submitted & (Application.employer_id == account.employer_id)
    return submitted & (Application.committee_id == account.committee_id)


def application() -> Flask:
    """Return an application with one page at ``/list``; the query names account, tab, search text and last row."""
    app = Flask(__name__)
    app.add_url_rule('/list', 'list', listed)
    return app


def listed() -> str:
    """Return the page of the list."""
    given = request.args
    with db.engines[None].connect() as connection:
        account = connection.execute(select(Account.__table__).where(Account.username == given['who'])).one()
        role = given['role']
        mine = scope(role, account)
        rows = select(*COLUMNS).where(mine)
        if given.get('tab'):
            rows = rows.where(Application.stage == given['tab'])
        if given.get('year'):
            rows = rows.where(Application.year == int(given['year']))
        chosen = rows.where(found(given['search'])) if given.get('search') else rows
        counted = chosen.with_only_columns(Application.id).limit(MOST).subquery()
        tabs = [
            select(func.count())
            .select_from(select(Application.id).where(mine, Application.stage == stage).limit(MOST).subquery())
            .scalar_subquery()
            for stage in TABS[role]
        ]
        unread = select(Message.id).where(Message.account_id == account.id, Message.read_at.is_(None))
        numbers = connection.execute(
            select(
                select(func.count()).select_from(counted).scalar_subquery(),
                select(func.count()).select_from(unread.limit(MOST_UNREAD).subquery()).scalar_subquery(),
                *tabs,
            )
        ).one()
        if given.get('search'):  # if many rows are found, scanning in the order of the list fills a page soon
            rows = rows.where(Application.applicant_name.contains(given['search'])) if numbers[0] == MOST else chosen
        if given.get('after'):
            entered, key = given['after'].split('|')
            rows = rows.where(
                tuple_(*ORDER) > tuple_(literal(datetime.fromisoformat(entered), Application.entered_at.type), int(key))
            )
        page = connection.execute(rows.order_by(*ORDER).limit(PAGE)).all()
        closed = refusals(connection, [row.id for row in page]) if role == 'employer' else {}
        filters = [
            ('year', connection.scalars(select(Call.year)).all()),
            ('series', connection.scalars(select(Series.name)).all()),
            ('committee', connection.scalars(select(Committee.name)).all()),
            ('track', [each.label for each in Track]),
            ('stage', [each.label for each in Stage]),
        ]
    return render_template(
        'floor.html',
        account=account,
        unread=numbers[1],
        search=given.get('search', ''),
        filters=filters,
        tabs=list(zip([stage.label for stage in TABS[role]], numbers[2:], strict=True)),
        heads=HEADS,
        rows=page,
        tracks={each.value: each.label for each in Track},
        stages={each.value: each.label for each in Stage},
        closed=closed,
        count=numbers[0],
        page=int(given.get('page', 0)),
        links=LINKS,
        now=now(),
        here='%2Flist%3Ftab%3Dall',
        after=f'{page[-1].entered_at.isoformat()}|{page[-1].id}' if page else '',
    )


def refusals(connection: Connection, keys: list[int]) -> dict[int, str]:
    """Return the reasons that the employer cannot pass declarations now: no commitment, a running notice, set aside."""
    handed_in = connection.execute(select(Attachment.application_id).where(Attachment.application_id.in_(keys)))
    notices = connection.execute(select(Notice.application_id, Notice.ends_on).where(Notice.application_id.in_(keys)))
    aside = connection.execute(select(SetAside.application_id, SetAside.note).where(SetAside.application_id.in_(keys)))
    there = {key for (key,) in handed_in}
    closed = {key: '尚未上传《承诺书》（单位），上传后可办' for key in keys if key not in there}
    closed |= {key: f'公示至 {ends_on}，结束后可办' for key, ends_on in notices}
    return closed | {key: f'暂缓：{note}' for key, note in aside}


def found(text: str) -> Any:
    """Return the condition of a search: an identity number, else a part of a name."""
    if len(text) == 18:
        return Application.id_number == text
    return Application.id.in_(select(NameTail.application_id).where(NameTail.begins(text)))


def everything(committee: int) -> Any:
    """Return the query of the export."""
    mine = Application.committee_id == committee, Application.stage != Stage.DRAFT
    return select(*EXPORTED).where(*mine).order_by(*ORDER)


def export(connection: Connection, file: BinaryIO) -> None:
    """Write a CSV with COPY, or with the driver's cursor and ``csv.writer``."""
    statement = everything(1).compile(connection, compile_kwargs={'literal_binds': True})
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        with open(file.fileno(), 'w', newline='', closefd=False) as text:
            csv.writer(text).writerows(driver.execute(str(statement)))
        return
    with driver.cursor().copy(f'COPY ({statement}) TO STDOUT (FORMAT csv)') as lines:
        for block in lines:
            file.write(block)


def bulk(connection: Connection, keys: list[int], actor: Any) -> None:
    """Move declarations from 评前审核 to 确认发起缴费 by one UPDATE and two INSERTs; the steps have no valid hash."""
    moment = now()
    chosen = select(Application).where(Application.id.in_(bindparam('keys', expanding=True))).subquery()
    steps = select(
        chosen.c.id,
        literal(4),
        literal('approve'),
        literal('通过'),
        literal('office_review'),
        literal('fee_confirmation'),
        literal(actor.id),
        literal(actor.name),
        literal('评委会办公室'),
        literal('同意'),
        literal({}, Step.data.type),
        chosen.c.revision,
        literal(moment, Step.at.type),
        literal('0' * 64),
        literal('0' * 64),
    )
    named = chosen.c.applicant_name + ' ' + chosen.c.serial + ' ' + chosen.c.title
    said = named + '：评委会办公室通过，现处「确认发起缴费」'
    messages = select(chosen.c.applicant_id, chosen.c.id, literal(moment, Message.at.type), said)
    given = {'keys': keys}
    names = [
        'application_id',
        'number',
        'action',
        'label',
        'source',
        'target',
        'actor_id',
        'actor_name',
        'authority',
        'opinion',
        'data',
        'revision',
        'at',
        'previous_hash',
        'hash',
    ]
    table: Any = Application.__table__
    connection.execute(insert(Step).from_select(names, steps), given)
    connection.execute(insert(Message).from_select(['account_id', 'application_id', 'at', 'text'], messages), given)
    connection.execute(
        update(table)
        .where(table.c.id.in_(bindparam('keys', expanding=True)), table.c.stage == Stage.OFFICE_REVIEW)
        .values(stage=Stage.FEE_CONFIRMATION, entered_at=moment, version=table.c.version + 1),
        given,
    )
