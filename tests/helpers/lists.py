"""Lists of the product, and the rows in their HTML."""

from __future__ import annotations

from flask import Flask

from models import db
from models.employer import RosterEntry

LISTS = [
    ('guanli1', '/employer_applications/?tab=all'),
    ('bangong1', '/office_applications/?tab=all'),
    ('rensheju1', '/bureau_applications/?tab=all'),
    ('zhuanjia1', '/ballots/?tab=all'),
    ('geren3', '/my_applications/?tab=all'),
    ('bangong1', '/sessions/?tab=all'),
    ('bangong1', '/office_orders/?tab=all'),
    ('rensheju1', '/bureau_documents/?'),
    ('rensheju1', '/certificates/?'),
    ('pingtai1', '/offerings/?'),
    ('pingtai1', '/titles/?'),
    ('pingtai1', '/accounts/?'),
]


def rows_of(page: str) -> str:
    """Return the HTML of the rows of a list."""
    return page.partition('<tbody>')[2].partition('</tbody>')[0]


def shown_rows(page: str) -> int:
    """Return the number of rows of a list."""
    return rows_of(page).count('<tr')


def add_people(app: Flask, names: list[str]) -> None:
    """Add persons to the roster (人员) of employer 1, and commit."""
    with app.app_context():
        for number, name in enumerate(names):
            db.session.add(RosterEntry(employer_id=1, name=name, id_number=f'11010119900307{number:04d}'))
        db.session.commit()
