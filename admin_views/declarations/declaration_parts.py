"""Columns, filters and tabs of lists of declarations, each declared once for every role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from admin_views.framework import cells
from admin_views.framework.access_check import visitor
from admin_views.framework.list_parts import Column, Filter, Tab, contains, field_column, field_filter, typed
from admin_views.framework.request_memo import request_memo
from models import db
from models.application import Application, Stage
from models.base import LOCAL_ZONE, now
from models.employer import Employer
from models.fields import Field
from rules import choice_sources, statutory
from rules.flow.transition import Lookups, Transition
from rules.validators import as_day, as_key

FEW_EMPLOYERS = 200
"""Most employers that a filter sends as keys; for more it uses a subquery."""


def lookups() -> Lookups:
    """Return the Lookups of the request: data that guards and cells need besides the declaration."""
    return request_memo('lookups', lambda: Lookups(db.session()))


def questions_for(row: Transition, application: Application | None) -> Sequence[Field]:
    """Return the fields that an action asks of a declaration; of many (None), with the lowest bounds of any call."""
    known = lookups()
    if application is None:
        return row.asked_under(statutory.lowest_of_all(known.session))
    return row.asked_of(application, known.numbers(application))


# --- tabs ---


@cache
def stage_tab(stage: Stage, label: str = '') -> Tab:
    """Make the tab of one stage."""
    return Tab(stage.value, label or stage.label, Application.stage == stage, stage=stage)


ALL = Tab('all', '全部')


def stage_tabs(stages: Sequence[Stage]) -> tuple[Tab, ...]:
    """Make one tab for each stage that a role works on, then 全部."""
    return (*(stage_tab(stage) for stage in stages), ALL)


def has_one_stage(tab: Tab | None) -> bool:
    """Tell whether all declarations of a tab are at the same stage."""
    return tab is not None and bool(tab.stage)


def has_many_stages(tab: Tab | None) -> bool:
    """Tell whether the declarations of a tab are at different stages."""
    return not has_one_stage(tab)


# --- columns ---

SERIAL = field_column(Application, 'serial')
APPLICANT = Column('applicant', '申报人', cells.person)
APPLIED = Column('applied', '申报资格 · 专业', cells.applied)
TRACK = Column('track', '申报类型', cells.track, sortable=True)
SUBMITTED_AT = Column('submitted_at', '提交时间', lambda row: cells.moment_cell(row.submitted_at), sortable=True)
STAGE = Column('stage', '当前环节', lambda row: cells.stage(row, visitor()), has_many_stages, sortable=True)


def waiting_columns(stages: Sequence[Stage]) -> tuple[Column, Column]:
    """Make 已等待 for tabs of one stage, and 当前环节 with it for other tabs; only ``stages`` can be 超期."""
    waited = partial(_waited, frozenset(stages))
    return (
        Column('waited', '已等待', waited, has_one_stage),
        Column(
            'stage',
            '当前环节',
            lambda row: cells.two_lines(cells.stage(row, visitor()), waited(row)),
            has_many_stages,
            sortable=True,
        ),
    )


def _waited(own: frozenset[Stage], row: Application) -> Markup:
    """Show the working days since the declaration entered its stage, until it is closed."""
    if row.stage == Stage.CLOSED:
        return Markup('')
    return request_memo('waited', _waited_since)(row.entered_at.date(), row.stage in own)


def _waited_since() -> Callable[[date, bool], Markup]:
    """Return a cached function that counts the working days since a day once for all declarations of that day."""
    today, overruled = now().date(), lookups().overruled
    return cache(lambda day, due: cells.waited(day, today, overruled, due=due))


# --- filters ---


def _maintained(name: str) -> Callable[[Select[Any]], Mapping[str, str]]:
    """Return a function that reads choices from the catalogue: a scan of all declarations would take too long."""
    return lambda _scoped: choice_sources.narrowed_by(db.session())[name]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)


def _day(text: str) -> date | None:
    return as_day(typed(text))


def _employers(text: str) -> Any:
    """Return the keys of employers named so, or a subquery above FEW_EMPLOYERS; keys tell the planner their number."""
    found = select(Employer.id).where(contains(Employer.name, text))
    keys = db.session.scalars(found.limit(FEW_EMPLOYERS + 1)).all()
    return keys if len(keys) <= FEW_EMPLOYERS else found


def series_key(text: str) -> int | None:
    """Return the key of the series that an address names; addresses of version 0.3 name it in words."""
    names = choice_sources.narrowed_by(db.session())['series']
    return as_key(text) or next((int(key) for key, name in names.items() if name == text), None)


YEAR = field_filter(Application, 'year', choices=_maintained('year'))
SERIES = Filter(
    'series', '系列', 'select', series_key, choice_sources.in_series, choices=_maintained('series'), keyed=True
)
LEVEL = field_filter(Application, 'level')
BY_TRACK = field_filter(Application, 'track')
BY_STAGE = field_filter(Application, 'stage', shown_on=has_many_stages)
COMMITTEE = field_filter(Application, 'committee_id', choices=_maintained('committee_id'))
TITLE = Filter('title', '资格名称', 'text', typed, lambda text: contains(Application.title, text))
EMPLOYER = Filter('employer', '报送单位', 'text', typed, lambda text: Application.employer_id.in_(_employers(text)))
SUBMITTED_BETWEEN = (
    Filter(
        'submitted_from',
        '提交时间起',
        'date',
        _day,
        lambda day: Application.submitted_at >= _midnight(day),
        before='提交时间',
    ),
    Filter(
        'submitted_to',
        '提交时间止',
        'date',
        _day,
        lambda day: Application.submitted_at < _midnight(day + timedelta(1)),
        before='至',
    ),
)

# --- loader options ---

SURROUNDINGS = (
    selectinload(Application.steps),
    selectinload(Application.notices),
    joinedload(Application.employer),
    joinedload(Application.committee),
    joinedload(Application.offering),
    joinedload(Application.set_aside),
)
"""Loader options for the relations that an action reads of every declaration."""
