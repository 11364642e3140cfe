"""意见模板 (维护管理): texts with placeholders that are filled from the declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.application import Application
from models.base import now
from models.catalogue import Track
from models.fields import Field, Kind

WORDS: Mapping[str, Callable[[Application], object]] = {
    '姓名': lambda application: application.applicant_name,
    '年度': lambda application: application.year or now().year,
    '单位': lambda application: application.employer or '',
    '系列': lambda application: application.series,
    '级别': lambda application: application.level,
    '资格名称': lambda application: application.title,
    '专业': lambda application: application.speciality,
    '申报类型': lambda application: Track(application.track).label,
}
"""Placeholders, each with the function that returns its value."""

PLACEHOLDERS = '、'.join(f'{{{name}}}' for name in WORDS)
FIELDS: Mapping[str, str] = {
    'training_opinion': '完成继续教育情况的审核意见',
    'negative_opinion': '对申报人负面情况的意见',
    'evaluation': '单位的综合评价',
    'opinion': '退回、不通过的原因和公示意见',
}
"""Fields of the employer's forms that a template can fill."""

_BRACED = re.compile(r'\{([^{}]*)\}')


def fill_template(text: str, application: Application) -> str:
    """Replace the placeholders of a text by the declaration's values; unknown ones stay unchanged."""
    return _BRACED.sub(lambda found: str(WORDS[found[1]](application)) if found[1] in WORDS else found[0], text)


def words_of(application: Application) -> dict[str, str]:
    """Return the value of each placeholder in one declaration."""
    return {name: str(word(application)) for name, word in WORDS.items()}


def unknown(text: str) -> list[str]:
    """List the unknown placeholders of a text."""
    return [name for name in _BRACED.findall(text) if name not in WORDS]


def find_template_problem(text: str) -> str | None:
    """Return a sentence if a text has unknown placeholders, or None."""
    names = '、'.join(f'{{{name[:20]}}}' for name in unknown(text)[:5])
    return f'没有占位符 {names}，可用：{PLACEHOLDERS}' if names else None


def find_answer_problems(asked: Sequence[Field], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return sentences about unknown placeholders in answers for many declarations, by field name."""
    texts = {field.name: answers.get(field.name) for field in asked if field.kind is Kind.PARAGRAPH}
    told = {name: find_template_problem(text) for name, text in texts.items() if isinstance(text, str)}
    return {name: sentence for name, sentence in told.items() if sentence}


def placeholders(asked: Sequence[Field], answers: Mapping[str, Any]) -> bool:
    """Return true if a paragraph of the answers contains a placeholder."""
    said = (answers.get(field.name) for field in asked if field.kind is Kind.PARAGRAPH)
    return any(isinstance(text, str) and _BRACED.search(text) for text in said)


def filled_answers(asked: Sequence[Field], answers: Mapping[str, Any], application: Application) -> dict[str, Any]:
    """Return the answers for many declarations with the placeholders of each paragraph filled for this one."""
    paragraphs = {field.name for field in asked if field.kind is Kind.PARAGRAPH}
    return {
        name: fill_template(value, application) if name in paragraphs and isinstance(value, str) else value
        for name, value in answers.items()
    }
