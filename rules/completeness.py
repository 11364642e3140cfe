"""Rules for a complete and valid declaration. Each rule names its source and yields problems to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from models.application import Application
from models.catalogue import Track
from models.declaration import (
    Basic,
    ContinuingEducation,
    Destination,
    Education,
    Negative,
    Present,
    SelfEvaluation,
    Target,
)
from models.fields import Kind, fields_of
from models.section import SECTIONS
from models.statutory import Numbers, StatutoryNumber
from models.terms import NO_NEGATIVE
from rules import choice_sources, declaration, materials, statutory, validators
from rules.declaration import MATERIALS

COMMITMENT_PART = 'commitment'


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem to mend: its section and field, and a sentence that says what to do."""

    section: str
    field: str
    sentence: str
    row_id: int | None = None


@dataclass(frozen=True)
class Case:
    """A declaration to check, with the day of the check."""

    session: Session
    application: Application
    on: date

    @property
    def track(self) -> str | None:
        """Track of the declaration, as chosen in its form."""
        return Target.of(self.application).track

    @cached_property
    def numbers(self) -> Numbers:
        """Statutory numbers that apply to the declaration."""
        return statutory.numbers_of(self.session, self.application)


Rule = Callable[[Case], Iterator[Problem]]
COMPLETENESS_RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Add a rule to ``COMPLETENESS_RULES``; its docstring cites the source."""
    COMPLETENESS_RULES.append(function)
    return function


def list_problems(session: Session, application: Application, on: date) -> list[Problem]:
    """List all problems that prevent the submission of the declaration, in the order of the page."""
    case = Case(session, application, on)
    found = [problem for each in COMPLETENESS_RULES for problem in each(case)]
    order = {COMMITMENT_PART: 0, **{section.key(): section.about.order for section in SECTIONS}, MATERIALS: 999}
    return sorted(found, key=lambda problem: order[problem.section])


@rule
def committed(case: Case) -> Iterator[Problem]:
    """Require acceptance of the present wording of the commitment (手册 §2.1.2)."""
    text = declaration.commitment(case.session)
    if text is None or case.application.commitment_version != text.version:
        yield Problem(COMMITMENT_PART, 'accepted', '请阅读申报承诺并勾选“本人已阅读并同意”')


@rule
def values_good(case: Case) -> Iterator[Problem]:
    """Require the fields marked *, and a valid value in every field (手册 §2.1)."""
    for section in declaration.sections_of(case.application):
        if section.about.required and not declaration.rows_of(case.application, section):
            yield Problem(section.key(), '', f'请新增{section.about.label}，至少一条')
    for section, row, field in declaration.values_of(case.application):
        bounded = field.bounded_for(case.application)
        sentence = validators.value_problem(bounded, getattr(row, field.name))
        if sentence:
            yield Problem(section.key(), field.name, sentence, getattr(row, 'id', None))


@rule
def chinese_details(case: Case) -> Iterator[Problem]:
    """Require household, people and politics of a Chinese citizen (手册 §2.1.3)."""
    basic = Basic.of(case.application)
    if basic.nationality == '中国':
        for name in ('household', 'people', 'politics'):
            if not getattr(basic, name):
                yield Problem('basic', name, f'国籍为中国时，{fields_of(Basic)[name].label}必填')


@rule
def identity(case: Case) -> Iterator[Problem]:
    """Require an id number that fits its document, the sex and the birth date (GB 11643; 手册 §2.1.3)."""
    basic = Basic.of(case.application)
    if not basic.id_type or not basic.id_number:
        return
    sentence = validators.id_number_problem(basic.id_type, basic.id_number)
    if sentence:
        yield Problem('basic', 'id_number', sentence)
    elif basic.id_type == validators.RESIDENT_ID:
        born, sex = validators.born_and_sex(basic.id_number)
        if basic.sex and basic.sex != sex:
            yield Problem('basic', 'sex', f'性别与证件号码不一致，证件号码对应“{sex}”')
        if basic.born_on and basic.born_on != born:
            yield Problem('basic', 'born_on', f'出生日期与证件号码不一致，证件号码对应 {born}')


@rule
def own_identity(case: Case) -> Iterator[Problem]:
    """Require the name and the id number of the account: a person declares for themselves (手册 §1.4.3: 实名用户)."""
    basic = Basic.of(case.application)
    account = case.application.applicant
    if not account.id_number:
        return
    if basic.id_number and basic.id_number != account.id_number:
        yield Problem('basic', 'id_number', '证件号码与登录账号的实名信息不一致，请填写本人证件号码')
    if basic.name and basic.name != account.name:
        yield Problem('basic', 'name', '姓名与登录账号的实名信息不一致，请填写本人姓名；账号登记有误的，请联系平台更正')


@rule
def schooling(case: Case) -> Iterator[Problem]:
    """Require that schooling ends after it began, and for 考核认定 one row marked 是 (手册 §2.1.4)."""
    rows = Education.of(case.application)
    for row in rows:
        if row.entered_on and row.left_on and row.left_on <= row.entered_on:
            yield Problem('education', 'left_on', '毕业时间应晚于入学时间', row.id)
    if case.track == Track.ASSESSMENT and rows and not any(row.used_here for row in rows):
        yield Problem('education', 'used_here', '考核认定须有一条学历的“是否以该学历申请职称评审”为“是”', rows[0].id)


@rule
def periods_in_order(case: Case) -> Iterator[Problem]:
    """Require that a period ends after it began and did not begin in the future (手册 §2.1.5)."""
    for section in SECTIONS:
        if not {'started_on', 'ended_on'} <= set(fields_of(section)):
            continue
        for row in declaration.rows_of(case.application, section):
            started, ended, key = row.started_on, row.ended_on, getattr(row, 'id', None)
            if started and ended and ended < started:
                yield Problem(section.key(), 'ended_on', '结束时间应不早于开始时间', key)
            if started and started > case.on:
                yield Problem(section.key(), 'started_on', '开始时间不能晚于今天', key)


@rule
def present_title(case: Case) -> Iterator[Problem]:
    """Require all fields about a present title or qualification, or none of them (手册 §2.1.6)."""
    row, fields = Present.of(case.application), fields_of(Present)
    asked = [name for name, field in fields.items() if not field.required]
    lacking = [name for name in asked if getattr(row, name) in (None, '')]
    if lacking and len(lacking) < len(asked):
        for name in lacking:
            yield Problem('present', name, f'已填写现职称信息，{fields[name].label}必填；确无现职称的请清空各项')


@rule
def exceptional(case: Case) -> Iterator[Problem]:
    """Require the kind of a 破格申报 (手册 §2.1.7)."""
    if case.track == Track.EXCEPTIONAL and not Target.of(case.application).exceptional_kind:
        yield Problem('target', 'exceptional_kind', '破格申报请选择破格申报类型')


HOURS: Mapping[str, StatutoryNumber] = {
    '公需': StatutoryNumber.GENERAL_HOURS,
    '专业': StatutoryNumber.SPECIALITY_HOURS,
    '选修': StatutoryNumber.OPTIONAL_HOURS,
}
"""Class hours of continuing education a year by kind of subject (广东省专业技术人员继续教育条例)."""


@rule
def continuing_education(case: Case) -> Iterator[Problem]:
    """Require the class hours of each kind in every year that has a row (手册 §2.1.8)."""
    rows = ContinuingEducation.of(case.application)
    for year in sorted({row.year for row in rows if row.year}):
        for kind, number in HOURS.items():
            needed = case.numbers[number]
            done = sum(row.hours or 0 for row in rows if row.year == year and row.subject_kind == kind)
            if done < needed:
                yield Problem('continuing_education', '', f'{year} 年{kind}科目还差 {needed - done} 学时')


@rule
def representative_works(case: Case) -> Iterator[Problem]:
    """Limit the representative works of a group to the statutory number (手册 §2.1.9)."""
    most = case.numbers[StatutoryNumber.REPRESENTATIVE_WORKS]
    for section in SECTIONS:
        if section.about.achievement:
            chosen = [row for row in declaration.rows_of(case.application, section) if row.representative]
            for row in chosen[most:]:
                sentence = f'{section.about.label}的代表作最多 {most} 个，现有 {len(chosen)} 个'
                yield Problem(section.key(), 'representative', sentence, row.id)


@rule
def within_validity(case: Case) -> Iterator[Problem]:
    """Refuse achievements dated after 31 December of the review year (手册 §2.1.9)."""
    if not case.application.year:
        return
    last = date(case.application.year, 12, 31)
    for section, row, field in declaration.values_of(case.application):
        value = getattr(row, field.name)
        if section.about.achievement and field.kind is Kind.DAY and value and value > last:
            yield Problem(section.key(), field.name, f'{field.label}晚于 {last}，不可用于本年度申报', row.id)


@rule
def negative_situations(case: Case) -> Iterator[Problem]:
    """Refuse 无上述情况 together with others; require both explanations for the others (手册 §2.1.11)."""
    row, fields = Negative.of(case.application), fields_of(Negative)
    happened = set(row.happened or ())
    if NO_NEGATIVE in happened and len(happened) > 1:
        yield Problem('negative', 'happened', f'“{NO_NEGATIVE}”不能与其他情况同时勾选')
    elif happened and NO_NEGATIVE not in happened:
        for name in ('explanation', 'statement'):
            if not getattr(row, name):
                yield Problem('negative', name, f'勾选了负面情况，{fields[name].label}必填')


@rule
def target_offered(case: Case) -> Iterator[Problem]:
    """Require a title and speciality of the open calls (手册 §2.1.7)."""
    target = Target.of(case.application)
    if (
        all(choice_sources.target_choices(target))
        and choice_sources.offering(case.session, case.application, case.on) is None
    ):
        yield Problem('target', 'speciality', '所选资格和专业不在当前开放的申报计划内，请重新选择')


@rule
def once_a_series(case: Case) -> Iterator[Problem]:
    """Refuse a second declaration of a person in the same series and year, for any speciality (手册 §2.1.7)."""
    if case.application.year and declaration.same_series_this_year(case.session, case.application):
        yield Problem('target', 'series', '本年度已申报同一系列，当年度不可重复申报同系列的不同专业')


@rule
def self_evaluated(case: Case) -> Iterator[Problem]:
    """Require both texts, except for 考核认定 (手册 §2.1.10)."""
    if case.track == Track.ASSESSMENT:
        return
    evaluation = SelfEvaluation.of(case.application)
    for name, field in fields_of(SelfEvaluation).items():
        if not getattr(evaluation, name):
            yield Problem('self_evaluation', name, f'请填写{field.label}')


@rule
def destination(case: Case) -> Iterator[Problem]:
    """Require the insured employer, or one that has the person on its roster (手册 §1.4.5)."""
    chosen = Destination.of(case.application).employer_id
    if chosen and chosen not in {e.id for e in choice_sources.selectable_employers(case.session, case.application)}:
        yield Problem('destination', 'employer_id', '该单位的人员列表中没有您，请联系单位导入人员后再选择')


@rule
def materials_given(case: Case) -> Iterator[Problem]:
    """Require a file for every required material (手册 §2.1.13)."""
    for material in materials.list_missing_materials(case.session, case.application):
        yield Problem(MATERIALS, str(material.id), f'请上传{material.name}')
