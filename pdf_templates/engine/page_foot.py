"""Foot of every page: its number, the subject of the paper, and the verification code."""

from __future__ import annotations

import hashlib
from typing import Any

import segno
from reportlab.lib.units import mm

from pdf_templates.engine import fonts
from pdf_templates.engine.mark import Mark

SIDE_MARGIN, LOW = 20 * mm, 7 * mm
QR = 13 * mm
OFFICIAL_NUMBER = 14
"""四号: type size of page numbers (GB/T 9704-2012 §7.5), which are 7 mm below the text at the outer margin."""


def draw(canvas: Any, mark: Mark | None, number: int, total: int, official: bool) -> None:
    """Draw the page number and, if the paper has a mark, its QR code, code and subject."""
    width = canvas._pagesize[0]
    canvas.setFillGray(0)
    if official:
        canvas.setFont(fonts.SONG, OFFICIAL_NUMBER)
        text, low = f'— {number} —', 35 * mm - 7 * mm - OFFICIAL_NUMBER
        if number % 2:
            canvas.drawRightString(width - 26 * mm - OFFICIAL_NUMBER, low, text)
        else:
            canvas.drawString(28 * mm + OFFICIAL_NUMBER, low, text)
    canvas.setFont(fonts.SONG, 9)
    canvas.drawCentredString(width / 2, LOW + 3 * mm, f'第 {number} 页　共 {total} 页')
    if mark is None:
        return
    canvas.setFont(fonts.SONG, 7.5)
    _draw_qr(canvas, mark.address)
    for line, text in enumerate((f'验证码 {mark.code}', '扫码或输入验证码核验真伪')):
        canvas.drawString(SIDE_MARGIN + QR + 2 * mm, LOW + 6.5 * mm - line * 3.5 * mm, text)
    for line, text in enumerate(mark.lines):
        canvas.drawRightString(width - SIDE_MARGIN, LOW + 6.5 * mm - line * 3.5 * mm, text)


def _draw_qr(canvas: Any, address: str) -> None:
    """Draw the QR code on this page; the document holds it once, as a form XObject."""
    name = f'qr{hashlib.sha256(address.encode()).hexdigest()[:16]}'
    if not canvas.hasForm(name):
        canvas.beginForm(name, 0, 0, QR, QR)
        matrix = tuple(segno.make(address, error='m', micro=False).matrix)
        module = QR / len(matrix)
        path = canvas.beginPath()
        for row, line in enumerate(matrix):
            for column, dark in enumerate(line):
                if dark:
                    path.rect(column * module, QR - (row + 1) * module, module, module)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.endForm()
    canvas.saveState()
    canvas.translate(SIDE_MARGIN, LOW - 1 * mm)
    canvas.doForm(name)
    canvas.restoreState()


def draw_watermark(canvas: Any, text: str) -> None:
    """Draw a large pale text diagonally across the page."""
    width, height = canvas._pagesize
    canvas.saveState()
    canvas.setFillGray(0, 0.12)
    canvas.setFont(fonts.HEI, 120)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(45)
    canvas.drawCentredString(0, -40, text)
    canvas.restoreState()
