"""What is replaced of the libraries says the same as what it replaces, where that was right."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.rl_accel import fp_str

from pdf_templates.engine import patches


@given(st.lists(st.floats(-2000, 2000), min_size=1, max_size=6))
def test_numbers_are_those_of_reportlab_as_far_as_any_eye_can_see(values: list[float]) -> None:
    ours, theirs = (list(map(float, text.split())) for text in (patches.numbers(*values), fp_str(*values)))
    assert all(
        math.isclose(mine, other, rel_tol=6e-6, abs_tol=0.00051) for mine, other in zip(ours, theirs, strict=True)
    )
    assert patches.numbers(values) == patches.numbers(*values)


@pytest.mark.parametrize(
    ('value', 'text'),
    [(0, '0'), (1, '1'), (10.0, '10'), (100.5, '100.5'), (0.0004, '0.0004'), (1e-7, '0'), (-2.25, '-2.25')],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert patches.numbers(value) == text


def test_numbers_never_use_an_exponent() -> None:
    assert 'e' not in patches.numbers(1e-9, 1e9, -1e-12)
