"""Refusal of an operation: a code to test for, a sentence to show, and the first possible day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason that something cannot be done. ``possible_on`` is the first possible day, if known.

    ``errors`` contains a sentence by field name if the answers are wrong.
    """

    code: str
    sentence: str
    possible_on: date | None = None
    errors: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self.sentence


class Refused(Exception):
    """Error of an operation that the rules do not allow; nothing has been changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class Invalid(Refused):
    """Error of wrong answers; ``errors`` contains a sentence by field name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(unfit(errors))
        self.errors = errors


def unfit(errors: Mapping[str, str]) -> Refusal:
    """Return the refusal of wrong answers."""
    return Refusal('invalid', '；'.join(errors.values()), errors=errors)


def raise_for(refusal: Refusal | None) -> None:
    """Raise Refused or Invalid for a refusal; do nothing for None."""
    if refusal is not None:
        raise Invalid(refusal.errors) if refusal.errors else Refused(refusal)
