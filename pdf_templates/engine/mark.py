"""Mark at the foot of every page of an issued paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Texts beside the page number: ``lines`` name the subject, ``code`` verifies the paper."""

    lines: tuple[str, ...]
    code: str
    address: str
    """URL in the QR code: the verification page of this code."""
