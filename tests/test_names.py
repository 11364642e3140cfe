"""A public name at the top of a module stands for one thing in the whole product."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from app import ROOT

ROOMS = ('models', 'rules', 'ports', 'pdf_templates', 'admin_views')
SEVERAL: dict[str, int] = {
    'About': 2,
    'BATCH': 3,
    'BOOK': 2,
    'CHUNK': 2,
    'COMMITMENT': 2,
    'Cell': 2,
    'Column': 2,
    'DAY': 2,
    'DIGITS': 2,
    'DOCUMENT': 2,
    'FILE': 2,
    'Given': 2,
    'KEPT': 3,
    'KINDS': 3,
    'LARGEST': 2,
    'LEFT_OUT': 2,
    'LONGEST': 2,
    'LOST': 2,
    'Line': 2,
    'MERGED': 2,
    'MOST': 2,
    'MOST_AT_ONCE': 2,
    'MOST_COLUMNS': 2,
    'Made': 2,
    'ORDER': 2,
    'Outcome': 2,
    'P': 2,
    'PRINTED': 2,
    'RULES': 2,
    'Row': 2,
    'SHOWN': 3,
    'SIDE': 2,
    'Sheet': 2,
    'TEXTS': 2,
    'Tab': 2,
    'Table': 2,
    'Verdict': 2,
    'WAITING': 2,
    'Wanted': 2,
    'Work': 2,
    'YEARS': 2,
    'cancel': 2,
    'chosen': 2,
    'confirm': 2,
    'counts': 3,
    'day': 2,
    'filled': 2,
    'in_force': 2,
    'issued': 2,
    'keep': 5,
    'lines': 2,
    'load': 2,
    'log': 4,
    'make': 2,
    'missing': 3,
    'moment': 2,
    'offered': 2,
    'pages': 4,
    'path_of': 3,
    'periods': 2,
    'place_of': 2,
    'plain': 2,
    'problem': 2,
    'problems': 2,
    'read': 3,
    'register': 2,
    'rich': 2,
    'set_up': 2,
    'shown': 3,
    'start': 3,
    'take': 2,
    'waiting': 2,
    'wanted': 2,
}
"""Names that still stand for several things, and for how many. Renames shorten this table; no name is added to it."""


def modules() -> Iterator[Path]:
    """The modules of the product."""
    yield from (ROOT / 'app.py', ROOT / 'commands.py')
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob('*.py'))


def defined(module: Path) -> set[str]:
    """The public functions, classes and constants that a module defines at its top."""
    names: set[str] = set()
    for statement in ast.parse(module.read_text(encoding='utf-8')).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
        elif isinstance(statement, ast.Assign):
            targets = [part for target in statement.targets for part in getattr(target, 'elts', [target])]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return {name for name in names if not name.startswith('_')}


def test_a_public_name_is_defined_once() -> None:
    """A new name that is taken already fails here with its modules, and so does an entry that is out of date."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for name in defined(module):
            found[name].append(str(module.relative_to(ROOT)))
    changed = {name: places for name, places in found.items() if len(places) != SEVERAL.get(name, 1)}
    assert (changed, set(SEVERAL) - set(found)) == ({}, set())
