"""Answers of an employer's reviewer as form data (手册 §3.2.2)."""

from __future__ import annotations

from typing import Any

from demo.journey import review_answers
from models.base import now

REVIEW = review_answers(now().year)
REVIEW_FORM: dict[str, Any] = {
    **{name: value for name, value in REVIEW.items() if isinstance(value, str)},
    'assessments.year': [str(row['year']) for row in REVIEW['assessments']],
    'assessments.result': [row['result'] for row in REVIEW['assessments']],
    'exam_instead': '0',
}
