"""Registries behind 【获取】 (手册 §2.1.3, §2.1.4, §2.1.7): education certificates, exam scores, social insurance.

A source returns the record of one person under one number, ``None`` if there is none, or raises :class:`Unreachable`.
The stand-in reads the tables of ``models/registry.py``. If the URL of a registry is set, the product sends a POST with
a JSON object of the search values. The answer is ``{"found": false}`` or ``{"found": true, "record": {…}}``, with
every field of the record under its name as text, days as ``2026-01-31``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Base
from models.fields import Field, fields_of
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from rules import validators

TIME_OUT = 5.0
"""Seconds after which a service without a complete answer counts as unreachable."""

LARGEST_ANSWER = 64 * 1024
_log = logging.getLogger(__name__)

Answer = dict[str, Any]
"""Values by field name, as the form takes them."""


class Unreachable(Exception):
    """Raised when a registry gives no answer or one in another format; its text is shown at the field."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Registry: its record, the fields ``asked_by`` to search with, and the ``setting`` that holds its URL.

    Its answer contains every other field of the record.
    """

    label: str
    record: type[Base]
    asked_by: tuple[str, ...]
    setting: str

    @property
    def answers(self) -> dict[str, Field]:
        """Return the fields of an answer by name."""
        return {name: field for name, field in fields_of(self.record).items() if name not in self.asked_by}


REGISTRIES: Mapping[str, Registry] = {
    'education': Registry('学历证书库', EducationRecord, ('certificate_number', 'name', 'id_number'), 'EDUCATION_URL'),
    'exam': Registry('考试成绩库', ExamRecord, ('ticket', 'name', 'id_number'), 'EXAM_URL'),
    'insurance': Registry('参保信息库', InsuranceRecord, ('name', 'id_number'), 'INSURANCE_URL'),
}
"""Registries by the name that a field uses in ``fetch``."""


class Source(Protocol):
    """Source of records: the service or its stand-in."""

    def look_up(self, registry: Registry, asked: Mapping[str, str]) -> Answer | None:
        """Return the answer of the registry, or None without a record. Raises Unreachable."""


@dataclass(frozen=True, slots=True)
class TableSource:
    """Stand-in: the table of the registry, which the platform role fills (登记库)."""

    session: Session

    def look_up(self, registry: Registry, asked: Mapping[str, str]) -> Answer | None:
        """Return the values of the row that equals all search values, or None."""
        wanted = [getattr(registry.record, name) == asked[name] for name in registry.asked_by]
        row = self.session.scalars(select(registry.record).where(*wanted)).first()
        return None if row is None else {name: getattr(row, name) for name in registry.answers}


@dataclass(frozen=True, slots=True)
class Service:
    """Registry over HTTP. The name and password in its URL are sent as basic authentication."""

    url: str
    time_out: float = TIME_OUT

    def look_up(self, registry: Registry, asked: Mapping[str, str]) -> Answer | None:
        """Ask the service. Raises Unreachable for a network error and for an answer in another format."""
        try:
            return _read(registry, self._post({name: asked[name] for name in registry.asked_by}))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            _log.warning('%s cannot be asked: %s', registry.setting, error)
            raise Unreachable(f'{registry.label}暂时无法查询') from error

    def _post(self, asked: Mapping[str, str]) -> bytes:
        """Return the body of the answer. Raises ValueError if it is too long or takes too long in total."""
        deadline, body, where = time.monotonic() + self.time_out, b'', httpx.URL(self.url)
        shown = (where.username, where.password) if where.userinfo else None
        bare = where.copy_with(userinfo=b'')  # without the password, because httpx logs URLs
        with httpx.stream('POST', bare, auth=shown, json=asked, timeout=self.time_out, trust_env=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f'status {answer.status_code}')
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER or time.monotonic() > deadline:
                    raise ValueError('answer too long')
        return body


def _read(registry: Registry, body: bytes) -> Answer | None:
    """Parse the body of an answer. Raises ValueError for another format."""
    try:
        said = json.loads(body)
    except RecursionError as error:
        raise ValueError('answer nested too deep') from error
    if not isinstance(said, dict) or not isinstance(said.get('found'), bool):
        raise ValueError('answer without found')
    if not said['found']:
        return None
    record = said.get('record')
    if not isinstance(record, dict):
        raise ValueError('answer without record')
    return {name: _value(field, record.get(name)) for name, field in registry.answers.items()}


def _value(field: Field, said: Any) -> Any:
    """Parse one value of an answer. Raises ValueError if it is not a valid value of its field."""
    if not isinstance(said, str):
        raise ValueError(f'{field.name} is no text')
    value = field.parsed(validators.written(field, said))
    if validators.value_problem(replace(field, required=True), value):
        raise ValueError(f'{field.name} does not fit')
    return value


def source_of(registry: Registry, session: Session, settings: Mapping[str, Any]) -> Source:
    """Return the service if the URL of the registry is set, else the stand-in."""
    url = settings[registry.setting]
    return Service(url) if url else TableSource(session)
