"""Administrative divisions of China (GB/T 2260), for 户籍: province, city and county written as one name."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

DIVISIONS_FILE = Path(__file__).parent.parent / 'data' / 'divisions.csv'


@cache
def names() -> tuple[str, ...]:
    """Return every province, city and county; each name begins with the divisions above it."""
    with DIVISIONS_FILE.open(encoding='utf-8', newline='') as file:
        return tuple(row['name'] for row in csv.DictReader(file))


def matching(text: str, most: int = 20) -> list[str]:
    """List at most ``most`` divisions that contain all words of a text, those that begin or end with it first."""
    words = text.split()
    if not words:
        return []
    found = [name for name in names() if all(word in name for word in words)]
    return sorted(found, key=lambda name: not (name.startswith(words[0]) or name.endswith(words[-1])))[:most]


def within(text: str) -> bool:
    """Return true if a text begins with a known division; the rest (a new district, a street) is not checked."""
    return text.startswith(names())
