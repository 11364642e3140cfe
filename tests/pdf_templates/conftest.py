"""Papers as they are printed; the fonts are made once a machine."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest

from pdf_templates.engine import renderer

FONTS = Path(__file__).parents[2] / 'instance' / 'fonts'
Print = Callable[..., bytes]


@pytest.fixture
def font_dir() -> Path:
    """Where the converted fonts are kept."""
    return FONTS


@pytest.fixture
def commitment(font_dir: Path) -> Print:
    """Print a commitment, changed where the test says."""

    def make(**changes: Any) -> bytes:
        context = {
            'name': '欧阳䶮', 'id_type': '居民身份证', 'id_number': '11010519491231002X', 'employer': '深圳市甲研究院',
            'series': '工程系列', 'level': '高级', 'title': '高级工程师', 'speciality': '计算机技术与软件',
            'track': '普通申报', 'year': 2025, 'serial': '0032025040300003317', 'draft': False,
            'clauses': ['本人所填报的信息真实、准确、完整。', '如有不实，本人自愿承担后果。'],
            'printed_on': date(2025, 4, 3),
        }  # fmt: skip
        return renderer.render('commitment-personal.html', context | changes, title='承诺书', font_dir=font_dir)

    return make


def person(number: int, **changes: str) -> dict[str, str]:
    """One row of the list."""
    row = {
        'name': f'张{"一二三四五六七八九十"[number % 10]}', 'sex': '女', 'birth': '1988年08月',
        'education': '硕士研究生', 'present_title': '工程师', 'series': '自然科学研究系列', 'level': '高级',
        'title': '副研究员', 'speciality': '城市轨道交通通信与信号', 'track': '省外（中央单位）职称确认',
    }  # fmt: skip
    return row | changes


@pytest.fixture
def notice_list(font_dir: Path) -> Print:
    """Print a list of so many people, changed where the test says."""

    def make(count: int = 3, **changes: Any) -> bytes:
        context = {
            'year': 2025, 'employer': '深圳市甲研究院', 'preface': [f'现将下列人员（共{count}人）予以公示。'],
            'rows': [person(number) for number in range(count)], 'contact': '李四',
            'phone': '0755-12345678', 'postcode': '518000', 'address': '深圳市福田区深南大道1号',
            'printed_on': date(2025, 4, 3),
        }  # fmt: skip
        return renderer.render('pre-notice-list.html', context | changes, title='公示名单', font_dir=font_dir)

    return make


def lines(content: bytes) -> list[list[str]]:
    """The lines of every page."""
    return [page.extract_text().splitlines() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def pages(content: bytes) -> list[str]:
    """The text of every page, without white space."""
    return [''.join(''.join(page).split()) for page in lines(content)]


def boxes(content: bytes) -> list[tuple[float, float, float, float, float, float]]:
    """Of every word that poppler sees: its left, upper, right and lower edge, and width and height of the page."""
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
    """Of every word that poppler sees: its left edge, its right edge and the width of the page."""
    return [(left, right, width) for left, _top, right, _bottom, width, _height in boxes(content)]
