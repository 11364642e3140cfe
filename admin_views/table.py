"""The rows of a list as HTML. They are most of a page, and what is alike in them is drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup, escape

GAP = '\0'
"""Stands for a row's key in what is drawn for all rows that are alike; nobody can send one."""

Cell = Callable[[Any], Any]
Links = Callable[[Any], Sequence[Mapping[str, Any]]]


class Table:
    """Draws rows: a box to tick them by where ``picked``, the cells, and what may be done with each."""

    def __init__(self, columns: Sequence[tuple[str, str, Cell]], links: Links, *, title: str, picked: bool) -> None:
        self.cells = [
            (f'<td class="col-{name}{" row-title" if name == title else ""}" data-label="{escape(label)}">', cell)
            for name, label, cell in columns
        ]
        self.links, self.picked = links, picked
        self.draw_links = get_template_attribute('admin/model/row_actions.html', 'row_links')
        self.drawn: dict[tuple[Any, ...], str] = {}

    def draw(self, rows: Iterable[Any], first: int) -> Markup:
        """The rows, the first of them being that number of the list."""
        return Markup(''.join(self._row(row, number) for number, row in enumerate(rows, first)))

    def _row(self, row: Any, number: int) -> str:
        box = f'<input type="checkbox" name="rowid" form="bulk" value="{row.id}" aria-label="选择第 {number} 项">'
        pick = f'<td class="pick">{box}</td>' if self.picked else ''
        cells = ''.join([f'{begin}{escape(cell(row))}</td>' for begin, cell in self.cells])
        return f'<tr>{pick}{cells}<td class="row-actions">{self._links(row)}</td></tr>'

    def _links(self, row: Any) -> str:
        """What may be done with a row; rows that offer the same are drawn once, with a gap where the key stands."""
        links, own, gap = self.links(row), f'id={row.id}', f'id={GAP}'
        alike = tuple((link['url'].replace(own, gap), link['label'], link['kind'], link['refused']) for link in links)
        if alike not in self.drawn:
            self.drawn[alike] = self.draw_links([{**link, 'url': link['url'].replace(own, gap)} for link in links])
        return self.drawn[alike].replace(GAP, str(row.id))
