"""Effects of the flow, and functions that complete or prepare the answers before an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.notice import Phase
from rules import approval, declaration, fees, notices
from rules.flow.transition import Act, Complete, Effect


def freeze_revision(acts: Sequence[Act]) -> None:
    """Store each declaration as a numbered revision, addressed to the employer that it names now."""
    for act in acts:
        declaration.send_to_chosen(act.application)
        declaration.freeze(act.session, act.application)


def lapse_notices(acts: Sequence[Act]) -> None:
    """Delete the notices of corrected declarations: the new text must be published again (手册 §3.2.9)."""
    notices.lapse(acts[0].session, [act.application for act in acts])


def open_fee_orders(acts: Sequence[Act]) -> None:
    """Create the fee order of each declaration."""
    fees.open_orders_for(acts[0].session, [act.application for act in acts], acts[0].lookups.standards, acts[0].on)


def worded_notice(phase: Phase) -> Complete:
    """Make a function that words a notice by its period if its wording was left empty (手册 §3.2.10)."""

    def complete(act: Act) -> Mapping[str, Any]:
        starts_on, ends_on = act.data['starts_on'], act.data['ends_on']
        return {'opinion': act.data.get('opinion') or notices.wording(act.application, starts_on, ends_on, phase)}

    return complete


def record_notices(phase: Phase) -> Effect:
    """Make an effect that stores the period and the wording of each notice."""

    def effect(acts: Sequence[Act]) -> None:
        starts_on, ends_on = acts[0].data['starts_on'], acts[0].data['ends_on']
        wordings = {act.application: act.data['opinion'] for act in acts}
        notices.record(acts[0].session, phase, starts_on, ends_on, wordings)

    return effect


def join_document(acts: Sequence[Act]) -> None:
    """Add the declarations to the approval document that ``make_document`` created."""
    approval.join(acts[0].session, [act.application for act in acts], acts[0].data['document_id'])


def leave_documents(acts: Sequence[Act]) -> None:
    """Remove the declarations from their approval documents."""
    approval.leave(acts[0].session, [act.application for act in acts])


def issue_certificates(acts: Sequence[Act]) -> None:
    """Issue the certificate of each declaration."""
    approval.issue(acts[0].session, [act.application for act in acts], acts[0].on)


def remove(acts: Sequence[Act]) -> None:
    """Delete drafts that were never submitted."""
    for act in acts:
        act.session.delete(act.application)


def make_document(acts: Sequence[Act]) -> Mapping[str, Any]:
    """Create one approval document for all declarations; the actor's scope has only one committee."""
    act = acts[0]
    assert act.application.committee is not None
    document = approval.open_document(act.session, act.application.committee, str(act.data['title']), act.on.year)
    return {'document_id': document.id, 'document': document.number}
