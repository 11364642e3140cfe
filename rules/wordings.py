"""The texts of the papers, which the city words itself: the newest version is in force, older ones are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.wording import Wording

_NAME = re.compile(r'\{([^{}\s]{1,20})\}')


def in_force(session: Session, code: str) -> str:
    """The text in force under a code; nothing where none was ever set."""
    newest = select(Wording.body).where(Wording.code == code).order_by(Wording.version.desc())
    return session.scalars(newest.limit(1)).first() or ''


def filled(body: str, values: Mapping[str, object]) -> list[str]:
    """Its paragraphs with ``{名称}`` replaced; what is not known stays as it was typed, for the eye to catch."""
    text = _NAME.sub(lambda match: str(values.get(match[1], match[0])), body)
    return [line.strip() for line in text.splitlines() if line.strip()]
