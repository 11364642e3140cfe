"""Files coming in from a form and going out to a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from flask import Response, abort, current_app, flash, request, send_file

from models import db
from models.material import StoredFile
from ports import storage
from rules import materials


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


def take(name: str, content: bytes, accepts: str) -> StoredFile:
    """Check a file and store it once. Raises Refused with what is wrong with it."""
    media_type = materials.inspect(name, content, accepts)
    return storage.keep(db.session(), upload_root(), content, media_type)


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
    response.headers['Content-Disposition'] = f"inline; filename*=UTF-8''{quote(name)}"
    response.headers['X-Content-Type-Options'] = 'nosniff'
    return response
