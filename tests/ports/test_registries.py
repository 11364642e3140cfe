"""The registries: the stand-in's tables, and the HTTP service in all its moods, on a real socket."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.fields import fields_of
from models.section import SECTIONS
from ports.registries import LARGEST_ANSWER, REGISTRIES, Service, TableSource, Unreachable, source_of
from tests.helpers.types import Who

EDUCATION = REGISTRIES['education']

ASKED = {'certificate_number': '105611999605123456', 'name': '陈思远', 'id_number': '440303199001011234'}

RECORD = {
    'school': '华南理工大学',
    'entered_on': '2008-09-01',
    'left_on': '2012-06-30',
    'schooling': '大学本科',
    'subject': '软件工程',
    'study_form': '全日制',
}

FOUND = {**RECORD, 'entered_on': date(2008, 9, 1), 'left_on': date(2012, 6, 30)}


class Desk:
    """A registry's server: answers what the test put down and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.delay, self.asked, self.shown = 200, b'', 0.0, [], []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                desk.shown.append(self.headers['Authorization'])
                desk.asked.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
                self.send_response(desk.status)
                self.send_header('Content-Length', str(len(desk.body)))
                self.end_headers()
                for start in range(0, len(desk.body), 4096) or (0,):
                    time.sleep(desk.delay)
                    try:
                        self.wfile.write(desk.body[start : start + 4096])
                        self.wfile.flush()
                    except OSError:  # the product hung up
                        return

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}/look-up'

    def says(self, answer: Any, status: int = 200, delay: float = 0.0) -> None:
        """Put an answer down: bytes as they are, anything else as JSON."""
        self.body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.status, self.delay = status, delay


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A server of our own on this machine."""
    made = Desk()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(5)


def test_a_good_answer_comes_with_days_as_days(desk: Desk) -> None:
    desk.says({'found': True, 'record': {**RECORD, 'unasked': 1}})
    assert Service(desk.url).look_up(EDUCATION, {**ASKED, 'more': 'than agreed'}) == FOUND
    assert desk.asked == [ASKED]


def test_name_and_password_of_the_address_are_shown_and_never_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level('INFO')
    url = desk.url.replace('//', '//review:pass%20word@')
    desk.says({'found': False})
    Service(url).look_up(EDUCATION, ASKED)
    desk.says(b'broken')
    for address in (
        url,
        url.replace('http:', 'nowhere:'),
        'http://review:pass%20word@[',
        'http://review:pass%20word@x:y/',
    ):
        with pytest.raises(Unreachable):
            Service(address).look_up(EDUCATION, ASKED)
    assert set(desk.shown) == {f'Basic {b64encode(b"review:pass word").decode()}'}
    assert 'EDUCATION_URL' in caplog.text
    assert 'pass' not in caplog.text


def test_a_registry_may_know_nothing(desk: Desk) -> None:
    desk.says({'found': False})
    assert Service(desk.url).look_up(EDUCATION, ASKED) is None


@pytest.mark.parametrize(
    ('answer', 'status'),
    [
        ({'found': True, 'record': RECORD}, 500),
        ({'found': True, 'record': RECORD}, 503),
        ({'found': False}, 404),
        ({'found': False}, 302),
        (b'', 200),
        (b'<html>login</html>', 200),
        (b'\xff\xfe', 200),
        (b'[' * 60000, 200),
        ([], 200),
        ({}, 200),
        ({'found': 'yes'}, 200),
        ({'found': True}, 200),
        ({'found': True, 'record': []}, 200),
        ({'found': True, 'record': {**RECORD, 'entered_on': '2008年9月'}}, 200),
        ({'found': True, 'record': {**RECORD, 'entered_on': 20080901}}, 200),
        ({'found': True, 'record': {**RECORD, 'schooling': '博士后'}}, 200),
        ({'found': True, 'record': {**RECORD, 'school': ''}}, 200),
        ({'found': True, 'record': {**RECORD, 'school': '长' * 101}}, 200),
        ({'found': True, 'record': {**RECORD, 'school': 'a\x00b'}}, 200),
        ({'found': True, 'record': {key: value for key, value in RECORD.items() if key != 'school'}}, 200),
        ({'found': True, 'record': {**RECORD, 'padding': 'x' * LARGEST_ANSWER}}, 200),
    ],
)
def test_anything_but_what_was_agreed_is_no_answer(desk: Desk, answer: Any, status: int) -> None:
    desk.says(answer, status)
    with pytest.raises(Unreachable, match='学历证书库暂时无法查询'):
        Service(desk.url).look_up(EDUCATION, ASKED)


@pytest.mark.parametrize('answer', [{'found': False}, {'found': True, 'record': {**RECORD, 'padding': 'x' * 60000}}])
def test_a_slow_registry_is_not_waited_for(desk: Desk, answer: Any) -> None:
    desk.says(answer, delay=0.2)  # once, or drop by drop
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        Service(desk.url, time_out=0.1 if answer == {'found': False} else 0.5).look_up(EDUCATION, ASKED)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize('url', ['http://127.0.0.1:9/', 'nonsense', 'http://[', 'ftp://127.0.0.1/'])
def test_nobody_there(url: str) -> None:
    with pytest.raises(Unreachable):
        Service(url, time_out=1).look_up(EDUCATION, ASKED)


def test_the_stand_in_reads_its_table(session: Session, account: Who) -> None:
    first = account('geren1')
    asked = {**ASKED, 'name': first.name, 'id_number': first.id_number or ''}
    assert TableSource(session).look_up(EDUCATION, asked) == FOUND
    for wrong in ({'name': '别人'}, {'id_number': '0'}, {'certificate_number': '1'}):
        assert TableSource(session).look_up(EDUCATION, {**asked, **wrong}) is None


def test_the_setting_chooses(session: Session) -> None:
    settings = {each.setting: '' for each in REGISTRIES.values()}
    assert source_of(EDUCATION, session, settings) == TableSource(session)
    assert source_of(EDUCATION, session, {**settings, 'EDUCATION_URL': 'https://edu'}) == Service('https://edu')


def test_every_fetching_field_names_a_registry_that_fills_its_section() -> None:
    fetching = [(section, field) for section in SECTIONS for field in fields_of(section).values() if field.fetch]
    assert {field.fetch for _section, field in fetching} == set(REGISTRIES)
    for section, field in fetching:
        registry = REGISTRIES[field.fetch]
        if not field.readonly:  # the form fills by name, and every value fits where it goes
            assert field.name in registry.asked_by
            own = fields_of(section)
            assert {name: (f.kind, f.max_length) for name, f in registry.answers.items()} == {
                name: (own[name].kind, own[name].max_length) for name in registry.answers
            }
