"""Reading of exported lists."""

from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient


def exported(client: FlaskClient, path: str) -> tuple[list[list[str]], str]:
    """Return the rows of a CSV export, and its Content-Disposition."""
    with client.get(path) as answer:
        text = answer.get_data(as_text=True)
        assert text.startswith('\ufeff')
        return list(csv.reader(io.StringIO(text.removeprefix('\ufeff')))), answer.headers['Content-Disposition']


def first_serial(page: str) -> str:
    """Return the first serial number (业务流水号) on a page."""
    start = page.index('0032')
    return page[start : start + 19]
