"""权限管理 (手册 §1.4.3): what an administrator opens to the employer's handlers, and who the administrator is."""

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
"""What can be granted, by kind; the sign-in grant is one and has no name of its own."""

STALE = 'stale'
"""The code of the refusal of what was ticked in view of grants that have changed since."""

PASSWORD_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
"""Letters and digits that nobody mistakes for one another when a password is told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One ticked grant with its validity; an open end is None."""

    kind: GrantKind
    code: str
    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether it would be in force on a day."""
        return access.holds_on(self.valid_from, self.valid_to, on)

    @property
    def key(self) -> tuple[str, str]:
        """What tells one grant of a handler from another."""
        return self.kind, self.code

    @property
    def term(self) -> str:
        """Its validity in words; nothing where it is open at both ends."""
        since, until = self.valid_from, self.valid_to
        return f'有效期{since or "即日"}至{until or "长期"}' if since or until else ''

    @property
    def problem(self) -> str | None:
        """Why it cannot be granted so: it would end before it begins."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            return f'{self}：失效日期早于生效日期，请重新填写'
        return None

    def __str__(self) -> str:
        name = f'{self.kind.label}「{self.code}」' if self.code else self.kind.label
        return f'{name}，{self.term}' if self.term else name


def wanted(grant: Grant) -> Wanted:
    """A grant that is held, as it would be wanted again."""
    return Wanted(GrantKind(grant.kind), grant.code, grant.valid_from, grant.valid_to)


def version(handler: Account) -> str:
    """What tells one state of a handler's grants from another: a digest of them."""
    held = sorted(f'{each.kind} {each.code} {each.valid_from} {each.valid_to}' for each in map(wanted, handler.grants))
    return hashlib.sha256('\n'.join(held).encode()).hexdigest()


def set_grants(
    session: Session, by: Account, handler: Account, ticked: Sequence[Wanted], seen: str
) -> tuple[list[Wanted], list[Wanted]]:
    """Make the handler's grants exactly the ticked ones; answers with those given and taken back.

    A grant whose dates change counts as given anew. ``seen`` is the version of the grants that the administrator
    saw. Raises Refused when they have changed since, when the account is no handler of the administrator's employer,
    when something unknown is ticked, when a grant would end before it begins, and when a handler who is to take over
    could no longer sign in.
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
    held = {wanted(grant).key: grant for grant in handler.grants}
    chosen = {each.key: each for each in ticked}
    given = [each for key, each in chosen.items() if key not in held or wanted(held[key]) != each]
    taken = [wanted(grant) for key, grant in held.items() if key not in chosen]
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


def moved(session: Session, account: Account) -> tuple[list[Wanted], list[HandOver]]:
    """End what an employer entrusted to an account, where the account's employer or role has changed.

    Answers with the grants and the hand-overs that have ended: those that name the account, and those it asked for.
    """
    state = inspect(account)
    if not state.persistent:
        return [], []  # a new account was entrusted with nothing yet
    if not any(state.attrs[name].history.has_changes() for name in ('employer_id', 'role')):
        return [], []
    with session.no_autoflush:  # who confirms a hand-over locks in this order: the hand-over, then the accounts
        part = or_(HandOver.named_id == account.id, HandOver.named_by_id == account.id)
        ended = list(session.scalars(select(HandOver).where(part).with_for_update()))
        session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
        session.expire(account, ['grants'])
        taken = [wanted(grant) for grant in account.grants]
    account.grants.clear()
    for each in ended:
        other = each.named_by if each.named_id == account.id else each.named
        session.add(Message(account=other, text=f'更换管理员（{each.named}）已取消：{account}的单位或身份已变更'))
        session.delete(each)
    return taken, ended


def first_password() -> str:
    """A password that is told once and fits the rule of length."""
    return '-'.join(''.join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(3))


def add_handler(session: Session, by: Account, handler: Account) -> str:
    """Make a new account a handler of the administrator's employer; answers with its first password."""
    password = first_password()
    handler.role, handler.employer_id, handler.password_hash = Role.HANDLER, by.employer_id, passwords.hashed(password)
    session.add(handler)
    return password


def set_password(session: Session, by: Account, handler: Account) -> str:
    """Give a handler a new first password, which is told once. Raises Refused for anyone else's account."""
    _own_handler(session, by, handler)
    password = first_password()
    handler.password_hash = passwords.hashed(password)
    return password


def set_enabled(session: Session, by: Account, handler: Account, enabled: bool) -> None:
    """Open or close a handler's account. Raises Refused for anyone else's account, or while it is to take over."""
    _own_handler(session, by, handler)
    if not enabled:
        _not_while_named(session, handler, '停用')
    handler.enabled = enabled


def _own_handler(session: Session, by: Account, handler: Account) -> None:
    session.refresh(handler, with_for_update={'of': Account})  # as it is now, and until what follows is done
    if by.role != Role.ADMINISTRATOR or handler.employer_id != by.employer_id or handler.role != Role.HANDLER:
        raise Refused(Refusal('not_your_handler', '只能管理本单位的经办人'))


def _not_while_named(session: Session, handler: Account, what: str) -> None:
    """Who is to take over must be able to sign in and confirm."""
    if named_in(session, handler) is not None:
        raise Refused(Refusal('named', f'{handler}正待接任管理员，请先取消更换再{what}'))


# --- 更换管理员 ------------------------------------------------------------------------------------------------


def hand_over_of(session: Session, employer_id: int | None) -> HandOver | None:
    """The hand-over of an employer that waits to be confirmed."""
    return session.get(HandOver, employer_id) if employer_id else None


def named_in(session: Session, account: Account) -> HandOver | None:
    """The hand-over that this account is asked to confirm."""
    return session.scalars(select(HandOver).where(HandOver.named_id == account.id)).first()


def hand_over(session: Session, by: Account, named: Account) -> HandOver:
    """Name the next administrator, who has to confirm; until then nothing changes.

    Raises Refused unless the named one is a handler of the employer who can sign in, or while another is named.
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
    """Who administers an employer now; nobody while the account is disabled."""
    administers = (Account.role == Role.ADMINISTRATOR) & Account.enabled
    return session.scalars(select(Account).where(Account.employer_id == employer_id, administers)).first()


def cancel(session: Session, by: Account) -> Account:
    """Take the naming back while it is not confirmed: by who administers now, or declined by the one named."""
    pending = session.get(HandOver, by.employer_id, with_for_update=True) if by.employer_id else None
    if pending is None or (by.id != pending.named_id and by.role != Role.ADMINISTRATOR):
        raise Refused(Refusal('nobody_named', '没有待确认的更换，可能已被取消或已完成'))
    named, other = pending.named, pending.named_by if by.id == pending.named_id else pending.named
    session.delete(pending)
    session.add(Message(account_id=other.id, text=f'更换管理员（{named}）已由{by}取消'))
    session.flush()
    return named


def confirm(session: Session, account: Account) -> Account:
    """Take over: the named handler becomes the administrator and the administrator a handler without grants.

    Answers with the former administrator. Raises Refused when nobody asked, when that has been taken back, or when
    the one who asked administers no longer: the platform may have set another meanwhile.
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
    session.flush()  # the database knows only one administrator at a time
    account.role = Role.ADMINISTRATOR
    account.grants.clear()
    session.add(Message(account_id=former.id, text=f'{account}已接任{account.employer}的管理员，您现为经办人'))
    session.flush()
    return former
