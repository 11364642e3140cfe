"""Texts of the papers, which the city can reword: the newest version is in force, older ones are stored."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.wording import Wording

_NAME = re.compile(r'\{([^{}\s]{1,20})\}')


OF_DECLARATION = ('申报人', '姓名', '单位', '评委会', '年度', '系列', '级别', '资格名称', '专业')
OF_LIST = (*OF_DECLARATION, '公示开始', '公示结束', '工作日', '人数')
NAMES_IN_TEXT: Mapping[str, tuple[str, ...]] = {
    'commitment-personal': OF_DECLARATION,
    'commitment-employer': (*OF_DECLARATION, '公示工作日'),
    'exceptional': OF_DECLARATION,
    'pre-notice-report': OF_DECLARATION,
    'pre-notice-list': OF_LIST,
    'post-notice-report': OF_DECLARATION,
    'post-notice-list': OF_LIST,
    'fee-notice': ('缴款人', '金额'),
    'session-minutes': ('评委会', '会议', '人数', '通过人数'),
    'approval-document': ('评委会', '年度', '人数'),
    'certificate': ('姓名', '资格名称'),
}
"""Names in braces that the text of each paper may contain."""


def wording_in_force(session: Session, code: str) -> str:
    """Return the text in force under a code; '' if there is none."""
    newest = select(Wording.body).where(Wording.code == code).order_by(Wording.version.desc())
    return session.scalars(newest.limit(1)).first() or ''


def unfilled(body: str, known: Collection[str]) -> list[str]:
    """Return the unknown ``{名称}`` of a text, each once, in their order."""
    return [name for name in dict.fromkeys(_NAME.findall(body)) if name not in known]


def fill_wording(body: str, values: Mapping[str, object]) -> list[str]:
    """Return the paragraphs of a text with ``{名称}`` replaced; unknown names stay as typed, to be noticed."""
    text = _NAME.sub(lambda match: str(values.get(match[1], match[0])), body)
    return [line.strip() for line in text.splitlines() if line.strip()]
