"""Where the bytes of uploaded files are kept: a folder, each file under its SHA-256."""

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


def path_of(root: Path, sha256: str) -> Path:
    """Where a file lies; folders by the first two digits keep listings short."""
    return root / sha256[:2] / sha256


def keep(session: Session, root: Path, content: bytes, media_type: str) -> StoredFile:
    """Store bytes once, however often they are uploaded, and answer with their row."""
    return row_of(session, write(root, content), len(content), media_type)


def write(root: Path, content: bytes) -> str:
    """Write bytes to the folder unless they are there, and return their SHA-256; needs no transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(root, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)  # readers see the whole file or none
    return sha256


def row_of(session: Session, sha256: str, size: int, media_type: str) -> StoredFile:
    """Find or add the row of bytes in the folder."""
    existing = select(StoredFile).where(StoredFile.sha256 == sha256)
    found = session.scalars(existing).first()
    if found is not None:
        return found
    try:
        with savepoint(session):
            stored = StoredFile(sha256=sha256, size=size, media_type=media_type)
            session.add(stored)
        return stored
    except IntegrityError:  # the same bytes arrived twice at once
        return session.scalars(existing).one()
