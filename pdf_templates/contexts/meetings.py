"""Contexts of papers of a review session (评审会议): 表决票汇总 and 会议纪要."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from models.review import MeetingItem, ReviewMeeting
from pdf_templates.contexts.shared import (
    Context,
    GivenAnswers,
    Make,
    worded,
)
from rules import ballots


def meeting_papers(code: str) -> Make:
    """Return the context of 表决票汇总 (``ballot-sheet``) or of 会议纪要 (``session-minutes``, with a text)."""

    def context(session: Session, meetings: Sequence[ReviewMeeting], _given: GivenAnswers) -> Context:
        meeting = meetings[0]
        came, needed = ballots.quorum(meeting)
        items = [_counted(item) for item in sorted(meeting.items, key=lambda each: each.id)]
        passed = sum(item['result'] == '通过' for item in items)
        names = {'评委会': meeting.committee.name, '会议': meeting.name, '人数': len(items), '通过人数': passed}
        return {
            'committee': meeting.committee.name,
            'office': meeting.committee.office_name,
            'meeting': meeting.name,
            'held_on': meeting.held_on,
            'place': meeting.place,
            'called': len(meeting.seats),
            'came': came,
            'needed': needed,
            'seats': [
                {
                    'name': seat.expert.name,
                    'employer': str(seat.expert.employer or ''),
                    'role': '主任委员' if seat.chair else '委员',
                    'present': '到会' if seat.present else '缺席',
                    'sign': '',
                }
                for seat in sorted(meeting.seats, key=lambda each: (not each.chair, each.id))
            ],
            'items': items,
            'passed': passed,
            'failed': len(items) - passed,
            'text': worded(session, code, names) if code == 'session-minutes' else [],
        }

    return context


def _counted(item: MeetingItem) -> dict[str, Any]:
    application, tally = item.application, ballots.tally(item)
    recused = [seat.expert.name for seat in ballots.withdrawn(item)]
    return {
        'serial': application.serial,
        'name': application.applicant_name,
        'employer': str(application.employer or ''),
        'applied': f'{application.title}（{application.speciality}）',
        'present': str(tally.present),
        'for': str(tally.in_favour),
        'against': str(tally.against),
        'abstain': str(tally.abstained),
        'result': '通过' if tally.passed else '不通过',
        'recused': '、'.join(recused) or '无',
        'comments': sorted({ballot.comment.rstrip('。') for ballot in item.ballots if ballot.comment}),
    }
