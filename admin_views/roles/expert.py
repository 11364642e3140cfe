"""List of the expert: declarations assigned in an open session, and the secret ballot."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from admin_views.declarations.actions import shown_sections, summary
from admin_views.declarations.bulk_pages import PAPERS
from admin_views.declarations.declaration_list import DeclarationList
from admin_views.declarations.declaration_parts import ALL, APPLICANT, APPLIED, LEVEL, SERIAL, SERIES, TRACK
from admin_views.framework import controls
from admin_views.framework.access_check import action_link, does, safe_return
from admin_views.framework.fast.paging import MOST_STATEMENTS
from admin_views.framework.list_parts import Column, RowLinks, Tab
from admin_views.framework.request_memo import request_memo
from admin_views.framework.transaction import attempt
from models import db
from models.application import Application
from models.fields import fields_of
from models.review import Ballot, MeetingItem, MeetingState, ReviewMeeting, Vote
from rules import meetings

BALLOT = tuple(fields_of(Ballot)[name] for name in ('vote', 'comment'))


@lru_cache(MOST_STATEMENTS)
def _voted_by(expert: int, voted: bool) -> ColumnElement[bool]:
    """Return the condition that an expert has voted, or has not; cached, so that statements with it are cached too."""
    own = select(MeetingItem.application_id).join(Ballot).where(Ballot.expert_id == expert)
    return Application.id.in_(own) if voted else Application.id.not_in(own)


def _own_vote(row: Application) -> str:
    """Return the label of the expert's own vote; one query per request reads all of them."""
    votes = select(MeetingItem.application_id, Ballot.vote).join(Ballot).where(Ballot.expert_id == current_user.id)
    vote = request_memo('own votes', lambda: dict(db.session.execute(votes).all())).get(row.id)
    return Vote(vote).label if vote else '未表决'


def _ballot_links(_view: Any, row: Application) -> list[dict[str, Any]]:
    """Make the links 评审 and 材料."""
    here = request.full_path
    return [
        action_link('评审', url_for('ballots.vote_view', id=row.id, url=here), kind='main'),
        action_link('材料', url_for('files.index', id=row.id, url=here), kind='plain'),
    ]


class Ballots(DeclarationList):
    """待评审申报: one row a declaration; voting opens the dossier beside the ballot."""

    columns = (SERIAL, APPLICANT, APPLIED, TRACK, Column('vote', '我的表决', _own_vote))
    tabs = (
        Tab('waiting', '待表决', lambda: _voted_by(current_user.id, False)),
        Tab('voted', '已表决', lambda: _voted_by(current_user.id, True)),
        ALL,
    )
    filters = (SERIES, LEVEL)
    bulk = (PAPERS,)
    row_links = (RowLinks(_ballot_links),)
    empty_text = '没有待评审的申报。会议开始表决后在此列出；须您回避的申报（您本人的、与您同一单位的）不在此列。'

    def item(self, application: Application) -> MeetingItem:
        """Return the declaration's item in the open session, or answer 404."""
        query = (
            select(MeetingItem)
            .join(ReviewMeeting)
            .where(MeetingItem.application_id == application.id, ReviewMeeting.state == MeetingState.OPEN)
            .options(joinedload(MeetingItem.session).joinedload(ReviewMeeting.seats))
        )
        item = db.session.scalars(query).unique().first()
        if item is None:
            abort(404, '该申报不在表决中')
        return item

    @expose('/vote/', methods=('GET', 'POST'))
    @does('vote')
    def vote_view(self) -> Any:
        """Show the dossier beside the ballot; POST casts the vote."""
        application = self.requested()
        item = self.item(application)
        own = next((ballot for ballot in item.ballots if ballot.expert_id == current_user.id), None)
        form = controls.form_class(BALLOT, strict=True)(request.form if request.method == 'POST' else None, obj=own)
        if request.method == 'POST' and form.validate():

            def cast() -> str:
                vote = Vote(form.vote.data)
                meetings.cast(db.session(), item, current_user, vote, form.comment.data or '')
                return f'{application}：已表决「{vote.label}」，会议结束前可以更改'

            if attempt(cast):
                return redirect(safe_return(url_for('ballots.index_view')))
        return self.render(
            'ballot.html',
            application=application,
            summary=summary(application),
            form=form,
            item=item,
            own=own,
            refusal=meetings.ballot_refusal(item, current_user),
            sections=shown_sections(application, whole=False),
            back=safe_return(url_for('ballots.index_view')),
        )
