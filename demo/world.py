"""Construction of the demo world, and the list of its accounts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from demo import papers
from demo.dossier import SPECIALITIES, fill
from demo.journey import Journey, hold_session
from demo.people import Person, person
from models import db
from models.account import Account, Grant, GrantKind, Role
from models.application import Application, Stage
from models.base import LOCAL_ZONE, at, now
from models.catalogue import Call, Committee, ExamMode, Offering, Series, Speciality, Title
from models.declaration import Education, SelfEvaluation
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.message import Message
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from models.terms import MENUS, TITLE_REVIEW
from ports import storage
from ports.registries import REGISTRIES, TableSource
from rules import access, catalogue, declaration, defaults, materials, passwords

EMPLOYERS = (
    ('深圳市云帆科技有限公司', '91440300MA5EQ9K3', '深圳市南山区科技园南路 18 号', '王芳', '0755-23456789'),
    ('深圳市鹏建工程设计研究院有限公司', '91440300MA5FB2C7', '深圳市福田区深南大道 6008 号', '李强', '0755-83456712'),
    ('深圳市南山区人才服务中心', '12440305455768QP', '深圳市南山区桃园路 2 号', '陈静', '0755-26567890'),
)
EXAMINED = {'01': {'自动化': ExamMode.COMBINED}}
"""Specialities of a committee that require an exam of professional practice."""
COMMITTEES = (
    ('01', '深圳市电子信息工程高级职称评审委员会', '深圳市电子行业协会', '深圳市电子学会'),
    ('02', '深圳市建设工程高级职称评审委员会', '深圳市建筑业协会', '深圳市土木建筑学会'),
)
WORDINGS = (
    ('training_opinion', '已完成继续教育', '{姓名}已按规定完成 {年度} 年度继续教育任务，学时符合要求。'),
    ('negative_opinion', '无负面情况', '经核实，{姓名}无负面情况。'),
    ('opinion', '社保记录不一致', '工作经历与社保记录不一致，请核对起止时间并补充证明材料。'),
)
"""Opinion templates of every employer of the demo: field, name and text."""

CAST = (
    *((f'geren{n}', Role.APPLICANT, '个人；尚无申报' if n == 1 else '个人') for n in range(1, 10)),
    ('guanli1', Role.ADMINISTRATOR, '单位 1 管理员'),
    ('guanli2', Role.ADMINISTRATOR, '单位 2 管理员'),
    ('guanli3', Role.ADMINISTRATOR, '单位 3 管理员'),
    ('jingban1', Role.HANDLER, '单位 1 经办人，已授权专技人才和全部菜单'),
    ('jingban2', Role.HANDLER, '单位 1 经办人，未授权，不能登录'),
    ('jingban3', Role.HANDLER, '单位 2 经办人，已授权'),
    ('bangong1', Role.OFFICE, '评委会 1 办公室'),
    ('bangong2', Role.OFFICE, '评委会 2 办公室'),
    *((f'zhuanjia{n}', Role.EXPERT, '评审专家') for n in range(1, 10)),
    ('rensheju1', Role.BUREAU, '人社局业务部门'),
    ('pingtai1', Role.PLATFORM, '平台管理员'),
)
SHOWN_STAGES = (
    Stage.DRAFT,
    Stage.CORRECTION,
    Stage.PAYMENT,
    Stage.EMPLOYER_REVIEW,
    Stage.PRE_NOTICE,
    Stage.EXPERT_REVIEW,
    Stage.POST_NOTICE,
    Stage.CLOSED,
)
"""Stages of the declarations of geren2 to geren9."""
OTHERS = (
    *[Stage.EMPLOYER_REVIEW] * 8,
    *[Stage.PRE_NOTICE] * 5,
    *[Stage.OFFICE_REVIEW] * 5,
    *[Stage.FEE_CONFIRMATION] * 3,
    *[Stage.PAYMENT] * 2,
    *[Stage.EXPERT_REVIEW] * 5,
    *[Stage.NOTICE_LAUNCH] * 3,
    *[Stage.POST_NOTICE] * 3,
    Stage.OFFICE_CONFIRMATION,
    Stage.CLOSED,
    Stage.CLOSED,
    Stage.BATCHING,
    Stage.ACCEPTANCE,
    Stage.EXAMINATION,
    Stage.APPROVAL,
    Stage.CERTIFICATION,
    Stage.CLOSED,
    Stage.CLOSED,
    Stage.CORRECTION,
    Stage.DRAFT,
)
"""Stages of the declarations of shenbao01 and the following accounts."""
UNNAMED = tuple(stage for stage in Stage if stage not in (*SHOWN_STAGES, *OTHERS))
"""Stages missing above, such as a new one: one declaration is at each of them."""


class Declared(NamedTuple):
    """A declaration of the demo: its number, which decides its content and days, its declarant and its stage."""

    number: int
    username: str
    stage: Stage


DECLARED = (
    *(Declared(n, f'geren{n + 2}', stage) for n, stage in enumerate(SHOWN_STAGES)),
    *(Declared(n + len(SHOWN_STAGES), f'shenbao{n + 1:02d}', stage) for n, stage in enumerate((*OTHERS, *UNNAMED))),
)
TURNED_DOWN = ('shenbao36', 'shenbao37')
"""Declarants whom the experts reject, one of each committee; their declarations are closed."""
UNSIGNED = ('shenbao06', 'shenbao08')
"""Declarants whose employers have not uploaded the signed papers yet."""

AFTER_REVIEW = Stage.after(Stage.EXPERT_REVIEW)


def empty(session: Session) -> bool:
    """Return true if the database has no account yet."""
    return session.scalars(select(func.count()).select_from(Account)).one() == 0


def reset(app: Flask) -> None:
    """Delete the demo's SQLite file and uploads, and migrate a new one. Raises RuntimeError for another database."""
    url = make_url(app.config['SQLALCHEMY_DATABASE_URI'])
    if url.get_backend_name() != 'sqlite' or not url.database:
        raise RuntimeError('demo --reset 只清除 SQLite 演示库')
    db.session.remove()
    db.engine.dispose()
    for suffix in ('', '-wal', '-shm'):
        Path(url.database + suffix).unlink(missing_ok=True)
    shutil.rmtree(app.config['UPLOAD_FOLDER'], ignore_errors=True)
    upgrade()


def accounts(session: Session) -> Iterator[tuple[str, str, str, str]]:
    """Yield the demo accounts as rows: sign-in name, role, name, remark."""
    known = {account.username: account for account in session.scalars(select(Account))}
    for username, role, remark in CAST:
        if username in known:
            yield username, role.label, known[username].name, remark


def build(session: Session, app: Flask, password: str, data: Path, declared: Sequence[Declared] = DECLARED) -> None:
    """Insert the catalogue, the accounts and the declarations; the caller commits."""
    World(session, app, password, data, declared).build()


class World:
    """Builder of the demo world; all dates are a fixed number of days before the present one."""

    def __init__(self, session: Session, app: Flask, password: str, data: Path, declared: Sequence[Declared]) -> None:
        self.session, self.data, self.declared = session, data, declared
        self.hash = passwords.hashed(password)
        self.uploads, self.secret = Path(app.config['UPLOAD_FOLDER']), app.config['GATEWAY_SECRET']
        self.present = now()
        self.today = self.present.date()
        self.opens_on = self.today - timedelta(75)
        self.year = self.opens_on.year
        self.people = 0

    def build(self) -> None:
        """Insert everything, in the order of the foreign keys."""
        defaults.load_defaults(self.session, self.data)
        for name in ('catalogue.csv', 'specialities.csv'):
            with (self.data / name).open(encoding='utf-8') as file:
                list(catalogue.import_catalogue(self.session, file))
        self.employers = [self._employer(*row) for row in EMPLOYERS]
        self.committees = [self._committee(*row) for row in COMMITTEES]
        self.session.flush()
        self._call()
        self.cast = {username: self._account(username, role) for username, role, _remark in CAST}
        self.session.flush()
        self._grants()
        self._kept_at_hand()
        self._registered()
        self._declarations()
        self._told_in_order()

    # --- the city ---

    def _employer(self, name: str, code: str, address: str, contact: str, phone: str) -> Employer:
        body = code.ljust(17, '0')[:17]
        employer = Employer(
            name=name,
            code=body + uscc.calc_check_digit(body),
            address=address,
            postcode='518000',
            contact=contact,
            phone=phone,
        )
        self.session.add(employer)
        return employer

    def _committee(self, code: str, name: str, office: str, host: str) -> Committee:
        committee = Committee(
            code=code,
            name=name,
            office_name=f'{office}（评委会办公室）',
            host_name=host,
            host_code=f'44030000{code}',
            phone='0755-12333',
        )
        self.session.add(committee)
        return committee

    def _call(self) -> None:
        call = Call(
            year=self.year,
            name=f'{self.year} 年度职称评审申报计划',
            opens_on=self.opens_on,
            closes_on=self.today + timedelta(30),
            announcement='https://hrss.sz.gov.cn/',
            conditions='在本市工作、与用人单位建立人事劳动关系的在职专业技术人员，符合广东省职称评价标准条件的，可以申报。',
            hints='请先准备好证件照、学历学位证书和业绩材料的电子件。填写中可随时暂存，提交前系统会列出缺少的内容。',
        )
        self.session.add(call)
        engineering = Series.name == '工程技术'
        titles = list(self.session.scalars(select(Title).join(Series).where(engineering)))
        for committee in self.committees:
            exams = EXAMINED.get(committee.code, {})
            names = (*SPECIALITIES[committee.code], *exams)
            found = self.session.scalars(select(Speciality).join(Series).where(engineering, Speciality.name.in_(names)))
            for speciality in found.all():
                self.session.add_all(
                    Offering(
                        call=call,
                        title=title,
                        speciality=speciality,
                        committee=committee,
                        exam_mode=exams.get(speciality.name, ExamMode.NONE),
                    )
                    for title in titles
                    if title.level != '员级'
                )
        self.session.flush()

    # --- the cast ---

    def _person(self) -> Person:
        self.people += 1
        return person(self.people - 1)

    def _account(self, username: str, role: Role) -> Account:
        who = self._person()
        number = int(username[-1])
        account = Account(
            username=username,
            name=who.name,
            role=role,
            password_hash=self.hash,
            id_number=who.id_number,
            phone=who.phone,
        )
        if role == Role.ADMINISTRATOR:
            account.employer = self.employers[number - 1]
        elif role == Role.HANDLER:
            account.employer = self.employers[1 if number == 3 else 0]
        elif role == Role.EXPERT:
            account.employer = self.employers[0] if number == 9 else None
        elif role == Role.OFFICE:
            account.committee = self.committees[number - 1]
        elif role == Role.APPLICANT:
            self._insure(who, self.employers[0 if number in (1, 2, 3, 4, 5, 6) else 1])
        self.session.add(account)
        return account

    def _insure(self, who: Person, employer: Employer) -> None:
        self.session.add(
            InsuranceRecord(id_number=who.id_number, name=who.name, employer=employer.name, employer_code=employer.code)
        )

    def _register_schooling(self, account: Account, application: Application) -> None:
        """Insert the certificates of a demo declaration into the registry."""
        for row in Education.of(application):
            answers = {name: getattr(row, name) for name in REGISTRIES['education'].answers}
            self.session.add(
                EducationRecord(
                    name=account.name, id_number=account.id_number, certificate_number=row.certificate_number, **answers
                )
            )

    def _registered(self) -> None:
        """Insert the registry records of geren1, who has no declaration yet, and of the exams of this year."""
        first = self.cast['geren1']
        self.session.add(
            EducationRecord(
                name=first.name,
                id_number=first.id_number,
                certificate_number='105611999605123456',
                school='华南理工大学',
                entered_on=date(2008, 9, 1),
                left_on=date(2012, 6, 30),
                schooling='大学本科',
                subject='软件工程',
                study_form='全日制',
            )
        )
        self.session.add_all(
            ExamRecord(
                name=account.name,
                id_number=account.id_number,
                ticket=f'{self.year}44030{number:04d}',
                started_on=self.opens_on,
                ended_on=self.opens_on,
                subject='专业实践能力',
                score=str(70 + number * 3),
                place='深圳职业技术大学',
            )
            for number, account in enumerate((self.cast[f'geren{n}'] for n in range(1, 4)), 1)
        )

    def _grants(self) -> None:
        for handler, administrator in (('jingban1', 'guanli1'), ('jingban3', 'guanli2')):
            wanted = [
                (GrantKind.SIGN_IN, ''),
                (GrantKind.MATTER, TITLE_REVIEW),
                *((GrantKind.MENU, menu) for menu in MENUS),
            ]
            for kind, code in wanted:
                grant = Grant(kind=kind, code=code, granted_by_id=self.cast[administrator].id)
                self.cast[handler].grants.append(grant)
        who = person(0)
        self.session.add(
            RosterEntry(
                employer=self.employers[2], name=who.name, id_number=who.id_number, created_by=self.cast['guanli3']
            )
        )
        self.session.flush()

    def _kept_at_hand(self) -> None:
        """Insert the notice contacts and opinion templates that the employers' reviewers choose from."""
        for employer, (*_rest, contact, phone) in zip(self.employers, EMPLOYERS, strict=True):
            self.session.add(NoticeContact(employer_id=employer.id, contact=contact, phone=phone, postcode='518057'))
            for field, name, body in WORDINGS:
                self.session.add(OpinionTemplate(employer_id=employer.id, field=field, name=name, body=body))

    # --- declarations ---

    def _declarations(self) -> None:
        declarants = [self.cast.get(each.username) or self._other(each) for each in self.declared]
        journeys = [
            (self._begin(account, number, stage), stage)
            for account, (number, _username, stage) in zip(declarants, self.declared, strict=True)
        ]
        for journey, stage in journeys:
            self._to_review(journey, stage)
        self._hold_sessions(journeys)
        for journey, stage in journeys:
            if stage in AFTER_REVIEW and journey.application.stage != Stage.CLOSED:
                journey.until(stage)
        for journey, stage in journeys:
            signed = journey.application.applicant.username not in UNSIGNED
            if stage in access.HANDED_IN_BY and stage != Stage.DRAFT and signed:
                self._hand_in(journey.application, journey.actor(access.HANDED_IN_BY[stage]))

    def _told_in_order(self) -> None:
        """Sort the messages by time, as in a real system; they were inserted declaration by declaration."""
        self.session.flush()
        said = [column for column in Message.__table__.c if not column.primary_key]
        told = self.session.execute(select(*said).order_by(Message.at, Message.id)).mappings().all()
        self.session.execute(delete(Message))
        self.session.execute(insert(Message), [dict(each) for each in told])

    def _other(self, declared: Declared) -> Account:
        who = self._person()
        account = Account(
            username=declared.username,
            name=who.name,
            role=Role.APPLICANT,
            password_hash=self.hash,
            id_number=who.id_number,
            phone=who.phone,
        )
        self._insure(who, self.employers[(0, 0, 1, 2)[declared.number % 4]])
        self.session.add(account)
        self.session.flush()
        return account

    def _begin(self, account: Account, number: int, stage: Stage) -> Journey:
        begun_days = (
            74 - number % 9
            if stage in AFTER_REVIEW
            else 40 - number % 15
            if stage in Stage.after(Stage.FEE_CONFIRMATION)
            else 26 + number % 12
            if stage in Stage.after(Stage.PRE_NOTICE)
            else 9 + number % 12
        )
        begun = datetime.combine(self.today - timedelta(begun_days), datetime.min.time(), LOCAL_ZONE)
        begun += timedelta(hours=9 + number % 8, minutes=number * 7 % 60)
        with at(begun):
            asked = {'name': account.name, 'id_number': account.id_number or ''}
            insured = TableSource(self.session).look_up(REGISTRIES['insurance'], asked)
            application = declaration.start_declaration(self.session, account, insured)
            fill(self.session, application, number, self.year)
            self._register_schooling(account, application)
            self._attach(application, number)
            declaration.accept_commitment(self.session, application, True)
            declaration.refresh(self.session, application, begun.date())
            if stage == Stage.DRAFT:
                SelfEvaluation.of(application).achievement = None
        return Journey(self.session, application, begun + timedelta(hours=2), self.secret, self._hand_in)

    def _attach(self, application: Application, number: int) -> None:
        name, asking = application.applicant_name, materials.asking(self.session, application)
        for material in materials.list_materials(self.session):
            if material.position == 1:
                content, file_name, media_type = papers.portrait(number), f'{name}-证件照.jpg', 'image/jpeg'
            elif material.rule in asking or material.position in (4, 5):
                content = papers.scan(material.name[:22], name, [f'业务流水号：{application.serial}'])
                file_name, media_type = f'{name}-{material.name[:16]}.pdf', 'application/pdf'
            else:
                continue
            stored = storage.store_file(self.session, self.uploads, content, media_type)
            materials.attach(
                self.session, application, material, name=file_name, file=stored, by=application.applicant_id
            )

    def _hand_in(self, application: Application, by: Account) -> None:
        """Upload the missing materials of the stage, as signed scans."""
        for material in materials.list_missing_materials(self.session, application, application.stage):
            content = papers.scan(material.name[:22], str(application.employer), ['已签字盖章'])
            stored = storage.store_file(self.session, self.uploads, content, 'application/pdf')
            name = f'{material.name.strip("《》")}.pdf'
            materials.attach(self.session, application, material, name=name, file=stored, by=by.id)

    def _to_review(self, journey: Journey, stage: Stage) -> None:
        """Move to the stage, or to 专家评审 if the stage comes after it."""
        if stage == Stage.DRAFT:
            return
        if stage == Stage.CORRECTION:
            journey.until(Stage.EMPLOYER_REVIEW)
            journey.do('return', opinion='工作经历与社保记录不一致，请核对开始时间并补充证明材料。')
            return
        journey.until(Stage.EXPERT_REVIEW if stage in AFTER_REVIEW else stage)

    def _hold_sessions(self, journeys: list[tuple[Journey, Stage]]) -> None:
        experts = [self.cast[f'zhuanjia{n}'] for n in range(1, 10)]
        for committee in self.committees:
            of_committee = [(j, s) for j, s in journeys if j.application.committee_id == committee.id]
            decided = [j for j, s in of_committee if s in AFTER_REVIEW]
            held_on = max(j.moment for j in decided).date() + timedelta(1)
            held_at, name = datetime.combine(held_on, time(10), LOCAL_ZONE), f'{self.year} 年第一次评审会议'
            subjects = [j.application for j in decided]
            rejected = [each for each in subjects if each.applicant.username in TURNED_DOWN]
            hold_session(self.session, subjects, experts, held_at, name, decided=True, rejected=rejected)
            for journey in decided:
                journey.moment = held_at + timedelta(hours=23)
            waiting = [j.application for j, s in of_committee if s == Stage.EXPERT_REVIEW]
            if len(waiting) > 1:  # one is left out, so that a new session has a declaration to add
                name = f'{self.year} 年第二次评审会议'
                hold_session(self.session, waiting[:-1], experts, self.present, name, decided=False)
