"""What the flow is made of: a row of its table, an act under way, and what a row names (guards, effects)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Party, Result, Stage
from models.fields import Field
from models.statutory import SHIPPED, Numbers
from rules import fees, materials, statutory, validators, workdays
from rules.refusal import Refusal, unfit


class Door(StrEnum):
    """By which way an action comes in."""

    PERSON = '办理人'
    NOTICE = '缴费平台签名通知'
    SESSION = '评审会议结束'


Found = TypeVar('Found')
Reading = Callable[[Session, Collection[int]], Mapping[int, Found]]
"""What is read of declarations by their keys; a declaration of which there is nothing is left out."""


class Lookups:
    """What guards need besides the declaration's own columns, read once for all those that are ``asked`` about."""

    def __init__(self, session: Session, asked: Iterable[int] = ()) -> None:
        self.session = session
        self.asked = dict.fromkeys(asked)
        self._found: dict[Reading[Any], dict[int, Any]] = {}

    def of(self, application: Application, read: Reading[Found]) -> Found | None:
        """What there is of one declaration; the first to be asked about has it read for all."""
        found, key = self._found.setdefault(read, {}), application.id
        if key not in found:
            keys: Collection[int] = self.asked if key in self.asked else (key,)
            found |= dict.fromkeys(keys) | dict(read(self.session, keys))
        known: Found | None = found[key]
        return known

    @cached_property
    def overruled(self) -> workdays.Overrides:
        """The platform's changes to the calendar."""
        return workdays.overrides(self.session)

    def numbers(self, application: Application) -> Numbers:
        """The numbers of the regulations by which a declaration is judged."""
        return self.of(application, statutory.numbers_by_key) or SHIPPED

    @cached_property
    def standards(self) -> fees.Standards:
        """The fee standards in force."""
        return fees.standards(self.session)

    @cached_property
    def materials(self) -> materials.Wanted:
        """The materials in force."""
        return materials.wanted(self.session)


class Answers:
    """The answers to the questions of an action: made once, and shared by every act for which they were given.

    ``asked`` are the questions by which the answers are judged.
    """

    def __init__(self, given: Mapping[str, Any], asked: tuple[Field, ...] = ()) -> None:
        self.given = given
        self.asked = asked

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why the answers cannot be taken, whichever declaration they are for."""
        errors = validators.form_problems(self.asked, self.given)
        return unfit(errors) if errors else None

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The answers as a step keeps them: the opinion, and the others that are not empty."""
        said = {name: value for name, value in self.given.items() if value not in (None, '', [])}
        return {
            'opinion': str(said.pop('opinion', '')),
            'data': {name: value if isinstance(value, list | bool) else str(value) for name, value in said.items()},
        }

    def with_more(self, more: Mapping[str, Any]) -> Answers:
        """Make answers that hold ``more`` as well."""
        return Answers({**self.given, **more}, self.asked)


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one declaration. ``answers`` are empty while only asking whether the action is possible.

    ``seen`` is the version that the actor saw, where it is known; ``many`` is true when the answers were given once
    for many declarations.
    """

    lookups: Lookups
    application: Application
    actor: Account | None
    on: date
    answers: Answers
    seen: int | None = None
    many: bool = False

    @property
    def session(self) -> Session:
        """The session the act happens in."""
        return self.lookups.session

    @property
    def data(self) -> Mapping[str, Any]:
        """The answers by the name of the question."""
        return self.answers.given


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of the flow: the words for it, and the test that answers with a refusal or with nothing.

    ``of_answers`` asks what is wrong with answers whichever declaration they are for.
    """

    label: str
    test: Callable[[Act], Refusal | None]
    of_answers: Callable[[Lookups, Mapping[str, Any], date], Refusal | None] = lambda _lookups, _answers, _on: None

    def __call__(self, act: Act) -> Refusal | None:
        """Put the question."""
        return self.test(act)


def guard(label: str) -> Callable[[Callable[[Act], Refusal | None]], Guard]:
    """Make a guard of a test."""
    return lambda test: Guard(label, test)


Effect = Callable[[Sequence[Act]], None]
"""What follows from one action on one declaration or many."""

Complete = Callable[[Act], Mapping[str, Any]]
"""What each declaration's own words for the answers are that were left open; they join its answers."""

Prepare = Callable[[Sequence[Act]], Mapping[str, Any]]
"""What is made once for all of them; its answer joins what was answered for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """One row of the flow: who does what where, what it asks, what may refuse it and what follows.

    ``target`` is None when the declaration ceases to be. ``lasting`` keeps the action visible, with the reason why
    it is no longer possible, after its stage has passed. ``listed`` is whether a list offers it beside each row.
    ``completes`` gives the words of each declaration that stand for an answer left open.
    """

    action: str
    label: str
    source: Stage
    target: Stage | None
    who: Party
    asks: tuple[Field, ...] = ()
    confirm: str = ''
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    tells: tuple[Party, ...] = ()
    result: Result | None = None
    door: Door = Door.PERSON
    completes: Complete | None = None
    prepare: Prepare | None = None
    bulk: bool = True
    danger: bool = False
    lasting: bool = False
    listed: bool = True

    def asked_under(self, numbers: Numbers) -> tuple[Field, ...]:
        """Return what the action asks where these numbers of the regulations are in effect."""
        return tuple(field.under(numbers) for field in self.asks)
