"""权限管理 (手册 §1.4.3): the grants of an employer's handlers, and the change of administrator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session

from models.account import Account, Grant, GrantKind, HandOver, Role
from models.base import now
from models.message import Message
from models.terms import MATTER_CATEGORIES, MENUS
from rules import access, passwords
from rules.refusal import Refusal, Refused

CODES: Mapping[GrantKind, tuple[str, ...]] = {
    GrantKind.SIGN_IN: ('',),
    GrantKind.MATTER: MATTER_CATEGORIES,
    GrantKind.MENU: MENUS,
}
"""Codes that can be granted, by kind; there is one sign-in grant, with the empty code."""

STALE = 'stale'
"""Code of the refusal if the grants have changed since the page was opened."""

PASSWORD_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
"""Letters and digits of a first password, without those that look alike."""


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """A ticked grant with its validity; None is an open end."""

    kind: GrantKind
    code: str
    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Return true if the grant would be in force on a day."""
        return access.holds_on(self.valid_from, self.valid_to, on)

    @property
    def key(self) -> tuple[str, str]:
        """Kind and code, which identify a grant of a handler."""
        return self.kind, self.code

    @property
    def term(self) -> str:
        """Validity in words; empty if both ends are open."""
        since, until = self.valid_from, self.valid_to
        return f'有效期{since or "即日"}至{until or "长期"}' if since or until else ''

    @property
    def problem(self) -> str | None:
        """Sentence if the last day is before the first; None if the dates are good."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            return f'{self}：失效日期早于生效日期，请重新填写'
        return None

    def __str__(self) -> str:
        name = f'{self.kind.label}「{self.code}」' if self.code else self.kind.label
        return f'{name}，{self.term}' if self.term else name


def wanted_again(grant: Grant) -> WantedGrant:
    """Return a stored grant as a Wanted."""
    return WantedGrant(GrantKind(grant.kind), grant.code, grant.valid_from, grant.valid_to)


def version(handler: Account) -> str:
    """Return a digest of a handler's grants; it changes if any grant changes."""
    held = sorted(
        f'{each.kind} {each.code} {each.valid_from} {each.valid_to}' for each in map(wanted_again, handler.grants)
    )
    return hashlib.sha256('\n'.join(held).encode()).hexdigest()


def set_grants(
    session: Session, by: Account, handler: Account, ticked: Sequence[WantedGrant], seen: str
) -> tuple[list[WantedGrant], list[WantedGrant]]:
    """Make the handler's grants equal to the ticked ones; return those given and those taken back.

    A grant whose dates change counts as given. ``seen`` is the ``version`` of the grants on the administrator's page.
    Raises Refused if the grants have changed since, if the account is no handler of the administrator's employer, if
    an unknown grant is ticked, if a grant ends before it begins, or if a handler who is to take over could no longer
    sign in.
    """
    _own_handler(session, by, handler)
    if seen != version(handler):
        raise Refused(Refusal(STALE, f'没有保存：您打开页面后，「{handler}」的授权已在别处保存过'))
    for each in ticked:
        if each.code not in CODES[each.kind]:
            raise Refused(Refusal('unknown_grant', f'没有「{each.code}」这项授权'))
        if each.problem:
            raise Refused(Refusal('ends_before', each.problem))
    if not any(each.kind == GrantKind.SIGN_IN and each.in_force(now().date()) for each in ticked):
        _not_while_named(session, handler, '收回登录系统授权')
    held = {wanted_again(grant).key: grant for grant in handler.grants}
    chosen = {each.key: each for each in ticked}
    given = [each for key, each in chosen.items() if key not in held or wanted_again(held[key]) != each]
    taken = [wanted_again(grant) for key, grant in held.items() if key not in chosen]
    for each in given:
        grant = held.get(each.key)
        if grant is None:
            grant = Grant(kind=each.kind, code=each.code)
            handler.grants.append(grant)
        grant.valid_from, grant.valid_to = each.valid_from, each.valid_to
        grant.granted_by_id, grant.granted_at = by.id, now()
    for key, grant in held.items():
        if key not in chosen:
            handler.grants.remove(grant)
    session.flush()
    return given, taken


def end_grants_of_moved(session: Session, account: Account) -> tuple[list[WantedGrant], list[HandOver]]:
    """Delete the grants and hand-overs of an account whose employer or role has changed.

    Returns the deleted grants, and the deleted hand-overs that named the account or were started by it.
    """
    state = inspect(account)
    if not state.persistent:
        return [], []  # a new account has no grants yet
    if not any(state.attrs[name].history.has_changes() for name in ('employer_id', 'role')):
        return [], []
    with session.no_autoflush:  # the same lock order as in `confirm_hand_over`: hand-over, then accounts
        part = or_(HandOver.named_id == account.id, HandOver.named_by_id == account.id)
        ended = list(session.scalars(select(HandOver).where(part).with_for_update()))
        session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
        session.expire(account, ['grants'])
        taken = [wanted_again(grant) for grant in account.grants]
    account.grants.clear()
    for each in ended:
        other = each.named_by if each.named_id == account.id else each.named
        session.add(Message(account=other, text=f'更换管理员（{each.named}）已取消：{account}的单位或身份已变更'))
        session.delete(each)
    return taken, ended


def first_password() -> str:
    """Return a random first password of twelve characters in three groups."""
    return '-'.join(''.join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(3))


def add_handler(session: Session, by: Account, handler: Account) -> str:
    """Make a new account a handler of the administrator's employer; return its first password."""
    password = first_password()
    handler.role, handler.employer_id, handler.password_hash = Role.HANDLER, by.employer_id, passwords.hashed(password)
    session.add(handler)
    return password


def set_password(session: Session, by: Account, handler: Account) -> str:
    """Set and return a new first password of a handler. Raises Refused if it is not a handler of the employer."""
    _own_handler(session, by, handler)
    password = first_password()
    handler.password_hash = passwords.hashed(password)
    return password


def set_enabled(session: Session, by: Account, handler: Account, enabled: bool) -> None:
    """Enable or disable a handler of the employer. Raises Refused for other accounts, or while it is to take over."""
    _own_handler(session, by, handler)
    if not enabled:
        _not_while_named(session, handler, '停用')
    handler.enabled = enabled


def _own_handler(session: Session, by: Account, handler: Account) -> None:
    session.refresh(handler, with_for_update={'of': Account})  # newest state, locked until the end of the transaction
    if by.role != Role.ADMINISTRATOR or handler.employer_id != by.employer_id or handler.role != Role.HANDLER:
        raise Refused(Refusal('not_your_handler', '只能管理本单位的经办人'))


def _not_while_named(session: Session, handler: Account, what: str) -> None:
    """Refuse if the handler is named as the next administrator, who must be able to sign in and confirm."""
    if named_in(session, handler) is not None:
        raise Refused(Refusal('named', f'{handler}正待接任管理员，请先取消更换再{what}'))


# --- 更换管理员 ------------------------------------------------------------------------------------------------


def hand_over_of(session: Session, employer_id: int | None) -> HandOver | None:
    """Return the unconfirmed hand-over of an employer, or None."""
    return session.get(HandOver, employer_id) if employer_id else None


def named_in(session: Session, account: Account) -> HandOver | None:
    """Return the hand-over that waits for this account's confirmation, or None."""
    return session.scalars(select(HandOver).where(HandOver.named_id == account.id)).first()


def hand_over(session: Session, by: Account, named: Account) -> HandOver:
    """Name the next administrator. Nothing changes until the named person confirms.

    Raises Refused unless the named person is a handler of the employer who can sign in, or if one is named already.
    """
    _own_handler(session, by, named)
    refusal = access.may_sign_in(named, now().date())
    if refusal:
        raise Refused(Refusal('cannot_sign_in', f'{named}现在不能登录，无法确认接任；请先启用账号并授予登录系统授权'))
    if hand_over_of(session, by.employer_id) is not None:
        raise Refused(Refusal('already_named', '已有一位经办人待确认接任，请先取消再重新指定'))
    pending = HandOver(employer_id=by.employer_id, named=named, named_by=by)
    session.add(pending)
    session.add(Message(account_id=named.id, text=f'{by}请您接任{by.employer}的管理员，请在「更换管理员」中确认'))
    session.flush()
    return pending


def administrator_of(session: Session, employer_id: int) -> Account | None:
    """Return the enabled administrator of an employer, or None."""
    administers = (Account.role == Role.ADMINISTRATOR) & Account.enabled
    return session.scalars(select(Account).where(Account.employer_id == employer_id, administers)).first()


def cancel_hand_over(session: Session, by: Account) -> Account:
    """Cancel an unconfirmed hand-over, as administrator or named person; return the named person.

    Raises Refused if there is none.
    """
    pending = session.get(HandOver, by.employer_id, with_for_update=True) if by.employer_id else None
    if pending is None or (by.id != pending.named_id and by.role != Role.ADMINISTRATOR):
        raise Refused(Refusal('nobody_named', '没有待确认的更换，可能已被取消或已完成'))
    named, other = pending.named, pending.named_by if by.id == pending.named_id else pending.named
    session.delete(pending)
    session.add(Message(account_id=other.id, text=f'更换管理员（{named}）已由{by}取消'))
    session.flush()
    return named


def confirm_hand_over(session: Session, account: Account) -> Account:
    """Confirm a hand-over: the named handler becomes administrator, the administrator a handler without grants.

    Returns the former administrator. Raises Refused if no hand-over names the account, if it was cancelled, or if the
    person who started it is no longer administrator (the platform may have appointed another).
    """
    pending = session.scalars(select(HandOver).where(HandOver.named_id == account.id).with_for_update()).first()
    if pending is None:
        raise Refused(Refusal('not_named', '没有请您接任的更换，可能已被取消'))
    former, present = pending.named_by, administrator_of(session, pending.employer_id)
    if former.role != Role.ADMINISTRATOR or present not in (former, None):
        raise Refused(Refusal('named_by_former', f'{former}已不是管理员，这次更换已失效，请由现任管理员重新指定'))
    if (account.employer_id, account.role) != (pending.employer_id, Role.HANDLER):
        raise Refused(Refusal('no_handler', '您已不是该单位的经办人，不能接任'))
    former.role = Role.HANDLER
    session.delete(pending)
    session.flush()  # a unique index allows one administrator per employer
    account.role = Role.ADMINISTRATOR
    account.grants.clear()
    session.add(Message(account_id=former.id, text=f'{account}已接任{account.employer}的管理员，您现为经办人'))
    session.flush()
    return former
