"""Journey of a demo declaration through the flow, by the product's own operations at past moments."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account, Role
from models.application import Application, Party, Stage
from models.base import LOCAL_ZONE, at, now
from models.review import ReviewMeeting, Vote
from ports import gateway, payment_notices
from rules import fees, meetings
from rules.flow.doing import perform
from rules.flow.table import FLOW

NOTICE_SPAN = timedelta(14)
"""Time from first to last day of every notice: always at least five working days (手册 §3.2.10, §5.5).

A notice that ended on its fifth working day would shift all later steps by weekends and holidays.
"""

OPINIONS = {
    Stage.OFFICE_REVIEW: '材料齐全，符合申报条件。',
    Stage.NOTICE_LAUNCH: '评审通过，请所在单位进行评后公示。',
    Stage.OFFICE_CONFIRMATION: '公示无异议。',
    Stage.ACCEPTANCE: '材料完整，予以受理。',
    Stage.EXAMINATION: '经审核，符合规定。',
    Stage.APPROVAL: '同意。',
}


def review_answers(year: int) -> dict[str, Any]:
    """Return the answers of an employer's review written in a year (手册 §3.2.2)."""
    return {
        'handler_name': '王芳',
        'handler_phone': '0755-23456789',
        'training_opinion': '已按规定完成本年度继续教育 90 学时，其中公需 30、专业 42、选修 18 学时。',
        'negative_opinion': '经核实，申报人无负面情况。',
        'assessments': [{'year': year - 1, 'result': '称职（合格）'}, {'year': year - 2, 'result': '优秀'}],
        'evaluation': (
            '该同志长期在专业技术岗位工作，熟悉本专业的技术标准和规范，能够独立承担较复杂的技术任务，主持完成多项技术改造'
            '和研发项目，成果已投入使用并取得明显的经济效益和社会效益。工作认真负责，注重团队协作，积极指导初级技术人员，'
            '在解决关键技术难题、提高产品质量方面发挥了重要作用。经单位审核，申报材料真实完整，业绩属实，'
            '达到所申报资格的评价标准，同意推荐申报。'
        ),
        'exam_instead': False,
    }


HandIn = Callable[[Application, Account], None]
"""Function by which an account uploads the materials that a declaration needs at its stage."""


class Journey:
    """One declaration on its way through the flow; each action advances ``moment``."""

    def __init__(
        self, session: Session, application: Application, begun: datetime, secret: str, hand_in: HandIn
    ) -> None:
        self.session, self.application, self.secret, self.hand_in = session, application, secret, hand_in
        self.moment = begun

    def actor(self, party: Party) -> Account:
        """Return the account that acts for a party on the declaration."""
        wanted: dict[Party, Any] = {
            Party.APPLICANT: Account.id == self.application.applicant_id,
            Party.EMPLOYER: (Account.employer_id == self.application.employer_id)
            & (Account.role == Role.ADMINISTRATOR),
            Party.OFFICE: (Account.committee_id == self.application.committee_id) & (Account.role == Role.OFFICE),
            Party.BUREAU: Account.role == Role.BUREAU,
        }
        return self.session.scalars(select(Account).where(wanted[party])).one()

    def wait(self, days: int = 1) -> None:
        """Advance the moment by some days."""
        self.moment += timedelta(days=days, minutes=17)

    def do(self, action: str, **data: Any) -> None:
        """Do an action of the flow at the present stage, after uploading the materials for ``approve``."""
        row = next(row for row in FLOW if row.source == self.application.stage and row.action == action)
        with at(self.moment):
            if action == 'approve':
                self.hand_in(self.application, self.actor(row.who))
            perform(self.session, action, self.application, self.actor(row.who), data=data)
        self.wait()

    def until(self, stage: Stage) -> Journey:
        """Do the usual actions until the stage is reached; :func:`hold_session` passes 专家评审."""
        while self.application.stage != stage:
            self.step()
        return self

    def step(self) -> None:
        """Do the usual action of the present stage."""
        stage = Stage(self.application.stage)
        if stage in (Stage.DRAFT, Stage.CORRECTION):
            self.do('submit')
        elif stage in (Stage.PRE_NOTICE, Stage.POST_NOTICE):
            self.publish()
        elif stage == Stage.PAYMENT:
            self.pay()
        elif stage == Stage.EMPLOYER_REVIEW:
            self.do('approve', **review_answers(self.moment.year))
        elif stage == Stage.BATCHING:
            self.do('approve', title=f'{self.application.committee} {self.application.year} 年度评审通过人员批件')
        else:
            self.do('approve', opinion=OPINIONS.get(stage, ''))

    def publish(self) -> None:
        """Publish the notice, and approve on the day after its last day."""
        starts_on = self.moment.date()
        ends_on = starts_on + NOTICE_SPAN
        self.moment = datetime(ends_on.year, ends_on.month, ends_on.day, 9, 30, tzinfo=LOCAL_ZONE) + timedelta(1)
        self.do('approve', starts_on=starts_on, ends_on=ends_on)

    def pay(self) -> None:
        """Receive a signed notice of the gateway that the order is paid."""
        order = fees.order_of(self.session, self.application)
        assert order is not None
        with at(self.moment):
            said = gateway.PaidNotice(order.number, order.total_fen, now(), f'DEMO{order.id:08d}', now())
            body = gateway.compose(said)
            payment_notices.receive(self.session, self.secret, body, gateway.sign(self.secret, body))
        self.wait()


def hold_session(
    session: Session,
    applications: list[Application],
    experts: list[Account],
    moment: datetime,
    name: str,
    *,
    decided: bool,
    rejected: Collection[Application] = (),
) -> ReviewMeeting:
    """Hold a session on declarations of one committee; if not ``decided``, it stays open with some votes cast."""
    committee_id, held_on = applications[0].committee_id, moment.date()
    with at(moment):
        meeting = ReviewMeeting(committee_id=committee_id, name=name, held_on=held_on, place='市民中心 B 区 3 楼评审室')
        session.add(meeting)
        session.flush()
        ids = [expert.id for expert in experts]
        meetings.seat(session, meeting, ids, ids)
        meetings.bring(session, meeting, [application.id for application in applications])
        meetings.open_for_votes(session, meeting)
        for item in meeting.items:
            for place, seat in enumerate(meeting.seats):
                if meetings.ballot_refusal(item, seat.expert) or (not decided and place % 3 == 0):
                    continue
                against = item.application in rejected and place % 2 == 0
                vote = Vote.AGAINST if against else Vote.FOR
                meetings.cast(session, item, seat.expert, vote, '业绩成果尚需积累。' if against else '达到评价标准。')
        if decided:
            office = session.scalars(
                select(Account).where(Account.role == Role.OFFICE, Account.committee_id == committee_id)
            ).one()
            meetings.close(session, meeting, office)
    return meeting
