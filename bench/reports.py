"""Time and memory of papers, beside other engines for the same pages: ``python bench/reports.py``.

Every engine renders the same content. A separate process runs each case twice, to warm up and to measure (CPU seconds,
and peak memory). Engines that are not installed are named and skipped; a case that takes longer than TOO_LONG is
aborted. Compare the ratios: the seconds depend on the machine.
"""

from __future__ import annotations

import html
import importlib.util
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pdf_templates.engine import fonts, renderer  # noqa: E402
from pdf_templates.sections import laid_out  # noqa: E402

FONT_DIR = ROOT / 'instance' / 'fonts'
TOO_LONG = 180
CASES = (('form', 1), ('form', 10), ('form', 100), ('list', 100), ('list', 1000), ('list', 10_000))
HEADS = (
    '序号',
    '姓名',
    '性别',
    '出生年月',
    '学历',
    '现职称',
    '申报系列',
    '申报级别',
    '申报资格名称',
    '专业',
    '申报类型',
)
KEYS = ('name', 'sex', 'birth', 'education', 'present_title', 'series', 'level', 'title', 'speciality', 'track')
WIDTHS = (10, 19, 10, 25, 22, 29, 32, 19, 32, 33, 26)

# --- the content -----------------------------------------------------------------------------------------------


def people(count: int) -> list[dict[str, str]]:
    """Return the rows of a list."""
    values = (
        '张三',
        '女',
        '1988年08月',
        '硕士研究生',
        '工程师',
        '工程技术',
        '副高级',
        '高级工程师',
        '通信',
        '普通申报',
    )
    return [dict(zip(KEYS, (f'{values[0]}{n % 97}', *values[1:]), strict=True)) for n in range(count)]


def notice(count: int) -> dict[str, Any]:
    """Return the data of the list's template."""
    return {
        'year': 2026,
        'employer': '深圳市甲研究院',
        'preface': ['现将下列人员予以公示。'],
        'rows': people(count),
        'contact': '李四',
        'phone': '0755-12345678',
        'postcode': '518000',
        'address': '深圳市',
        'printed_on': '2026-01-01',
    }


def sections() -> list[dict[str, Any]]:
    """Return a registration form of usual size: twelve sections, half of them lists."""
    made: list[dict[str, Any]] = []
    for number in range(12):
        many = number % 2 == 1
        fields = [
            {'label': f'{"一二三四五六七八九十"[n]}项内容', 'kind': 'text', 'longest': 20, 'some': False}
            for n in range(8)
        ]
        rows = [[f'第{n}行第{c}列' for c in range(8)] for n in range(4)] if many else [['填写的内容'] * 8]
        made.append({'key': f's{number}', 'label': f'第{number}节', 'many': many, 'fields': fields, 'rows': rows})
    return made


def form() -> dict[str, Any]:
    """Return the data of the registration form's template."""
    words = ('name', 'track', 'series', 'level', 'title', 'speciality', 'serial', 'employer', 'committee')
    opinion = {'texts': [], 'opinion': '申报材料与原件一致，同意推荐。' * 4, 'on': '2026-01-01', 'by': '李四'}
    return {
        **dict.fromkeys(words, '深圳市甲单位'),
        'year': 2026,
        'photo': '',
        'sections': [laid_out(each) for each in sections()],
        'hours': [],
        'employer_opinion': opinion,
        'pre_notice': None,
        'post_notice': None,
        'review': None,
        'approval': None,
        'draft': False,
        'printed_on': '2026-01-01',
    }


def tables(kind: str, count: int) -> list[tuple[str, list[list[str]]]]:
    """Return the same content as titled tables, for engines without our templates."""
    if kind == 'list':
        return [('公示名单', [list(HEADS), *([str(n), *each.values()] for n, each in enumerate(people(count), 1))])]
    made = []
    for _ in range(count):
        for each in sections():
            labels = [field['label'] for field in each['fields']]
            if each['many']:
                made.append((each['label'], [labels, *each['rows']]))
            else:
                flat = [text for pair in zip(labels, each['rows'][0], strict=True) for text in pair]
                made.append((each['label'], [flat[n : n + 4] for n in range(0, len(flat), 4)]))
        made.append(('单位审核意见', [['审核意见', '申报材料与原件一致，同意推荐。' * 4]]))
    return made


# --- the engines -----------------------------------------------------------------------------------------------


def ours(kind: str, count: int) -> bytes:
    """Render with the product's own templates and renderer."""
    template = 'registration.html' if kind == 'form' else 'pre-notice-list.html'
    contexts = [form()] * count if kind == 'form' else [notice(count)]
    papers = [renderer.Paper(f'第 {n} 份', each) for n, each in enumerate(contexts)]
    return renderer.render_all(template, papers, title='测试', font_dir=FONT_DIR)


def as_html(kind: str, count: int, style: str) -> str:
    """Return the tables as HTML."""
    page = 'A4 landscape' if kind == 'list' else 'A4'
    body = ''.join(
        f'<h2>{title}</h2><table repeat="1">'
        + ''.join('<tr>' + ''.join(f'<td>{html.escape(cell)}</td>' for cell in row) + '</tr>' for row in rows)
        + '</table>'
        for title, rows in tables(kind, count)
    )
    return (
        f'<html><head><style>@page {{ size: {page}; margin: 20mm; }} {style}</style></head><body>{body}</body></html>'
    )


def plain_xhtml2pdf(kind: str, count: int) -> bytes:
    """Render with xhtml2pdf as in its manual."""
    from xhtml2pdf import pisa

    made = io.BytesIO()
    style = '* { font-family: STSong-Light; } td { border: 0.5pt solid #000; padding: 2pt; }'
    pisa.CreatePDF(as_html(kind, count, style), dest=made)
    return made.getvalue()


def raw_reportlab(kind: str, count: int) -> bytes:
    """Render with reportlab's own tables of paragraphs."""
    from reportlab.lib import pagesizes
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    fonts.register_fonts(FONT_DIR)
    style = ParagraphStyle('cell', fontName=fonts.SONG, fontSize=10.5, leading=13.5, wordWrap='CJK')
    grid = TableStyle([('GRID', (0, 0), (-1, -1), 0.5, (0, 0, 0))])
    size = pagesizes.landscape(pagesizes.A4) if kind == 'list' else pagesizes.A4
    story: list[Any] = []
    for title, rows in tables(kind, count):
        widths = [width * mm for width in WIDTHS] if kind == 'list' else [170 * mm / len(rows[0])] * len(rows[0])
        cells = [[Paragraph(html.escape(cell), style) for cell in row] for row in rows]
        story += [Paragraph(title, style), Table(cells, colWidths=widths, repeatRows=1, style=grid)]
    made = io.BytesIO()
    SimpleDocTemplate(made, pagesize=size).build(story)
    return made.getvalue()


def weasyprint(kind: str, count: int) -> bytes:
    """Render with weasyprint and the same font."""
    import weasyprint as engine

    song = fonts.converted(FONT_DIR)[fonts.SONG].as_uri()
    face = f'@font-face {{ font-family: Song; src: url({song}); }}'
    style = face + '* { font-family: Song; } table { border-collapse: collapse; } td { border: 0.5pt solid #000; }'
    return bytes(engine.HTML(string=as_html(kind, count, style)).write_pdf())


def typst(kind: str, count: int) -> bytes:
    """Render with typst and the same font."""
    import typst as engine

    flipped = 'flipped: true, ' if kind == 'list' else ''
    parts = [f'#set page("a4", {flipped}margin: 20mm)\n#set text(font: "{fonts.SONG}", size: 10.5pt)']
    for title, rows in tables(kind, count):
        cells = ','.join(f'[{cell}]' for row in rows for cell in row)
        parts.append(f'== {title}\n#table(columns: {len(rows[0])}, {cells})')
    return bytes(engine.compile('\n'.join(parts).encode(), font_paths=[str(FONT_DIR)]))


ENGINES: dict[str, tuple[Callable[[str, int], bytes], str]] = {
    'ours': (ours, 'pdf_templates'),
    'xhtml2pdf': (plain_xhtml2pdf, 'xhtml2pdf'),
    'reportlab': (raw_reportlab, 'reportlab'),
    'weasyprint': (weasyprint, 'weasyprint'),
    'typst': (typst, 'typst'),
}


# --- measuring -------------------------------------------------------------------------------------------------


def measure(engine: str, kind: str, count: int) -> None:
    """Print CPU seconds and peak memory in MB of a case; it runs in a separate process."""
    make = ENGINES[engine][0]
    make(kind, 1)
    began = time.process_time()
    content = make(kind, count)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert content.startswith(b'%PDF-')
    print(json.dumps([seconds, peak]))


def measured(engine: str, kind: str, count: int) -> tuple[float, float] | None:
    """Return seconds and megabytes of a case; None if it took longer than TOO_LONG."""
    command = [sys.executable, __file__, engine, kind, str(count)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=TOO_LONG, check=True, env=os.environ)
    except subprocess.TimeoutExpired:
        return None
    seconds, peak = json.loads(run.stdout.splitlines()[-1])
    return seconds, peak


def main(arguments: Sequence[str]) -> None:
    """Measure everything and print it side by side, as ratios of our own time."""
    if arguments:
        measure(arguments[0], arguments[1], int(arguments[2]))
        return
    names = [name for name, (_make, module) in ENGINES.items() if importlib.util.find_spec(module)]
    for name in ENGINES.keys() - set(names):
        print(f'{name}: not installed, left out')
    print(f'\n{"case":>12}  ' + '  '.join(f'{name:>22}' for name in names))
    hopeless: set[tuple[str, str]] = set()
    for kind, count in CASES:
        cells, own = [], 0.0
        for name in names:
            found = None if (name, kind) in hopeless else measured(name, kind, count)
            if found is None:
                hopeless.add((name, kind))
                cells.append(f'{f"more than {TOO_LONG} s":>22}')
                continue
            own = own or found[0]
            cells.append(f'{found[0]:7.2f} s {found[1]:4.0f} MB {own / found[0]:5.3f}')
        print(f'{kind + " × " + str(count):>12}  ' + '  '.join(cells), flush=True)
    print("\nThe last figure of a cell is our time divided by that engine's: below 1 means that ours is faster.")


if __name__ == '__main__':
    main(sys.argv[1:])
