"""A denial is an object: a code to test for, a sentence to show, and from when it will be possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done. ``possible_on`` is the first day it can, where that is known."""

    code: str
    sentence: str
    possible_on: date | None = None

    def __str__(self) -> str:
        return self.sentence


class Refused(Exception):
    """Raised by an operation that the rules do not allow; nothing has been changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class Invalid(Refused):
    """Raised when what was filled in cannot be taken; ``errors`` holds a sentence by field name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(Refusal('invalid', '；'.join(errors.values())))
        self.errors = errors
