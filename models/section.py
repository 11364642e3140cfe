"""Base classes of the sections of the declaration: one model class per section, registered by its declaration.

A *single* section has one row per declaration, a *list* section any number in the order of entry. The page, the
check of completeness, the frozen revision, the comparison of revisions and the papers iterate over ``SECTIONS``.

A section adds its relationship to ``Application`` by ``backref``, so that a new section changes no other class. Read it
through ``Section.of(application)``, which has a type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, ClassVar, Self, cast

from sqlalchemy import Column, ForeignKey
from sqlalchemy.orm import Mapped, backref, declared_attr, mapped_column, relationship

from models.application import Application
from models.base import Base
from models.fields import fields_of, head_column
from models.statutory import Numbers, with_numbers


class Shape(StrEnum):
    """Shape of the rows of a list section on paper: one table, or for each row a block of labels and values."""

    TABLE = auto()
    BLOCKS = auto()


@dataclass(frozen=True, slots=True)
class About:
    """Description of a section: ``order`` is its place, ``source`` the paragraph of the manual.

    ``achievement`` marks sections whose rows may be representative works (代表作). ``shape`` is the layout of the rows
    of a list section on paper; the app checks at start that a table has room for its fields.
    """

    order: int
    label: str
    source: str
    hint: str = ''
    required: bool = True
    achievement: bool = False
    shape: Shape = Shape.TABLE

    def hint_under(self, numbers: Numbers) -> str:
        """Return the hint with the statutory numbers filled in for the names in braces."""
        return with_numbers(self.hint, numbers)


class Section(Base):
    """Base class of a section of the declaration."""

    __abstract__ = True
    about: ClassVar[About]
    many: ClassVar[bool]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if 'about' in cls.__dict__:
            SECTIONS.append(cls)
            SECTIONS.sort(key=lambda section: section.about.order)
            _add_head_columns(cls)

    @classmethod
    def key(cls) -> str:
        """Return the section's name in addresses and in frozen revisions; also its attribute on the declaration."""
        return str(cls.__tablename__)

    def __str__(self) -> str:
        return str(getattr(self, next(iter(fields_of(type(self))))) or self.about.label)

    @classmethod
    def applies(cls, application: Application) -> bool:
        """Return true if this declaration has to fill in the section."""
        return True


SECTIONS: list[type[Section]] = []


def _add_head_columns(section: type[Section]) -> None:
    """Add to ``Application`` the head columns that a section's fields name and that it does not declare itself."""
    for column in cast('Iterable[Column[Any]]', section.__table__.columns):
        field = column.info.get('field')
        if field is not None and field.head and not hasattr(Application, field.head):
            setattr(Application, field.head, head_column(column))


def heads() -> dict[str, tuple[str, str]]:
    """Return the section and field that each head column of the declaration repeats."""
    return {
        field.head: (section.key(), name)
        for section in SECTIONS
        for name, field in fields_of(section).items()
        if field.head
    }


class SingleSection(Section):
    """Base class of a section with one row, created together with the declaration."""

    __abstract__ = True
    many = False

    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), primary_key=True)

    @declared_attr
    def application(cls) -> Mapped[Application]:
        link = backref(cls.__tablename__, uselist=False, cascade='all, delete-orphan', passive_deletes=True)
        return relationship(Application, backref=link)

    @classmethod
    def of(cls, application: Application) -> Self:
        """Return the declaration's row of this section."""
        return cast('Self', getattr(application, cls.key()))


class ListSection(Section):
    """Base class of a section with any number of rows."""

    __abstract__ = True
    many = True

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), index=True)

    @declared_attr
    def application(cls) -> Mapped[Application]:
        link = backref(cls.__tablename__, order_by=cls.id, cascade='all, delete-orphan', passive_deletes=True)
        return relationship(Application, backref=link)

    @classmethod
    def of(cls, application: Application) -> list[Self]:
        """Return the declaration's rows of this section, in the order of entry."""
        return cast('list[Self]', getattr(application, cls.key()))
