"""Storage of uploaded files: a folder in which the SHA-256 of a file is its name."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.material import StoredFile
from models.transaction import savepoint


def stored_path(root: Path, sha256: str) -> Path:
    """Return the path of a file; subfolders by the first two digits keep directories small."""
    return root / sha256[:2] / sha256


def store_file(session: Session, root: Path, content: bytes, media_type: str) -> StoredFile:
    """Write bytes to the folder and return their row; equal bytes are stored once."""
    return row_of(session, write(root, content), len(content), media_type)


def write(root: Path, content: bytes) -> str:
    """Write bytes to the folder unless they exist, and return their SHA-256. Needs no transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = stored_path(root, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)  # atomic: a reader never sees half a file
    return sha256


def row_of(session: Session, sha256: str, size: int, media_type: str) -> StoredFile:
    """Return the row of a file in the folder; add it if it is new."""
    existing = select(StoredFile).where(StoredFile.sha256 == sha256)
    found = session.scalars(existing).first()
    if found is not None:
        return found
    try:
        with savepoint(session):
            stored = StoredFile(sha256=sha256, size=size, media_type=media_type)
            session.add(stored)
        return stored
    except IntegrityError:  # another request has stored the same bytes at the same time
        return session.scalars(existing).one()
