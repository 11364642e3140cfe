"""Passwords, stored only as argon2 hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
"""Minimum number of characters of a password."""

_hasher = PasswordHasher()
_DUMMY = _hasher.hash('no account has this password')


def hashed(password: str) -> str:
    """Return the argon2 hash of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Return true if the password matches the hash. Takes equally long without an account (``kept`` is None)."""
    try:
        return _hasher.verify(kept or _DUMMY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
