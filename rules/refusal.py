"""A denial is an object: a code to test for, a sentence to show, and from when it will be possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done. ``possible_on`` is the first day it can, where that is known.

    Where it is the answers that cannot be taken, ``errors`` holds a sentence by field name.
    """

    code: str
    sentence: str
    possible_on: date | None = None
    errors: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self.sentence


class Refused(Exception):
    """Raised by an operation that the rules do not allow; nothing has been changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class Invalid(Refused):
    """Raised when what was filled in cannot be taken; ``errors`` holds a sentence by field name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(unfit(errors))
        self.errors = errors


def unfit(errors: Mapping[str, str]) -> Refusal:
    """Why answers cannot be taken."""
    return Refusal('invalid', '；'.join(errors.values()), errors=errors)


def raise_for(refusal: Refusal | None) -> None:
    """Raise what a denial stands for, where there is one."""
    if refusal is not None:
        raise Invalid(refusal.errors) if refusal.errors else Refused(refusal)
