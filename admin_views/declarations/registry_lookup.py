"""【获取】: questions to a registry on behalf of the applicant, with a sentence on the outcome."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, url_for
from wtforms import Form

from admin_views.framework.audit import audit
from models import db
from models.account import Account
from models.base import now
from models.fields import Field, fields_of
from models.section import SECTIONS
from models.transaction import writing
from ports import registries
from rules import rate_limits


@dataclass(frozen=True, slots=True)
class LookupOutcome:
    """Answer of a registry, None if there is none, and a sentence for the person who asked."""

    values: registries.Answer | None
    sentence: str


def field_of(section: str) -> Field | None:
    """Return the field of a section by which a registry is asked; None for a section that fetches nothing."""
    model = next((each for each in SECTIONS if each.key() == section), None)
    fields = fields_of(model).values() if model else ()
    return next((field for field in fields if field.fetch and not field.readonly), None)


def connect(form: Form, section: str, application_id: int) -> None:
    """Set the address of 【获取】 (``data-fetch-url``) on the controls that have ``data-fetch``."""
    for control in form:
        marks = control.render_kw or {}
        if 'data-fetch' in marks:
            url = url_for('my_applications.fetch_view', id=application_id, section=section)
            control.render_kw = {**marks, 'data-fetch-url': url}


def ask(code: str, account: Account, number: str = '') -> LookupOutcome:
    """Ask a registry about the account's own person only, outside `writing()`; an outage is returned as a sentence."""
    registry = registries.REGISTRIES[code]
    if not account.id_number:
        return LookupOutcome(None, '您的账号没有实名证件号码，不能查询，请手工填写')
    with writing() as session:
        refusal = rate_limits.lookup_refusal(session, account, now())
        if refusal is not None:
            return LookupOutcome(None, refusal.sentence)
        audit(rate_limits.LOOKED_UP, f'{registry.label} {number}'.strip(), account)
    person = {'name': account.name, 'id_number': account.id_number}
    source = registries.source_of(registry, db.session(), current_app.config)
    try:
        values = source.look_up(registry, dict.fromkeys(registry.asked_by, number) | person)
    except registries.Unreachable as error:
        return LookupOutcome(None, f'{error}，请先手工填写，稍后可再点“获取”')
    if values is None:
        whose = f'{account.name}的编号 {number}' if number else account.name
        return LookupOutcome(None, f'{registry.label}没有查到{whose}，请核对，或手工填写')
    return LookupOutcome(values, f'已从{registry.label}获取，请核对')
