"""Choices that depend on the declaration: what the open calls offer, and where it may be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.application import Application
from models.catalogue import Call, Offering, Series, Speciality, Title
from models.declaration import Target
from models.terms import LEVELS
from rules import access, divisions

STEPS = ('series', 'level', 'title', 'speciality')
"""The fields that narrow each other, widest first (手册 §2.1.7)."""

COLUMNS = {'series': Series.name, 'level': Title.level, 'title': Title.name, 'speciality': Speciality.name}


def _offered(on: date) -> Select[Offering]:
    return (
        select(Offering)
        .join(Call)
        .join(Title, Title.id == Offering.title_id)
        .join(Series, Series.id == Title.series_id)
        .join(Speciality, Speciality.id == Offering.speciality_id)
        .where(Call.opens_on <= on, on <= Call.closes_on)
    )


def open_calls(session: Session, on: date) -> list[Call]:
    """The calls that take declarations today."""
    return list(session.scalars(select(Call).where(Call.opens_on <= on, on <= Call.closes_on)))


def narrowed(session: Session, step: str, chosen: Mapping[str, str | None], on: date) -> list[str]:
    """What may be chosen at one step given what was chosen at the wider ones."""
    wider = STEPS[: STEPS.index(step)]
    if any(not chosen.get(name) for name in wider):
        return []
    wanted = [COLUMNS[name] == chosen[name] for name in wider]
    query = _offered(on).with_only_columns(COLUMNS[step]).where(*wanted).distinct()
    found = list(session.scalars(query))
    return sorted(found, key=LEVELS.index) if step == 'level' else sorted(found)


def chosen(target: Target) -> list[str | None]:
    """The four choices, widest first."""
    return [getattr(target, name) for name in STEPS]


def named(offering: Offering) -> list[str | None]:
    """The four choices that an offering answers to."""
    return [offering.title.series.name, offering.title.level, offering.title.name, offering.speciality.name]


def offering(session: Session, application: Application, on: date) -> Offering | None:
    """The open offering that a declaration's four choices name, if they name one.

    A returned declaration may come back for what it was first submitted for, and never moves to another year's call.
    """
    target = Target.of(application)
    kept = application.offering if application.submitted_at else None
    if kept is not None and named(kept) == chosen(target):
        return kept
    wanted = [COLUMNS[name] == getattr(target, name) for name in STEPS]
    calls = [Offering.call_id == kept.call_id] if kept is not None else []
    return session.scalars(_offered(on).where(*wanted, *calls)).first()


def _narrowing(step: str) -> Callable[[Session, Application, date], dict[str, str]]:
    def choices(session: Session, application: Application, on: date) -> dict[str, str]:
        target = Target.of(application)
        chosen = {name: getattr(target, name) for name in STEPS}
        return {name: name for name in narrowed(session, step, chosen, on)}

    return choices


def _employers(session: Session, application: Application, _on: date) -> dict[str, str]:
    return {str(employer.id): employer.name for employer in access.selectable_employers(session, application)}


SOURCES: Mapping[str, Callable[[Session, Application, date], dict[str, str]]] = {
    **{step: _narrowing(step) for step in STEPS},
    'employer': _employers,
}
"""The sources that a field names in ``options``; each answers with value and label."""

SUGGESTIONS: Mapping[str, Callable[[str], list[str]]] = {'division': divisions.matching}
"""The sources that a field names in ``suggest``; each completes what has been typed."""
