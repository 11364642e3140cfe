"""The mark at the foot of every page of a paper that was issued."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands at the foot of every page beside its number: what the paper is, and how to check that it is real."""

    lines: tuple[str, ...]
    code: str
    address: str
    """What the QR code holds."""
