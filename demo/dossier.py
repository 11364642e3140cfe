"""Content of a demo declaration, as a person would fill it in."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.people import Person, person
from models.application import Application
from models.catalogue import Track
from models.declaration import (
    Basic,
    ContinuingEducation,
    Destination,
    Education,
    Negative,
    Present,
    Project,
    SelfEvaluation,
    Target,
    Work,
)
from models.employer import Employer
from models.terms import NO_NEGATIVE, PROJECT
from rules.completeness import HOURS

SPECIALITIES = {
    '01': ('电子', '通信', '计算机软件', '计算机硬件', '网络安全', '人工智能', '大数据', '物联网', '集成电路'),
    '02': ('建筑设计', '建筑施工', '结构', '给排水', '暖通', '造价', '市政路桥', '园林'),
}


def fill(session: Session, application: Application, number: int, year: int) -> None:
    """Fill in all sections of a declaration for the review of a year; ``number`` seeds the random choices."""
    chance = Random(1000 + number)
    committee = '01' if number % 2 == 0 else '02'
    account = application.applicant
    who = next(person(n) for n in range(200) if person(n).id_number == account.id_number)
    _basic(application, who, chance)
    target = Target.of(application)
    target.track = (Track.REGULAR, Track.REGULAR, Track.TRANSFER)[number % 3]
    level, title = (('中级', '工程师'), ('副高级', '高级工程师'), ('正高级', '正高级工程师'))[number % 3]
    target.series, target.level, target.title = '工程技术', level, title
    target.speciality = chance.choice(SPECIALITIES[committee])
    target.elsewhere, target.others = False, '无'
    present = Present.of(application)
    present.subject, present.years = target.speciality, 8 + number % 15
    _present_title(present, level, date(year - 6, 12, 1))
    Negative.of(application).happened = [NO_NEGATIVE]
    evaluation = SelfEvaluation.of(application)
    evaluation.ability = (
        f'长期从事{target.speciality}专业技术工作，能独立承担本专业较复杂的技术任务，指导初级技术人员。'
    )
    evaluation.achievement = '主持完成省部级项目 1 项、企业级项目 3 项，成果已投入使用，取得明显效益。'
    insured = Basic.of(application).insured_employer
    employer = session.scalars(select(Employer).where(Employer.name == insured)).one()
    Destination.of(application).employer_id = employer.id
    _history(session, application, target.speciality, year, chance)


def _present_title(present: Present, level: str, obtained_on: date) -> None:
    title, present_level = ('助理工程师', '助理级') if level == '中级' else ('工程师', '中级')
    present.present_kind, present.present_title, present.present_level = '职称', title, present_level
    present.obtained_on, present.obtained_by, present.present_series = obtained_on, '评审', '工程技术'
    present.issuer, present.appointed_as = '深圳市人力资源和社会保障局', title
    present.appointed_on, present.outside = obtained_on + timedelta(31), False


def _basic(application: Application, who: Person, chance: Random) -> None:
    basic = Basic.of(application)
    basic.sex, basic.born_on, basic.id_type = who.sex, who.born_on, '居民身份证'
    basic.nationality, basic.household = '中国', '广东省深圳市南山区'
    basic.people, basic.politics = '汉族', chance.choice(('群众', '中共党员', '共青团员'))
    basic.work_since = date(who.born_on.year + 23, 7, 1)
    basic.email = f'{application.serial[-6:]}@example.com'


def _history(session: Session, application: Application, subject: str, year: int, chance: Random) -> None:
    began = Basic.of(application).work_since
    assert began is not None
    school = chance.choice(('华南理工大学', '中山大学', '深圳大学', '哈尔滨工业大学', '武汉大学'))
    session.add(
        Education(
            application=application,
            certificate_number=f'1056{began.year}05{chance.randint(100000, 999999)}',
            school=school,
            entered_on=date(began.year - 4, 9, 1),
            left_on=date(began.year, 6, 30),
            schooling='大学本科',
            subject=subject,
            study_form='全日制',
            region='大陆',
            degree='学士',
            used_here=True,
        )
    )
    moved = date(began.year + 5, 3, 1)
    first = Work(
        application=application,
        started_on=began,
        ended_on=moved - timedelta(1),
        employer='东莞精工技术有限公司',
        place='广东省东莞市',
        post='技术员',
        duties=f'从事{subject}方面的设计、安装和调试工作。',
        witness='李国华',
    )
    second = Work(
        application=application,
        started_on=moved,
        employer=Basic.of(application).work_employer,
        place='广东省深圳市',
        post='主管工程师',
        duties=f'负责{subject}项目的方案设计、技术审查和质量控制。',
        witness='张丽',
    )
    session.add_all([first, second, *_education_hours(application, year), _project(application, subject, year)])
    session.flush()


def _education_hours(application: Application, year: int) -> list[ContinuingEducation]:
    return [
        ContinuingEducation(
            application=application,
            year=year,
            subject_kind=kind,
            content=f'{year} 年{kind}科目',
            hours=number.shipped,
        )
        for kind, number in HOURS.items()
    ]


def _project(application: Application, subject: str, year: int) -> Project:
    return Project(
        application=application,
        kind=PROJECT,
        name=f'{subject}系统升级改造项目',
        level='企业级',
        role='主持',
        started_on=date(year - 3, 3, 1),
        ended_on=date(year - 2, 11, 30),
        progress='已完成',
        representative=True,
        summary=f'主持{subject}系统的方案设计和实施，按期通过验收，运行稳定。',
    )
