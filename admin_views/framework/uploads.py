"""Uploaded files: receive them from a form, check and store them, send them to a browser."""

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
    """Return the folder of uploaded files."""
    return Path(current_app.config['UPLOAD_FOLDER'])


def received() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file of the form, read to one byte above the limit; flash an error if none."""
    given = [file for file in request.files.getlist('file') if file.filename]
    if not given:
        flash('请选择要上传的文件', 'error')
    for file in given:
        yield (file.filename or '')[-200:], file.read(materials.LARGEST_UPLOAD + 1)


class Told:
    """Results of an upload, shown in a few messages for any number of files.

    The session cookie carries the messages to the next page, and a browser drops a cookie of more than 4 KB.
    """

    REST: Mapping[str, str] = {'success': '已上传', 'info': '已有，没有重复上传', 'error': '未上传'}
    MOST, LONGEST = 3, 100

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {kind: [] for kind in self.REST}

    def add(self, sentence: str, kind: str) -> None:
        """Add the sentence about one file; if it is longer than LONGEST, its middle is cut."""
        half = self.LONGEST // 2
        long = len(sentence) > self.LONGEST
        self.said[kind].append(f'{sentence[:half]}…{sentence[-half:]}' if long else sentence)

    def tell(self) -> None:
        """Flash the first MOST sentences of each kind, and the number of the others."""
        for kind, rest in self.REST.items():
            said = self.said[kind]
            for sentence in said[: self.MOST]:
                flash(sentence, kind)
            if len(said) > self.MOST:
                flash(f'另有 {len(said) - self.MOST} 个文件{rest}', kind)


@dataclass(frozen=True, slots=True)
class Upload:
    """Checked file, its bytes on disk; its row is not stored yet."""

    name: str
    sha256: str
    size: int
    media_type: str

    def stored(self) -> StoredFile:
        """Return the row of the file; add it in the open write transaction if there is none."""
        return storage.row_of(db.session(), self.sha256, self.size, self.media_type)


def take_file(name: str, content: bytes, accepts: str) -> Upload:
    """Check a file and write its bytes to disk. Raises Refused with the reason."""
    media_type = materials.inspect(name, content, accepts)
    return Upload(name, storage.write(upload_root(), content), len(content), media_type)


def take_files(accepts: str, told: Told) -> list[Upload]:
    """Check and write every file of the form; add the reason for a refused one to ``told`` and return the others."""
    taken = []
    for name, content in received():
        try:
            taken.append(take_file(name, content, accepts))
        except Refused as refused:
            told.add(refused.refusal.sentence, 'error')
    return taken


def recheck(stored: StoredFile, name: str, accepts: str) -> None:
    """Check a stored file against the types that another use accepts. Raises Refused with the reason."""
    path = storage.stored_path(upload_root(), stored.sha256)
    materials.inspect(name, path.read_bytes() if path.exists() else b'', accepts)


def file_response(stored: StoredFile, name: str) -> Response:
    """Return a stored file with ``nosniff``, so that a browser shows but never runs it; answer 404 if it is missing."""
    path = storage.stored_path(upload_root(), stored.sha256)
    if not path.exists():
        abort(404, '文件已不在存储中，请联系平台管理员')
    response = send_file(path, mimetype=stored.media_type)
    response.headers['X-Content-Type-Options'] = 'nosniff'
    return name_download(response, name, 'inline')
