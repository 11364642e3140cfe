"""Choices that depend on the declaration: the titles of the open calls, and the employers that it can be sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from models.application import Application
from models.catalogue import Call, Committee, Offering, Series, Speciality, Title
from models.declaration import Basic, Target
from models.employer import Employer, RosterEntry
from models.reference_cache import maintained
from models.terms import LEVELS
from rules import divisions

STEPS = ('series', 'level', 'title', 'speciality')
"""Fields of which each narrows the choices of the next, widest first (手册 §2.1.7)."""

Offered = Callable[[Session, Application, Mapping[str, str | None], date], Mapping[str, str]]
"""Function that returns choices, label by value, from a declaration, the values in its form and a day."""

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


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day on which the call of a year takes declarations."""

    year: int
    opens_on: date
    closes_on: date
    call_id: int


@maintained(Call)
def windows(session: Session) -> Sequence[Window]:
    """Read the windows of all calls, the newest year first."""
    found = session.execute(select(Call.year, Call.opens_on, Call.closes_on, Call.id).order_by(Call.year.desc()))
    return tuple(Window(*row) for row in found)


def open_window(session: Session, on: date) -> Window | None:
    """Return the window that is open on a day; of several, that of the newest year."""
    return next((each for each in windows(session) if each.opens_on <= on <= each.closes_on), None)


def present_year(session: Session, on: date) -> int:
    """Return the year of the newest call that has opened; its declarations continue after the end of the year."""
    return next((each.year for each in windows(session) if each.opens_on <= on), on.year)


@maintained(Call, Series, Committee)
def narrowed_by(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Return the years, series and committees that filter any list of declarations: label by value."""
    series = session.execute(select(Series.id, Series.name).order_by(Series.id))
    committees = session.execute(select(Committee.id, Committee.name).order_by(Committee.code))
    found = {
        'year': {str(each.year): str(each.year) for each in windows(session)},
        'series': {str(key): name for key, name in series},
        'committee_id': {str(key): name for key, name in committees},
    }
    return MappingProxyType(found)


def open_calls(session: Session, on: date) -> list[Call]:
    """List the calls that take declarations on a day, the newest year first."""
    found = select(Call).where(Call.opens_on <= on, on <= Call.closes_on)
    return list(session.scalars(found.order_by(Call.year.desc())))


def narrowed(session: Session, step: str, chosen: Mapping[str, str | None], on: date) -> list[str]:
    """List the choices of one step that fit the choices of the wider steps."""
    wider = STEPS[: STEPS.index(step)]
    if any(not chosen.get(name) for name in wider):
        return []
    wanted = [COLUMNS[name] == chosen[name] for name in wider]
    query = _offered(on).with_only_columns(COLUMNS[step]).where(*wanted).distinct()
    found = list(session.scalars(query))
    return sorted(found, key=LEVELS.index) if step == 'level' else sorted(found)


def target_choices(target: Target) -> list[str | None]:
    """Return the four choices of a declaration, widest first."""
    return [getattr(target, name) for name in STEPS]


def named(offering: Offering) -> list[str | None]:
    """Return the four choices that name an offering, widest first."""
    return [offering.title.series.name, offering.title.level, offering.title.name, offering.speciality.name]


def offering(session: Session, application: Application, on: date) -> Offering | None:
    """Return the open offering that the four choices of a declaration name; None if they name none.

    Choices unchanged since they were saved mean the same offering, even if its series was renamed. A returned
    declaration may return to the offering of its first submission, and never moves to another year's call.
    """
    target = Target.of(application)
    saved = session.get(Offering, target.offering_id) if target.offering_id else None
    if saved is not None and [text or '' for text in target_choices(target)] == [
        getattr(application, step) for step in STEPS
    ]:
        is_open = saved.call.opens_on <= on <= saved.call.closes_on
        if application.submitted_at or is_open:
            return saved
    kept = application.offering if application.submitted_at else None
    if kept is not None and named(kept) == target_choices(target):
        return kept
    wanted = [COLUMNS[name] == getattr(target, name) for name in STEPS]
    calls = [Offering.call_id == kept.call_id] if kept is not None else []
    return session.scalars(_offered(on).where(*wanted, *calls)).first()


def in_series(series_id: int) -> ColumnElement[bool]:
    """Return the condition that a declaration is for a series, compared by key and not by name."""
    offerings = select(Offering.id).join(Title, Title.id == Offering.title_id).where(Title.series_id == series_id)
    return Application.offering_id.in_(offerings)


def narrowing(step: str) -> Offered:
    """Return the source of one step's choices: those that fit the wider choices in the form."""

    def choices(
        session: Session, _application: Application, chosen: Mapping[str, str | None], on: date
    ) -> dict[str, str]:
        return {name: name for name in narrowed(session, step, chosen, on)}

    return choices


def selectable_employers(session: Session, application: Application) -> list[Employer]:
    """List the employers that a declaration may be sent to (手册 §1.4.5).

    These are the insured employer, and those whose roster contains the applicant's name and identity number.

    The insured employer is found by its code, because names are not protected. A code of nine characters (组织机构代码)
    is part of the eighteen characters of 统一社会信用代码 (GB 32100).
    """
    basic = Basic.of(application)
    on_roster = select(RosterEntry.employer_id).where(
        RosterEntry.name == basic.name, RosterEntry.id_number == basic.id_number
    )
    insured = or_(Employer.code == basic.insured_code, func.substr(Employer.code, 9, 9) == basic.insured_code)
    insured = insured if basic.insured_code else false()
    return list(session.scalars(select(Employer).where(or_(insured, Employer.id.in_(on_roster))).order_by(Employer.id)))


def employer_choices(
    session: Session, application: Application, _chosen: Mapping[str, str | None], _on: date
) -> dict[str, str]:
    """Return the names of the employers that the declaration may be sent to, by key."""
    return {str(employer.id): employer.name for employer in selectable_employers(session, application)}


SUGGESTIONS: Mapping[str, Callable[[str], list[str]]] = {'division': divisions.matching}
"""Sources that a field names in ``suggest``; each returns completions of a typed text."""
