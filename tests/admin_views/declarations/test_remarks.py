"""逐项意见: what a return says of single fields stands at these fields when the declaration comes back."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from rules.declaration import MATERIALS, place
from tests.helpers.types import ClientOf


def returned_with_remarks(app: Flask, client_of: ClientOf) -> tuple[int, str, int, int]:
    """Return a declaration with four remarks; answers with its key, applicant, and the row and material meant."""
    with app.app_context():
        found = db.session.scalars(
            select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
        ).first()
        assert found is not None
        key, version, username = found.id, found.version, found.applicant.username
        row, material = found.education[0].id, found.attachments[0].material_id  # type: ignore[attr-defined]
    said = {
        place('basic', None, 'phone'): '号码少一位',
        place('education', row, 'school'): '请写学校全称',
        place('work', None, ''): '请补充证明人',
        place(MATERIALS, material, ''): '照片模糊',
    }
    data = {
        'confirmed': '1',
        'source': 'employer_review',
        'seen': version,
        'opinion': '请逐项修改。',
        'remarks.at': list(said),
        'remarks.remark': list(said.values()),
    }
    answer = client_of('guanli1').post(f'/employer_applications/act/return/?id={key}', data=data)
    assert answer.status_code == 302
    return key, username, row, material


def test_each_remark_stands_at_what_it_is_about(app: Flask, client_of: ClientOf) -> None:
    key, username, row, material = returned_with_remarks(app, client_of)
    page = client_of(username).get(f'/my_applications/edit/?id={key}').get_data(as_text=True)
    assert '请逐项修改。' in page
    phone = page[page.index('id="basic-phone"') :]
    assert '退回意见：号码少一位' in phone[: phone.index('</div>')]
    assert '退回意见：毕业学校：请写学校全称' in page[page.index(f'id="education-{row}"') :]
    assert '退回意见：请补充证明人' in page[page.index('id="section-work"') :]
    assert '退回意见：照片模糊' in page[page.index(f'id="material-{material}"') :]
    assert f'<a href="#education-{row}">教育经历 · 第 1 条 毕业学校</a>：请写学校全称' in page


def test_remarks_go_with_the_next_submission(app: Flask, client_of: ClientOf) -> None:
    key, username, _row, _material = returned_with_remarks(app, client_of)
    with app.app_context():
        version = db.session.get_one(Application, key).version
    client = client_of(username)
    data = {'confirmed': '1', 'source': 'correction', 'seen': version}
    assert client.post(f'/my_applications/act/submit/?id={key}', data=data).status_code == 302
    review = client_of('guanli1').get(f'/employer_applications/act/approve/?id={key}').get_data(as_text=True)
    assert '号码少一位' in review  # the reviewer sees what was asked for
