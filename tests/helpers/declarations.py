"""Queries and actions for declarations of the demo world, for tests over HTTP."""

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
"""Form data of a row of 学历情况."""


def waiting(app: Flask, stage: Stage, **where: int) -> list[tuple[int, int, str]]:
    """Return key, version and name of the declarations at a stage, by the time of entry."""
    with app.app_context():
        query = select(Application.id, Application.version, Application.applicant_name).where(
            Application.stage == stage
        )
        for name, value in where.items():
            query = query.where(getattr(Application, name) == value)
        ordered = query.order_by(Application.entered_at, Application.id)
        return [(key, version, name) for key, version, name in db.session.execute(ordered)]


def stage_of(app: Flask, key: int) -> str:
    """Return the stage of a declaration."""
    with app.app_context():
        return db.session.scalars(select(Application.stage).where(Application.id == key)).one()


def last_step(app: Flask, key: int) -> Step:
    """Return the newest step of a declaration."""
    with app.app_context():
        query = select(Step).where(Step.application_id == key).order_by(Step.number.desc())
        found = db.session.scalars(query).first()
        assert found is not None
        return found


def signed(session: Session, declared: Application, by: Account) -> None:
    """Add a file for each paper that the employer signs at the present stage."""
    for demand in materials.demands_by_stage(session)[declared.stage]:
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
    """Return key and version of an account's newest declaration."""
    with app.app_context():
        query = select(Application.id, Application.version).join(Account, Account.id == Application.applicant_id)
        row = db.session.execute(query.where(Account.username == username).order_by(Application.id.desc())).first()
        assert row is not None
        return row[0], row[1]


def begin(app: Flask, client: FlaskClient, username: str = 'geren1') -> tuple[int, int]:
    """Create a draft over HTTP."""
    assert client.post('/my_applications/new/').status_code == 302
    return draft_of(app, username)


def first_row(app: Flask, key: int) -> int:
    """Return the key of a declaration's first education row."""
    with app.app_context():
        return Education.of(db.session.get_one(Application, key))[0].id


def files_of(app: Flask, key: int) -> list[int]:
    """Return the keys of the files of a declaration."""
    with app.app_context():
        return list(db.session.scalars(select(Attachment.id).where(Attachment.application_id == key)))


def act_on_newest(app: Flask, client: FlaskClient, action: str, username: str, **answers: str) -> tuple[int, str, str]:
    """Post an action on an account's newest declaration; return status, page and the new stage."""
    key, version = draft_of(app, username)
    with app.app_context():
        source = db.session.get_one(Application, key).stage
    data = {'confirmed': '1', 'seen': version, 'source': source, **answers}
    answer = client.post(f'/my_applications/act/{action}/?id={key}', data=data)
    with app.app_context():
        stage = db.session.get_one(Application, key).stage
    return answer.status_code, answer.get_data(as_text=True), stage


def committee_of(app: Flask, key: int) -> int | None:
    """Return the key of a declaration's committee, or None."""
    with app.app_context():
        return db.session.scalars(select(Application.committee_id).where(Application.id == key)).one()


def steps_of(app: Flask, key: int) -> int:
    """Return the number of steps of a declaration."""
    with app.app_context():
        return db.session.scalars(select(func.count(Step.id)).where(Step.application_id == key)).one()
