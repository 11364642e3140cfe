"""The life of a declaration's content: copied forward into the next year, and the choices that its form offers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from demo.dossier import SPECIALITIES
from models.application import Stage
from models.base import now
from models.declaration import Basic, Education, Target, Work
from models.employer import Employer
from rules import choice_sources, declaration
from rules.flow import asking
from tests.factories import TITLES
from tests.helpers.types import Find

S = Stage


def test_a_declaration_is_copied_forward_without_what_is_asked_anew(session: Session, application: Find) -> None:
    source = application(S.CLOSED)
    employer = session.get_one(Employer, 2)
    insured = {'employer': employer.name, 'employer_code': employer.code}
    made = declaration.copy_forward(session, source, source.applicant, insured)
    session.expire_all()
    assert (made.stage, made.applicant_id, made.submitted_at, made.revision) == (S.DRAFT, source.applicant_id, None, 0)
    assert made.serial != source.serial
    assert [(row.employer, row.post) for row in Work.of(made)] == [(row.employer, row.post) for row in Work.of(source)]
    assert [row.school for row in Education.of(made)] == [row.school for row in Education.of(source)]
    assert (Basic.of(made).insured_employer, Basic.of(made).people) == (employer.name, Basic.of(source).people)
    carried = [each.file_id for each in source.attachments if each.material.carried and each.material.stage == S.DRAFT]
    assert [each.file_id for each in made.attachments] == carried
    assert (made.commitment_version, made.commitment_at) == (None, None)


@pytest.mark.parametrize(
    ('stage', 'years', 'copyable'),
    [
        (S.DRAFT, 0, False),
        (S.EMPLOYER_REVIEW, 0, False),
        (S.EMPLOYER_REVIEW, 1, True),
        (S.CLOSED, 0, True),
        (S.CLOSED, None, False),
    ],
)
def test_what_is_over_or_of_an_earlier_year_is_copied_while_a_call_is_open(
    application: Find, stage: Stage, years: int | None, copyable: bool
) -> None:
    found = application(stage)
    open_year = None if years is None else now().year + years
    assert declaration.copyable(found, open_year) == copyable


def test_choices_narrow_each_other_from_the_series_to_the_speciality(session: Session) -> None:
    today, chosen = now().date(), {'series': '工程技术', 'level': '中级', 'title': '工程师'}

    def offered(step: str, **changed: str) -> list[str]:
        return choice_sources.narrowed(session, step, chosen | changed, today)

    assert offered('series') == ['工程技术']
    assert offered('level') == [level for level, _title in TITLES]
    assert offered('title') == ['工程师']
    assert offered('speciality') == sorted([*SPECIALITIES['01'], *SPECIALITIES['02']])
    narrow = offered('level', series=''), offered('title', level='员级'), offered('title', series='艺术')
    assert narrow == ([], [], [])
    assert choice_sources.narrowed(session, 'series', chosen, today + timedelta(365)) == []


def test_a_call_is_open_within_its_days(session: Session) -> None:
    (call,) = choice_sources.open_calls(session, now().date())
    days = [call.opens_on - timedelta(1), call.opens_on, call.closes_on, call.closes_on + timedelta(1)]
    assert [len(choice_sources.open_calls(session, day)) for day in days] == [0, 1, 1, 0]
    windows = [choice_sources.open_window(session, day) for day in days]
    assert [window.year if window else None for window in windows] == [None, call.year, call.year, None]


def test_the_draft_of_another_speciality_goes_to_another_committee(session: Session, application: Find) -> None:
    draft = application(S.DRAFT)
    assert draft.committee_id == 1
    Target.of(draft).speciality = SPECIALITIES['02'][0]
    declaration.refresh(session, draft, now().date())
    assert (draft.committee_id, draft.speciality) == (2, SPECIALITIES['02'][0])
    Target.of(draft).speciality = '没有'
    declaration.refresh(session, draft, now().date())
    assert (draft.committee_id, draft.offering_id, draft.year) == (None, None, None)


def test_a_list_names_who_has_the_declaration(application: Find) -> None:
    found = application(S.EXPERT_REVIEW)
    held = {stage: asking.holder(found, stage) for stage in (S.DRAFT, S.PAYMENT, S.PRE_NOTICE, S.OFFICE_REVIEW)}
    assert held == {
        S.DRAFT: found.applicant_name,
        S.PAYMENT: f'{found.applicant_name}（待缴费）',
        S.PRE_NOTICE: str(found.employer),
        S.OFFICE_REVIEW: found.committee.office_name if found.committee else '',
    }
    assert asking.holder(found, S.EXPERT_REVIEW) == str(found.committee)
    assert asking.holder(found, S.APPROVAL) == '业务部门'
