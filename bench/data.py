"""Declarations of a city over many years, for measurements: ``make bench-data DATABASE_URL=… ROWS=1000000``.

The same number of rows gives the same data. Every row meets the constraints of its stage, and its steps are a valid
hash chain; but sections, frozen revisions and files are left out, and the steps between the submission and the
present stage are replaced by two steps named 装载.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app import ROOT, create_app
from models import db
from models.account import Account, Role
from models.application import Application, Result, Stage, Step
from models.approval import ApprovalDocument
from models.base import LOCAL_ZONE, Base
from models.catalogue import Call, Committee, Offering, Series, Speciality, Title, Track
from models.employer import Employer
from models.message import Message
from models.name_search import NameTail, tails
from models.terms import LEVELS, MATTER_CODE
from rules import defaults, passwords
from rules.flow import steps

BATCH = 5000
EMPLOYERS, COMMITTEES, APPLICANTS, OFFERINGS = 2000, 20, 1000, 40
MESSAGES = 300_000
"""Messages of an account of the bench, as many as a busy account receives in some years."""

PASSWORD = 'Bench-2026'
TABLES = Base.metadata.tables
STAGES = tuple(Stage)
STARTED = datetime(2016, 1, 4, 9, tzinfo=LOCAL_ZONE)
FAMILY = (
    '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹'
    '彭曾肖田董袁潘于蒋蔡余杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石'
)
DOUBLE = ('欧阳', '司马', '上官', '诸葛', '东方')
GIVEN = (
    '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红建国文辉力'
    '志永健世广义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子'
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def name_of(number: int) -> str:
    """Return a name of two to four characters."""
    family = DOUBLE[number // 50 % 5] if number % 50 == 0 else FAMILY[number * 7 % len(FAMILY)]
    first, second = GIVEN[number * 13 // 7 % len(GIVEN)], GIVEN[number * 31 // 11 % len(GIVEN)]
    return family + first + (second if number % 3 else '')


def id_number_of(number: int) -> str:
    """Return a resident id number with a valid date and check digit (GB 11643)."""
    born = date(1960, 1, 1) + timedelta(number * 17 % 14000)
    body = f'44030{number % 9 + 1}{born:%Y%m%d}{number // 9 % 1000:03d}'
    left = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11
    return body + '10X98765432'[left]


def surroundings(session: Session) -> list[Offering]:
    """Insert the catalogue, the employers and the accounts; return the offerings."""
    defaults.load_defaults(session, ROOT / 'data')
    call = Call(year=2026, name='2026 年度', opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31))
    series = [Series(name=name) for name in ('工程系列', '卫生系列', '教师系列', '经济系列')]
    committees = [
        Committee(
            code=f'{number:02d}',
            name=f'第 {number} 评委会',
            office_name=f'第 {number} 评委会办公室',
            host_name='市人社局',
            host_code='440300',
        )
        for number in range(1, COMMITTEES + 1)
    ]
    session.add_all([call, *series, *committees])
    session.flush()
    offerings = []
    for number in range(OFFERINGS):
        of, level = series[number % 4], LEVELS[number % len(LEVELS)]
        offered = (
            Title(series_id=of.id, level=level, name=f'资格{number:02d}'),
            Speciality(series_id=of.id, name=f'专业{number:02d}'),
        )
        session.add_all(offered)
        session.flush()
        where = committees[0] if number % 2 else committees[1 + number // 2 % (COMMITTEES - 1)]
        ids = {'call_id': call.id, 'committee_id': where.id}
        offerings.append(Offering(title_id=offered[0].id, speciality_id=offered[1].id, **ids))
    session.add_all(offerings)
    employers = range(1, EMPLOYERS + 1)
    session.execute(insert(Employer), [{'name': f'第 {n} 单位', 'code': f'91440300{n:010d}'} for n in employers])
    hashed = passwords.hashed(PASSWORD)
    people: list[dict[str, Any]] = [
        {'username': 'employer1', 'name': '单位管理员', 'role': Role.ADMINISTRATOR, 'employer_id': 1},
        {'username': 'office1', 'name': '评委会办公室', 'role': Role.OFFICE, 'committee_id': committees[0].id},
        {'username': 'bureau1', 'name': '业务部门', 'role': Role.BUREAU},
        *(
            {'username': f'applicant{n}', 'name': name_of(n), 'role': Role.APPLICANT, 'id_number': id_number_of(n)}
            for n in range(1, APPLICANTS + 1)
        ),
    ]
    empty = {'employer_id': None, 'committee_id': None, 'id_number': None}
    session.execute(insert(Account), [{**empty, **person, 'password_hash': hashed} for person in people])
    session.execute(
        insert(ApprovalDocument),
        [{'number': f'职评{n:02d}〔2026〕0号', 'title': '批件', 'year': 2026, 'committee_id': n} for n in range(1, 21)],
    )
    session.flush()
    return offerings


def declarations(offerings: list[Offering], applicants: list[int], first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield the declarations ``first`` to ``last`` as rows."""
    described = [
        {
            'series': each.title.series.name,
            'level': each.title.level,
            'title': each.title.name,
            'speciality': each.speciality.name,
            'offering_id': each.id,
            'committee_id': each.committee_id,
        }
        for each in offerings
    ]
    tracks = list(Track)
    for number in range(first, last + 1):
        stage = STAGES[number * 5 // 3 % len(STAGES)]
        at = STARTED + timedelta(minutes=number * 5)
        result = list(Result)[number % 3] if stage == Stage.CLOSED else None
        yield {
            **described[number % len(described)],
            'id': number,
            'serial': f'{MATTER_CODE}{at:%Y%m%d}{number:08d}',
            'applicant_name': name_of(number),
            'id_number': id_number_of(number),
            'track': tracks[number % 7 % len(tracks)],
            'year': at.year,
            'stage': stage,
            'result': result,
            'submitted_at': None if stage == Stage.DRAFT else at,
            'entered_at': at + timedelta(days=2),
            'created_at': at,
            'updated_at': at + timedelta(days=2),
            'revision': 0 if stage == Stage.DRAFT else 1,
            'version': 1,
            'applicant_id': applicants[number % len(applicants)],
            'employer_id': number * 7 % EMPLOYERS + 1,
        }


def steps_of(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the sealed steps of a declaration: the submission, and two steps 装载 to its present stage."""
    if row['stage'] == Stage.DRAFT:
        return
    review, stage, previous = Stage.EMPLOYER_REVIEW.value, row['stage'].value, ''
    last = Stage.CERTIFICATION.value if stage == Stage.CLOSED else stage  # the bureau sees what it closed
    for number, (action, label, source, target) in enumerate(
        [('submit', '提交到单位', 'draft', review), ('load', '装载', review, last), ('load', '装载', last, stage)], 1
    ):
        step = {
            'number': number,
            'action': action,
            'label': label,
            'source': source,
            'target': target,
            'actor_id': None,
            'actor_name': '装载',
            'authority': '性能测试',
            'opinion': '',
            'data': {},
            'revision': 1,
            'at': row['submitted_at'] + timedelta(hours=number),
            'previous_hash': previous,
        }
        previous = steps.digest(row['serial'], cast('Step', SimpleNamespace(**step)))
        yield {**step, 'application_id': row['id'], 'hash': previous}


def messages(session: Session) -> None:
    """Insert unread messages for the accounts that look at lists, one for each declaration."""
    told = Application.applicant_name + ' ' + Application.serial + ' ' + Application.title + '：装载'
    for username in ('employer1', 'office1'):
        account = select(Account.id).where(Account.username == username).scalar_subquery()
        rows = select(account, Application.id, told, Application.entered_at).order_by(Application.id).limit(MESSAGES)
        session.execute(insert(Message).from_select(['account_id', 'application_id', 'text', 'at'], rows))
    session.commit()


def load(session: Session, total: int) -> None:
    """Insert ``total`` declarations with steps, name suffixes, documents and messages, batch by batch."""
    offerings = surroundings(session)
    applicants = list(session.scalars(select(Account.id).where(Account.role == Role.APPLICANT).order_by(Account.id)))
    started = time.monotonic()
    for first in range(1, total + 1, BATCH):
        rows = list(declarations(offerings, applicants, first, min(first + BATCH - 1, total)))
        session.execute(insert(TABLES['application']), rows)
        session.execute(insert(TABLES['step']), [step for row in rows for step in steps_of(row)])
        session.execute(insert(NameTail), [tail for row in rows for tail in tails(row['id'], row['applicant_name'])])
        sent = [row for row in rows if row['stage'] in Stage.after(Stage.BATCHING)]
        session.execute(
            insert(TABLES['approval_item']),
            [{'application_id': row['id'], 'document_id': row['committee_id']} for row in sent],
        )
        session.commit()
        session.expunge_all()
        offerings = list(session.scalars(select(Offering).order_by(Offering.id)))
        done = min(first + BATCH - 1, total)
        if done % 100_000 == 0 or done == total:
            print(f'{done:>10,} declarations  {time.monotonic() - started:6.0f} s', flush=True)
    messages(session)
    if session.get_bind().dialect.name == 'postgresql':  # the keys did not come from the sequence
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('application', 'id'), {total})"))
    session.execute(text('ANALYZE'))
    session.commit()


def main() -> None:
    """Fill the database that ``DATABASE_URL`` names; exit if it is not empty."""
    if not os.environ.get('DATABASE_URL'):
        sys.exit('DATABASE_URL must say where (sqlite:////tmp/bench.sqlite3 or postgresql+psycopg://…)')
    total = int(os.environ.get('ROWS', '1000000'))
    app = create_app({'JOB_QUEUE': 'immediate'})
    with app.app_context():
        upgrade()
        there = db.session.scalars(select(func.count()).select_from(Account)).one()
        if there:
            sys.exit('the database is not empty: measuring wants one of its own')
        load(db.session(), total)


if __name__ == '__main__':
    main()
