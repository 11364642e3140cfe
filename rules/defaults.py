"""Shipped defaults of the texts, materials and fees that the platform role edits later."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.catalogue import FeeStandard
from models.material import Material
from models.wording import Wording


def load_defaults(session: Session, folder: Path) -> None:
    """Fill every table that is still empty and add missing texts; existing rows do not change."""
    if _is_empty(session, Material):
        session.add_all(
            Material(
                position=int(row['position']),
                name=row['name'],
                accepts=row['accepts'],
                rule=row['rule'],
                report=row['report'],
                carried=row['carried'] == '1',
                stage=row['stage'],
                requirement=row['requirement'],
            )
            for row in _rows(folder / 'materials.csv')
        )
    if _is_empty(session, FeeStandard):
        session.add_all(
            FeeStandard(level=row['level'], track=row['track'], amount_fen=int(row['yuan']) * 100)
            for row in _rows(folder / 'fees.csv')
        )
    known = set(session.scalars(select(Wording.code)))
    for file in sorted((folder / 'wordings').glob('*.txt')):
        if file.stem not in known:
            session.add(Wording(code=file.stem, version=1, body=file.read_text(encoding='utf-8').strip()))
    session.flush()


def _is_empty(session: Session, model: type) -> bool:
    return session.scalars(select(func.count()).select_from(model)).one() == 0


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))
