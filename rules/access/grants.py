"""Grants of handlers (手册 §1.4.3), and the decisions that depend on them: sign in, enter a room, act there."""

from __future__ import annotations

from datetime import date

from models.account import Account, GrantKind, Role
from rules.access.rooms import ROOMS, Verb
from rules.refusal import Refusal


def holds_on(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Return true if the day lies within the dates of a grant; None is an open end."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


def granted(account: Account, kind: GrantKind, code: str, on: date) -> bool:
    """Return true if a handler has the grant and it is in force on that day (手册 §1.4.3)."""
    return any(
        grant.kind == kind and grant.code == code and holds_on(grant.valid_from, grant.valid_to, on)
        for grant in account.grants
    )


def may_sign_in(account: Account, on: date) -> Refusal | None:
    """Refuse an account that is disabled, and a handler without the sign-in grant."""
    if not account.enabled:
        return Refusal('disabled', '该账号已停用，请联系管理员')
    if account.role == Role.HANDLER and not granted(account, GrantKind.SIGN_IN, '', on):
        return Refusal('no_sign_in_grant', '您尚未获得登录系统授权，请联系本单位管理员在权限管理中授权')
    return None


def may_enter(account: Account, endpoint: str, on: date) -> Refusal | None:
    """Refuse a room of other roles, or one that no grant opens; a room missing in the table is closed to everyone."""
    room = ROOMS.get(endpoint)
    if room is None or account.role not in room.roles:
        return Refusal('not_your_room', '您的身份不能使用此功能')
    refusal = may_sign_in(account, on)
    if refusal is None and account.role == Role.HANDLER and room.menu:
        if not granted(account, GrantKind.MENU, room.menu, on):
            return Refusal('no_menu_grant', f'管理员尚未向您授权「{room.menu}」菜单')
        if room.matter and not granted(account, GrantKind.MATTER, room.matter, on):
            return Refusal('no_matter_grant', f'管理员尚未向您授权「{room.matter}」业务')
    return refusal


def may_do(account: Account, endpoint: str, verb: Verb, on: date) -> Refusal | None:
    """Refuse a verb that the room does not offer, and everything to an account that may not enter the room."""
    refusal = may_enter(account, endpoint, on)
    if refusal is None and verb not in ROOMS[endpoint].verbs:
        return Refusal('not_offered', f'此处不能{verb.label}')
    return refusal
