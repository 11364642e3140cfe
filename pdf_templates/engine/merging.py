"""Merging of documents into one PDF: joined unchanged, or bound with bookmarks and page numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pdf_templates.engine import fonts

MARGIN = 15 * mm


def join_documents(parts: Sequence[Path], target: Path) -> None:
    """Write the PDF files ``parts`` one after another into ``target``, with their bookmarks."""
    with PdfWriter() as writer:
        for part in parts:
            writer.append(part)
        writer.write(target)


class Binding:
    """PDF under construction: ``add`` appends items, ``bound`` returns the file."""

    def __init__(self, title: str, font_dir: Path) -> None:
        fonts.register_fonts(font_dir)
        self.writer = PdfWriter()
        self.writer.add_metadata({'/Title': title})

    def add(self, name: str, content: bytes, media_type: str) -> None:
        """Append a PDF or a picture under a bookmark; for a file that cannot be read, append a page that says so."""
        made = content if media_type == 'application/pdf' else pictured(content)
        try:
            reader = PdfReader(io.BytesIO(made))
            first = len(self.writer.pages)
            for page in reader.pages:
                self.writer.add_page(page)
        except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            first = len(self.writer.pages)
            self.writer.append(io.BytesIO(noted(f'「{name}」无法并入，请单独下载查看')), import_outline=False)
        self.writer.add_outline_item(title=name, page_number=first)

    def bound(self) -> bytes:
        """Number every page and return the PDF."""
        total = len(self.writer.pages)
        for number, page in enumerate(self.writer.pages, 1):
            page.transfer_rotation_to_content()
            box = page.mediabox
            stamp = PdfReader(io.BytesIO(numbered(float(box.width), float(box.height), f'{number} / {total}')))
            page.merge_translated_page(stamp.pages[0], float(box.left), float(box.bottom))
        drawn = io.BytesIO()
        self.writer.write(drawn)
        return drawn.getvalue()


def pictured(content: bytes) -> bytes:
    """Return a PDF page (A4) with a picture as large as fits, at a resolution of 150 dpi or more."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=A4, invariant=True)
    with Image.open(io.BytesIO(content)) as image:
        room = (A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN)
        scale = min(room[0] / image.width, room[1] / image.height, 72 / 150)
        width, height = image.width * scale, image.height * scale
        plain = image.convert('RGB')
        canvas.drawImage(ImageReader(plain), (A4[0] - width) / 2, A4[1] - MARGIN - height, width, height)
    canvas.save()
    return drawn.getvalue()


def noted(sentence: str) -> bytes:
    """Return a PDF page (A4) with one sentence, cut after 60 characters."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=A4, invariant=True)
    canvas.setFont(fonts.SONG, 14)
    canvas.drawCentredString(A4[0] / 2, A4[1] / 2, sentence[:60])
    canvas.save()
    return drawn.getvalue()


def numbered(width: float, height: float, text: str) -> bytes:
    """Return an empty PDF page with a page number at the upper right, where forms have no content."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=(width, height), invariant=True)
    canvas.setFont(fonts.SONG, 8)
    canvas.setFillGray(0.35)
    canvas.drawRightString(width - 8 * mm, height - 8 * mm, text)
    canvas.save()
    return drawn.getvalue()
