"""Administrative divisions of China (GB/T 2260), for 户籍: province, city and county written as one name."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / 'data' / 'divisions.csv'


@cache
def names() -> tuple[str, ...]:
    """Every province, city and county, each with what it belongs to before it."""
    with FILE.open(encoding='utf-8', newline='') as file:
        return tuple(row['name'] for row in csv.DictReader(file))


def matching(text: str, most: int = 20) -> list[str]:
    """Divisions in whose name all the words occur, those that begin or end so first."""
    words = text.split()
    if not words:
        return []
    found = [name for name in names() if all(word in name for word in words)]
    return sorted(found, key=lambda name: not (name.startswith(words[0]) or name.endswith(words[-1])))[:most]


def within(text: str) -> bool:
    """Whether a text begins with a known division; what follows (a new district, a street) is not judged."""
    return text.startswith(names())
