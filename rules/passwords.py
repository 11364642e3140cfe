"""Passwords: kept only as argon2 hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
"""Characters of a password at least."""

_hasher = PasswordHasher()
_DUMMY = _hasher.hash('no account has this password')


def hashed(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes as long when there is no account."""
    try:
        return _hasher.verify(kept or _DUMMY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
