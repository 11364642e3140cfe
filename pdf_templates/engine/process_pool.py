"""Process pool of the renderer: a long paper delays no other request, and a crash ends only its own process."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from pdf_templates.engine import renderer
from rules.refusal import Refusal, Refused

RENDER_SECONDS = 120.0
"""Seconds that one document may take, including its waiting; the renderer itself stops after a minute."""


class Pool:
    """Pool of ``processes``; at most ``waiting`` further documents wait for a free one."""

    def __init__(self, processes: int, waiting: int) -> None:
        self.processes, self.most = processes, processes + waiting
        self._places = threading.BoundedSemaphore(self.most)
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def render(self, template: str, papers: Sequence[renderer.Paper], **options: Any) -> bytes:
        """Run ``renderer.render_all`` in a process. Raises Refused where the pool is full, slow or broken."""
        if not self._places.acquire(blocking=False):
            raise Refused(Refusal('press_full', f'正在生成的报表已达 {self.most} 份的上限，请等其中一份完成后再打印'))
        executor = self._running()
        try:
            return executor.submit(renderer.render_all, template, papers, **options).result(RENDER_SECONDS)
        except TooLate as error:
            self._drop(executor)
            why = f'报表超过 {RENDER_SECONDS:.0f} 秒仍未生成，已停止，请减少一次打印的份数'
            raise Refused(Refusal('too_long', why)) from error
        except BrokenExecutor as error:
            self._drop(executor)
            raise Refused(Refusal('press_broken', '生成报表的进程意外中断，没有打印，请重新打印')) from error
        finally:
            self._places.release()

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                apart = multiprocessing.get_context('spawn')  # fork would copy the locks of the server's threads
                self._executor = ProcessPoolExecutor(self.processes, mp_context=apart)
            return self._executor

    def _drop(self, executor: ProcessPoolExecutor) -> None:
        """Shut the executor down without waiting; the next document starts a new one."""
        with self._lock:
            if self._executor is executor:
                self._executor = None
        executor.shutdown(wait=False, cancel_futures=True)
