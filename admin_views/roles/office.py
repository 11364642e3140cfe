"""Lists and pages of the committee office: pre-review, fees, sessions, notices, approval documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload, undefer

from admin_views.declarations.bulk_pages import PAPERS, flow_actions
from admin_views.declarations.declaration_list import DeclarationList
from admin_views.declarations.declaration_parts import (
    APPLICANT,
    APPLIED,
    BY_STAGE,
    BY_TRACK,
    EMPLOYER,
    LEVEL,
    SERIAL,
    SERIES,
    SUBMITTED_AT,
    SUBMITTED_BETWEEN,
    TITLE,
    TRACK,
    YEAR,
    stage_tabs,
    waiting_columns,
)
from admin_views.framework import cells
from admin_views.framework.access_check import action_link, does
from admin_views.framework.crud import CrudView
from admin_views.framework.list_parts import Column, RowLinks, Tab, state_tabs, value_shown_in_list
from admin_views.framework.transaction import attempt
from models import db
from models.application import Application, Party, Stage, stages_of
from models.approval import ApprovalDocument, ApprovalItem
from models.fields import fields_of
from models.payment import FeeOrder, OrderState
from models.review import MeetingItem, MeetingState, ReviewMeeting
from ports import payment_notices
from rules import ballots, meetings
from rules.validators import as_key

OFFICE_STAGES = stages_of(Party.OFFICE)


class OfficeApplications(DeclarationList):
    """Declarations to the office's committee, by stage."""

    stages = OFFICE_STAGES
    columns = (SERIAL, APPLICANT, APPLIED, TRACK, SUBMITTED_AT, *waiting_columns(OFFICE_STAGES))
    tabs = stage_tabs(OFFICE_STAGES)
    filters = (YEAR, SERIES, LEVEL, BY_TRACK, BY_STAGE, TITLE, EMPLOYER, *SUBMITTED_BETWEEN)
    bulk = (*flow_actions(OFFICE_STAGES), PAPERS)


def _office_link(view: Any, row: ReviewMeeting) -> list[dict[str, Any]]:
    """办理: make the link to the page of a session, where all its actions are."""
    return [action_link('办理', url_for('sessions.details_view', id=row.id), kind='main')]


class Meetings(CrudView):
    """评审会议: pages that call experts, bring declarations, and open and close the ballot."""

    of = ReviewMeeting
    columns = (
        'name',
        'held_on',
        'place',
        'state',
        Column(
            'seated',
            '专家',
            lambda row: f'到会 {sum(seat.present for seat in row.seats)} / {len(row.seats)}',
            loads=(selectinload(ReviewMeeting.seats),),
        ),
        Column('brought', '申报', lambda row: f'{len(row.items)} 项', loads=(selectinload(ReviewMeeting.items),)),
    )
    tabs = state_tabs(ReviewMeeting.state, MeetingState)
    row_links = (RowLinks(_office_link),)
    searched: Sequence[str] = ('name', 'place')
    form_fields = ('name', 'held_on', 'place')
    order: Sequence[Any] = (ReviewMeeting.held_on.desc(), ReviewMeeting.id.desc())
    empty_text = '还没有评审会议。点击「新增」安排一次会议。'

    def on_model_change(self, form: Any, model: ReviewMeeting, is_created: bool) -> None:
        """Set the office's committee on a new session."""
        if is_created:
            model.committee_id = current_user.committee_id

    def get_save_return_url(self, model: ReviewMeeting, is_created: bool = False) -> str:
        """Return the address of the session's page, to call experts next."""
        return url_for('sessions.details_view', id=model.id)

    @expose('/details/')
    def details_view(self) -> Any:
        """Show one session: its experts and quorum, its declarations and their votes."""
        meeting: ReviewMeeting = self.requested()
        db.session.scalars(select(ReviewMeeting).where(ReviewMeeting.id == meeting.id).options(*meetings.WHOLE)).one()
        came, needed = ballots.quorum(meeting)
        return self.render(
            'session.html',
            meeting=meeting,
            came=came,
            needed=needed,
            state=MeetingState(meeting.state),
            experts=meetings.experts(db.session()),
            seats={seat.expert_id: seat for seat in meeting.seats},
            waiting=meetings.list_without_meeting(db.session(), meeting.committee_id),
            rows=[(item, ballots.tally(item), _withdrawn(item)) for item in meeting.items],
            back=url_for('sessions.index_view'),
        )

    def _do(self, verb: Any) -> Any:
        """Run one operation on the session, flash its outcome and redirect to the session."""
        meeting = self.requested()
        attempt(lambda: f'{meeting}：{verb(meeting)}')
        return redirect(url_for('sessions.details_view', id=meeting.id))

    @expose('/seat/', methods=('POST',))
    @does('seat')
    def seat_view(self) -> Any:
        """Save the called experts and those present."""

        def verb(meeting: ReviewMeeting) -> str:
            meetings.seat(db.session(), meeting, _ids('expert'), _ids('present'))
            return f'已保存专家名单，共 {len(meeting.seats)} 位'

        return self._do(verb)

    @expose('/bring/', methods=('POST',))
    @does('bring')
    def bring_view(self) -> Any:
        """Bring waiting declarations before the session."""
        return self._do(lambda meeting: f'已列入 {meetings.bring(db.session(), meeting, _ids("application"))} 项申报')

    @expose('/open/', methods=('POST',))
    @does('open')
    def open_view(self) -> Any:
        """Open the ballot to the experts present."""

        def verb(meeting: ReviewMeeting) -> str:
            meetings.open_for_votes(db.session(), meeting)
            return '表决已开始，到会专家可以投票'

        return self._do(verb)

    @expose('/close/', methods=('POST',))
    @does('close')
    def close_view(self) -> Any:
        """Count the votes and close the session."""

        def verb(meeting: ReviewMeeting) -> str:
            passed, failed = meetings.close(db.session(), meeting, current_user)
            return f'会议已结束，通过 {passed} 项，不通过 {failed} 项'

        return self._do(verb)


def _ids(name: str) -> list[int]:
    return [key for each in request.form.getlist(name) if (key := as_key(each))]


def _withdrawn(item: MeetingItem) -> str:
    return '、'.join(seat.expert.name for seat in ballots.withdrawn(item))


PAID_TOO_LATE_TAB = '失效后到账'
"""Label of payments that arrived after their order became invalid."""


def _order_state(order: FeeOrder) -> Markup:
    """Show the state, with the payments that arrived after the order became invalid."""
    field, money = fields_of(FeeOrder)['state'], fields_of(FeeOrder)['total_fen']
    line = Markup('<div>{} 元，票据号 {}</div>').format
    lines = [line(money.shown(each.amount_fen), each.receipt) for each in payment_notices.payments_lost(order)]
    shown = escape(value_shown_in_list(field, order))
    return shown + Markup(' ') + cells.tag(PAID_TOO_LATE_TAB, 'bad') + Markup('').join(lines) if lines else shown


class Orders(CrudView):
    """List of the committee's 缴费单."""

    of = FeeOrder
    columns = (
        'number',
        'payer',
        'total_fen',
        Column('state', '缴费状态', _order_state, sortable=True, loads=(selectinload(FeeOrder.lost),)),
        'created_at',
        'paid_at',
    )
    tabs = (*state_tabs(FeeOrder.state, OrderState), Tab('lost', PAID_TOO_LATE_TAB, FeeOrder.lost.any()))
    details = ('number', 'payer', 'phone', 'total_fen', 'state', 'created_at', 'paid_at', 'receipt', 'committee_id')
    searched: Sequence[str] = ('number', 'payer')
    empty_text = '还没有缴费单。确认发起缴费后在此列出。'


class Documents(CrudView):
    """List of 批件; the details page of each shows its annex."""

    of = ApprovalDocument
    columns = (
        'number',
        'title',
        'year',
        'committee_id',
        'submitted_at',
        Column('annexed', '人数', lambda row: str(row.annexed), loads=(undefer(ApprovalDocument.annexed),)),
    )
    filters: Sequence[str] = ('year',)
    searched: Sequence[str] = ('number', 'title')
    empty_text = '还没有批件。在「生成批件」页签勾选申报后生成。'

    @expose('/details/')
    def details_view(self) -> Any:
        """Show one document with its annex (附件：通过人员名单)."""
        document = self.requested()
        annex = select(Application).join(ApprovalItem).where(ApprovalItem.document_id == document.id)
        named = annex.options(joinedload(Application.employer)).order_by(Application.id)
        return self.render(
            'document.html',
            document=document,
            annex=db.session.scalars(named),
            stage_label=lambda row: Stage(row.stage).label,
            back=url_for(f'{self.endpoint}.index_view'),
        )
