"""Factories of the rows that tests of rules and models begin with, as plain functions; the caller commits."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from demo.dossier import SPECIALITIES, fill
from demo.journey import review_answers
from demo.people import person
from models.account import Account, Grant, GrantKind, Role
from models.application import Application, Party, Stage
from models.base import LOCAL_ZONE, Base, at, now
from models.catalogue import Call, Committee, Offering, Series, Speciality, Title
from models.declaration import SelfEvaluation
from models.employer import Employer
from models.material import StoredFile
from models.payment import FeeOrder, Verdict
from models.review import ReviewMeeting, Vote
from models.terms import MENUS, TITLE_REVIEW
from ports import gateway, payment_notices
from rules import access, declaration, fees, materials, meetings, workdays
from rules.flow.doing import perform
from rules.flow.table import TRANSITIONS

GATEWAY_SECRET = 'test-secret'
TITLES = (('中级', '工程师'), ('副高级', '高级工程师'), ('正高级', '正高级工程师'))
BEGUN = {Stage.DRAFT: 2, Stage.CORRECTION: 5, Stage.EMPLOYER_REVIEW: 5, Stage.PRE_NOTICE: 5}
"""Days since a declaration was begun that stands at an early stage."""

DOSSIERS = {'01': 4, '02': 1}
"""The demo's dossier that every declaration of a committee holds: 普通申报 for 高级工程师."""

AFTER_ONE_NOTICE = (Stage.OFFICE_REVIEW, Stage.FEE_CONFIRMATION, Stage.PAYMENT, Stage.EXPERT_REVIEW)


def make_employer(session: Session) -> Employer:
    """Add an employer; its name and code follow from its number."""
    number = _count(session, Employer) + 1
    body = f'9144030000000{number:04d}'
    made = Employer(
        name=f'深圳市单位{number}有限公司',
        code=body + uscc.calc_check_digit(body),
        address='深圳市福田区深南大道 1 号',
        postcode='518000',
        contact='王芳',
        phone='0755-23456789',
    )
    session.add(made)
    session.flush()
    return made


def make_committee(session: Session) -> Committee:
    """Add a committee; its name and code follow from its number."""
    number = _count(session, Committee) + 1
    made = Committee(
        code=f'{number:02d}',
        name=f'深圳市第{number}高级职称评审委员会',
        office_name=f'第{number}学会（评委会办公室）',
        host_name=f'第{number}协会',
        host_code=f'44030000{number:02d}',
        phone='0755-12333',
    )
    session.add(made)
    session.flush()
    return made


def make_call(session: Session, committees: list[Committee]) -> Call:
    """Add the call of this year, open for three months now; each committee reviews its specialities at every level."""
    today = now().date()
    made = Call(
        year=today.year,
        name=f'{today.year} 年度职称评审申报计划',
        opens_on=today - timedelta(90),
        closes_on=today + timedelta(30),
    )
    series = Series(name='工程技术')
    titles = [Title(series=series, level=level, name=name) for level, name in TITLES]
    session.add_all([made, *titles])
    for committee in committees:
        for name in SPECIALITIES[committee.code]:
            speciality = Speciality(series=series, name=name)
            session.add_all(
                Offering(call=made, title=title, speciality=speciality, committee=committee) for title in titles
            )
    session.flush()
    return made


def make_account(session: Session, username: str, role: Role, **values: Any) -> Account:
    """Add an account, which no password opens."""
    who = person(_count(session, Account))
    made = Account(
        username=username,
        role=role,
        password_hash='',
        **{'name': who.name, 'id_number': who.id_number, 'phone': who.phone} | values,
    )
    session.add(made)
    session.flush()
    return made


def grant_all(session: Session, handler: Account, by: Account) -> None:
    """Let a handler sign in, and do everything that an administrator can let them do."""
    menus = [(GrantKind.MENU, menu) for menu in MENUS]
    for kind, code in [(GrantKind.SIGN_IN, ''), (GrantKind.MATTER, TITLE_REVIEW), *menus]:
        handler.grants.append(Grant(kind=kind, code=code, granted_by_id=by.id))
    session.flush()


def make_declaration(
    session: Session, stage: Stage, *, employer: Employer, committee: Committee, applicant: Account | None = None
) -> Application:
    """Add a declaration and bring it to a stage by the product's operations, with every paper that the stage asks for.

    Every action has a day of its own, and all of them are past.
    """
    applicant = applicant or make_account(session, f'shenbao{_count(session, Account):03d}', Role.APPLICANT)
    days = BEGUN.get(stage) or (25 if stage in AFTER_ONE_NOTICE else 70)
    walk = _Walk(session, datetime.combine(now().date() - timedelta(days), time(9), LOCAL_ZONE))
    made = walk.begin(applicant, employer, committee)
    if stage == Stage.DRAFT:
        SelfEvaluation.of(made).achievement = None
    walk.until(made, stage)
    assert walk.moment <= now(), 'a declaration cannot come from the future'
    if stage in access.HANDED_IN_BY and stage != Stage.DRAFT:
        hand_in_all(session, made, actor_of(session, made, access.HANDED_IN_BY[stage]))
    session.flush()
    session.expire(made)
    return made


def pay(session: Session, order: FeeOrder, receipt: str = '') -> str:
    """Send the gateway's notice that an order was paid; return its verdict."""
    said = gateway.PaidNotice(order.number, order.total_fen, now(), receipt or f'R-{order.id}', now())
    body = gateway.compose(said)
    return payment_notices.receive(session, GATEWAY_SECRET, body, gateway.sign(GATEWAY_SECRET, body)).verdict


def hand_in_all(session: Session, application: Application, by: Account) -> None:
    """Hand in a file for everything that the stage still asks for."""
    content = f'{application.serial}'.encode()
    for material in materials.list_missing_materials(session, application, application.stage):
        digest = sha256(content + material.name.encode()).hexdigest()
        file = StoredFile(sha256=digest, size=len(content), media_type='application/pdf')
        materials.attach(session, application, material, name=f'{material.name[:16]}.pdf', file=file, by=by.id)


def hold_meeting(session: Session, subject: Application, vote: Vote = Vote.FOR) -> ReviewMeeting:
    """Hold a review session over one declaration, in which three experts vote the same."""
    meeting = ReviewMeeting(
        committee_id=subject.committee_id, name='第一次评审会议', held_on=now().date(), place='市民中心'
    )
    session.add(meeting)
    session.flush()
    experts = session.scalars(select(Account).where(Account.role == Role.EXPERT).order_by(Account.id).limit(3)).all()
    keys = [each.id for each in experts]
    meetings.seat(session, meeting, keys, keys)
    meetings.bring(session, meeting, [subject.id])
    meetings.open_for_votes(session, meeting)
    for expert in experts:
        meetings.cast(session, meeting.items[0], expert, vote, '')
    meetings.close(session, meeting, actor_of(session, subject, Party.OFFICE))
    return meeting


def actor_of(session: Session, application: Application, party: Party) -> Account:
    """Return the first account that acts for a party on a declaration."""
    found = access.members(session, party, [application], now().date())[application.id]
    return min(found, key=lambda account: account.id)


def _count(session: Session, model: type[Base]) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


class _Walk:
    """The way of one declaration through the flow; ``moment`` is a day later at every action."""

    def __init__(self, session: Session, moment: datetime) -> None:
        self.session, self.moment = session, moment

    def begin(self, applicant: Account, employer: Employer, committee: Committee) -> Application:
        """Start a draft and complete it."""
        with at(self.moment):
            insured = {'employer': employer.name, 'employer_code': employer.code}
            made = declaration.start_declaration(self.session, applicant, insured)
            fill(self.session, made, DOSSIERS[committee.code], self.moment.year)
            declaration.refresh(self.session, made, self.moment.date())
            hand_in_all(self.session, made, applicant)
            declaration.accept_commitment(self.session, made, True)
            declaration.refresh(self.session, made, self.moment.date())
        return made

    def until(self, made: Application, stage: Stage) -> None:
        """Go forward along the main way until the stage is reached."""
        while made.stage != stage:
            self.moment += timedelta(1)
            if made.stage in (Stage.PRE_NOTICE, Stage.POST_NOTICE):
                self._publish(made)
            else:
                with at(self.moment):
                    self._step(made, stage)

    def _step(self, made: Application, stage: Stage) -> None:
        if made.stage == Stage.PAYMENT:
            order = fees.order_of(self.session, made)
            assert order is not None
            assert pay(self.session, order) == Verdict.ACCEPTED
        elif made.stage == Stage.EXPERT_REVIEW:
            hold_meeting(self.session, made)
        elif made.stage == Stage.EMPLOYER_REVIEW and stage == Stage.CORRECTION:
            self._act(made, 'return', Party.EMPLOYER, opinion='请核对开始时间并补充证明材料。')
        elif made.stage in (Stage.DRAFT, Stage.CORRECTION):
            self._act(made, 'submit', Party.APPLICANT)
        else:
            answers = {
                Stage.EMPLOYER_REVIEW: review_answers(now().year),
                Stage.BATCHING: {'title': f'{made.year} 年度批件'},
            }
            who = TRANSITIONS[made.stage, 'approve'].who
            self._act(made, 'approve', who, **answers.get(Stage(made.stage), {'opinion': ''}))

    def _publish(self, made: Application) -> None:
        starts_on = self.moment.date()
        ends_on = workdays.last_notice_day(starts_on, {})
        self.moment = datetime.combine(ends_on + timedelta(1), time(9), LOCAL_ZONE)
        with at(self.moment):
            self._act(made, 'approve', Party.EMPLOYER, starts_on=starts_on, ends_on=ends_on)

    def _act(self, made: Application, action: str, party: Party, **answers: Any) -> None:
        actor = actor_of(self.session, made, party)
        if party == Party.EMPLOYER:
            hand_in_all(self.session, made, actor)
        perform(self.session, action, made, actor, data=answers)
