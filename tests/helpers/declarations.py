"""Declarations of the demo world, as tests over HTTP look for them."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.declaration import Education
from models.material import Attachment
from rules import materials

SCHOOLING = {
    'certificate_number': '105611999605123456',
    'school': '深圳大学',
    'entered_on': '2008-09-01',
    'left_on': '2012-06-30',
    'schooling': '大学本科',
    'subject': '软件工程',
    'study_form': '全日制',
    'region': '大陆',
    'degree': '学士',
    'used_here': '1',
}
"""A row of 学历情况 as its form sends it."""


def waiting(app: Flask, stage: Stage, **where: int) -> list[tuple[int, int, str]]:
    """Key, version and name of the declarations at a stage, those that have waited longest first."""
    with app.app_context():
        query = select(Application.id, Application.version, Application.applicant_name).where(
            Application.stage == stage
        )
        for name, value in where.items():
            query = query.where(getattr(Application, name) == value)
        ordered = query.order_by(Application.entered_at, Application.id)
        return [(key, version, name) for key, version, name in db.session.execute(ordered)]


def stage_of(app: Flask, key: int) -> str:
    """The stage of a declaration."""
    with app.app_context():
        return db.session.scalars(select(Application.stage).where(Application.id == key)).one()


def last_step(app: Flask, key: int) -> Step:
    """The newest record of a declaration."""
    with app.app_context():
        query = select(Step).where(Step.application_id == key).order_by(Step.number.desc())
        found = db.session.scalars(query).first()
        assert found is not None
        return found


def signed(session: Session, declared: Application, by: Account) -> None:
    """Hand in anew whatever the employer signs at the present stage."""
    for demand in materials.wanted(session)[declared.stage]:
        file = declared.attachments[0].file
        session.add(
            Attachment(
                application=declared,
                material_id=demand.id,
                file=file,
                name='盖章.pdf',
                uploaded_by_id=by.id,
                position=9,
            )
        )
    session.flush()


def draft_of(app: Flask, username: str) -> tuple[int, int]:
    """Key and version of a person's newest declaration."""
    with app.app_context():
        query = select(Application.id, Application.version).join(Account, Account.id == Application.applicant_id)
        row = db.session.execute(query.where(Account.username == username).order_by(Application.id.desc())).first()
        assert row is not None
        return row[0], row[1]


def begin(app: Flask, client: FlaskClient, username: str = 'geren1') -> tuple[int, int]:
    """Start a declaration."""
    assert client.post('/my_applications/new/').status_code == 302
    return draft_of(app, username)


def first_row(app: Flask, key: int) -> int:
    """The key of a declaration's first education row."""
    with app.app_context():
        return Education.of(db.session.get_one(Application, key))[0].id


def files_of(app: Flask, key: int) -> list[int]:
    """The files of a declaration."""
    with app.app_context():
        return list(db.session.scalars(select(Attachment.id).where(Attachment.application_id == key)))


def act_on_newest(app: Flask, client: FlaskClient, action: str, username: str, **answers: str) -> tuple[int, str, str]:
    """Do one thing with a person's newest declaration: status, page and the stage afterwards."""
    key, version = draft_of(app, username)
    with app.app_context():
        source = db.session.get_one(Application, key).stage
    data = {'confirmed': '1', 'seen': version, 'source': source, **answers}
    answer = client.post(f'/my_applications/act/{action}/?id={key}', data=data)
    with app.app_context():
        stage = db.session.get_one(Application, key).stage
    return answer.status_code, answer.get_data(as_text=True), stage


def committee_of(app: Flask, key: int) -> int | None:
    """The committee of a declaration."""
    with app.app_context():
        return db.session.scalars(select(Application.committee_id).where(Application.id == key)).one()


def steps_of(app: Flask, key: int) -> int:
    """Number of records of a declaration."""
    with app.app_context():
        return db.session.scalars(select(func.count(Step.id)).where(Step.application_id == key)).one()
