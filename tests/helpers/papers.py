"""Data for papers, and reading of PDF."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypdf

FONTS = Path(__file__).parents[2] / 'instance' / 'fonts'

Print = Callable[..., bytes]


def person(number: int, **changes: str) -> dict[str, str]:
    """Return a row of 公示名单, with changes."""
    row = {
        'name': f'张{"一二三四五六七八九十"[number % 10]}',
        'sex': '女',
        'birth': '1988年08月',
        'education': '硕士研究生',
        'present_title': '工程师',
        'series': '自然科学研究系列',
        'level': '高级',
        'title': '副研究员',
        'speciality': '城市轨道交通通信与信号',
        'track': '省外（中央单位）职称确认',
    }
    return row | changes


def lines(content: bytes) -> list[list[str]]:
    """Return the lines of every page of a PDF."""
    return [page.extract_text().splitlines() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def pages(content: bytes) -> list[str]:
    """Return the text of every page of a PDF without white space."""
    return [''.join(''.join(page).split()) for page in lines(content)]


def boxes(content: bytes) -> list[tuple[float, float, float, float, float, float]]:
    """Return (left, top, right, bottom, page width, page height) of every word, by pdftotext."""
    program = shutil.which('pdftotext')
    assert program, 'needs pdftotext of poppler-utils; scripts/system-packages installs it'
    seen = subprocess.run([program, '-bbox', '-', '-'], input=content, capture_output=True, check=True).stdout.decode()
    found = []
    for page in seen.split('<page ')[1:]:
        size = (float(page.split('width="')[1].split('"')[0]), float(page.split('height="')[1].split('"')[0]))
        for edges in re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"', page):
            left, top, right, bottom = map(float, edges)
            found.append((left, top, right, bottom, *size))
    return found


def words(content: bytes) -> list[tuple[float, float, float]]:
    """Return (left, right, page width) of every word, by pdftotext."""
    return [(left, right, width) for left, _top, right, _bottom, width, _height in boxes(content)]
