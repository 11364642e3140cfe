"""What a declaration costs, and the order that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application
from models.catalogue import FeeStandard
from models.declaration import Basic
from models.payment import FeeItem, FeeOrder, OrderState
from rules import numbers

Standards = Mapping[tuple[str, str], int]
"""Amounts in fen by level and track; the empty track is the level's general standard."""


def standards(session: Session) -> Standards:
    """The fee standards in force."""
    found = session.scalars(select(FeeStandard).where(FeeStandard.in_force))
    return {(standard.level, standard.track): standard.amount_fen for standard in found}


def amount(known: Standards, application: Application) -> int | None:
    """What the declaration costs in fen: the track's own standard before the level's; None where none is set."""
    return known.get((application.level, application.track), known.get((application.level, '')))


def open_order(session: Session, application: Application, known: Standards, on: date) -> FeeOrder:
    """The order that the applicant pays (手册 第四章)."""
    cost = amount(known, application)
    assert cost, 'the flow lets nothing through without a fee'
    assert application.committee_id is not None
    order = FeeOrder(
        number=numbers.order_number(session, on),
        payer=application.applicant_name,
        phone=Basic.of(application).phone or '',
        total_fen=cost,
        committee_id=application.committee_id,
        items=[FeeItem(application_id=application.id, amount_fen=cost)],
    )
    session.add(order)
    session.flush()
    return order


def order_of(session: Session, application: Application) -> FeeOrder | None:
    """The newest order of a declaration that is not void."""
    query = (
        select(FeeOrder)
        .join(FeeItem)
        .where(FeeItem.application_id == application.id, FeeOrder.state != OrderState.VOID)
        .order_by(FeeOrder.id.desc())
    )
    return session.scalars(query).first()
