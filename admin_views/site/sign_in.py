"""Sign-in and sign-out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, lazyload, undefer

from admin_views.framework.access_check import is_inside
from admin_views.framework.audit import audit
from models import db
from models.account import Account
from models.audit import AuditEvent
from models.base import now
from models.reference_cache import present_mark, saw
from models.transaction import writing
from rules import access, handler_grants, passwords, rate_limits
from rules.refusal import Refusal, Refused
from rules.validators import as_key

sign_in_pages = Blueprint('session', __name__)
login_manager = LoginManager()
login_manager.login_view = 'session.login'
login_manager.session_protection = 'basic'

VISITOR = (
    select(Account, present_mark())
    .where(Account.id == bindparam('key'))
    .options(
        joinedload(Account.employer),
        joinedload(Account.committee),
        lazyload(Account.grants),  # only handlers need them
        undefer(Account.unread),
        undefer(Account.keeps_filters),
    )
)
"""SELECT of the signed-in account with all that the header of every page shows, and the mark of the reference cache."""


@login_manager.user_loader
def load_account(kept: str) -> Account | None:
    """Return the account of a session, None if it may not sign in; a withdrawn grant counts from the next request."""
    key = as_key(kept.partition('.')[0])
    account, mark = db.session.execute(VISITOR, {'key': key}).one_or_none() or (None, None)
    if account is None or account.get_id() != kept:
        return None
    saw(db.session(), mark)
    return account if access.may_sign_in(account, now().date()) is None else None


def inside(target: str | None) -> str:
    """Return the target if it is within this site, else the URL of 首页."""
    return target if target and is_inside(target) else url_for('admin.index')


@sign_in_pages.route('/login', methods=['GET', 'POST'])
def login() -> Any:
    """Show the sign-in form, or sign in; an unknown name and a wrong password get the same answer."""
    if current_user.is_authenticated:
        return redirect(inside(request.values.get('next')))
    error, status = '', 200
    if request.method == 'POST':
        try:
            account = _signing_in(request.form.get('username', '').strip(), request.form.get('password', '')[:200])
        except Refused as refused:
            error, status = refused.refusal.sentence, 429 if refused.refusal.code == 'locked' else 401
        else:
            session.clear()
            session.permanent = True  # lasts a working day (PERMANENT_SESSION_LIFETIME)
            login_user(account)
            if handler_grants.named_in(db.session(), account):
                return redirect(url_for('hand_over.index'))
            return redirect(inside(request.form.get('next')))
    page = render_template(
        'login.html', form_error=error, username=request.form.get('username', ''), next=request.values.get('next', '')
    )
    return page, status


def _signing_in(username: str, password: str) -> Account:
    """Return the account of a name and password. Raises Refused.

    Every attempt is audited, except those refused because the name is locked.
    """
    locked = rate_limits.sign_in_refusal(db.session(), username[:60], now())
    if locked:
        raise Refused(locked)
    account = db.session.scalars(select(Account).where(Account.username == username)).first()
    right = passwords.matches(account.password_hash if account else None, password)  # slow: before the write lock
    refusal: Refusal | None = None
    with writing():
        if account is None or not right:
            refusal = Refusal('unknown', '用户名或密码不正确，请重新输入')
            audit(rate_limits.MISTYPED, username[:60], account)
        else:
            refusal = access.may_sign_in(account, now().date())
            audit(AuditEvent.SIGN_IN_REFUSED if refusal else AuditEvent.SIGN_IN, username, account)
    if refusal is not None:
        raise Refused(refusal)
    assert account is not None
    return account


@sign_in_pages.route('/logout', methods=['POST'])
def logout() -> Any:
    """Sign out and redirect to the sign-in page."""
    if current_user.is_authenticated:
        with writing():
            audit(AuditEvent.SIGN_OUT, current_user.username)
    logout_user()
    session.clear()
    flash('已退出登录', 'success')
    return redirect(url_for('session.login'))
