"""Values that several papers share: the head of a declaration, its photo, and the texts of 文本设置."""

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
GivenAnswers = Mapping[str, Any]
Make = Callable[[Session, Sequence[Any], GivenAnswers], Context]


def head_of(application: Application) -> dict[str, Any]:
    """Return the head of every paper of one declaration: the person, the employer and the title applied for."""
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


def worded(session: Session, code: str, values: GivenAnswers) -> list[str]:
    """Return the paragraphs of the text in force, placeholders filled in. Raises Refused where no text is set."""
    body = wordings.wording_in_force(session, code)
    if not body:
        raise Refused(Refusal('no_wording', f'尚未设置报表 {code} 的文本，请联系平台管理员在「文本设置」中新增'))
    return wordings.fill_wording(body, {name: values[name] for name in wordings.NAMES_IN_TEXT[code]})


def head_placeholders(head: GivenAnswers) -> dict[str, object]:
    """Return the head of a declaration keyed by the placeholders of a text, for instance 申报人."""
    return {
        '申报人': head['name'],
        '姓名': head['name'],
        '单位': head['employer'],
        '评委会': head['committee'],
        '年度': head['year'],
        '系列': head['series'],
        '级别': head['level'],
        '资格名称': head['title'],
        '专业': head['speciality'],
    }


def common_placeholders(applications: Sequence[Application]) -> dict[str, object]:
    """Return the placeholders of several declarations, each with its distinct values joined by 、."""
    heads = [head_placeholders(head_of(each)) for each in applications]
    occurring = {name: dict.fromkeys(str(head[name]) for head in heads if head[name] != '') for name in heads[0]}
    return {name: '、'.join(values) for name, values in occurring.items()}


def photo_of(application: Application) -> str:
    """Return the SHA-256 of the uploaded photo, or ''."""
    found = [each.file.sha256 for each in application.attachments if each.material.accepts == Accepts.PHOTO]
    return found[-1] if found else ''


def month_of(day: date | None) -> str:
    return f'{day:%Y年%m月}' if day else ''


def schooling_of(application: Application) -> str:
    """Return the schooling (学历) that the declaration is based on, else the last one, else ''."""
    held = Education.of(application)
    found = [row.schooling for row in held if row.used_here] or [row.schooling for row in held]
    return found[-1] or '' if found else ''
