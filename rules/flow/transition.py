"""Parts of the flow: a row of its table, one action on one declaration, and the guards and effects that rows name."""

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
    """Source of an action: a person on a page, the signed notice of the gateway, or the end of a session."""

    PERSON = '办理人'
    NOTICE = '缴费平台签名通知'
    SESSION = '评审会议结束'


Found = TypeVar('Found')
ReadMany = Callable[[Session, Collection[int]], Mapping[int, Found]]
"""Function that reads something of many declarations at once, by key; a key with nothing to read is left out."""


class Lookups:
    """Data that guards need from other tables, read once for all declarations in ``asked``."""

    def __init__(self, session: Session, asked: Iterable[int] = ()) -> None:
        self.session = session
        self.asked = dict.fromkeys(asked)
        self._found: dict[ReadMany[Any], dict[int, Any]] = {}

    def of(self, application: Application, read: ReadMany[Found]) -> Found | None:
        """Return the result of ``read`` for one declaration; the first call reads it for all in ``asked``."""
        found, key = self._found.setdefault(read, {}), application.id
        if key not in found:
            keys: Collection[int] = self.asked if key in self.asked else (key,)
            found |= dict.fromkeys(keys) | dict(read(self.session, keys))
        known: Found | None = found[key]
        return known

    @cached_property
    def overruled(self) -> workdays.Overrides:
        """Working days that the platform changed (工作日调整)."""
        return workdays.overrides(self.session)

    def numbers(self, application: Application) -> Numbers:
        """Return the statutory numbers that apply to a declaration."""
        return self.of(application, statutory.numbers_by_key) or SHIPPED

    @cached_property
    def standards(self) -> fees.Standards:
        """Fee standards in force."""
        return fees.standards(self.session)

    @cached_property
    def materials(self) -> materials.DemandsByStage:
        """Materials in force."""
        return materials.demands_by_stage(self.session)


class Answers:
    """Answers to the questions of an action: one object, shared by every act that they were given for.

    The answers are checked against the questions in ``asked``.
    """

    def __init__(self, given: Mapping[str, Any], asked: tuple[Field, ...] = ()) -> None:
        self.given = given
        self.asked = asked

    @cached_property
    def refusal(self) -> Refusal | None:
        """Refusal of the answers themselves, for any declaration; None if they are good."""
        errors = validators.form_problems(self.asked, self.given)
        return unfit(errors) if errors else None

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """Answers as a step stores them: the opinion, and all others that are not empty under ``data``."""
        said = {name: value for name, value in self.given.items() if value not in (None, '', [])}
        return {
            'opinion': str(said.pop('opinion', '')),
            'data': {name: value if isinstance(value, list | bool) else str(value) for name, value in said.items()},
        }

    def with_more(self, more: Mapping[str, Any]) -> Answers:
        """Return a copy with more answers."""
        return Answers({**self.given, **more}, self.asked)


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one declaration; ``answers`` are empty if the act only tests that the action is possible.

    ``seen`` is the version of the declaration on the actor's page, if known. ``many`` is true if one form was filled in
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
        """Database session of the lookups."""
        return self.lookups.session

    @property
    def data(self) -> Mapping[str, Any]:
        """Answers by name of the question."""
        return self.answers.given


@dataclass(frozen=True, slots=True)
class Guard:
    """Condition of an action: its label in the diagram, and a test that returns a refusal or None.

    ``of_answers`` tests answers alone, before a declaration is chosen.
    """

    label: str
    test: Callable[[Act], Refusal | None]
    of_answers: Callable[[Lookups, Mapping[str, Any], date], Refusal | None] = lambda _lookups, _answers, _on: None

    def __call__(self, act: Act) -> Refusal | None:
        """Return the refusal of the act, or None."""
        return self.test(act)


def guard(label: str) -> Callable[[Callable[[Act], Refusal | None]], Guard]:
    """Turn a test into a guard with this label."""
    return lambda test: Guard(label, test)


Effect = Callable[[Sequence[Act]], None]
"""Function that runs after the checks and before the stage changes, once for all declarations of the action."""

Complete = Callable[[Act], Mapping[str, Any]]
"""Function that fills in answers left empty, for each declaration: such as the standard wording of its notice."""

Prepare = Callable[[Sequence[Act]], Mapping[str, Any]]
"""Function that makes one thing for all declarations, such as their approval document, and adds it to the answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """Row of the flow: the party, the action, both stages, the questions, the guards and the effects.

    ``target`` is None if the declaration is deleted. A ``lasting`` action stays visible after its stage, disabled and
    with the reason. A ``listed`` action has a button beside each row of a list. ``completes`` fills in empty answers.
    ``tells`` names the parties that receive a message.
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
        """Return the questions of the action under these statutory numbers."""
        return tuple(field.under(numbers) for field in self.asks)

    def asked_of(self, application: Application, numbers: Numbers) -> tuple[Field, ...]:
        """Return the questions of the action for one declaration, with its numbers and its own bounds."""
        return tuple(field.bounded_for(application) for field in self.asked_under(numbers))
