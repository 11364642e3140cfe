"""Files for tests of uploads."""

from __future__ import annotations

import io

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from demo import papers


def spoiled(kind: str) -> bytes:
    """Return a PDF that an upload must refuse."""
    good = papers.scan('证书', '某某', [])
    if kind == 'truncated':
        return good[: len(good) // 2].replace(b'%%EOF', b'')
    writer = PdfWriter(PdfReader(io.BytesIO(good)))
    if kind == 'encrypted':
        writer.encrypt('secret', algorithm='RC4-128')
    else:
        script = {NameObject('/S'): NameObject('/JavaScript'), NameObject('/JS'): TextStringObject('app.alert(1)')}
        writer.root_object[NameObject('/OpenAction')] = DictionaryObject(script)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def picture(width: int, height: int) -> bytes:
    """Return a PNG of that size in pixels."""
    drawn = io.BytesIO()
    Image.new('L', (width, height)).save(drawn, 'PNG')
    return drawn.getvalue()
