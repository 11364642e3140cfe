"""Files that leave the product: their media types, their names in the answer, and names inside a ZIP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from flask import Response

from ports.spreadsheets import writing

MEDIA_TYPES: Mapping[str, str] = {
    'csv': 'text/csv; charset=utf-8',
    'pdf': 'application/pdf',
    'xlsx': writing.MEDIA_TYPE,
    'zip': 'application/zip',
}
"""By the ending of a file that the product makes."""


def name_download(response: Response, name: str, way: str = 'attachment', plain: str = '') -> Response:
    """Name the file of an answer (RFC 6266), to be saved or (``inline``) shown in the page.

    ``plain`` is the ASCII name, without its ending, for a client that does not read the Chinese one.
    """
    fallback = f'filename={plain}{Path(name).suffix}; ' if plain else ''
    response.headers['Content-Disposition'] = f"{way}; {fallback}filename*=UTF-8''{quote(name)}"
    return response


def download(content: bytes, name: str, way: str = 'attachment', plain: str = '') -> Response:
    """Answer with a file that the product made; its media type follows from the ending of its name."""
    response = Response(content, mimetype=MEDIA_TYPES[Path(name).suffix.removeprefix('.')])
    return name_download(response, name, way, plain)


def zip_name(name: str) -> str:
    """Return the name without the separators that would make folders of it in a ZIP."""
    return name.replace('/', '／').replace('\\', '＼')
