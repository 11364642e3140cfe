"""Papers as they are printed; the fonts are made once a machine."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pdf_templates.engine import renderer
from pdf_templates.issuing import Press
from tests.helpers.papers import FONTS, Print, person


@pytest.fixture
def font_dir() -> Path:
    """Where the converted fonts are kept."""
    return FONTS


@pytest.fixture
def commitment(font_dir: Path) -> Print:
    """Print a commitment, changed where the test says."""

    def make(**changes: Any) -> bytes:
        context = {
            'name': '欧阳䶮',
            'id_type': '居民身份证',
            'id_number': '11010519491231002X',
            'employer': '深圳市甲研究院',
            'series': '工程系列',
            'level': '高级',
            'title': '高级工程师',
            'speciality': '计算机技术与软件',
            'track': '普通申报',
            'year': 2025,
            'serial': '0032025040300003317',
            'draft': False,
            'clauses': ['本人所填报的信息真实、准确、完整。', '如有不实，本人自愿承担后果。'],
            'printed_on': date(2025, 4, 3),
        }
        return renderer.render('commitment-personal.html', context | changes, title='承诺书', font_dir=font_dir)

    return make


@pytest.fixture
def notice_list(font_dir: Path) -> Print:
    """Print a list of so many people, changed where the test says."""

    def make(count: int = 3, **changes: Any) -> bytes:
        context = {
            'year': 2025,
            'employer': '深圳市甲研究院',
            'preface': [f'现将下列人员（共{count}人）予以公示。'],
            'rows': [person(number) for number in range(count)],
            'contact': '李四',
            'phone': '0755-12345678',
            'postcode': '518000',
            'address': '深圳市福田区深南大道1号',
            'printed_on': date(2025, 4, 3),
        }
        return renderer.render('pre-notice-list.html', context | changes, title='公示名单', font_dir=font_dir)

    return make


@pytest.fixture
def press(app: Flask) -> Press:
    """The press of the tests."""
    return Press(FONTS, Path(app.config['UPLOAD_FOLDER']), 'test-key', 'https://review.example/verify/')
