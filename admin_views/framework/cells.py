"""Cells of lists: two-line cells, tags, waiting times."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from markupsafe import Markup, escape

from models.account import Account
from models.application import Application, Stage
from models.base import now
from models.catalogue import Track
from models.fields import fields_of
from rules import access, richtext, validators, workdays
from rules.overview import OVERDUE

TRACK_KINDS = {Track.EXCEPTIONAL: 'violet', Track.ASSESSMENT: 'info'}


def two_lines(first: object, second: object) -> Markup:
    """Draw a main line and a secondary line below it."""
    return Markup(f'<span class="cell-main">{escape(first)}</span><span class="cell-sub">{escape(second)}</span>')


@lru_cache(1000)
def tag(text: str, kind: str = 'neutral') -> Markup:
    """Draw a word in a tag; the word has the meaning, the colour only supports it."""
    return Markup(f'<span class="tag tag-{escape(kind)}">{escape(text)}</span>')


def person(application: Application) -> Markup:
    """Draw the name above the masked identity number."""
    field = fields_of(Application)['id_number']
    return two_lines(application.applicant_name or '（未填姓名）', validators.masked(field, application.id_number))


def applied(application: Application) -> Markup:
    """Draw title and speciality above series and level."""
    if not application.title:
        return tag('尚未选择', 'neutral')
    return two_lines(f'{application.title} · {application.speciality}', f'{application.series} · {application.level}')


def track(application: Application) -> Markup:
    """Draw the track, and the number of the submission from the second on."""
    shown = tag(Track(application.track).label, TRACK_KINDS.get(Track(application.track), 'neutral'))
    if application.revision > 1:
        shown += Markup(' ') + tag(f'第 {application.revision} 次提交', 'warn')
    return shown


def stage(application: Application, account: Account) -> Markup:
    """Draw the stage that the account may see, with the result if there is one."""
    seen = access.stage_seen(account, application)
    if application.result:
        kind = {'passed': 'good', 'failed': 'bad'}.get(application.result, 'neutral')
        label = fields_of(Application)['result'].shown(application.result)
        return tag(f'{seen.label} · {label}', kind)
    return tag(seen.label, 'warn' if seen == Stage.CORRECTION else 'info')


def size(count: int) -> str:
    """Return a number of bytes as text in MB or KB, KB rounded up."""
    return f'{count / 1048576:.1f} MB' if count >= 1048576 else f'{-(-count // 1024)} KB'


def rich_cell(text: str) -> Markup:
    """Return rich text as safe HTML."""
    return Markup(richtext.safe_html(text))


def moment_cell(value: datetime | None) -> Markup:
    """Draw month, day and time, the year only if it is not the present one; the title is the exact moment."""
    if not value:
        return Markup('')
    exact = value.isoformat(' ', 'minutes')[:16]  # three times as fast as two f-strings; a list has many
    shown = exact[5:] if value.year == now().year else exact
    return Markup(f'<time title="{exact}">{shown}</time>')


def waited(since: date, today: date, overruled: workdays.Overrides, *, due: bool) -> Markup:
    """Draw the working days since a declaration entered its stage, marked 超期 if ``due`` and more than OVERDUE."""
    days = workdays.workdays_since(since, today, overruled)
    shown = tag(f'{days} 天 · 超期', 'bad') if due and days > OVERDUE else f'{days} 天'
    return Markup(f'<span title="{days} 个工作日">{shown}</span>')
