"""Rounds of correction: a declaration is returned, changed and submitted again."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application
from models.base import now
from models.declaration import Basic, Destination
from models.employer import RosterEntry
from rules import declaration
from rules.flow.doing import perform
from tests.helpers.declarations import signed
from tests.helpers.opinions import REVIEW

BACK = {'opinion': '请修改。'}


def corrected(session: Session, declared: Application, **changed: Any) -> None:
    """Change 基本信息 of a returned declaration and submit it again."""
    for name, value in changed.items():
        setattr(Basic.of(declared), name, value)
    session.flush()
    perform(session, 'submit', declared, declared.applicant)


def moved(session: Session, declared: Application, employer_id: int) -> None:
    """Submit a returned declaration again, to another employer with the applicant on its roster (手册 §1.4.5)."""
    basic = Basic.of(declared)
    session.add(RosterEntry(employer_id=employer_id, name=basic.name, id_type=basic.id_type, id_number=basic.id_number))
    Destination.of(declared).employer_id = employer_id
    declaration.refresh(session, declared, now().date())
    corrected(session, declared, work_employer=str(Destination.of(declared).employer))


def passed(session: Session, declared: Application, by: Account) -> None:
    """Pass 单位审核 of a declaration with a signed paper and an opinion."""
    signed(session, declared, by)
    session.refresh(declared)
    words = {'training_opinion': f'{by.employer}的意见甲', 'evaluation': f'{by.employer}的评价。' * 20}
    perform(session, 'approve', declared, by, data={**REVIEW, **words})
