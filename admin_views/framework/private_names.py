"""Private names of Flask-Admin that the product uses, each with the reason why no public hook serves."""

from __future__ import annotations

from typing import Any


def view_named(admin: Any, endpoint: str) -> Any | None:
    """Return the view of an endpoint: ``Admin`` keeps its views in ``_views`` and offers only their menu entries."""
    return next((view for view in admin._views if view.endpoint == endpoint), None)
