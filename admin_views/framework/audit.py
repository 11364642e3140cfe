"""Audit trail of requests: who did what, and in whose name."""

from __future__ import annotations

from flask_login import current_user

from models import db
from models.account import Account
from models.audit import AuditEvent, AuditLine
from rules import access


def audit(event: AuditEvent, details: str, account: Account | None = None) -> None:
    """Add an audit line for the account, or for the signed-in one; the caller commits."""
    actor = account or (current_user if current_user.is_authenticated else None)
    db.session.add(
        AuditLine(
            event=event,
            details=details[:1000],
            actor_id=actor.id if actor else None,
            actor_name=actor.name if actor else '',
            authority=access.authority(actor) if actor else '',
        )
    )
