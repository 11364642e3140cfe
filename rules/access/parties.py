"""Parties of the review: the party that an account acts for, its members, and the name stored for its acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from models.account import Account, Role
from models.application import Application, Party
from models.employer import Employer
from models.payment import FeeOrder
from models.sql import KEYS
from rules.access.grants import may_do
from rules.access.rooms import EMPLOYER_SIDE, WORKROOMS, Verb

ROLES: Mapping[Party, tuple[Role, ...]] = {
    Party.APPLICANT: (Role.APPLICANT,),
    Party.EMPLOYER: EMPLOYER_SIDE,
    Party.OFFICE: (Role.OFFICE,),
    Party.BUREAU: (Role.BUREAU,),
}
PARTIES: Mapping[str, Party] = {role: party for party, roles in ROLES.items() for role in roles}
MEMBERSHIP: Mapping[Party, tuple[str, str]] = {
    Party.APPLICANT: ('id', 'applicant_id'),
    Party.EMPLOYER: ('employer_id', 'employer_id'),
    Party.OFFICE: ('committee_id', 'committee_id'),
}
"""Attributes of the account and of the declaration that are equal for a member; the bureau takes part in all."""


def party_of(account: Account, application: Application, on: date) -> Party | None:
    """Return the party that the account acts for in this declaration today, or None."""
    party = PARTIES.get(account.role)
    if party is None:
        return None
    if party in MEMBERSHIP:
        own, names = MEMBERSHIP[party]
        if getattr(account, own) != getattr(application, names):
            return None
    return party if may_do(account, WORKROOMS[account.role], Verb.ACT, on) is None else None


def acts_for(party: Party, account: Account, application: Application, on: date) -> bool:
    """Return true if the account acts for the party in this declaration."""
    return party_of(account, application, on) == party


def speaks_for(party: Party, account: Account, row: object, on: date) -> bool:
    """Return true if the account acts for the party in a visible row: order, session, document or certificate."""
    if isinstance(row, Application):
        return acts_for(party, account, row, on)
    if isinstance(row, FeeOrder) and row.collective and party == Party.APPLICANT:
        return False  # the order names colleagues of the applicant
    return account.role in ROLES.get(party, ())


def members(session: Session, party: Party, applications: Sequence[Any], on: date) -> dict[int, list[Account]]:
    """Return the accounts that receive a message to the party, by id of the declaration; one query for all."""
    query = select(Account).where(Account.enabled, Account.role.in_(ROLES[party])).order_by(Account.id)
    if party == Party.APPLICANT:
        query = query.options(lazyload(Account.grants))  # applicants have none
    if party not in MEMBERSHIP:
        everyone = list(session.scalars(query))
        return {each.id: everyone for each in applications}
    own, name = MEMBERSHIP[party]
    one_of = {getattr(each, name): each for each in applications}
    found: dict[int, list[Account]] = {key: [] for key in one_of}
    for account in session.scalars(query.where(getattr(Account, own).in_(KEYS)), {'keys': list(one_of)}):
        key = getattr(account, own)
        if acts_for(party, account, one_of[key], on):
            found[key].append(account)
    return {each.id: found[getattr(each, name)] for each in applications}


def authority(account: Account) -> str:
    """Return the name in which the account acts; it is stored in every step and audit line."""
    match account.role:
        case Role.ADMINISTRATOR | Role.HANDLER:
            return _of_employer(account.employer, account.role)
        case Role.OFFICE:
            return account.committee.office_name if account.committee else ''
        case Role.APPLICANT:
            return '本人'
    return Role(account.role).label


def _of_employer(employer: Employer | None, role: str) -> str:
    return f'{employer}（{Role(role).label}）'


def authorities(employer: Employer | None) -> frozenset[str]:
    """Return the names in which the accounts of an employer act now; steps from before a renaming keep the old name."""
    return frozenset(_of_employer(employer, role) for role in EMPLOYER_SIDE)
