"""The rows of a list and the values of its filters as HTML: most of a page, and what is alike is drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
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

    def draw(self, rows: Iterable[Any], first: int) -> Markup:
        """The rows, the first of them being that number of the list."""
        return Markup(''.join(self._row(row, number) for number, row in enumerate(rows, first)))

    def _row(self, row: Any, number: int) -> str:
        box = f'<input type="checkbox" name="rowid" form="bulk" value="{row.id}" aria-label="选择第 {number} 项">'
        pick = f'<td class="pick"><label>{box}</label></td>' if self.picked else ''
        cells = ''.join([f'{begin}{shown(cell(row))}</td>' for begin, cell in self.cells])
        return f'<tr>{pick}{cells}<td class="row-actions">{self._links(row)}</td></tr>'

    def _links(self, row: Any) -> str:
        """What may be done with a row; rows whose links are equal but for the key share what is drawn."""
        return draw_links(gapped(self.links(row), row)).replace(GAP, str(row.id))


def shown(value: Any) -> Markup:
    """What a cell holds as HTML; most cells are that already, and asking them takes longer than seeing it."""
    return value if type(value) is Markup else escape(value)


@lru_cache(2000)
def options(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """The values of a filter; they are those of the page before and of everybody else's."""
    drawn = Markup('<option value="{}"{}>{}</option>').format
    some = [(value, label) for value, label in choices if value != '']
    return Markup('').join(drawn(value, Markup(' selected') if value == chosen else '', label) for value, label in some)


Gapped = tuple[tuple[tuple[str, Any], ...], ...]
"""What is to be known of each link, without the key of its row."""


@lru_cache(2000)
def draw_links(links: Gapped) -> str:
    """Links as HTML; a list is opened again and again, and most of its rows offer what others did."""
    return str(get_template_attribute('admin/model/row_actions.html', 'row_links')([dict(link) for link in links]))


def gapped(links: Iterable[Mapping[str, Any]], row: Any) -> Gapped:
    """The links of a row with a gap where its key stands in their addresses."""
    own, gap = f'id={row.id}', f'id={GAP}'
    return tuple(tuple({**link, 'url': link['url'].replace(own, gap)}.items()) for link in links)
