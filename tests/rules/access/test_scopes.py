"""Rows that an account sees, by its role, and what may be changed among them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.approval import Certificate
from models.base import now
from models.declaration import Work
from models.employer import Employer, RosterEntry
from models.job import Job
from models.material import LibraryFile
from models.payment import FeeOrder
from models.review import ReviewMeeting
from models.wording import Wording
from rules import access, fees
from tests.factories import hold_meeting
from tests.helpers.types import Find, Who

SEEN: Mapping[type, Mapping[str, int]] = {
    Application: {'geren1': 1, 'geren2': 1, 'guanli1': 2, 'jingban1': 2, 'bangong1': 2, 'rensheju1': 1},
    Work: {'geren1': 2, 'geren2': 2, 'guanli1': 4, 'jingban1': 4, 'bangong1': 4, 'rensheju1': 2},
    FeeOrder: {'geren1': 1, 'geren2': 1, 'guanli1': 2, 'jingban1': 2, 'bangong1': 2},
    Certificate: {'geren2': 1, 'rensheju1': 1},
    ReviewMeeting: {'bangong1': 1},
    RosterEntry: {'guanli1': 1, 'jingban1': 1, 'jingban2': 1},
    Employer: {'guanli1': 1, 'guanli2': 1, 'jingban1': 1, 'jingban2': 1, 'pingtai1': 3},
    Wording: {'pingtai1': 11},
}
"""Rows of each model that an account sees; accounts that are not named see none."""


@pytest.fixture
def paid_and_passed(session: Session, application: Find) -> tuple[Application, Application]:
    """Two declarations at employer 1 and committee 1, one to be paid for and one closed, and a roster."""
    session.add(RosterEntry(employer_id=1, name='李娜', id_number='E12345678'))
    return application(Stage.PAYMENT, applicant='geren1'), application(Stage.CLOSED, applicant='geren2')


@pytest.mark.usefixtures('paid_and_passed')
@pytest.mark.parametrize('model', SEEN, ids=lambda model: model.__name__)
def test_each_role_sees_its_own_rows_and_no_others(session: Session, account: Who, model: type) -> None:
    names = [f'{role}{number}' for role in ('geren', 'guanli', 'jingban', 'bangong') for number in (1, 2)]
    names += ['zhuanjia1', 'rensheju1', 'pingtai1']
    today = now().date()
    found = {
        name: session.scalar(select(func.count()).select_from(model).where(access.scope(account(name), model, today)))
        for name in names
    }
    assert {name: count for name, count in found.items() if count} == SEEN[model]


@pytest.mark.usefixtures('paid_and_passed')
def test_an_administrator_sees_colleagues_and_the_platform_everyone(session: Session, account: Who) -> None:
    def names(username: str) -> list[str]:
        seen = access.scope(account(username), Account, now().date())
        return list(session.scalars(select(Account.username).where(seen).order_by(Account.id)))

    everyone = list(session.scalars(select(Account.username).order_by(Account.id)))
    assert names('guanli1') == ['guanli1', 'jingban1', 'jingban2']
    assert (names('pingtai1'), names('jingban1'), names('geren1')) == (everyone, [], [])


def test_rows_are_found_by_key_in_the_order_that_was_asked_for(
    session: Session, account: Who, application: Find
) -> None:
    first, second = application(Stage.PAYMENT), application(Stage.PAYMENT)
    foreign = application(Stage.PAYMENT, employer=2)
    by, today = account('guanli1'), now().date()
    keys = [second.id, foreign.id, first.id, 10**9]
    assert access.find_all(session, by, Application, keys, today) == [second, first]
    assert access.find(session, by, Application, str(first.id), today) is first
    assert [access.find(session, by, Application, key, today) for key in (foreign.id, 'x', '')] == [None, None, None]


def test_what_is_closed_is_not_changed(session: Session, account: Who, application: Find) -> None:
    draft, sent = application(Stage.DRAFT), application(Stage.EXPERT_REVIEW)
    held = hold_meeting(session, sent)
    file = session.scalars(select(LibraryFile).where(LibraryFile.account_id == draft.applicant_id)).first()
    assert file is not None
    refusals = {
        'draft': access.may_change(draft.applicant, draft),
        'its row': access.may_change(draft.applicant, Work.of(draft)[0]),
        'sent': access.may_change(sent.applicant, sent),
        'row of what was sent': access.may_change(sent.applicant, Work.of(sent)[0]),
        'file in use': access.may_change(draft.applicant, file),
        'held session': access.may_change(account('bangong1'), held),
        'anything else': access.may_change(account('guanli1'), RosterEntry()),
    }
    assert {name: refusal.code for name, refusal in refusals.items() if refusal} == {
        'sent': 'sealed',
        'row of what was sent': 'sealed',
        'file in use': 'in_use',
        'held session': 'session_closed',
    }


@pytest.mark.parametrize(
    ('change', 'code'),
    [({}, None), ({'room': 'accounts'}, 'not_your_room'), ({'employer_id': 2}, 'moved'), ({'application_id': 0}, None)],
)
def test_the_product_of_a_job_is_kept_back_from_who_may_not_read_it(
    session: Session, account: Who, application: Find, change: dict[str, object], code: str | None
) -> None:
    by, own = account('guanli1'), application(Stage.EMPLOYER_REVIEW)
    values = {'room': 'employer_applications', 'employer_id': 1, 'application_id': own.id} | change
    if values['application_id'] == 0:
        values['application_id'], code = application(Stage.EMPLOYER_REVIEW, employer=2).id, 'not_yours'
    job = Job(id=1, account_id=by.id, **values)
    refusals = access.kept_back(session, by, [job], now().date())
    assert {key: refusal.code for key, refusal in refusals.items()} == ({1: code} if code else {})


@pytest.mark.parametrize(
    ('username', 'endpoint', 'code'),
    [
        ('guanli1', 'handlers', None),
        ('jingban1', 'handlers', 'not_your_room'),
        ('jingban1', 'employer_applications', None),
        ('jingban2', 'employer_applications', 'no_sign_in_grant'),
        ('geren1', 'employer_applications', 'not_your_room'),
        ('geren1', 'nowhere', 'not_your_room'),
    ],
)
def test_a_room_opens_to_its_roles_and_to_handlers_with_its_grants(
    account: Who, username: str, endpoint: str, code: str | None
) -> None:
    refusal = access.may_enter(account(username), endpoint, now().date())
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ('taken', 'code'),
    [('单位事项', 'no_menu_grant'), ('专技人才', 'no_matter_grant'), ('', 'no_sign_in_grant'), ('首页', None)],
)
def test_a_grant_that_is_taken_closes_what_it_opened(session: Session, account: Who, taken: str, code: str) -> None:
    handler = account('jingban1')
    handler.grants[:] = [grant for grant in handler.grants if grant.code != taken]
    session.flush()
    refusal = access.may_enter(handler, 'employer_applications', now().date())
    assert (refusal.code if refusal else None) == code


def test_a_disabled_account_enters_nothing(account: Who) -> None:
    disabled = account('guanli1')
    disabled.enabled = False
    refusal = access.may_enter(disabled, 'roster', now().date())
    assert refusal is not None
    assert refusal.code == 'disabled'


def test_a_collective_order_is_seen_by_who_pays_it_alone(session: Session, account: Who, application: Find) -> None:
    due = [application(Stage.PAYMENT, applicant=name) for name in ('geren1', 'geren2')]
    order = fees.open_collective(session, account('guanli1'), due, now().date())
    seen = [
        name
        for name in ('geren1', 'guanli1', 'guanli2', 'bangong1', 'bangong2', 'rensheju1')
        if access.find(session, account(name), FeeOrder, order.id, now().date())
    ]
    assert seen == ['guanli1', 'bangong1']
