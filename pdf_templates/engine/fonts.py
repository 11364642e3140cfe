"""Fonts of the papers: converted once a machine, registered once a process.

The free fonts 宋 and 黑 come with a Python package. A site puts its licensed 仿宋, 小标宋 and 楷体 into the directory
named by the environment variable ``FONT_DIR``; 宋 replaces a missing one. Bold text is set in 黑, as usual in Chinese
printing.
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
BROUGHT = ('fangsong', 'kaiti', 'xiaobiaosong')  # CSS families, equal to the file names in FONT_DIR without .ttf

_lock = threading.Lock()
_faces: dict[str, TTFont] = {}


def register_fonts(font_dir: Path) -> None:
    """Register the fonts with reportlab and xhtml2pdf. The first call on a machine takes about half a minute."""
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
        _map('rare', SONG, bold=SONG)  # the last entry of every font-family list: 宋 has the most characters
        _map('hei', HEI, bold=HEI)
        _map('song', SONG, bold=HEI)
        # Without this, every page and table cell refers to Helvetica, which is not embedded.
        rl_config.canvas_basefontname = CellStyle.fontname = SONG
        rl_config.useA85 = 0  # no ASCII85 encoding of streams: files are a fifth smaller and are written faster


def missing_glyphs(text: str) -> list[str]:
    """List the characters that cannot be printed, each once: those missing in 宋, the last font of every list.

    Raises LookupError before ``register_fonts``.
    """
    if not _faces:
        raise LookupError('no fonts yet: call register() first')
    known = _faces[SONG].face.charToGlyph
    return [each for each in dict.fromkeys(text) if each not in ' \t\r\n' and ord(each) not in known]


def converted(font_dir: Path) -> dict[str, Path]:
    """Return the TrueType files of the free fonts in ``font_dir``; convert those that are missing."""
    font_dir.mkdir(parents=True, exist_ok=True)
    files = {name: font_dir / f'{name}-{_fingerprint(source())}.ttf' for name, source in SOURCES.items()}
    _convert((name, file) for name, file in files.items() if not file.exists())
    return files


def _fingerprint(source: Path) -> str:
    return hashlib.sha256(otf_to_ttf.VERSION.encode() + source.read_bytes()).hexdigest()[:16]


def _convert(wanted: Iterable[tuple[str, Path]]) -> None:
    """Convert each font in its own process. Files are renamed when complete: two servers may start at the same time."""
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
    """Return the files in ``FONT_DIR`` by family."""
    folder = os.environ.get('FONT_DIR')
    files = {family: Path(folder) / f'{family}.ttf' for family in BROUGHT} if folder else {}
    return {family: file for family, file in files.items() if file.is_file()}


def _map(family: str, regular: str, *, bold: str) -> None:
    """Register a CSS family. The regular face comes last: reportlab's map from face to family keeps the last."""
    DEFAULT_FONT[family] = family
    for face, is_bold in ((bold, 1), (regular, 0)):
        for is_italic in (1, 0):
            addMapping(family, is_bold, is_italic, face)
