"""The table of verbs against every address: what is not offered is refused, and no page that changes rows lacks one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_views.framework.access_check import does
from models import db
from models.account import Account
from models.application import Application, Party, Stage
from models.base import now
from rules import access
from rules.access.rooms import EVERYWHERE

CLOSED = 'ajax_update'
"""The page of Flask-Admin that no room opens: it has no verb, and so a POST answers 404."""
ONE_OF_EACH_ROLE = ('geren3', 'guanli1', 'jingban1', 'bangong1', 'zhuanjia1', 'rensheju1', 'pingtai1')


def pages(app: Flask) -> Iterator[tuple[str, str, str, access.Verb | None, set[str]]]:
    """Room, page, path, verb and methods of every address that is not public."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in access.PUBLIC:
            room, _, page = rule.endpoint.partition('.')
            path = rule.rule.replace('<action>', 'approve').replace('<export_type>', 'csv')
            verb = getattr(app.view_functions[rule.endpoint], 'verb', None)
            yield room, page, path, verb, set(rule.methods or ()) & {'GET', 'POST'}


def test_every_page_that_takes_a_post_names_its_verb(app: Flask) -> None:
    silent = [(room, page) for room, page, _path, verb, methods in pages(app) if 'POST' in methods and verb is None]
    assert [each for each in silent if each[1] != CLOSED] == []


def test_every_verb_of_a_room_has_a_page_there(app: Flask) -> None:
    done: dict[str, set[access.Verb | None]] = {}
    for room, _page, _path, verb, _methods in pages(app):
        done.setdefault(room, set()).add(verb)
    idle = {name: room.verbs - EVERYWHERE - done[name] for name, room in access.ROOMS.items()}
    assert {name: verbs for name, verbs in idle.items() if verbs} == {}


def test_every_address_is_in_a_room_or_public(app: Flask) -> None:
    assert {room for room, *_rest in pages(app)} == set(access.ROOMS)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= access.PUBLIC


@pytest.mark.parametrize('username', ONE_OF_EACH_ROLE)
def test_a_room_without_verbs_refuses_everything_but_looking(
    app: Flask, client_of: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    client = client_of(username)
    with app.app_context():
        role = db.session.scalars(select(Account.role).where(Account.username == username)).one()
    asked = [each for each in pages(app) if each[0] in access.ROOMS_OF[role] and each[3]]
    for name, room in access.ROOMS.items():
        monkeypatch.setitem(access.ROOMS, name, replace(room, verbs=frozenset()))
    answers = {
        (room, page, method): client.open(f'{path}?id=1&file=1', method=method).status_code
        for room, page, path, _verb, methods in asked
        for method in methods
    }
    assert {page: status for page, status in answers.items() if status != 403} == {}
    assert len(answers) >= 4
    assert client.get(f'/{access.ROOMS_OF[role][-1]}/').status_code in (200, 302, 404)


def test_one_verb_taken_from_a_room_closes_its_pages_and_its_button(
    client_of: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of('guanli1')
    assert '导入人员' in client.get('/roster/').get_data(as_text=True)
    room = access.ROOMS['roster']
    monkeypatch.setitem(access.ROOMS, 'roster', replace(room, verbs=room.verbs - {access.Verb.IMPORT}))
    assert '导入人员' not in client.get('/roster/').get_data(as_text=True)
    for path in ('/roster/import/', '/roster/import/template/', '/roster/import/preview/'):
        answer = client.get(path)
        assert (answer.status_code, '此处不能导入' in answer.get_data(as_text=True)) == (403, True)
    assert client.get('/roster/new/').status_code == 200


def test_who_may_not_act_in_the_room_of_a_party_acts_for_nobody(
    account: Callable[[str], Account], application: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, clerk = application(Stage.EMPLOYER_REVIEW, employer=1), account('jingban1')
    assert access.party_of(clerk, subject, now().date()) == Party.EMPLOYER
    room = access.ROOMS['employer_applications']
    monkeypatch.setitem(access.ROOMS, 'employer_applications', replace(room, verbs=room.verbs - {access.Verb.ACT}))
    assert access.party_of(clerk, subject, now().date()) is None


def test_a_verb_that_is_not_in_the_table_stops_the_program() -> None:
    with pytest.raises(ValueError, match='saet'):
        does('saet')
