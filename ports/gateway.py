"""Payment notice of the non-tax payment gateway (非税缴费平台): its signature and its fields.

A notice is a POST of JSON. The header ``X-Signature`` carries the hex HMAC-SHA256 of the exact body under the
secret shared with the gateway. The body contains the time of sending, so that nobody can replay an old notice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.base import LARGEST_WHOLE

PAYMENT_YEARS = 2000, 2100
"""First and last year of a plausible payment."""

SIGNATURE_HEADER = 'X-Signature'
LONGEST_DELAY = timedelta(minutes=15)
"""Age after which a notice is stale. The gateway signs each repetition with a new time of sending."""

LARGEST_BODY = 4000


class MalformedNotice(ValueError):
    """Raised for a body that is not a valid notice; its text is the reason in Chinese for the log."""


@dataclass(frozen=True, slots=True)
class PaidNotice:
    """Content of a notice: the order, the amount paid in fen, the moments of payment and of sending, the receipt."""

    order_number: str
    amount_fen: int
    paid_at: datetime
    receipt: str
    sent_at: datetime


def sign(secret: str, body: bytes) -> str:
    """Return the hex HMAC-SHA256 of a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def genuine(secret: str, body: bytes, signature: str) -> bool:
    """Return true if the signature belongs to the body; the comparison takes constant time."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.encode('utf-8', 'replace'))


def compose(notice: PaidNotice) -> bytes:
    """Return the body of a notice as JSON."""
    fields = {
        'order_number': notice.order_number,
        'amount_fen': notice.amount_fen,
        'paid_at': notice.paid_at.isoformat(),
        'receipt': notice.receipt,
        'sent_at': notice.sent_at.isoformat(),
    }
    return json.dumps(fields, sort_keys=True).encode()


def read_paid_notice(body: bytes) -> PaidNotice:
    """Parse a body.

    Raises MalformedNotice if it is not JSON in UTF-8, or if a field is missing, has a wrong type, a value out of range
    or no time zone.
    """
    try:
        fields = json.loads(body.decode())  # strict UTF-8: the log keeps text, which must parse again
        notice = PaidNotice(
            order_number=fields['order_number'],
            amount_fen=fields['amount_fen'],
            paid_at=datetime.fromisoformat(fields['paid_at']),
            receipt=fields['receipt'],
            sent_at=datetime.fromisoformat(fields['sent_at']),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedNotice('通知不是约定的 JSON 格式') from error
    texts = isinstance(notice.order_number, str) and isinstance(notice.receipt, str)
    if not texts or type(notice.amount_fen) is not int or not notice.paid_at.tzinfo or not notice.sent_at.tzinfo:
        raise MalformedNotice('通知的字段类型不正确')
    if abs(notice.amount_fen) > LARGEST_WHOLE:
        raise MalformedNotice('通知的金额不正确')
    if not PAYMENT_YEARS[0] <= notice.paid_at.year <= PAYMENT_YEARS[1]:
        raise MalformedNotice('通知的缴费时间不正确')
    if not notice.receipt.strip():
        raise MalformedNotice('通知没有票据号')
    if len(notice.order_number) > 40 or len(notice.receipt) > 60:
        raise MalformedNotice('通知的字段过长')
    if not (notice.order_number + notice.receipt).isprintable():
        raise MalformedNotice('通知的字段含有无效字符')
    return notice
