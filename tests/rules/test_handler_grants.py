"""What an administrator grants, and handing over administration (手册 §1.4.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from models.account import Account, GrantKind, HandOver, Role
from models.base import at, now
from models.message import Message
from models.terms import MENUS
from rules import access, handler_grants
from rules.handler_grants import WantedGrant
from rules.invariants import violations
from rules.refusal import Refused
from tests.helpers.types import Who

AccountOf = Who

TODAY = now().date()

DAY = timedelta(1)

MENU = GrantKind.MENU

SIGN_IN = WantedGrant(GrantKind.SIGN_IN, '')


def held(account: Account, kind: GrantKind) -> set[str]:
    """What is granted today."""
    return {code for code in handler_grants.CODES[kind] if access.granted(account, kind, code, TODAY)}


def session_of(account: Account) -> Session:
    """The session that an account was read in."""
    session = object_session(account)
    assert session is not None
    return session


def give(by: Account, handler: Account, *ticked: WantedGrant) -> tuple[list[WantedGrant], list[WantedGrant]]:
    """Save the ticks of an administrator who sees what is held now."""
    return handler_grants.set_grants(session_of(by), by, handler, ticked, handler_grants.version(handler))


def test_what_is_ticked_is_exactly_what_is_held(session: Session, account: AccountOf) -> None:
    by, handler = account('guanli1'), account('jingban1')
    kept = SIGN_IN, WantedGrant(GrantKind.MATTER, '专技人才')
    given, taken = give(by, handler, *kept, WantedGrant(MENU, '首页'), WantedGrant(MENU, '单位事项'))
    assert held(handler, MENU) == {'首页', '单位事项'}
    assert given == []
    assert {each.code for each in taken} == set(MENUS) - {'首页', '单位事项'}
    assert held(handler, GrantKind.MATTER) == {'专技人才'}
    given, taken = give(by, handler, *kept, WantedGrant(MENU, '首页'), WantedGrant(MENU, '人员管理'))
    assert ([each.code for each in given], [each.code for each in taken]) == (['人员管理'], ['单位事项'])


def test_ticks_made_in_view_of_other_grants_are_refused(session: Session, account: AccountOf) -> None:
    """A page that was opened before a grant was taken does not give it back."""
    by, handler = account('guanli1'), account('jingban1')
    seen, ticked = handler_grants.version(handler), [handler_grants.wanted_again(grant) for grant in handler.grants]
    give(by, handler, *(each for each in ticked if each.code != '人员管理'))
    for late in (ticked, []):
        with pytest.raises(Refused, match='已在别处保存过') as refused:
            handler_grants.set_grants(session, by, handler, late, seen)
        assert refused.value.refusal.code == handler_grants.STALE
    assert held(handler, MENU) == set(MENUS) - {'人员管理'}


def test_a_grant_says_who_gave_it_when_and_till_when(session: Session, account: AccountOf) -> None:
    by, handler = account('guanli1'), account('jingban2')
    until = TODAY + 10 * DAY
    given, _taken = give(by, handler, WantedGrant(MENU, '首页', TODAY, until))
    assert str(given[0]) == f'功能菜单授权「首页」，有效期{TODAY}至{until}'
    (grant,) = handler.grants
    assert (grant.granted_by_id, grant.granted_at.date(), grant.valid_to) == (by.id, TODAY, until)


@pytest.mark.parametrize(
    ('valid_from', 'valid_to', 'in_force'),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, None, True),
        (None, TODAY, True),
        (None, TODAY - DAY, False),
        (TODAY + DAY, None, False),
        (TODAY - 9 * DAY, TODAY - DAY, False),
    ],
)
def test_a_grant_holds_within_its_dates(
    session: Session, account: AccountOf, valid_from: date | None, valid_to: date | None, in_force: bool
) -> None:
    handler = account('jingban2')
    give(account('guanli1'), handler, WantedGrant(GrantKind.SIGN_IN, '', valid_from, valid_to))
    assert (access.may_sign_in(handler, TODAY) is None) is in_force


@pytest.mark.parametrize(
    ('by', 'whom', 'ticked', 'code'),
    [
        ('guanli2', 'jingban1', [], 'not_your_handler'),
        ('jingban1', 'jingban2', [], 'not_your_handler'),
        ('guanli1', 'guanli1', [], 'not_your_handler'),
        ('guanli1', 'geren2', [], 'not_your_handler'),
        ('guanli1', 'jingban1', [WantedGrant(MENU, '国库')], 'unknown_grant'),
        ('guanli1', 'jingban1', [WantedGrant(GrantKind.SIGN_IN, '博士后')], 'unknown_grant'),
        ('guanli1', 'jingban1', [WantedGrant(MENU, '首页', TODAY, TODAY - DAY)], 'ends_before'),
    ],
)
def test_what_cannot_be_granted_changes_nothing(
    session: Session, account: AccountOf, by: str, whom: str, ticked: list[WantedGrant], code: str
) -> None:
    before = {grant.id for grant in account(whom).grants}
    with pytest.raises(Refused) as refused:
        give(account(by), account(whom), *ticked)
    assert refused.value.refusal.code == code
    assert {grant.id for grant in account(whom).grants} == before


def test_administration_passes_when_the_named_one_confirms(session: Session, account: AccountOf) -> None:
    old, new = account('guanli1'), account('jingban1')
    handler_grants.hand_over(session, old, new)
    assert (old.role, new.role) == (Role.ADMINISTRATOR, Role.HANDLER)  # nothing has changed yet
    told = select(Message.text).where(Message.account_id == new.id).order_by(Message.id.desc())
    assert '请您接任' in (session.scalars(told).first() or '')
    assert handler_grants.confirm_hand_over(session, new) is old
    assert (old.role, new.role) == (Role.HANDLER, Role.ADMINISTRATOR)
    assert access.may_sign_in(old, TODAY) is not None  # a handler without grants
    assert access.may_enter(new, 'handlers', TODAY) is None
    assert session.get(HandOver, new.employer_id) is None
    assert list(violations(session)) == []


def test_administration_goes_to_and_fro(session: Session, account: AccountOf) -> None:
    old, new = account('guanli1'), account('jingban1')
    handler_grants.hand_over(session, old, new)
    handler_grants.confirm_hand_over(session, new)
    give(new, old, SIGN_IN)
    handler_grants.hand_over(session, new, old)
    handler_grants.confirm_hand_over(session, old)
    assert (old.role, new.role) == (Role.ADMINISTRATOR, Role.HANDLER)


@pytest.mark.parametrize('who', ['guanli1', 'jingban1'])
def test_a_naming_is_taken_back_by_either_side_until_it_is_confirmed(
    session: Session, account: AccountOf, who: str
) -> None:
    handler_grants.hand_over(session, account('guanli1'), account('jingban1'))
    assert handler_grants.cancel_hand_over(session, account(who)) is account('jingban1')
    with pytest.raises(Refused, match='可能已被取消'):
        handler_grants.confirm_hand_over(session, account('jingban1'))


@pytest.mark.parametrize(
    ('by', 'named', 'code'),
    [
        ('guanli1', 'jingban2', 'cannot_sign_in'),
        ('guanli1', 'jingban3', 'not_your_handler'),
        ('guanli1', 'guanli1', 'not_your_handler'),
        ('jingban1', 'jingban1', 'not_your_handler'),
    ],
)
def test_only_a_handler_who_can_sign_in_is_named(
    session: Session, account: AccountOf, by: str, named: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        handler_grants.hand_over(session, account(by), account(named))
    assert refused.value.refusal.code == code


def replaced(session: Session, old: Account, new: Account) -> None:
    """The platform makes another handler the administrator while a hand-over waits."""
    old.role = Role.HANDLER
    session.flush()
    new.role = Role.ADMINISTRATOR
    session.flush()


def test_who_administers_now_takes_a_naming_back_that_a_former_one_left(session: Session, account: AccountOf) -> None:
    old, named, new = account('guanli1'), account('jingban1'), account('jingban2')
    handler_grants.hand_over(session, old, named)
    replaced(session, old, new)
    with pytest.raises(Refused) as refused:
        handler_grants.confirm_hand_over(session, named)
    assert refused.value.refusal.code == 'named_by_former'
    assert (old.role, named.role, new.role) == (Role.HANDLER, Role.HANDLER, Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        handler_grants.cancel_hand_over(session, old)
    assert handler_grants.cancel_hand_over(session, new) is named
    handler_grants.hand_over(session, new, named)


def test_a_disabled_administrator_is_still_followed_by_the_one_named(session: Session, account: AccountOf) -> None:
    old, named = account('guanli1'), account('jingban1')
    handler_grants.hand_over(session, old, named)
    old.enabled = False
    assert handler_grants.confirm_hand_over(session, named) is old
    assert list(violations(session)) == []


def test_while_one_is_named_no_other_is_and_the_named_one_stays_enabled(session: Session, account: AccountOf) -> None:
    by, named, other = account('guanli1'), account('jingban1'), account('jingban2')
    give(by, other, SIGN_IN)
    handler_grants.hand_over(session, by, named)
    for attempt in (
        lambda: handler_grants.hand_over(session, by, other),
        lambda: handler_grants.set_enabled(session, by, named, False),
        lambda: give(by, named, WantedGrant(MENU, '首页')),
        lambda: give(by, named, WantedGrant(GrantKind.SIGN_IN, '', TODAY + DAY)),
    ):
        with pytest.raises(Refused):
            attempt()
    give(by, named, SIGN_IN)
    assert access.may_sign_in(named, TODAY) is None


@pytest.mark.parametrize(
    ('who', 'change'),
    [
        ('jingban1', {'employer_id': 2}),
        ('jingban1', {'role': Role.EXPERT}),
        ('guanli1', {'employer_id': 3, 'role': Role.HANDLER}),
    ],
)
def test_what_an_employer_entrusted_to_an_account_ends_when_it_moves(
    session: Session, account: AccountOf, who: str, change: dict[str, Any]
) -> None:
    moving, other = account(who), account({'jingban1': 'guanli1', 'guanli1': 'jingban1'}[who])
    handler_grants.hand_over(session, account('guanli1'), account('jingban1'))
    before = {handler_grants.wanted_again(grant) for grant in moving.grants}
    for name, value in change.items():
        setattr(moving, name, value)
    taken, ended = handler_grants.end_grants_of_moved(session, moving)
    session.flush()
    assert (set(taken), len(ended), list(moving.grants)) == (before, 1, [])
    assert session.get(HandOver, 1) is None
    told = select(Message.text).where(Message.account_id == other.id).order_by(Message.id.desc())
    assert '单位或身份已变更' in (session.scalars(told).first() or '')
    assert list(violations(session)) == []


def test_what_does_not_move_an_account_ends_nothing(session: Session, account: AccountOf) -> None:
    handler = account('jingban1')
    handler.phone, handler.employer_id = '0755-23456789', handler.employer_id
    assert handler_grants.end_grants_of_moved(session, handler) == ([], [])
    assert held(handler, MENU) == set(MENUS)


def test_a_new_account_was_entrusted_with_nothing(session: Session) -> None:
    new = Account(username='xin', name='新人', role=Role.HANDLER, employer_id=1, password_hash='')
    with session.no_autoflush:
        session.add(new)
        assert handler_grants.end_grants_of_moved(session, new) == ([], [])


def test_only_handlers_hold_grants(session: Session, account: AccountOf) -> None:
    account('jingban1').role = Role.EXPERT
    session.flush()
    assert list(violations(session)) == ['有授权的用户不是单位经办人：jingban1']


def test_the_database_knows_no_second_administrator(session: Session, account: AccountOf) -> None:
    account('jingban1').role = Role.ADMINISTRATOR
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_grant_that_is_dated_anew_says_who_did_that_and_when(session: Session, account: AccountOf) -> None:
    by, handler = account('guanli1'), account('jingban1')
    given_by, given_at = account('jingban2'), now() - 9 * DAY
    for grant in handler.grants:
        grant.granted_by_id, grant.granted_at = given_by.id, given_at
    session.flush()
    until = TODAY + 10 * DAY
    ticked = [
        replace(each, valid_to=until) if each.code == '首页' else each
        for each in map(handler_grants.wanted_again, handler.grants)
    ]
    moment = now()
    with at(moment):
        given, taken = give(by, handler, *ticked)
    assert ([each.code for each in given], taken) == (['首页'], [])
    session.refresh(handler)
    said = {grant.code: (grant.granted_by_id, grant.granted_at, grant.valid_to) for grant in handler.grants}
    assert said.pop('首页') == (by.id, moment, until)
    assert set(said.values()) == {(given_by.id, given_at, None)}


def test_every_menu_and_matter_that_a_room_asks_a_handler_for_can_be_granted() -> None:
    rooms = [room for room in access.ROOMS.values() if Role.HANDLER in room.roles]
    assert {room.menu for room in rooms if room.menu} <= set(handler_grants.CODES[GrantKind.MENU])
    assert {room.matter for room in rooms if room.matter} <= set(handler_grants.CODES[GrantKind.MATTER])
