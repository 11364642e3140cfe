"""Exported lists, read back."""

from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient


def exported(client: FlaskClient, path: str) -> tuple[list[list[str]], str]:
    """The rows of an export, and its file name."""
    with client.get(path) as answer:
        text = answer.get_data(as_text=True)
        assert text.startswith('\ufeff')
        return list(csv.reader(io.StringIO(text.removeprefix('\ufeff')))), answer.headers['Content-Disposition']


def first_serial(page: str) -> str:
    """The first serial on a page."""
    start = page.index('0032')
    return page[start : start + 19]
