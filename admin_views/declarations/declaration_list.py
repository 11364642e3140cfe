"""Declarations as a list: their cells, tabs by stage, filters, and how a search finds them among a million."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import defer, joinedload, selectinload

from admin_views.framework import cells, paging
from admin_views.framework.access_check import once_a_request, visitor
from admin_views.framework.crud import View
from admin_views.framework.query import Asked, Tab, contains
from models import db
from models.account import Account
from models.application import Application, Stage
from models.base import LOCAL_ZONE, now
from models.employer import Employer
from models.fields import fields_of
from models.name_search import NameTail
from rules import access, choice_sources, workdays
from rules.flow.transition import Lookups
from rules.validators import as_day

SHORT = 1000
"""Rows of a tab in which every name is soon compared."""

COMMON = 30_000
"""Names that hold a word; where there are more, comparing every name meets enough of them soon."""

FEW_EMPLOYERS = 200
"""Employers that are looked for by their keys; more of them are left to the database to find."""

UNLISTED = tuple(
    defer(column, raiseload=True)
    for column in (
        Application.created_at, Application.updated_at, Application.commitment_at, Application.commitment_version,
    )
)  # fmt: skip
"""Columns that no list of those who work on declarations shows."""


@cache
def stage_tab(stage: Stage, label: str = '') -> Tab:
    """A tab for one stage."""
    return Tab(stage.value, label or stage.label, Application.stage == stage)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)


def moved(account: Account) -> None:
    """Some of the declarations that an account sees have moved: their tabs are counted anew, whoever looks."""
    paging.CROWDED.forget(access.scope(account, Application, now().date()))


def _employers(text: str) -> Any:
    """Those with a text in their names; by their keys where these are few, which tells the database how few."""
    found = select(Employer.id).where(contains(Employer.name, text))
    keys = db.session.scalars(found.limit(FEW_EMPLOYERS + 1)).all()
    return keys if len(keys) <= FEW_EMPLOYERS else found


class ApplicationList(View):
    """A list of declarations with tabs by stage."""

    of = Application
    noun = '申报'
    columns: Sequence[str] = ('serial', 'applicant', 'applied', 'track', 'submitted_at', 'waited', 'stage')
    filters: Sequence[str] = (
        'year', 'series', 'level', 'track', 'stage', 'title', 'committee_id', 'submitted_from', 'submitted_to',
    )  # fmt: skip
    asked: Mapping[str, Asked] = {
        'title': Asked('资格名称', 'text', str, lambda text: contains(Application.title, text)),
        'employer': Asked('报送单位', 'text', str, lambda text: Application.employer_id.in_(_employers(text))),
        'submitted_from': Asked(
            '提交时间起', 'date', as_day, lambda day: Application.submitted_at >= _midnight(day), before='提交时间'
        ),
        'submitted_to': Asked(
            '提交时间止',
            'date',
            as_day,
            lambda day: Application.submitted_at < _midnight(day + timedelta(1)),
            before='至',
        ),
    }
    searched: Sequence[str] = ('applicant_name', 'serial', 'id_number')
    order: Sequence[Any] = (Application.entered_at, Application.id)
    filled: Sequence[str] = ('submitted_at',)
    stages: Sequence[Stage] = ()
    one_stage_tabs: Sequence[str] = ()
    empty_text = '此页签下没有申报。其他环节的申报请看「全部」。'

    def __init__(self, endpoint: str) -> None:
        roles = access.ROOMS[endpoint].roles
        everywhere = [
            name
            for name, field in fields_of(self.of).items()
            if field.filterable and name not in self.filters and set(roles).isdisjoint(field.unseen_by)
        ]
        self.filters = (*self.filters, *everywhere)
        super().__init__(endpoint)

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """Two-line cells and tags instead of bare columns."""
        return {
            'applicant': ('申报人', cells.person),
            'applied': ('申报资格 · 专业', cells.applied),
            'track': ('申报类型', cells.track),
            'stage': ('当前环节', self.stage_and_wait),
            'submitted_at': ('提交时间', lambda row: cells.moment(row.submitted_at)),
            'waited': ('已等待', self.waited),
        }

    def stage_and_wait(self, row: Application) -> Markup:
        """The stage, over how long it waits there where the list tells that."""
        stage = cells.stage(row, visitor())
        return cells.two_lines(stage, self.waited(row)) if 'waited' in self.columns else stage

    def waited(self, row: Application) -> Markup:
        """Working days since the declaration entered its stage, until it is closed; others' stages have other terms."""
        if row.stage == Stage.CLOSED:
            return Markup('')
        return self.waited_since()(row.entered_at.date(), row.stage in self.stages)

    @once_a_request
    def waited_since(self) -> Callable[[date, bool], Markup]:
        """Working days since a day, counted once for all declarations that came in on it."""
        today, overruled = now().date(), self.overruled()
        return cache(lambda day, due: cells.waited(day, today, overruled, due=due))

    def overruled(self) -> workdays.Overrides:
        """The platform's changes to the calendar, read once a request."""
        return self.lookups().overruled

    def lookups(self) -> Lookups:
        """What guards need, read once a request."""
        args = self._template_args
        return args.setdefault('lookups', Lookups(db.session()))

    def tabs(self) -> Sequence[Tab]:
        """One tab a stage that this role works on, then all."""
        return (*(stage_tab(stage) for stage in self.stages), Tab('all', '全部'))

    def eager(self) -> Sequence[Any]:
        """The columns that a list tells of; what guards look at beside them is read apart."""
        return UNLISTED

    def page_of(self, *asked: Any) -> tuple[list[Any], bool]:
        """The rows of a page; what guards look at is read for all of them at once."""
        rows, more = super().page_of(*asked)
        self.lookups().asked |= dict.fromkeys(row.id for row in rows)
        return rows, more

    def surroundings(self) -> Sequence[Any]:
        """What an action reads of every row."""
        return (
            selectinload(Application.steps),
            selectinload(Application.notices),
            joinedload(Application.employer),
            joinedload(Application.committee),
            joinedload(Application.offering),
            joinedload(Application.set_aside),
        )

    def searching(self, statement: Select[Any], text: str) -> Select[Any]:
        """Eighteen characters are an identity number, nineteen digits a serial; else every word is looked for."""
        if len(text) == 18 and text[:17].isdigit():
            begun = Application.serial.between(f'{text}0', f'{text}9')  # a serial with its last digit not typed
            # by the keys of either: with an OR of two columns SQLite would rather read the whole list in its order
            found = (select(Application.id).where(either) for either in (Application.id_number == text.upper(), begun))
            return statement.where(Application.id.in_(union_all(*found)))
        if len(text) == 19 and text.isdigit():
            return statement.where(Application.serial == text)
        return super().searching(statement, text)

    def occurs(self, word: str) -> ColumnElement[bool]:
        """Chinese occurs in names alone, and is looked up among their endings where that takes less than comparing."""
        if word.isascii() or 'applicant_name' not in self.searched:
            return super().occurs(word)
        found = select(NameTail.application_id).where(NameTail.begins(word))
        here = self.in_tab().with_only_columns(Application.id)
        sizes = select(paging.count_of(here, SHORT + 1), paging.count_of(found, COMMON + 1))
        rows, names = db.session.execute(sizes).one()
        return self.compared(word) if rows <= SHORT or names > COMMON else Application.id.in_(found)

    def compared(self, word: str) -> ColumnElement[bool]:
        """A word occurs in a row, without its names' endings."""
        return super().occurs(word) if word.isascii() else contains(Application.applicant_name, word)

    def along_its_order(self) -> Select[Any]:
        """Rows that are many stand near each other in any order: comparing meets a page of them soon."""
        text = self.search_text()
        if text.isascii() or 'applicant_name' not in self.searched:
            return self.filtered()
        return self.unsearched().where(*(self.compared(word) for word in text.split()))

    def occurring(self, name: str) -> Mapping[str, str]:
        """Years, series and committees out of the catalogue: a look at every declaration would take too long."""
        known = choice_sources.narrowed_by(db.session())
        return known[name] if name in known else super().occurring(name)

    def deadline(self) -> str:
        """The one date that matters: until when the open call takes declarations."""
        today = now().date()
        window = choice_sources.open_window(db.session(), today)
        if window is None:
            return '当前没有开放的年度申报计划'
        closes_on, left = window.closes_on, workdays.count_workdays(today, window.closes_on, self.overruled())
        return f'{window.year} 年度 · 申报截止 {closes_on.month} 月 {closes_on.day} 日（还有 {left} 个工作日）'

    def of_one_stage(self, tab: Tab | None) -> bool:
        """Whether a tab holds declarations of one stage alone."""
        return tab is not None and tab.key in (*self.stages, *self.one_stage_tabs)

    def offered_on(self, tab: Tab | None) -> Sequence[str]:
        """The stage needs no filter on a tab of one stage."""
        offered = super().offered_on(tab)
        return [name for name in offered if name != 'stage'] if self.of_one_stage(tab) else offered

    def list_context(self, **context: Any) -> dict[str, Any]:
        """The deadline on top; the stage needs no column on a tab of one stage, and elsewhere tells how long."""
        made = super().list_context(**context) | {'page_note': self.deadline()}
        needless = 'stage' if self.of_one_stage(self.tab()) else 'waited'
        made['list_columns'] = [column for column in context['list_columns'] if column[0] != needless]
        return made
