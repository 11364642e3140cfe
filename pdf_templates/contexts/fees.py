"""Context of the notice to pay (缴费通知书)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from models.base import now
from models.payment import FeeOrder, OrderState
from models.terms import LEVELS
from pdf_templates import amounts
from pdf_templates.contexts.shared import (
    Context,
    GivenAnswers,
    worded,
)
from rules import fees


def fee_notice(session: Session, orders: Sequence[FeeOrder], _given: GivenAnswers) -> Context:
    """Gather 缴费通知书 of an order for one declaration or for several."""
    order = orders[0]
    due = fees.due_on(session, order)
    warning = fees.warning(order, due, now().date())
    named = {'缴款人': order.payer, '金额': f'{order.total_fen / 100:,.2f}'}
    return {
        'number': order.number,
        'host': order.committee.host_name,
        'host_code': order.committee.host_code,
        'payer': order.payer,
        'phone': order.phone,
        'state': OrderState(order.state).label,
        'created_on': order.created_at.date(),
        'due_on': due,
        'standards': _standards(order),
        'rows': [
            {
                'serial': item.application.serial,
                'name': item.application.applicant_name,
                'applied': f'{item.application.title}（{item.application.speciality}）',
                'level': item.application.level,
                'amount': f'{item.amount_fen / 100:,.2f}',
            }
            for item in sorted(order.items, key=lambda each: each.id)
        ],
        'total': f'{order.total_fen / 100:,.2f}',
        'capitals': amounts.capitals(order.total_fen),
        'notes': [*([warning] if warning else []), *worded(session, 'fee-notice', named)],
    }


def _standards(order: FeeOrder) -> list[dict[str, str]]:
    """List the lines of the order, one for each level and standard: standard × number = amount."""
    counted = Counter((item.application.level, item.amount_fen) for item in order.items)
    ranks = {level: rank for rank, level in enumerate(LEVELS)}
    return [
        {
            'committee': order.committee.name,
            'level': level,
            'standard': f'{fen / 100:,.2f}',
            'number': str(number),
            'amount': f'{fen * number / 100:,.2f}',
        }
        for (level, fen), number in sorted(
            counted.items(), key=lambda each: (ranks.get(each[0][0], -1), each[0][1]), reverse=True
        )
    ]
