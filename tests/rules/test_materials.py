"""Which material a declaration needs follows from what it says, asked of one or of many at once (手册 §2.1.13)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.declaration import Academic, Award, Basic, Destination, Patent, Present, Project, Target
from rules import materials
from tests.helpers.types import Find

Change = Callable[[Application], object]

SECTIONS = (Project, Award, Academic, Patent)


def bare(application: Application) -> None:
    """Say nothing that asks for a material by its rule."""
    Target.of(application).track = 'regular'
    Present.of(application).present_kind = None
    employer = Destination.of(application).employer
    assert employer is not None
    Basic.of(application).work_employer = employer.name
    for section in SECTIONS:
        section.of(application).clear()


def sets(section: type[Target] | type[Present] | type[Basic] | type[Destination], name: str, value: object) -> Change:
    """One field says something else."""
    return lambda application: setattr(section.of(application), name, value)


def adds(section: type[Project] | type[Award] | type[Academic] | type[Patent], **said: object) -> Change:
    """One row more in a list."""
    return lambda application: section.of(application).append(section(**said))


CASES: list[tuple[Change, set[str]]] = [
    (lambda application: None, set()),
    (sets(Target, 'track', 'exceptional'), {'exceptional'}),
    (sets(Target, 'track', None), set()),
    (sets(Present, 'present_kind', '职称'), {'has_title'}),
    (sets(Present, 'present_kind', ''), set()),
    (sets(Basic, 'work_employer', '另一家公司'), {'other_employer'}),
    (sets(Basic, 'work_employer', None), {'other_employer'}),
    (sets(Destination, 'employer', None), set()),
    (adds(Project, kind='专业技术工作项目', representative=True), {'work_project'}),
    (adds(Project, kind='课题项目', representative=True), {'work_topic'}),
    (adds(Project, kind='课题项目', representative=False), {'other_results'}),
    (adds(Project), {'other_results'}),
    (adds(Award, representative=True), {'work_award'}),
    (adds(Award, representative=False), {'other_results'}),
    (adds(Academic, kind='论文', representative=True), {'work_paper'}),
    (adds(Academic, kind='专项技术分析报告', representative=True), {'work_analysis'}),
    (adds(Academic, kind='论文'), {'other_academic'}),
    (adds(Patent, representative=True), {'work_patent'}),
    (adds(Patent, representative=False), {'other_academic'}),
]


@pytest.mark.parametrize(('change', 'asked'), CASES)
def test_a_rule_asks_by_what_the_declaration_says(
    session: Session, application: Find, change: Change, asked: set[str]
) -> None:
    found, other = application(Stage.CORRECTION), application(Stage.EMPLOYER_REVIEW)
    bare(found)
    bare(other)
    session.flush()
    change(found)
    assert materials.asking(session, found) == {'always', *asked}
    for rule, read in materials.READINGS.items():
        assert dict(read(session, [found.id, other.id])) == ({found.id: True} if rule in asked else {}), rule
