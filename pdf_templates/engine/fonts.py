"""The fonts of the papers: found, converted once, kept in a directory, registered once a process.

宋 and 黑 come free with a package. A site brings its licensed 仿宋, 小标宋 and 楷体 in the directory named by the
environment variable ``FONT_DIR``; 宋 stands in for what is missing. Bold is 黑, as Chinese printing has it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pylopdf_fonts_zh_cn
from reportlab import rl_config
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus.tables import CellStyle
from xhtml2pdf.default import DEFAULT_FONT

from pdf_templates.engine import otf_to_ttf

SONG, HEI = 'ReviewSong', 'ReviewHei'
SOURCES = {SONG: pylopdf_fonts_zh_cn.serif_path, HEI: pylopdf_fonts_zh_cn.sans_path}
BROUGHT = ('fangsong', 'kaiti', 'xiaobiaosong')  # families, and the file names in FONT_DIR without .ttf

_lock = threading.Lock()
_faces: dict[str, TTFont] = {}


def register(font_dir: Path) -> None:
    """Make the fonts known to reportlab and xhtml2pdf. The first call on a machine takes about half a minute."""
    with _lock:
        if _faces:
            return
        files = converted(font_dir) | _brought()
        _faces.update({name: TTFont(name, str(file)) for name, file in files.items()})
        for face in _faces.values():
            pdfmetrics.registerFont(face)
        for family in BROUGHT:
            regular = family if family in files else SONG
            _map(family, regular, bold=regular if family == 'xiaobiaosong' and regular != SONG else HEI)
        _map('rare', SONG, bold=SONG)  # the last resort of every font-family list: 宋 has the most characters
        _map('hei', HEI, bold=HEI)
        _map('song', SONG, bold=HEI)
        # Else every page and table cell names Helvetica, which is not embedded.
        rl_config.canvas_basefontname = CellStyle.fontname = SONG
        rl_config.useA85 = 0  # streams as they are: a fifth smaller, and no time spent on letters


def missing_glyphs(text: str) -> list[str]:
    """The characters that cannot be printed, each once: those that 宋 lacks, since every font list ends in it."""
    if not _faces:
        raise LookupError('no fonts yet: call register() first')
    known = _faces[SONG].face.charToGlyph
    return [each for each in dict.fromkeys(text) if each not in ' \t\r\n' and ord(each) not in known]


def converted(font_dir: Path) -> dict[str, Path]:
    """The free fonts as TrueType files in ``font_dir``, made now where they are missing."""
    font_dir.mkdir(parents=True, exist_ok=True)
    files = {name: font_dir / f'{name}-{_fingerprint(source())}.ttf' for name, source in SOURCES.items()}
    _convert((name, file) for name, file in files.items() if not file.exists())
    return files


def _fingerprint(source: Path) -> str:
    return hashlib.sha256(otf_to_ttf.VERSION.encode() + source.read_bytes()).hexdigest()[:16]


def _convert(wanted: Iterable[tuple[str, Path]]) -> None:
    """Each font in a process of its own. A file appears whole, so that two servers starting at once do not clash."""
    running = []
    for name, file in wanted:
        part = file.with_suffix(f'.{os.getpid()}.part')
        command = [sys.executable, otf_to_ttf.__file__, str(SOURCES[name]()), str(part), name]
        running.append((subprocess.Popen(command), part, file))
    for process, part, file in running:
        if process.wait():
            part.unlink(missing_ok=True)
            raise RuntimeError(f'{file.name} could not be made')
        part.replace(file)


def _brought() -> dict[str, Path]:
    """The fonts that this site brings."""
    folder = os.environ.get('FONT_DIR')
    files = {family: Path(folder) / f'{family}.ttf' for family in BROUGHT} if folder else {}
    return {family: file for family, file in files.items() if file.is_file()}


def _map(family: str, regular: str, *, bold: str) -> None:
    """A CSS family. The regular face comes last: the reverse map, face to family, keeps the last one."""
    DEFAULT_FONT[family] = family
    for face, is_bold in ((bold, 1), (regular, 0)):
        for is_italic in (1, 0):
            addMapping(family, is_bold, is_italic, face)
