"""What makes a declaration complete: each rule on both sides, starting from a declaration that is good."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from models.application import Application, Stage
from models.base import now
from models.catalogue import Call, Offering, Speciality
from models.declaration import (
    Academic,
    Basic,
    ContinuingEducation,
    Destination,
    Education,
    Exam,
    Negative,
    Present,
    Project,
    SelfEvaluation,
    Target,
    Work,
)
from models.employer import Employer
from models.fields import fields_of
from rules import choice_sources, declaration
from rules.completeness import COMPLETENESS_RULES, list_problems
from tests.helpers.types import Find

Spoil = Callable[[Application], object]


@pytest.fixture
def good(session: Session, application: Find) -> Application:
    """A returned declaration to which nothing is wanting."""
    found = application(Stage.CORRECTION)
    assert list_problems(session, found, now().date()) == []
    return found


def untitled(application: Application) -> None:
    """Empty what is asked only of who has a title."""
    for name, field in fields_of(Present).items():
        if not field.required:
            setattr(Present.of(application), name, None)


def projects(application: Application, count: int, **values: object) -> None:
    """Add projects like the first one, changed as asked, to a declaration."""
    first = Project.of(application)[0]
    like = {name: getattr(first, name) for name in fields_of(Project)} | values
    session = object_session(application)
    assert session is not None
    session.add_all(Project(application_id=application.id, **like) for _ in range(count))
    session.flush()
    session.expire(application, ['project'])


CASES: list[tuple[str, Spoil, set[tuple[str, str]]]] = [
    # each named by its paragraph of the manual
    ('§2.1.3 no name', lambda a: setattr(Basic.of(a), 'name', None), {('basic', 'name')}),
    ('§2.1.3 no household', lambda a: setattr(Basic.of(a), 'household', None), {('basic', 'household')}),
    ('§2.1.3 foreigner needs none', lambda a: setattr(Basic.of(a), 'nationality', '德国'), set()),
    (
        '§2.1.3 other sex',
        lambda a: setattr(Basic.of(a), 'sex', '女' if Basic.of(a).sex == '男' else '男'),
        {
            ('basic', 'sex'),
        },
    ),
    ('§2.1.3 other birth', lambda a: setattr(Basic.of(a), 'born_on', date(1990, 1, 1)), {('basic', 'born_on')}),
    ('§2.1.3 no birth is fine', lambda a: setattr(Basic.of(a), 'born_on', None), set()),
    ('§2.1.3 bad phone', lambda a: setattr(Basic.of(a), 'phone', '12'), {('basic', 'phone')}),
    ('§2.1.3 bad mail', lambda a: setattr(Basic.of(a), 'email', 'x'), {('basic', 'email')}),
    ('§2.1.4 no schooling', lambda a: Education.of(a).clear(), {('education', '')}),
    (
        '§2.1.4 left before',
        lambda a: setattr(Education.of(a)[0], 'left_on', date(1980, 1, 1)),
        {
            ('education', 'left_on'),
        },
    ),
    ('§2.1.5 no work', lambda a: Work.of(a).clear(), {('work', '')}),
    ('§2.1.5 ended before', lambda a: setattr(Work.of(a)[0], 'ended_on', date(1980, 1, 1)), {('work', 'ended_on')}),
    (
        '§2.1.5 future work',
        lambda a: setattr(Work.of(a)[1], 'started_on', now().date() + timedelta(9)),
        {
            ('work', 'started_on'),
        },
    ),
    ('§2.1.6 half a title', lambda a: setattr(Present.of(a), 'issuer', None), {('present', 'issuer')}),
    (
        '§2.1.7 exceptional',
        lambda a: setattr(Target.of(a), 'track', 'exceptional'),
        {
            ('target', 'exceptional_kind'),
            ('materials', '14'),
        },
    ),
    ('§2.1.7 closed speciality', lambda a: setattr(Target.of(a), 'speciality', '没有'), {('target', 'speciality')}),
    (
        '§2.1.10 no self evaluation',
        lambda a: setattr(SelfEvaluation.of(a), 'ability', None),
        {
            ('self_evaluation', 'ability'),
        },
    ),
    ('§2.1.8 few hours', lambda a: setattr(ContinuingEducation.of(a)[0], 'hours', 29), {('continuing_education', '')}),
    (
        '§2.1.11 none and some',
        lambda a: setattr(Negative.of(a), 'happened', ['无上述情况', '教学事故']),
        {
            ('negative', 'happened'),
        },
    ),
    (
        '§2.1.11 some unexplained',
        lambda a: setattr(Negative.of(a), 'happened', ['教学事故']),
        {
            ('negative', 'explanation'),
            ('negative', 'statement'),
        },
    ),
    ('§2.1.11 no tick', lambda a: setattr(Negative.of(a), 'happened', []), {('negative', 'happened')}),
    ('§2.1.9 three works', lambda a: projects(a, 2), set()),
    ('§2.1.9 four works', lambda a: projects(a, 3), {('project', 'representative')}),
    (
        '§2.1.9 too late',
        lambda a: projects(a, 1, representative=False, ended_on=date(now().year + 1, 1, 1)),
        {
            ('project', 'ended_on'),
            ('materials', '11'),
        },
    ),
    (
        '§2.1.12 other employer',
        lambda a: setattr(Destination.of(a), 'employer_id', 3),
        {
            ('destination', 'employer_id'),
            ('materials', '13'),
        },
    ),
    ('§2.1.3 household outside China', lambda a: setattr(Basic.of(a), 'household', '火星'), {('basic', 'household')}),
    ('§2.1.3 unknown nationality', lambda a: setattr(Basic.of(a), 'nationality', '火星'), {('basic', 'nationality')}),
    ('§2.1.6 no title at all', untitled, set()),
    ('§2.1.7 elsewhere unsaid', lambda a: setattr(Target.of(a), 'elsewhere', None), {('target', 'elsewhere')}),
    ('§2.1.2 no commitment', lambda a: setattr(a, 'commitment_version', None), {('commitment', 'accepted')}),
]


@pytest.mark.parametrize(('spoil', 'expected'), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_rule_finds_exactly_what_is_wrong(
    session: Session, good: Application, spoil: Spoil, expected: set[tuple[str, str]]
) -> None:
    spoil(good)
    session.flush()
    session.expire(Destination.of(good), ['employer'])
    found = {(problem.section, problem.field) for problem in list_problems(session, good, now().date())}
    assert found == expected


def test_an_assessment_needs_no_self_evaluation_but_a_marked_schooling(session: Session, good: Application) -> None:
    Target.of(good).track = 'assessment'
    evaluation = SelfEvaluation.of(good)
    evaluation.ability = evaluation.achievement = None
    Education.of(good)[0].used_here = False
    found = list_problems(session, good, now().date())
    assert [(problem.section, problem.field) for problem in found] == [('education', 'used_here')]


def test_an_exam_is_asked_for_where_the_speciality_demands_it(session: Session, good: Application) -> None:
    assert not Exam.applies(good)
    assert good.offering is not None
    good.offering.exam_mode = 'combined'
    wanted = {problem.field for problem in list_problems(session, good, now().date()) if problem.section == 'exam'}
    assert wanted == {'ticket', 'started_on', 'ended_on', 'subject', 'score', 'place'}


def test_a_representative_paper_wants_its_file(session: Session, good: Application) -> None:
    paper = Academic(application_id=good.id, kind='论文', name='题', journal='刊', issn='1', indexed_by='其他')
    paper.published_on, paper.rank, paper.representative = date(2024, 1, 1), 1, True
    session.add(paper)
    session.flush()
    session.expire(good, ['academic'])
    found = [problem.sentence for problem in list_problems(session, good, now().date())]
    assert found == ['请上传学术成果-论文及专著、译著、编著（代表作）']


def test_one_series_a_year(session: Session, good: Application, application: Find) -> None:
    other = application(Stage.PAYMENT)
    other.id_number, other.year, other.series = good.id_number, good.year, good.series
    session.flush()
    found = list_problems(session, good, now().date())
    assert [problem.sentence for problem in found] == ['本年度已申报同一系列，当年度不可重复申报同系列的不同专业']


def test_what_changed_since_the_last_submission_is_named(session: Session, good: Application) -> None:
    before = declaration.content(good)
    Basic.of(good).household = '广东省广州市'
    Work.of(good)[1].post = '经理'
    session.flush()
    found = declaration.changes(before, declaration.content(good))
    assert [(change.section, change.label, change.after) for change in found] == [
        ('基本信息', '户籍', '广东省广州市'),
        ('工作经历', '第 2 条 行政职务', '经理'),
    ]


def test_every_rule_names_its_source() -> None:
    assert [rule.__name__ for rule in COMPLETENESS_RULES if not re.search('手册 §|GB ', rule.__doc__ or '')] == []


def test_the_name_is_the_account_s_own(session: Session, good: Application) -> None:
    Basic.of(good).name = '张冒名'
    found = [
        each for each in list_problems(session, good, now().date()) if (each.section, each.field) == ('basic', 'name')
    ]
    assert [each.sentence for each in found] == [
        '姓名与登录账号的实名信息不一致，请填写本人姓名；账号登记有误的，请联系平台更正'
    ]


def test_a_returned_declaration_stays_in_the_year_it_was_submitted_in(session: Session, good: Application) -> None:
    """Even when the same title is open again in the next year's call."""
    today, kept = now().date(), good.offering
    assert kept is not None
    later = Call(
        year=kept.call.year + 1, name='下一年度', opens_on=today, closes_on=today + timedelta(30), payment_days=15
    )
    same = {'title_id': kept.title_id, 'speciality_id': kept.speciality_id, 'committee_id': kept.committee_id}
    others = select(Speciality).where(Speciality.series_id == kept.title.series_id, Speciality.id != kept.speciality_id)
    other = session.scalars(others.order_by(Speciality.id).limit(1)).one()
    kept.call.closes_on = today - timedelta(1)
    session.add_all([Offering(call=later, **same), Offering(call=later, **(same | {'speciality_id': other.id}))])
    session.flush()
    declaration.refresh(session, good, today)
    assert (good.offering, good.year) == (kept, kept.call.year)
    assert list_problems(session, good, today) == []
    Target.of(good).speciality = other.name
    declaration.refresh(session, good, today)
    assert (good.offering, good.year) == (kept, kept.call.year)
    assert [each.field for each in list_problems(session, good, today)] == ['speciality']


def test_the_insured_employer_is_known_by_its_code_and_not_by_its_name(session: Session, good: Application) -> None:
    basic, employers = Basic.of(good), list(session.scalars(select(Employer).order_by(Employer.id).limit(2)))
    insured, impostor = employers
    basic.insured_code, basic.insured_employer = insured.code, impostor.name
    assert choice_sources.selectable_employers(session, good) == [insured]
    basic.insured_code = insured.code[8:17]  # the organisation's code stands within it
    assert choice_sources.selectable_employers(session, good) == [insured]
    basic.insured_code = None
    assert choice_sources.selectable_employers(session, good) == []
