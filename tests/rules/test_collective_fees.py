"""集体缴费: one order for many, paid by one notice, and nothing paid twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.base import at, now
from models.message import Message
from models.payment import FeeOrder, OrderState, Verdict
from ports import gateway, payment_notices
from rules import fees
from rules.invariants import violations
from rules.refusal import Refused
from tests.factories import GATEWAY_SECRET, pay
from tests.helpers.types import Find, Who

TODAY = now().date()


@pytest.fixture
def due(application: Find) -> list[Application]:
    """Two declarations of employer 1 that wait for their fees at one committee."""
    return [application(Stage.PAYMENT, applicant=username) for username in ('geren4', 'geren5')]


def told(session: Session, after: int = 0) -> list[tuple[str, str]]:
    """The messages after one: to whom, and what they say."""
    query = select(Account.username, Message.text).join(Message.account).where(Message.id > after).order_by(Message.id)
    return [(username, text) for username, text in session.execute(query)]


def last_message(session: Session) -> int:
    """The newest message there is."""
    return session.scalar(select(func.max(Message.id))) or 0


def own(session: Session, application: Application) -> FeeOrder:
    """The order that counts for a declaration."""
    order = fees.order_of(session, application)
    assert order is not None
    return order


def test_one_notice_pays_all(session: Session, account: Who, due: list[Application]) -> None:
    before = [own(session, each) for each in due]
    order = fees.open_collective(session, account('guanli1'), due, TODAY)
    assert order.total_fen == sum(each.total_fen for each in before)
    assert {each.state for each in before} == {OrderState.VOID}
    assert [own(session, each) for each in due] == [order, order]
    assert pay(session, order) == Verdict.ACCEPTED
    assert {each.stage for each in due} == {Stage.EXPERT_REVIEW}
    assert list(violations(session)) == []


def test_where_one_cannot_move_none_is_paid(session: Session, account: Who, due: list[Application]) -> None:
    order = fees.open_collective(session, account('guanli1'), due, TODAY)
    fees.dissolve(session, order, TODAY)
    pay(session, own(session, due[0]))  # one has paid alone in the meantime
    order.state = OrderState.UNPAID  # and yet a notice comes in for both
    session.flush()
    assert pay(session, order) == Verdict.LATE
    assert (due[0].stage, due[1].stage, order.state) == (Stage.EXPERT_REVIEW, Stage.PAYMENT, OrderState.UNPAID)


def test_an_own_order_that_was_voided_pays_nothing_any_more(
    session: Session, account: Who, due: list[Application]
) -> None:
    before = own(session, due[0])
    order = fees.open_collective(session, account('guanli1'), due, TODAY)
    assert pay(session, before) == Verdict.LATE
    assert due[0].stage == Stage.PAYMENT
    assert pay(session, order) == Verdict.ACCEPTED
    assert pay(session, order) == Verdict.DUPLICATE


def test_a_dissolved_order_gives_everyone_an_own_one_again(
    session: Session, account: Who, due: list[Application]
) -> None:
    order = fees.open_collective(session, account('guanli1'), due, TODAY)
    fees.dissolve(session, order, TODAY)
    orders = [own(session, each) for each in due]
    assert order.state == OrderState.VOID
    assert [len(each.items) for each in orders] == [1, 1]
    assert [each.payer for each in orders] == [each.applicant_name for each in due]
    assert pay(session, order) == Verdict.LATE
    assert list(violations(session)) == []
    with pytest.raises(Refused):
        fees.dissolve(session, order, TODAY)
    with pytest.raises(Refused):
        fees.dissolve(session, orders[0], TODAY)  # no collective one


@pytest.mark.parametrize('case', ['nobody', 'foreign', 'elsewhere', 'twice', 'paid', 'committees'])
def test_what_cannot_be_paid_together_is_refused_by_name_and_changes_nothing(
    session: Session, application: Find, account: Who, due: list[Application], case: str
) -> None:
    by, chosen = account('guanli1'), list(due)
    if case == 'nobody':
        chosen = []
    elif case == 'foreign':
        by = account('guanli2')
    elif case == 'elsewhere':
        chosen.append(application(Stage.OFFICE_REVIEW))
    elif case == 'twice':
        fees.open_collective(session, by, due[:1], TODAY)
    elif case == 'paid':
        pay(session, own(session, due[0]))
    else:
        due[1].committee_id = 3 - (due[0].committee_id or 0)
        session.flush()
    before = {order.id: order.state for order in session.scalars(select(FeeOrder))}
    with pytest.raises(Refused) as refused:
        fees.open_collective(session, by, chosen, TODAY)
    assert {order.id: order.state for order in session.scalars(select(FeeOrder))} == before
    codes = {
        'nobody': 'nothing_chosen',
        'foreign': 'not_due',
        'elsewhere': 'not_due',
        'twice': 'already_ordered',
        'paid': 'not_due',
        'committees': 'two_committees',
    }
    assert refused.value.refusal.code == codes[case]
    if case in ('elsewhere', 'twice', 'paid'):
        assert any(each.applicant_name in refused.value.refusal.sentence for each in chosen)


def test_no_order_in_place_of_another_gives_more_time(session: Session, account: Who, due: list[Application]) -> None:
    first = [fees.due_on(session, own(session, each)) for each in due]
    assert all(first)
    with at(now() + timedelta(days=9)):
        order = fees.open_collective(session, account('guanli1'), due, TODAY + timedelta(9))
        assert fees.due_on(session, order) == min(first)  # type: ignore[type-var]
        fees.dissolve(session, order, TODAY + timedelta(9))
        assert [fees.due_on(session, own(session, each)) for each in due] == first


def test_what_goes_to_several_committees_becomes_as_many_orders(
    session: Session, account: Who, due: list[Application]
) -> None:
    due[1].committee_id = 3 - (due[0].committee_id or 0)
    session.flush()
    orders = fees.open_collectives(session, account('guanli1'), due, TODAY)
    assert {(order.committee_id, order.items[0].application_id) for order in orders} == {
        (each.committee_id, each.id) for each in due
    }
    assert [pay(session, order) for order in orders] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert {each.stage for each in due} == {Stage.EXPERT_REVIEW}


def test_where_one_committee_refuses_no_order_is_made(session: Session, account: Who, due: list[Application]) -> None:
    due[1].committee_id = 3 - (due[0].committee_id or 0)
    session.flush()
    pay(session, own(session, max(due, key=lambda each: each.committee_id or 0)))
    before = len(session.scalars(select(FeeOrder)).all())
    with pytest.raises(Refused), session.begin_nested():
        fees.open_collectives(session, account('guanli1'), due, TODAY)
    assert len(session.scalars(select(FeeOrder)).all()) == before
    with pytest.raises(Refused) as refused:
        fees.open_collectives(session, account('guanli1'), [], TODAY)
    assert refused.value.refusal.code == 'nothing_chosen'


def test_declarants_are_told_who_pays_and_when_they_pay_for_themselves_again(
    session: Session, account: Who, due: list[Application]
) -> None:
    last, before = last_message(session), [own(session, each).number for each in due]
    order = fees.open_collective(session, account('guanli1'), due, TODAY)
    first = told(session, last)
    assert [username for username, _text in first] == [each.applicant.username for each in due]
    for (_username, text), number, each in zip(first, before, due, strict=True):
        assert f'{each.serial} {each.title}：{each.employer}已发起集体缴费' in text
        assert f'（缴费单 {order.number}），由单位统一缴纳' in text
        assert f'您原来的缴费单 {number} 已作废，请勿再缴' in text
    last = last_message(session)
    fees.dissolve(session, order, TODAY)
    again = told(session, last)
    assert [username for username, _text in again] == [each.applicant.username for each in due]
    for (_username, text), each in zip(again, due, strict=True):
        assert f'已取消集体缴费（缴费单 {order.number} 已作废）' in text
        assert f'请按新的缴费单 {own(session, each).number} 自行缴费' in text


LOST = {
    'own order, the employer has not paid': (('own',), {'geren4', 'guanli1', 'jingban1', 'bangong1'}),
    'own order, the employer has paid': (('collective', 'own'), {'geren4', 'guanli1', 'jingban1', 'bangong1'}),
    'own order, renewed': (('dissolve', 'own'), {'geren4', 'bangong1'}),
    'collective order, cancelled': (('dissolve', 'collective'), {'geren4', 'other', 'guanli1', 'jingban1', 'bangong1'}),
    'collective order, one has paid alone': (
        ('dissolve', 'renewed', 'reopened'),
        {'geren4', 'other', 'guanli1', 'jingban1', 'bangong1'},
    ),
}
"""What comes in after a collective order was opened, the last of which the order no longer holds for, and who hears."""


@pytest.mark.parametrize(('paid', 'hear'), LOST.values(), ids=LOST)
def test_money_for_an_order_that_no_longer_holds_is_told_once_to_all_whom_it_concerns(
    session: Session, account: Who, due: list[Application], paid: tuple[str, ...], hear: set[str]
) -> None:
    due.sort(key=lambda each: each.applicant.username != 'geren4')
    orders = {'own': own(session, due[0])}
    orders['collective'] = fees.open_collective(session, account('guanli1'), due, TODAY)
    for step in paid[:-1]:
        if step == 'dissolve':
            fees.dissolve(session, orders['collective'], TODAY)
            orders |= {'renewed': own(session, due[0]), 'reopened': orders['collective']}
        else:
            assert pay(session, orders[step]) == Verdict.ACCEPTED
    order, last = orders[paid[-1]], last_message(session)
    if paid[-1] == 'reopened':
        order.state = OrderState.UNPAID
        session.flush()
    assert pay(session, order, 'R-9') == Verdict.LATE
    heard = told(session, last)
    others = {each.applicant.username for each in due[1:]}
    expected = hear - {'other'} | (others if 'other' in hear else set())
    assert sorted(username for username, _text in heard) == sorted(expected)
    office = due[0].committee.office_name if due[0].committee else ''
    for username, text in heard:
        part = 58000 if username in {'geren4'} | others else order.total_fen
        for words in (order.number, f'{part / 100:,.2f} 元', '票据号 R-9', '该笔缴费需退回或另行处理，请联系'):
            assert words in text, text
        assert (office in text) == (username != 'bangong1')
        assert ('1,160.00' in text) == (part != 58000)
    last = last_message(session)
    assert pay(session, order, 'R-9') == Verdict.LATE  # the gateway repeats itself
    assert told(session, last) == []
    assert pay(session, order, 'R-10') == Verdict.LATE  # somebody paid once more
    assert len(told(session, last)) == len(heard)


def test_a_notice_that_is_not_genuine_tells_nobody(session: Session, account: Who, due: list[Application]) -> None:
    before = own(session, due[0])
    fees.open_collective(session, account('guanli1'), due, TODAY)
    last = last_message(session)
    body = gateway.compose(gateway.PaidNotice(before.number, before.total_fen, now(), 'R-9', now()))
    assert (
        payment_notices.receive(session, GATEWAY_SECRET, body, gateway.sign('guessed', body)).verdict == Verdict.FORGED
    )
    assert told(session, last) == []
