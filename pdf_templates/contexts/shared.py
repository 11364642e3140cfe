"""Values that several papers share: the head of a declaration, its photo, and texts that the city words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.application import Application
from models.base import now
from models.catalogue import Track
from models.declaration import Basic, Education
from models.material import Accepts
from rules import wordings
from rules.refusal import Refusal, Refused
from rules.sections_seen import text_on_paper

Context = Mapping[str, object]
Given = Mapping[str, Any]
Make = Callable[[Session, Sequence[Any], Given], Context]


def head_of(application: Application) -> dict[str, Any]:
    """Return who applies for what: the head of every paper of one declaration."""
    basic, employer = Basic.of(application), application.employer
    return {
        **{name: text_on_paper(basic, name) for name in ('name', 'sex', 'id_type', 'id_number', 'phone')},
        'employer': employer.name if employer else '',
        'employer_code': employer.code if employer else '',
        'committee': application.committee.name if application.committee else '',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
        'year': application.year or now().year,
        'serial': application.serial,
    }


def worded(session: Session, code: str, values: Given) -> list[str]:
    """Return the paragraphs of a paper's own text, its placeholders filled in. Raises Refused where there is none."""
    body = wordings.in_force(session, code)
    if not body:
        raise Refused(Refusal('no_wording', f'尚未设置报表 {code} 的文本，请联系平台管理员在「文本设置」中新增'))
    return wordings.filled(body, {name: values[name] for name in wordings.NAMES_IN_TEXT[code]})


def head_placeholders(head: Given) -> dict[str, object]:
    """Return the head of a declaration by the placeholders of a text."""
    return {
        '申报人': head['name'], '姓名': head['name'], '单位': head['employer'], '评委会': head['committee'],
        '年度': head['year'], '系列': head['series'], '级别': head['level'], '资格名称': head['title'],
        '专业': head['speciality'],
    }  # fmt: skip


def common_placeholders(applications: Sequence[Application]) -> dict[str, object]:
    """Return the same of several declarations, each placeholder with all the values that occur."""
    heads = [head_placeholders(head_of(each)) for each in applications]
    occurring = {name: dict.fromkeys(str(head[name]) for head in heads if head[name] != '') for name in heads[0]}
    return {name: '、'.join(values) for name, values in occurring.items()}


def photo_of(application: Application) -> str:
    """Return the SHA-256 of the photo that was handed in, or ''."""
    found = [each.file.sha256 for each in application.attachments if each.material.accepts == Accepts.PHOTO]
    return found[-1] if found else ''


def month_of(day: date | None) -> str:
    return f'{day:%Y年%m月}' if day else ''


def schooling_of(application: Application) -> str:
    """Return the schooling that the declaration rests on, else the last one."""
    held = Education.of(application)
    found = [row.schooling for row in held if row.used_here] or [row.schooling for row in held]
    return found[-1] or '' if found else ''
