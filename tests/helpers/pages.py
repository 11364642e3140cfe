"""Pages as tests ask for them, and forms as tests send them."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from models.application import Stage

REVIEWS = '/employer_applications'
"""The list of an employer's reviewers."""


def page_of(client: FlaskClient, path: str) -> str:
    """The text of a page, which must open."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def action_form(version: int, source: Stage, **answers: Any) -> dict[str, Any]:
    """The form of an action on one declaration, as the confirmation page and the review page send it."""
    return {'confirmed': '1', 'seen': str(version), 'source': source.value, **answers}


def decision(page: str) -> str:
    """The button of the decision, and why not."""
    return page.partition('id="decide"')[2].partition('</aside>')[0]
