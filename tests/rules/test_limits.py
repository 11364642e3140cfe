"""Passwords and how often something may be tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.audit import AuditLine
from models.base import now
from rules import passwords, rate_limits
from tests.helpers.types import Who


def test_a_password_is_known_by_its_hash_alone() -> None:
    kept = passwords.hashed('Demo-2026')
    assert 'Demo-2026' not in kept
    tried = [(kept, 'Demo-2026'), (kept, 'demo-2026'), (None, 'Demo-2026'), ('no hash', 'Demo-2026'), ('', '')]
    assert [passwords.matches(*each) for each in tried] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ('count', 'ago', 'code'),
    [
        (rate_limits.MOST_LOOKED_UP - 1, timedelta(seconds=1), None),
        (rate_limits.MOST_LOOKED_UP, timedelta(seconds=1), 'too_often'),
        (rate_limits.MOST_LOOKED_UP, timedelta(seconds=61), None),
    ],
)
def test_an_account_looks_up_so_often_in_a_minute(
    session: Session, account: Who, count: int, ago: timedelta, code: str | None
) -> None:
    moment, by, other = now(), account('geren1'), account('geren2')
    for _ in range(count):
        session.add(AuditLine(at=moment - ago, event=rate_limits.LOOKED_UP, actor_id=by.id, actor_name=by.name))
    session.flush()
    refusals = [rate_limits.lookup_refusal(session, each, moment) for each in (by, other)]
    assert [refusal.code if refusal else None for refusal in refusals] == [code, None]


@pytest.mark.parametrize(
    ('count', 'ago', 'code'),
    [
        (rate_limits.MOST_MISTYPED - 1, timedelta(seconds=1), None),
        (rate_limits.MOST_MISTYPED, timedelta(seconds=1), 'locked'),
        (rate_limits.MOST_MISTYPED, rate_limits.LOCKED_FOR + timedelta(seconds=1), None),
    ],
)
def test_no_password_is_tried_after_many_wrong_ones(
    session: Session, count: int, ago: timedelta, code: str | None
) -> None:
    moment = now()
    for _ in range(count):
        session.add(AuditLine(at=moment - ago, event=rate_limits.MISTYPED, details='guanli1'))
    session.flush()
    refusals = [rate_limits.sign_in_refusal(session, each, moment) for each in ('guanli1', 'nobody')]
    assert [refusal.code if refusal else None for refusal in refusals] == [code, None]
