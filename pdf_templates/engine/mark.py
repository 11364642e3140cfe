"""The mark at the foot of every page of a paper that was issued."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Texts at the foot of every page beside its number: the subject of the paper, and the code that proves it."""

    lines: tuple[str, ...]
    code: str
    address: str
    """What the QR code holds."""
