"""The non-tax payment gateway (非税缴费平台): how its asynchronous notice is signed and read.

A notice is a POST of JSON. The header ``X-Signature`` carries the hex HMAC-SHA256 of the exact body under the
secret shared with the gateway; the body names its own moment so that an old notice cannot be sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.base import LARGEST_WHOLE

YEARS = 2000, 2100
"""The first and last year in which an order can have been paid."""

SIGNATURE_HEADER = 'X-Signature'
LONGEST_DELAY = timedelta(minutes=15)
"""A notice older than this counts as stale; the gateway signs each repetition anew."""

LARGEST_BODY = 4000


class MalformedNotice(ValueError):
    """Raised for a body that is not a notice."""


@dataclass(frozen=True, slots=True)
class PaidNotice:
    """What the gateway says: this order was paid with this much (fen) at this moment."""

    order_number: str
    amount_fen: int
    paid_at: datetime
    receipt: str
    sent_at: datetime


def sign(secret: str, body: bytes) -> str:
    """The signature that belongs to a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def genuine(secret: str, body: bytes, signature: str) -> bool:
    """Whether the signature belongs to the body, compared in constant time."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.encode('utf-8', 'replace'))


def compose(notice: PaidNotice) -> bytes:
    """The body of a notice."""
    fields = {
        'order_number': notice.order_number,
        'amount_fen': notice.amount_fen,
        'paid_at': notice.paid_at.isoformat(),
        'receipt': notice.receipt,
        'sent_at': notice.sent_at.isoformat(),
    }
    return json.dumps(fields, sort_keys=True).encode()


def read(body: bytes) -> PaidNotice:
    """Read a body.

    Raises MalformedNotice when it is no JSON in UTF-8, or a field is missing, of the wrong type, beyond all reason or
    without a time zone.
    """
    try:
        fields = json.loads(body.decode())  # what can be read can be read again from the log, which keeps text
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
    if not YEARS[0] <= notice.paid_at.year <= YEARS[1]:
        raise MalformedNotice('通知的缴费时间不正确')
    if not notice.receipt.strip():
        raise MalformedNotice('通知没有票据号')
    if len(notice.order_number) > 40 or len(notice.receipt) > 60:
        raise MalformedNotice('通知的字段过长')
    if not (notice.order_number + notice.receipt).isprintable():
        raise MalformedNotice('通知的字段含有无效字符')
    return notice
