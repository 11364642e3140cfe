"""What follows from an action of the flow, and what is prepared for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.notice import Phase
from rules import approval, declaration, fees, notices
from rules.flow.transition import Act, Complete, Effect


def freeze_revision(acts: Sequence[Act]) -> None:
    """Keep each declaration as it was submitted, to the employer that it names by now."""
    for act in acts:
        declaration.send_to_chosen(act.application)
        declaration.freeze(act.session, act.application)


def lapse_notices(acts: Sequence[Act]) -> None:
    """What was made public was the declaration before its correction; it has to be published anew (手册 §3.2.9)."""
    notices.lapse(acts[0].session, [act.application for act in acts])


def open_fee_orders(acts: Sequence[Act]) -> None:
    """Ask each applicant for the fee."""
    fees.open_orders_for(acts[0].session, [act.application for act in acts], acts[0].lookups.standards, acts[0].on)


def worded_notice(phase: Phase) -> Complete:
    """A notice without words of its own has those that follow from its period, in the record too (手册 §3.2.10)."""

    def complete(act: Act) -> Mapping[str, Any]:
        starts_on, ends_on = act.data['starts_on'], act.data['ends_on']
        return {'opinion': act.data.get('opinion') or notices.wording(act.application, starts_on, ends_on, phase)}

    return complete


def record_notices(phase: Phase) -> Effect:
    """Keep the period and the wording of each notice."""

    def effect(acts: Sequence[Act]) -> None:
        starts_on, ends_on = acts[0].data['starts_on'], acts[0].data['ends_on']
        wordings = {act.application: act.data['opinion'] for act in acts}
        notices.record(acts[0].session, phase, starts_on, ends_on, wordings)

    return effect


def join_document(acts: Sequence[Act]) -> None:
    """Put the declarations into the approval document that was opened for the act."""
    approval.join(acts[0].session, [act.application for act in acts], acts[0].data['document_id'])


def leave_documents(acts: Sequence[Act]) -> None:
    """Take the declarations out of their approval documents."""
    approval.leave(acts[0].session, [act.application for act in acts])


def issue_certificates(acts: Sequence[Act]) -> None:
    """Issue the certificates."""
    approval.issue(acts[0].session, [act.application for act in acts], acts[0].on)


def remove(acts: Sequence[Act]) -> None:
    """Remove drafts that were never submitted."""
    for act in acts:
        act.session.delete(act.application)


def open_document(acts: Sequence[Act]) -> Mapping[str, Any]:
    """One document for all declarations bundled together; they are of one committee by the actor's scope."""
    act = acts[0]
    assert act.application.committee is not None
    document = approval.open_document(act.session, act.application.committee, str(act.data['title']), act.on.year)
    return {'document_id': document.id, 'document': document.number}
