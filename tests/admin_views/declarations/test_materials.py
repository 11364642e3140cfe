"""Materials on screen: order, 我的资料库 and 共享上传, 范本."""

from __future__ import annotations

import io
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from demo import papers
from models import db
from models.account import Account
from models.application import Application, Stage
from models.material import Attachment, LibraryFile, Material
from tests.helpers.types import ClientOf

PHOTO, EDUCATION, PROJECT = 1, 3, 5


def draft(app: Flask, username: str = 'geren2') -> int:
    """The person's draft."""
    with app.app_context():
        mine = select(Application.id).join(Account, Account.id == Application.applicant_id)
        return db.session.scalars(mine.where(Account.username == username, Application.stage == Stage.DRAFT)).one()


def upload(client: FlaskClient, key: int, material: int, *files: tuple[str, bytes], script: bool = False) -> None:
    """Hand files in for a material."""
    data = {'material': material, 'file': [(io.BytesIO(content), name) for name, content in files]}
    headers = {'Accept': 'application/json'} if script else {}
    answer = client.post(f'/files/upload/?id={key}', data=data, headers=headers, content_type='multipart/form-data')
    assert (answer.status_code, answer.is_json) == ((200, True) if script else (302, False))


def names(app: Flask, key: int, material: int) -> list[str]:
    """The files of a material in their order."""
    with app.app_context():
        return [each.name for each in db.session.get_one(Application, key).attachments if each.material_id == material]


def key_of(app: Flask, model: type[Attachment] | type[LibraryFile], name: str) -> int:
    """The key of a file by its name."""
    with app.app_context():
        return db.session.scalars(select(model.id).where(model.name == name)).one()


def paper(text: str) -> bytes:
    """A PDF that is no other."""
    return papers.scan('证明', '某人', [text])


@pytest.fixture
def three(app: Flask, client_of: ClientOf) -> tuple[FlaskClient, int]:
    """A draft with three files for one material."""
    client, key = client_of('geren2'), draft(app)
    upload(client, key, EDUCATION, *((f'{number}.pdf', paper(number)) for number in '甲乙丙'), script=True)
    assert names(app, key, EDUCATION)[-3:] == ['甲.pdf', '乙.pdf', '丙.pdf']
    return client, key


@pytest.mark.parametrize('script', [True, False])
@pytest.mark.parametrize('path', ['/files/upload/?id={}', '/library/upload/'])
def test_many_files_are_told_in_a_few_messages(app: Flask, client_of: ClientOf, path: str, script: bool) -> None:
    client, key, seed = client_of('geren2'), draft(app), Random(3)
    bad = [''.join(chr(seed.randint(0x4E00, 0x9FA5)) for _ in range(190)) + '.docx' for _ in range(60)]
    files = [(io.BytesIO(b'PK'), name) for name in bad] + [(io.BytesIO(paper(str(n))), f'{n}.pdf') for n in range(5)]
    headers = {'Accept': 'application/json'} if script else {}
    answer = client.post(path.format(key), data={'material': EDUCATION, 'file': files}, headers=headers)
    assert len(answer.headers['Set-Cookie']) < 4000
    page = client.get('/library/').get_data(as_text=True)
    assert page.count('内容不是 PDF、JPEG 或 PNG') == 3
    assert f'文件「{bad[0][:40]}' in page
    assert '另有 57 个文件未上传' in page
    assert '另有 2 个文件已上传' in page


@pytest.mark.parametrize(
    ('name', 'to', 'order'),
    [
        ('丙.pdf', '0', '丙甲乙'),
        ('甲.pdf', '2', '乙丙甲'),
        ('甲.pdf', '99', '乙丙甲'),
        ('乙.pdf', '1', '甲乙丙'),
        ('乙.pdf', 'x', '乙甲丙'),
    ],
)
def test_a_file_is_moved_among_those_of_its_material(
    app: Flask, three: tuple[FlaskClient, int], name: str, to: str, order: str
) -> None:
    client, key = three
    before = len(names(app, key, EDUCATION)) - 3
    answer = client.post(
        '/files/move/',
        data={'file': key_of(app, Attachment, name), 'to': str(int(to) + before) if to.isdigit() else to},
    )
    assert answer.status_code == 302
    assert [each[0] for each in names(app, key, EDUCATION) if each[0] in '甲乙丙'] == list(order)


def test_a_new_file_goes_to_the_end_even_after_one_was_taken_out(app: Flask, three: tuple[FlaskClient, int]) -> None:
    client, key = three
    client.post('/files/remove/', data={'file': key_of(app, Attachment, '甲.pdf')})
    upload(client, key, EDUCATION, ('丁.pdf', paper('丁')))
    assert names(app, key, EDUCATION)[-3:] == ['乙.pdf', '丙.pdf', '丁.pdf']


def test_what_was_uploaded_is_kept_in_the_library_and_used_again(app: Flask, three: tuple[FlaskClient, int]) -> None:
    client, key = three
    client.post('/files/remove/', data={'file': key_of(app, Attachment, '甲.pdf')})
    page = client.get('/library/?search=甲').get_data(as_text=True)
    assert '未使用' in page
    assert '申报材料' in page
    number = key_of(app, LibraryFile, '甲.pdf')
    with client.get(f'/library/file/?id={number}') as answer:
        assert answer.data == paper('甲')
    dialog = client.get(f'/files/share/?id={key}&material={PROJECT}').get_data(as_text=True)
    assert f'value="{number}"' in dialog
    client.post(f'/files/share/?id={key}&material={PROJECT}', data={'file': [str(number), '9999', 'x']})
    assert names(app, key, PROJECT)[-1] == '甲.pdf'
    assert '已用于 1 项申报' in client.get('/library/?search=甲').get_data(as_text=True)


def test_a_file_in_use_is_not_deleted_and_an_unused_one_is(app: Flask, three: tuple[FlaskClient, int]) -> None:
    client, _key = three
    number = key_of(app, LibraryFile, '甲.pdf')
    assert client.post(f'/library/delete/?id={number}').status_code == 403
    client.post('/files/remove/', data={'file': key_of(app, Attachment, '甲.pdf')})
    assert client.post(f'/library/delete/?id={number}').status_code == 302
    with app.app_context():
        assert db.session.get(LibraryFile, number) is None


def test_a_file_goes_into_the_library_without_a_declaration(app: Flask, client_of: ClientOf) -> None:
    client = client_of('geren2')
    good, bad = (io.BytesIO(paper('新')), '新.pdf'), (io.BytesIO(b'MZ'), '坏.pdf')
    client.post('/library/upload/', data={'file': [good, bad]}, content_type='multipart/form-data')
    page = client.get('/library/').get_data(as_text=True)
    assert '本地上传' in page
    assert '文件「坏.pdf」未上传' in page
    number = key_of(app, LibraryFile, '新.pdf')
    assert client_of('geren3').get(f'/library/file/?id={number}').status_code == 404


def test_a_shared_file_must_be_what_the_material_takes(app: Flask, client_of: ClientOf) -> None:
    """A picture of the right format but not of a photo's shape is refused on second use too."""
    client, key = client_of('geren2'), draft(app)
    drawn = io.BytesIO()
    Image.new('RGB', (900, 300)).save(drawn, 'PNG')
    upload(client, key, EDUCATION, ('横.png', drawn.getvalue()))
    number = key_of(app, LibraryFile, '横.png')
    before = names(app, key, PHOTO)
    answer = client.post(f'/files/share/?id={key}&material={PHOTO}', data={'file': str(number)}, follow_redirects=True)
    assert '至少应为 295×413' in answer.get_data(as_text=True) or '不是证件照的比例' in answer.get_data(as_text=True)
    assert names(app, key, PHOTO) == before
    assert '横.png' not in client.get(f'/files/share/?id={key}&material={PROJECT}').get_data(as_text=True)


def test_the_same_file_is_not_handed_in_twice_for_a_material(app: Flask, three: tuple[FlaskClient, int]) -> None:
    client, key = three
    upload(client, key, EDUCATION, ('又是甲.pdf', paper('甲')))
    assert '又是甲.pdf' not in names(app, key, EDUCATION)
    answer = client.get(f'/my_applications/edit/?id={key}')
    assert answer.status_code == 200
    assert '没有重复上传' in answer.get_data(as_text=True)
    assert '下移 甲.pdf' in answer.get_data(as_text=True)


def test_a_sample_stands_beside_its_material(app: Flask, client_of: ClientOf) -> None:
    platform, key = client_of('pingtai1'), draft(app)
    assert client_of('geren2').get(f'/files/sample/?material={EDUCATION}').status_code == 404
    sample = {'file': (io.BytesIO(paper('范本')), '学历范本.pdf')}
    platform.post(f'/materials/sample/?id={EDUCATION}', data=sample, content_type='multipart/form-data')
    assert f'/files/sample/?material={EDUCATION}' in client_of('geren2').get(
        f'/my_applications/edit/?id={key}'
    ).get_data(as_text=True)
    with client_of('geren2').get(f'/files/sample/?material={EDUCATION}') as answer:
        assert answer.data == paper('范本')
    refused = platform.post(
        f'/materials/sample/?id={EDUCATION}',
        data={'file': (io.BytesIO(b'MZ'), '坏.pdf')},
        content_type='multipart/form-data',
    )
    assert '文件「坏.pdf」未上传' in refused.get_data(as_text=True)
    platform.post(f'/materials/sample/?id={EDUCATION}', data={'remove': '1'})
    with app.app_context():
        assert db.session.get_one(Material, EDUCATION).sample is None
