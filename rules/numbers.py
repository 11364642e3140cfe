"""Running numbers of declarations, payment notices, documents and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.application import Application
from models.catalogue import Committee
from models.counter import Counter
from models.terms import LEVELS, MATTER_CODE
from models.transaction import savepoint

REGION = '4403'
"""Administrative division code of the city (GB/T 2260), part of order and certificate numbers."""


def next_numbers(session: Session, name: str, count: int) -> range:
    """Return the next ``count`` numbers under ``name``, beginning with 1; no number is given out twice."""
    bump = update(Counter).where(Counter.name == name).values(value=Counter.value + count)
    if cast('CursorResult[tuple[()]]', session.execute(bump)).rowcount == 0:
        try:
            with savepoint(session):
                session.execute(insert(Counter).values(name=name, value=count))
            return range(1, count + 1)
        except IntegrityError:  # another transaction inserted this counter at the same time
            session.execute(bump)
    last = session.scalars(select(Counter.value).where(Counter.name == name)).one()
    return range(last - count + 1, last + 1)


def next_number(session: Session, name: str) -> int:
    """Return the next number under ``name``."""
    return next_numbers(session, name, 1)[0]


def serial(session: Session, on: date) -> str:
    """Return a new 业务流水号: matter code, day and an eight-digit running number (手册 §2.2)."""
    return f'{MATTER_CODE}{on:%Y%m%d}{next_number(session, "serial"):08d}'


def order_numbers(session: Session, on: date, count: int = 1) -> list[str]:
    """Return new 缴费通知书号码 of twenty digits (手册 第四章)."""
    return [f'{REGION}{on:%Y%m%d}{running:08d}' for running in next_numbers(session, 'fee_order', count)]


def document_number(session: Session, committee: Committee, year: int) -> str:
    """Return a new number of an approval document, counted by committee and year."""
    return f'职评{committee.code}〔{year}〕{next_number(session, f"approval:{committee.id}:{year}")}号'


def certificate_numbers(session: Session, applications: Sequence[Application], year: int) -> list[str]:
    """Return new numbers: year, region, committee, level, five digits and a check digit (GB/T 17710, MOD 11-10)."""
    running = next_numbers(session, f'certificate:{year}', len(applications))
    bodies = [
        f'{year % 100:02d}{REGION}{committee.code}{LEVELS.index(each.level) + 1}{number:05d}'
        for each, number in zip(applications, running, strict=True)
        if (committee := each.committee)
    ]
    return [body + check_digit(body) for body in bodies]


def check_digit(digits: str) -> str:
    """Return the MOD 11-10 check digit of a string of digits (ISO 7064)."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
