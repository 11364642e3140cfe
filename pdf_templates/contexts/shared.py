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

Context = Mapping[str, object]
Given = Mapping[str, Any]
Make = Callable[[Session, Sequence[Any], Given], Context]


def applied(application: Application) -> dict[str, Any]:
    """Who applies for what: the head of every paper of one declaration."""
    basic, employer = Basic.of(application), application.employer
    return {
        'name': basic.name or '',
        'sex': basic.sex or '',
        'id_type': basic.id_type or '',
        'id_number': basic.id_number or '',
        'phone': basic.phone or '',
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
    """The paragraphs of a paper's own text with its names filled in. Raises Refused where there is none."""
    body = wordings.in_force(session, code)
    if not body:
        raise Refused(Refusal('no_wording', f'尚未设置报表 {code} 的文本，请联系平台管理员在「文本设置」中新增'))
    return wordings.filled(body, values)


def placeholders(head: Given) -> dict[str, object]:
    """The head of a declaration by the names that a text may hold."""
    return {
        '申报人': head['name'], '姓名': head['name'], '单位': head['employer'], '评委会': head['committee'],
        '年度': head['year'], '系列': head['series'], '级别': head['level'], '资格名称': head['title'],
        '专业': head['speciality'],
    }  # fmt: skip


def common_placeholders(applications: Sequence[Application]) -> dict[str, object]:
    """The heads of several declarations by the same names, each with all the values that occur."""
    heads = [placeholders(applied(each)) for each in applications]
    occurring = {name: dict.fromkeys(str(head[name]) for head in heads if head[name] != '') for name in heads[0]}
    return {name: '、'.join(values) for name, values in occurring.items()}


def photo_of(application: Application) -> str:
    """The SHA-256 of the photo that was handed in; empty without one."""
    found = [each.file.sha256 for each in application.attachments if each.material.accepts == Accepts.PHOTO]
    return found[-1] if found else ''


def month_of(day: date | None) -> str:
    return f'{day:%Y年%m月}' if day else ''


def schooling_of(application: Application) -> str:
    """The schooling that the declaration rests on, else the last one."""
    held = Education.of(application)
    found = [row.schooling for row in held if row.used_here] or [row.schooling for row in held]
    return found[-1] or '' if found else ''
