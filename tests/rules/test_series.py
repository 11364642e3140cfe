"""Series compared by key: a new name breaks no rule and no filter, and what was told stays as told."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, Revision, Stage
from models.base import now
from models.catalogue import Offering, Series, Title
from models.declaration import Target
from rules import choice_sources, completeness, declaration, fees
from tests.helpers.types import Find

NAME = '工程系列'


def series_of(session: Session, application: Application) -> Series:
    """The series that a declaration is for."""
    return session.scalars(
        select(Series).join(Title).join(Offering).where(Offering.id == application.offering_id)
    ).one()


def renamed(session: Session, application: Application) -> Series:
    """Give the series of a declaration another name, as the platform does."""
    declaration.refresh(session, application, now().date())
    series = series_of(session, application)
    series.name = NAME
    session.flush()
    return series


def of_series(session: Session, application: Application) -> list[str]:
    """What the rules say of the chosen title."""
    found = completeness.list_problems(session, application, now().date())
    return [each.sentence for each in found if each.section == 'target']


@pytest.mark.parametrize('stage', [Stage.DRAFT, Stage.CORRECTION])
def test_a_declaration_that_is_being_filled_in_stays_valid(session: Session, application: Find, stage: Stage) -> None:
    filled = application(stage)
    before = (filled.offering_id, filled.committee_id, filled.year)
    renamed(session, filled)
    declaration.refresh(session, filled, now().date())
    assert (filled.offering_id, filled.committee_id, filled.year) == before
    assert of_series(session, filled) == []
    told = NAME if stage == Stage.DRAFT else '工程技术'
    assert (Target.of(filled).series, filled.series) == (told, told)


def test_a_choice_that_is_changed_is_looked_up_by_what_it_says(session: Session, application: Find) -> None:
    filled = application(Stage.CORRECTION)
    renamed(session, filled)
    Target.of(filled).speciality = '没有的专业'
    for _again in range(2):
        declaration.refresh(session, filled, now().date())
        assert of_series(session, filled) == ['所选资格和专业不在当前开放的申报计划内，请重新选择']
    Target.of(filled).series, Target.of(filled).speciality = NAME, filled.offering.speciality.name  # type: ignore[union-attr]
    declaration.refresh(session, filled, now().date())
    assert of_series(session, filled) == []


def test_one_series_a_year_whatever_its_name_was(session: Session, application: Find) -> None:
    draft, other = application(Stage.DRAFT), application(Stage.PAYMENT)
    renamed(session, draft)
    other.id_number, other.year = draft.id_number, draft.year
    declaration.refresh(session, draft, now().date())
    assert (draft.series, other.series) == (NAME, '工程技术')
    assert '本年度已申报同一系列，当年度不可重复申报同系列的不同专业' in of_series(session, draft)


def test_a_list_is_narrowed_by_the_key(session: Session, application: Find) -> None:
    paid = application(Stage.PAYMENT)
    series = renamed(session, application(Stage.DRAFT))
    assert choice_sources.narrowed_by(session)['series'][str(series.id)] == NAME
    narrowed = select(Application.id).where(choice_sources.in_series(series.id))
    assert paid.id in session.scalars(narrowed).all()
    assert session.scalars(select(Application.id).where(choice_sources.in_series(0))).all() == []


def test_drafts_follow_and_what_was_submitted_stays_as_told(session: Session, application: Find) -> None:
    draft, paid = application(Stage.DRAFT), application(Stage.PAYMENT)
    cost = fees.amount(fees.standards(session), paid)
    declaration.follow_series(session, renamed(session, draft))
    session.expire_all()
    assert (draft.series, Target.of(draft).series) == (NAME, NAME)
    assert (paid.series, Target.of(paid).series) == ('工程技术', '工程技术')
    content = session.scalars(select(Revision.content).where(Revision.application_id == paid.id)).first()
    assert content is not None
    assert content['target'][0]['values']['series'] == '工程技术'
    assert fees.amount(fees.standards(session), paid) == cost
