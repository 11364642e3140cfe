"""How often a person may ask an outside registry: everyone's look-ups share its patience."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.record import AuditLine
from rules.refusal import Refusal

EVENT = 'fetch'
"""The audit event of a look-up, by which they are counted."""

MOST = 10
"""Look-ups of one account within a minute."""


def refusal(session: Session, account: Account, at: datetime) -> Refusal | None:
    """Why the account may not ask right now."""
    lately = select(func.count()).where(
        AuditLine.at > at - timedelta(minutes=1), AuditLine.event == EVENT, AuditLine.actor_id == account.id
    )
    if session.scalars(lately).one() < MOST:
        return None
    return Refusal('too_often', f'一分钟内最多查询 {MOST} 次，请稍候再获取，也可手工填写')
