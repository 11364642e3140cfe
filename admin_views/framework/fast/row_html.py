"""List rows and filter options as HTML, made as strings for speed, because they are most of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup, escape

from admin_views.framework.list_parts import Column

GAP = '\0'
"""Placeholder for the key of a row in cached links; no URL can contain this character."""

Links = Callable[[Any], Sequence[Mapping[str, Any]]]


class ListTable:
    """Rows of an HTML table: checkbox if ``picked``, cells and links; phones show the column ``title`` on top."""

    def __init__(self, columns: Sequence[Column], links: Links, *, title: str, picked: bool) -> None:
        self.cells = [(_cell_begin(each, title), each.cell) for each in columns]
        self.links, self.picked = links, picked

    def draw(self, rows: Iterable[Any], first: int) -> Markup:
        """Return the rows as HTML; ``first`` is the number of the first row in the list."""
        return Markup(''.join(self._row(row, number) for number, row in enumerate(rows, first)))

    def _row(self, row: Any, number: int) -> str:
        box = f'<input type="checkbox" name="rowid" form="bulk" value="{row.id}" aria-label="选择第 {number} 项">'
        pick = f'<td class="pick"><label>{box}</label></td>' if self.picked else ''
        cells = ''.join([f'{begin}{escape_cell(cell(row))}</td>' for begin, cell in self.cells])
        return f'<tr>{pick}{cells}<td class="row-actions">{self._links(row)}</td></tr>'

    def _links(self, row: Any) -> str:
        """Return the links of a row as HTML; rows whose links differ only in the key share one cached string."""
        return draw_links(gapped(self.links(row), row)).replace(GAP, str(row.id))


def _cell_begin(column: Column, title: str) -> str:
    marked = ' row-title' if column.key == title else ''
    return f'<td class="col-{column.key}{marked}" data-label="{escape(column.label)}">'


def escape_cell(value: Any) -> Markup:
    """Return a cell as HTML; a check of the type is faster than ``escape``, and most cells are Markup already."""
    return value if type(value) is Markup else escape(value)


@lru_cache(2000)
def options(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """Return the options of a filter as HTML, cached, because most pages offer the same."""
    drawn = Markup('<option value="{}"{}>{}</option>').format
    some = [(value, label) for value, label in choices if value != '']
    return Markup('').join(drawn(value, Markup(' selected') if value == chosen else '', label) for value, label in some)


Gapped = tuple[tuple[tuple[str, Any], ...], ...]
"""Links of a row as a hashable value, with GAP for the key of the row."""


@lru_cache(2000)
def draw_links(links: Gapped) -> str:
    """Return links as HTML, cached, because most rows offer the same links."""
    return str(get_template_attribute('admin/model/row_actions.html', 'row_links')([dict(link) for link in links]))


def gapped(links: Iterable[Mapping[str, Any]], row: Any) -> Gapped:
    """Return the links of a row as a hashable value, with GAP for its key in the URLs."""
    own, gap = f'id={row.id}', f'id={GAP}'
    return tuple(tuple({**link, 'url': link['url'].replace(own, gap)}.items()) for link in links)
