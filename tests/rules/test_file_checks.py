"""Files as a material takes them: found by their content, and refused with a sentence that says what to do."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import papers
from models.application import Application, Stage
from models.material import Accepts, Attachment, Material
from rules import materials
from rules.refusal import Refused
from tests.helpers.scans import picture, spoiled
from tests.helpers.types import Find

PORTRAIT, SCAN = papers.portrait(1), papers.scan('证书', '某某', [])


@pytest.mark.parametrize(
    ('name', 'content', 'accepts', 'why'),
    [
        ('a.pdf', b'', 'scan', '文件是空的，请重新选择'),
        ('a.pdf', b'%PDF-' + b'0' * materials.LARGEST_UPLOAD, 'scan', '大小 10.0 MB，超过 10 MB，请压缩或分割后上传'),
        ('a.pdf', b'MZ' + b'0' * 200, 'scan', '内容不是 PDF、JPEG 或 PNG'),
        ('a.pdf', PORTRAIT, 'scan', '内容与文件名不符：内容是 image/jpeg'),
        ('a.pdf', spoiled('truncated'), 'scan', 'PDF 已损坏或不完整，请重新导出后上传'),
        ('a.pdf', spoiled('encrypted'), 'pdf', 'PDF 已加密，请去除密码后上传'),
        ('a.pdf', spoiled('script'), 'pdf', 'PDF 含有脚本或内嵌文件，请另存为普通 PDF 后上传'),
        ('a.pdf', SCAN, 'photo', '此材料只接受证件照（JPEG、PNG）'),
        ('a.jpg', PORTRAIT, 'pdf', '此材料只接受PDF 文件'),
        ('a.jpg', PORTRAIT[:500], 'scan', '图片已损坏或不完整，请重新导出后上传'),
        ('a.jpg', PORTRAIT[:4], 'scan', '图片无法识别或像素过大'),
        ('a.png', picture(10_000, 5_001), 'scan', '图片 10000×5001 像素过大'),
        ('a.png', picture(294, 500), 'photo', '照片为 294×500 像素，至少应为 295×413 像素'),
        ('a.png', picture(600, 500), 'photo', '照片为 600×500 像素，不是证件照的比例（宽与高约 5:7），请裁剪后上传'),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(name: str, content: bytes, accepts: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        materials.inspect(name, content, accepts)
    assert (refused.value.refusal.code, refused.value.refusal.sentence) == ('bad_file', f'文件「{name}」未上传：{why}')


@pytest.mark.parametrize(
    ('name', 'content', 'accepts', 'media_type'),
    [
        ('甲.PDF', SCAN, Accepts.PDF, 'application/pdf'),
        ('甲.pdf', SCAN, Accepts.SCAN, 'application/pdf'),
        ('甲.jpeg', PORTRAIT, Accepts.PHOTO, 'image/jpeg'),
        ('甲.png', picture(295, 413), Accepts.PHOTO, 'image/png'),
        ('甲.png', picture(10, 10), Accepts.SCAN, 'image/png'),
    ],
)
def test_a_good_file_is_known_by_its_content(name: str, content: bytes, accepts: str, media_type: str) -> None:
    assert materials.inspect(name, content, accepts) == media_type


def names(application: Application, material: Material) -> list[str]:
    """The names of the files handed in for a material, in their order."""
    files = materials.of_material(application, material.id)
    return [each.name for each in sorted(files, key=lambda each: each.position)]


def test_files_of_a_material_keep_the_order_in_which_they_are_put(session: Session, application: Find) -> None:
    draft = application(Stage.DRAFT)
    first = draft.attachments[0]
    material, file = first.material, first.file
    for name in ('乙', '丙'):
        materials.attach(session, draft, material, name=name, file=file, by=draft.applicant_id)
    before = names(draft, material)
    assert before[1:] == ['乙', '丙']
    materials.move(materials.of_material(draft, material.id)[2], 0)
    assert names(draft, material) == ['丙', before[0], '乙']
    session.flush()
    session.expire_all()
    materials.move(materials.of_material(draft, material.id)[0], 9)
    assert names(draft, material) == [before[0], '乙', '丙']


def test_what_was_handed_in_once_may_be_shared_where_its_format_fits(session: Session, application: Find) -> None:
    draft = application(Stage.DRAFT)
    query = select(Attachment).where(Attachment.application_id == draft.id).order_by(Attachment.id)
    given = {each.file_id for each in session.scalars(query)}
    scans = session.scalars(select(Material).where(Material.accepts == Accepts.SCAN)).first()
    photos = session.scalars(select(Material).where(Material.accepts == Accepts.PHOTO)).first()
    assert scans is not None
    assert photos is not None
    assert {each.file_id for each in materials.shareable(session, draft.applicant_id, scans)} == given
    assert materials.shareable(session, draft.applicant_id, photos) == []
