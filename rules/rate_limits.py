"""Rate limits, counted by audit lines, so that every process sees the same count."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import AuditEvent, AuditLine
from rules.refusal import Refusal

LOOKED_UP, MISTYPED = AuditEvent.FETCH, AuditEvent.SIGN_IN_FAILED
"""Audit events that are counted: a look-up in an outside registry, and a wrong password."""

MOST_LOOKED_UP = 10
"""Limit of look-ups of one account within a minute, because all accounts share the registry."""

MOST_MISTYPED, LOCKED_FOR = 10, timedelta(minutes=15)
"""Number of wrong passwords for one user name within that time, after which every password is refused."""


def lookup_refusal(session: Session, account: Account, at: datetime) -> Refusal | None:
    """Return the refusal of another look-up by the account, or None."""
    if _lately(session, LOOKED_UP, at - timedelta(minutes=1), AuditLine.actor_id == account.id) < MOST_LOOKED_UP:
        return None
    return Refusal('too_often', f'一分钟内最多查询 {MOST_LOOKED_UP} 次，请稍候再获取，也可手工填写')


def sign_in_refusal(session: Session, username: str, at: datetime) -> Refusal | None:
    """Return the refusal of a sign-in with this user name, or None; unknown names are refused alike."""
    if _lately(session, MISTYPED, at - LOCKED_FOR, AuditLine.details == username) < MOST_MISTYPED:
        return None
    minutes = LOCKED_FOR // timedelta(minutes=1)
    return Refusal('locked', f'密码错误次数过多，请 {minutes} 分钟后再试；忘记密码请联系管理员重设')


def _lately(session: Session, event: AuditEvent, since: datetime, whose: ColumnElement[Any]) -> int:
    return session.scalars(select(func.count()).where(AuditLine.at > since, AuditLine.event == event, whose)).one()
