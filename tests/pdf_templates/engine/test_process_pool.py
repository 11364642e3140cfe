"""Papers made in other processes: the same bytes, the same refusals, a bound, and nothing lost when one dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from pdf_templates.engine import renderer
from pdf_templates.engine.process_pool import Pool
from rules.refusal import Refused
from tests.helpers.papers import FONTS

CONTEXT = {
    'year': 2025,
    'employer': '深圳市甲研究院',
    'preface': ['现予公示。'],
    'rows': [],
    'contact': '李四',
    'phone': '1',
    'postcode': '518000',
    'address': '深圳市',
    'printed_on': '2025-04-03',
}
TEMPLATE = 'pre-notice-list.html'


@pytest.fixture(scope='module')
def pool() -> Iterator[Pool]:
    """One process, and one document that may wait."""
    made = Pool(1, 1)
    yield made
    made._drop(made._running())


def paper(**changes: object) -> list[renderer.Paper]:
    """A document of one paper."""
    return [renderer.Paper('', CONTEXT | changes)]


def test_another_process_makes_the_same_bytes(pool: Pool) -> None:
    here = renderer.render_all(TEMPLATE, paper(), title='名单', font_dir=FONTS)
    assert pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS) == here


def test_what_cannot_be_printed_is_named_as_ever(pool: Pool) -> None:
    with pytest.raises(renderer.MissingGlyph, match='U\\+1F600') as caught:
        pool.render(TEMPLATE, paper(employer='王😀'), title='名单', font_dir=FONTS)
    assert caught.value.characters == ['😀']


def test_what_took_its_place_is_not_dropped_by_who_met_the_old_one() -> None:
    """Two who wait for a process that dies both begin anew, with the same one."""
    made = Pool(1, 1)
    old = made._running()
    made._drop(old)
    fresh = made._running()
    made._drop(old)
    assert made._running() is fresh
    made._drop(fresh)


def test_a_full_pool_says_so_at_once(pool: Pool) -> None:
    row = dict.fromkeys(
        ('name', 'sex', 'birth', 'education', 'present_title', 'series', 'level', 'title', 'speciality', 'track'), '甲'
    )
    long = paper(rows=[row] * 3000)
    running = [
        threading.Thread(target=pool.render, args=(TEMPLATE, long), kwargs={'title': '名单', 'font_dir': FONTS})
        for _ in range(2)
    ]
    for thread in running:
        thread.start()
    while pool._places._value:  # type: ignore[attr-defined]  # both have their places
        time.sleep(0.01)
    began = time.monotonic()
    with pytest.raises(Refused, match='2 份的上限'):
        pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS)
    assert time.monotonic() - began < 0.5
    for thread in running:
        thread.join()
    assert pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS).startswith(b'%PDF-')


def test_a_process_that_dies_is_replaced(pool: Pool) -> None:
    pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS)
    executor = pool._executor
    assert executor is not None
    for number in list(executor._processes):
        os.kill(number, signal.SIGKILL)
    with pytest.raises(Refused, match='意外中断'):
        pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS)
    assert pool.render(TEMPLATE, paper(), title='名单', font_dir=FONTS).startswith(b'%PDF-')
