"""What the renderer lets in, refuses and mends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import jinja2
import pytest
from reportlab.lib.units import mm

from pdf_templates.engine import renderer
from pdf_templates.engine.renderer import MissingGlyph, RenderError
from tests.helpers.papers import Print, lines, pages, words

FromHTML = Callable[..., bytes]
OTHERS = ('sex', 'birth', 'education', 'present_title', 'series', 'level', 'title', 'speciality', 'track')


@pytest.fixture
def from_html(tmp_path: Path, font_dir: Path, monkeypatch: pytest.MonkeyPatch) -> FromHTML:
    """Print a template of the test's own on the shared base."""
    shipped = jinja2.FileSystemLoader(renderer.TEMPLATES)
    environment = renderer._environment.overlay(
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(tmp_path), shipped])
    )
    monkeypatch.setattr(renderer, '_environment', environment)

    def make(body: str, **context: object) -> bytes:
        source = '{% extends "base.html" %}{% block content %}' + body + '{% endblock %}'
        (tmp_path / 'test.html').write_text(source, encoding='utf-8')
        return renderer.render('test.html', context, title='试', font_dir=font_dir)

    return make


@pytest.mark.parametrize(
    'hostile',
    [
        '<img src=file:///etc/passwd>',
        '<pdf:include src="/etc/passwd"/>',
        '</td></table><script>alert(1)</script>',
        '{{7*7}}{%raw%}',
        '&lt;b&gt;',
        '"><style>@importurl(file:///etc/passwd);</style>',
    ],
)
def test_hostile_text_prints_as_text(commitment: Print, notice_list: Print, hostile: str) -> None:
    assert hostile.replace(' ', '') in ''.join(pages(commitment(employer=hostile)))
    assert hostile.replace(' ', '') in ''.join(pages(notice_list(employer=hostile)))


def test_no_file_is_read_even_for_a_template(from_html: FromHTML, tmp_path: Path) -> None:
    secret = tmp_path / 'secret.html'
    secret.write_text('<p>密</p>', encoding='utf-8')
    with pytest.raises(RenderError):
        from_html(f'<p>前</p><img src="{secret}"/>')


def test_rare_names_print_and_copy(commitment: Print, notice_list: Print) -> None:
    rare = '䶮㛃𬭎𠅤龑堃燚'
    assert rare in pages(commitment(name=rare))[0]
    assert rare in pages(notice_list(rows=[{**dict.fromkeys(OTHERS, ''), 'name': rare}]))[0]


def test_boxes_of_forms_print(commitment: Print) -> None:
    assert '☐否☑是☒' in pages(commitment(clauses=['☐否☑是☒']))[0]


def test_missing_glyph_is_named(commitment: Print, notice_list: Print) -> None:
    with pytest.raises(MissingGlyph, match=r'𱍐（U\+31350）') as caught:
        commitment(name='王𱍐')
    assert caught.value.characters == ['𱍐']
    with pytest.raises(MissingGlyph, match=r'U\+1F600'):
        notice_list(rows=[{**dict.fromkeys(OTHERS, ''), 'name': '王😀'}])


def test_invisible_characters_do_not_matter(commitment: Print) -> None:
    assert '王小明' in pages(commitment(name='\ufeff王\u200b小\u2060明\ufe00'))[0]


@dataclass
class Record:
    """Stands for a database object."""

    name: str = '张三'


@pytest.mark.parametrize('value', [Record(), [Record()], {'inner': (Record(),)}, b'bytes', object, len, {1, 2}])
def test_only_plain_values_reach_a_template(commitment: Print, value: object) -> None:
    with pytest.raises(TypeError, match='clauses'):
        commitment(clauses=value)


def test_plain_values(from_html: FromHTML) -> None:
    text = pages(from_html('<p>{{ a }}|{{ b }}|{{ c }}|{{ d }}</p>', a=1, b=Decimal('2.50'), c=None, d=True))[0]
    assert text.startswith('1|2.50||True')


def test_a_value_that_is_not_given_is_an_error(from_html: FromHTML) -> None:
    with pytest.raises(jinja2.UndefinedError):
        from_html('<p>{{ forgotten }}</p>')


def test_what_the_library_complains_of_is_an_error(from_html: FromHTML) -> None:
    with pytest.raises(RenderError, match='nosuchfont'):
        from_html('<p style="font-family: nosuchfont">字</p>')
    assert not [each for each in logging.getLogger('xhtml2pdf').handlers if isinstance(each, renderer._Complaints)]


def test_line_breaks_survive(from_html: FromHTML) -> None:
    (page,) = lines(from_html('<p>第一行<br/>第二行<b>粗</b>尾<br/>第三行</p>'))
    assert page[:3] == ['第一行', '第二行粗尾', '第三行']


def test_words_and_numbers_stay_whole_and_no_line_begins_with_a_comma(from_html: FromHTML) -> None:
    text = '证件号码为11010519491231002X的申报人，使用PostgreSQL与SQLAlchemy，' * 40
    body = [line for page in lines(from_html('<p>{{ text }}</p>', text=text)) for line in page]
    assert sum(line.count('11010519491231002X') for line in body) == 40
    assert sum(line.count('SQLAlchemy') for line in body) == 40
    assert not [line for line in body if line.startswith('，')]


def test_full_lines_end_at_the_margin(from_html: FromHTML) -> None:
    found = words(from_html('<p>{{ text }}</p>', text='本人于2025年申报的成果第1项均属实，' * 20))
    full = [right for left, right, _width in found if right - left > 300][:-1]
    assert len(full) > 5
    assert all(abs(right - (210 - 26) * mm) < 1 for right in full)


def test_paragraph_over_a_page_end_stays_as_written(from_html: FromHTML) -> None:
    text = '本段落从一页跨到下一页，每行末尾不得多出空格，强制换行也不得丢失。' * 50
    first, second = lines(from_html('<p>{{ text }}<br/>末行</p>', text=text))
    body = first[:-1] + second[:-1]
    assert ''.join(body) == text + '末行'
    assert body[-1] == '末行'


def test_pages_are_numbered(from_html: FromHTML) -> None:
    assert pages(from_html('<p>一</p>')) == ['一第1页共1页']
    many = pages(from_html('{% for n in range(100) %}<p>行</p>{% endfor %}'))
    assert [text.lstrip('行') for text in many] == [f'第{n}页共{len(many)}页' for n in range(1, len(many) + 1)]
