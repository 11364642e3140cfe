"""Small real files for the demo's attachments: a portrait and scans."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = 'STSong-Light'  # a built-in font of PDF readers, needs no file


def scan(heading: str, name: str, lines: list[str]) -> bytes:
    """Return a one-page PDF that looks like a scanned certificate."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=A4, invariant=True)
    width, height = A4
    canvas.setTitle(heading)
    canvas.rect(40, 40, width - 80, height - 80)
    canvas.setFont(FONT, 26)
    canvas.drawCentredString(width / 2, height - 150, heading)
    canvas.setFont(FONT, 14)
    for number, line in enumerate([f'姓名：{name}', *lines, '（演示材料）']):
        canvas.drawString(90, height - 230 - number * 32, line)
    canvas.save()
    return drawn.getvalue()


def portrait(number: int) -> bytes:
    """Return a JPEG of head and shoulders, 358 × 500 pixels."""
    chance = Random(number)
    image = Image.new('RGB', (358, 500), (224, 234, 246))
    draw = ImageDraw.Draw(image)
    coat = (chance.randint(20, 90), chance.randint(30, 90), chance.randint(60, 140))
    draw.ellipse((40, 330, 318, 700), fill=coat)
    draw.ellipse((109, 120, 249, 310), fill=(236, 200, 172))
    draw.pieslice((104, 95, 254, 265), 180, 360, fill=(40, 34, 30))
    drawn = io.BytesIO()
    image.save(drawn, 'JPEG', quality=80)
    return drawn.getvalue()
