"""The clock of the tests: every run begins on the same working day, whatever the calendar of the machine says."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from models.base import LOCAL_ZONE, use_clock

BEGINNING = datetime(2026, 10, 20, 10, tzinfo=LOCAL_ZONE)
"""A Tuesday; no holiday is near, and the calendar of its year is published."""

_started = time.monotonic()


def present() -> datetime:
    """Tell the moment of the run; time passes, so that what is done later is dated later."""
    return BEGINNING + timedelta(seconds=time.monotonic() - _started)


def start() -> None:
    """Set this process to the clock of the tests."""
    use_clock(present)
