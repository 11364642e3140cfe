"""Requests of pages, and form data of actions."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from models.application import Stage

REVIEWS = '/employer_applications'
"""URL of 单位审核."""


def page_of(client: FlaskClient, path: str) -> str:
    """Return the HTML of a page; assert status 200."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def action_form(version: int, source: Stage, **answers: Any) -> dict[str, Any]:
    """Return the form data of an action on one declaration, for the confirmation page and the review page."""
    return {'confirmed': '1', 'seen': str(version), 'source': source.value, **answers}


def decision(page: str) -> str:
    """Return the HTML of the decision: its button, or the reason of the refusal."""
    return page.partition('id="decide"')[2].partition('</aside>')[0]
