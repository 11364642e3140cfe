"""Types of the fixtures that most tests use."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from models.account import Account
from models.application import Application

ClientOf = Callable[[str], FlaskClient]
Find = Callable[..., Application]
Who = Callable[[str], Account]
