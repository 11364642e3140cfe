"""首页 and 消息: the work that waits for the visitor, and the visitor's messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import get_template_attribute, redirect, request, url_for
from flask_admin import AdminIndexView, expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import func, select, update

from admin_views.framework.access_check import Guarded, Page, does, open_rooms, page_path
from admin_views.framework.fast import paging
from models import db
from models.account import Account, Role
from models.application import Application, Party, Stage, stages_of
from models.base import now
from models.catalogue import Call
from models.message import MOST_UNREAD, Message
from models.transaction import writing
from rules import access, choice_sources, handler_grants, overview, review_desk, workdays

MOST_MENUS = 1000


@dataclass(frozen=True, slots=True)
class Frame:
    """Text and links about the visitor in the header of every page."""

    user_name: str
    user_line: str
    messages_url: str
    unread: str
    sign_out_url: str


def frame() -> Frame | None:
    """Return the header of the present page, or None before sign-in."""
    if not current_user.is_authenticated:
        return None
    account: Account = current_user._get_current_object()
    role = Role(account.role).label
    line = (
        f'{account.employer} · 以{role}身份办理' if account.role in access.EMPLOYER_SIDE else access.authority(account)
    )
    return Frame(
        user_name=account.name if account.role == Role.APPLICANT else f'{account.name}（{role}）',
        user_line=role if account.role == Role.APPLICANT else line,
        messages_url=page_path('messages.index'),
        unread=_counted(account.unread),
        sign_out_url=page_path('session.logout'),
    )


def _counted(unread: int) -> str:
    """Return the number of unread messages as text: empty for 0, ``99+`` from MOST_UNREAD on."""
    return f'{MOST_UNREAD - 1}+' if unread >= MOST_UNREAD else str(unread or '')


def menu(view: Guarded) -> Markup:
    """Return the menu of a page as HTML, cached by view and open rooms."""
    return _drawn_menu(view.in_menu(), open_rooms(), request.script_root)


@lru_cache(MOST_MENUS)
def _drawn_menu(view: Guarded, _open: frozenset[str], _root: str) -> Markup:
    return Markup(get_template_attribute('admin/layout.html', 'menu')(view))


class Home(Guarded, AdminIndexView):
    """首页: the number of declarations at each stage, and the newest messages."""

    def __init__(self) -> None:
        super().__init__(name=access.ROOMS['admin'].label, endpoint='admin', url='/')

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Redirect a visitor without 首页 to the workroom of the role, if granted, else to the first open room."""
        work = access.WORKROOMS.get(current_user.role, '') if current_user.is_authenticated else ''
        if work in open_rooms():
            return redirect(page_path(f'{work}.index_view'))
        granted = (each for each in self._listed() if each.is_accessible() and each.is_visible())
        first = next(granted, None)
        return redirect(first.get_url()) if first else super().inaccessible_callback(name, **kwargs)

    def _listed(self) -> Iterator[Any]:
        """Yield the entries of the menu in order, with those below a heading in its place."""
        for entry in self.admin.menu():
            yield from entry.get_children() if entry.is_category() else (entry,)

    @expose('/')
    def index(self) -> Any:
        """Show declarations by stage, open calls and the newest messages; the employer side has its own page."""
        today = now().date()
        scope = access.scope(current_user, Application, today)
        work = access.WORKROOMS.get(current_user.role)
        if current_user.role in access.EMPLOYER_SIDE:
            return self.employer_page(work)
        counts = overview.by_stage(db.session(), scope, paging.MOST_COUNTED + 1)
        open_work = work if work and access.may_enter(current_user, work, today) is None else None
        return self.render(
            'home.html',
            counts=_in_order(counts),
            work=open_work,
            calls=_calls(workdays.overrides(db.session())),
            messages=_newest(8),
            role=Role(current_user.role),
            is_applicant=current_user.role == Role.APPLICANT,
        )

    def employer_page(self, work: str | None) -> Any:
        """Show the employer's first page: waiting declarations by stage, notices and fees due, progress of the year."""
        session, today = db.session(), now().date()
        scope, overruled = access.scope(current_user, Application, today), workdays.overrides(session)
        is_open = work is not None and access.may_enter(current_user, work, today) is None
        stages = stages_of(Party.EMPLOYER)
        year = choice_sources.present_year(session, today)
        aside = select(func.count()).where(scope, Application.stage.in_(stages), review_desk.ASIDE)
        return self.render(
            'home_employer.html',
            work=work if is_open else None,
            calls=_calls(overruled),
            waiting=overview.count_waiting(session, scope, stages, overruled),
            paying=overview.fees_due(session, scope),
            aside=session.scalar(aside),
            due=overview.notices_due(session, scope, overruled),
            year=year,
            levels=overview.funnel(session, scope, year),
            messages=_newest(8),
            asked=handler_grants.named_in(session, current_user),
        )


def _in_order(counts: dict[str, int]) -> list[tuple[Stage, str]]:
    """Return counts by stage in the order of the flow; for an applicant an unreleased result counts as in review."""
    seen: dict[Stage, int] = {}
    for stage, count in counts.items():
        shown = access.stage_shown(current_user, stage)
        seen[shown] = seen.get(shown, 0) + count
    return [(stage, paging.counted(seen[stage])) for stage in Stage if stage in seen]


def _calls(overruled: workdays.Overrides) -> list[tuple[Call, int]]:
    """Return the calls that take declarations today, each with the number of working days until it closes."""
    today = now().date()
    open_calls = choice_sources.open_calls(db.session(), today)
    return [(call, workdays.count_workdays(today, call.closes_on, overruled)) for call in open_calls]


def _newest(limit: int) -> list[Message]:
    query = select(Message).where(Message.account_id == current_user.id).order_by(Message.id.desc()).limit(limit)
    return list(db.session.scalars(query))


class Messages(Page):
    """消息, the newest first; opening the page leaves them unread, one button marks all as read."""

    listed = False  # the header links to it

    @expose('/')
    def index(self) -> Any:
        """Show the newest hundred messages."""
        return self.render('messages.html', messages=_newest(100), work=access.WORKROOMS.get(current_user.role))

    @expose('/read/', methods=('POST',))
    @does('read')
    def read(self) -> Any:
        """Mark all messages of the visitor as read."""
        unread = update(Message).where(Message.account_id == current_user.id, Message.read_at.is_(None))
        with writing() as session:
            session.execute(unread.values(read_at=now()).execution_options(synchronize_session=False))
        return redirect(url_for('messages.index'))
