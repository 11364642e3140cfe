"""Files coming in from a form and going out to a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Response, abort, current_app, flash, request, send_file

from admin_views.framework.downloads import name_download
from models import db
from models.material import StoredFile
from ports import storage
from rules import materials
from rules.refusal import Refused


def upload_root() -> Path:
    """The folder of uploaded files."""
    return Path(current_app.config['UPLOAD_FOLDER'])


def received() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file of the form, each read no further than it may be long."""
    given = [file for file in request.files.getlist('file') if file.filename]
    if not given:
        flash('请选择要上传的文件', 'error')
    for file in given:
        yield (file.filename or '')[-200:], file.read(materials.LARGEST + 1)


class Told:
    """What became of the files that came in, said in a few messages however many they are.

    Messages wait for the next page in the cookie of the session, and a browser drops a cookie of more than 4 KB whole.
    """

    REST: Mapping[str, str] = {'success': '已上传', 'info': '已有，没有重复上传', 'error': '未上传'}
    MOST, LONGEST = 3, 100

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {kind: [] for kind in self.REST}

    def add(self, sentence: str, kind: str) -> None:
        """Note what became of one file; a long name is cut, not what is said of it."""
        half = self.LONGEST // 2
        long = len(sentence) > self.LONGEST
        self.said[kind].append(f'{sentence[:half]}…{sentence[-half:]}' if long else sentence)

    def tell(self) -> None:
        """Say it: the first few of each kind, and how many more there are."""
        for kind, rest in self.REST.items():
            said = self.said[kind]
            for sentence in said[: self.MOST]:
                flash(sentence, kind)
            if len(said) > self.MOST:
                flash(f'另有 {len(said) - self.MOST} 个文件{rest}', kind)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was checked, its bytes on disk; its row is still to be stored."""

    name: str
    sha256: str
    size: int
    media_type: str

    def stored(self) -> StoredFile:
        """Find or add its row, in the open write transaction."""
        return storage.row_of(db.session(), self.sha256, self.size, self.media_type)


def take(name: str, content: bytes, accepts: str) -> Upload:
    """Check a file and write its bytes to disk. Raises Refused with what is wrong with it."""
    media_type = materials.inspect(name, content, accepts)
    return Upload(name, storage.write(upload_root(), content), len(content), media_type)


def take_all(accepts: str, told: Told) -> list[Upload]:
    """Take every file of the form; a refused file is told and does not keep the others out."""
    taken = []
    for name, content in received():
        try:
            taken.append(take(name, content, accepts))
        except Refused as refused:
            told.add(refused.refusal.sentence, 'error')
    return taken


def recheck(stored: StoredFile, name: str, accepts: str) -> None:
    """Ask of a file in store what another use demands. Raises Refused with what is wrong with it."""
    path = storage.path_of(upload_root(), stored.sha256)
    materials.inspect(name, path.read_bytes() if path.exists() else b'', accepts)


def file_response(stored: StoredFile, name: str) -> Response:
    """The bytes of a file, sent so that a browser shows but never runs them."""
    path = storage.path_of(upload_root(), stored.sha256)
    if not path.exists():
        abort(404, '文件已不在存储中，请联系平台管理员')
    response = send_file(path, mimetype=stored.media_type)
    response.headers['X-Content-Type-Options'] = 'nosniff'
    return name_download(response, name, 'inline')
