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


def path_of(root: Path, sha256: str) -> Path:
    """Where a file lies; folders by the first two digits keep listings short."""
    return root / sha256[:2] / sha256


def keep(session: Session, root: Path, content: bytes, media_type: str) -> StoredFile:
    """Store bytes once, however often they are uploaded, and answer with their row."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(root, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)  # readers see the whole file or none
    existing = select(StoredFile).where(StoredFile.sha256 == sha256)
    found = session.scalars(existing).first()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            stored = StoredFile(sha256=sha256, size=len(content), media_type=media_type)
            session.add(stored)
        return stored
    except IntegrityError:  # the same bytes arrived twice at once
        return session.scalars(existing).one()
