"""Running numbers: serials, payment notices, document numbers and certificate numbers."""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.catalogue import Committee
from models.record import Counter
from models.terms import LEVELS, MATTER_CODE

REGION = '4403'
"""Administrative division code of the city (GB/T 2260), part of every certificate number."""


def next_number(session: Session, name: str) -> int:
    """The next number under ``name``, beginning with 1; two callers never get the same one."""
    bump = update(Counter).where(Counter.name == name).values(value=Counter.value + 1)
    if cast('CursorResult[tuple[()]]', session.execute(bump)).rowcount == 0:
        try:
            with session.begin_nested():
                session.execute(insert(Counter).values(name=name, value=1))
            return 1
        except IntegrityError:  # another caller began this counter a moment ago
            session.execute(bump)
    return session.scalars(select(Counter.value).where(Counter.name == name)).one()


def serial(session: Session, on: date) -> str:
    """A 业务流水号: matter code, day and an eight-digit number that runs through (手册 §2.2)."""
    return f'{MATTER_CODE}{on:%Y%m%d}{next_number(session, "serial"):08d}'


def order_number(session: Session, on: date) -> str:
    """A 缴费通知书号码 of twenty digits (手册 第四章)."""
    return f'{REGION}{on:%Y%m%d}{next_number(session, "fee_order"):08d}'


def document_number(session: Session, committee: Committee, year: int) -> str:
    """The number of an approval document, counted by committee and year."""
    return f'职评{committee.code}〔{year}〕{next_number(session, f"approval:{committee.id}:{year}")}号'


def certificate_number(session: Session, committee: Committee, level: str, year: int) -> str:
    """Year, region, committee, level, a five-digit number and a check digit (GB/T 17710, MOD 11-10)."""
    running = next_number(session, f'certificate:{year}')
    body = f'{year % 100:02d}{REGION}{committee.code}{LEVELS.index(level) + 1}{running:05d}'
    return body + check_digit(body)


def check_digit(digits: str) -> str:
    """The MOD 11-10 check digit of a string of digits (ISO 7064)."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
