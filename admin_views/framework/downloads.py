"""Downloads: media types, file names in the response, and names inside a ZIP."""

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
"""Media types of the files that the product makes, by file extension."""


def name_download(response: Response, name: str, way: str = 'attachment', plain: str = '') -> Response:
    """Set Content-Disposition (RFC 6266) of a response to save a file or, with ``inline``, show it in the browser.

    ``plain`` is the ASCII name, without extension, for a client that does not read the Chinese one.
    """
    fallback = f'filename={plain}{Path(name).suffix}; ' if plain else ''
    response.headers['Content-Disposition'] = f"{way}; {fallback}filename*=UTF-8''{quote(name)}"
    return response


def download(content: bytes, name: str, way: str = 'attachment', plain: str = '') -> Response:
    """Return a response with a file that the product made; the extension of its name determines the media type."""
    response = Response(content, mimetype=MEDIA_TYPES[Path(name).suffix.removeprefix('.')])
    return name_download(response, name, way, plain)


def zip_name(name: str) -> str:
    """Return the name with full-width slashes, because a ZIP would make folders of the others."""
    return name.replace('/', '／').replace('\\', '＼')
