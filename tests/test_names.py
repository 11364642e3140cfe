"""A public name at the top of a module stands for one thing in the whole product."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from app import ROOT

ROOMS = ('models', 'rules', 'ports', 'pdf_templates', 'admin_views')


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
    """A new name that is taken already fails here with the modules that define it."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for name in defined(module):
            found[name].append(str(module.relative_to(ROOT)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
