"""Fonts: converted once, shared, and a site's own first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import ROOT
from pdf_templates.engine import fonts, renderer
from rules import glyphs


@pytest.fixture(scope='module')
def registered() -> None:
    """The fonts as any paper finds them."""
    fonts.register_fonts(ROOT / 'instance' / 'fonts')


@pytest.mark.usefixtures('registered')
def test_names_of_every_kind_can_be_printed() -> None:
    gb2312 = (bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    assert fonts.missing_glyphs(''.join(pair.decode('gb2312', 'ignore') for pair in gb2312)) == []
    assert fonts.missing_glyphs(''.join(map(chr, range(0x3400, 0x4DB6)))) == []
    assert fonts.missing_glyphs(''.join(map(chr, range(0x4E00, 0x9FA6)))) == []
    assert fonts.missing_glyphs('䶮㛃𬭎𠅤·〇①℃㎡×√☐☑☒〔〕—…') == []


@pytest.mark.usefixtures('registered')
def test_missing_glyphs_come_once_in_order() -> None:
    assert fonts.missing_glyphs('张😀𱍐😀\n') == ['😀', '𱍐']


@pytest.mark.usefixtures('registered')
def test_fonts_are_converted_once(font_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, 'Popen', lambda *_args: pytest.fail('converted again'))
    assert all(file.is_file() for file in fonts.converted(font_dir).values())


def test_a_font_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / 'broken.otf'
    broken.write_bytes(b'no font')
    monkeypatch.setattr(fonts, 'SOURCES', {'Broken': lambda: broken})
    with pytest.raises(RuntimeError, match='Broken'):
        fonts.converted(tmp_path / 'cache')
    assert list((tmp_path / 'cache').iterdir()) == []


@pytest.mark.usefixtures('registered')
def test_a_site_brings_its_own(font_dir: Path, tmp_path: Path) -> None:
    shutil.copy(fonts.converted(font_dir)[fonts.HEI], tmp_path / 'kaiti.ttf')
    script = (
        'import sys; from pathlib import Path; from reportlab.lib.fonts import tt2ps\n'
        'from pdf_templates.engine import fonts\n'
        'fonts.register_fonts(Path(sys.argv[1]))\n'
        'print(tt2ps("kaiti", 0, 0), tt2ps("fangsong", 0, 0), tt2ps("song", 1, 0))'
    )
    result = subprocess.run(
        [sys.executable, '-c', script, str(font_dir)],
        env={'FONT_DIR': str(tmp_path), 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ['kaiti', 'ReviewSong', 'ReviewHei']


@pytest.mark.usefixtures('registered')
def test_the_rules_know_what_can_be_printed() -> None:
    """``data/glyphs.txt`` says of every character what the font says."""
    everything = renderer.copy_plain(''.join(map(chr, (*range(0xD800), *range(0xE000, 0x32000)))), 'everything')
    assert glyphs.find_unprintable(everything) == fonts.missing_glyphs(everything)
