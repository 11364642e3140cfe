"""权限管理 (手册 §1.4.3): the employer's handlers, their grants, and the change of administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import select

from admin_views.framework import cells
from admin_views.framework.access_check import Page, action_link, does, refuse
from admin_views.framework.audit import audit
from admin_views.framework.crud import CONFLICT, CrudView
from admin_views.framework.list_parts import Column, RowLinks
from admin_views.framework.request_memo import request_memo
from admin_views.framework.transaction import attempt
from models import db
from models.account import Account, GrantKind, Role
from models.audit import AuditEvent
from models.base import now
from models.transaction import writing
from rules import access, handler_grants, validators
from rules.handler_grants import WantedGrant
from rules.refusal import Invalid, Refusal, Refused
from rules.validators import as_day, as_key

TABS = (GrantKind.MATTER, GrantKind.MENU)
"""Kinds of grant shown as tabs of 授权; each other kind has one grant, shown above the tabs."""

NOTES = {
    GrantKind.SIGN_IN: '没有此授权，经办人不能登录',
    '专技人才': '职称评审业务',
    '权限管理': '仅单位管理员可用，授予经办人不生效',
}
"""Explanations of grants whose names do not explain them, by kind or code."""


def _grants_shown(account: Account) -> Markup:
    """Show whether the person can sign in, then the grants in force: matters, then menus (order of the manual)."""
    if account.role == Role.ADMINISTRATOR:
        return escape('管理员无需授权')
    today = now().date()
    held = [code for kind in TABS for code in handler_grants.CODES[kind] if access.granted(account, kind, code, today)]
    enters = cells.tag('可登录', 'good') if access.may_sign_in(account, today) is None else cells.tag('不能登录', 'bad')
    return enters + escape(' ' + ('、'.join(held) or '未授权业务和菜单'))


def _handler_links(_view: Any, row: Account) -> list[dict[str, Any]]:
    """Make the links of an account, 授权 first; an administrator needs no grants and cannot be disabled here."""
    if row.role == Role.ADMINISTRATOR:
        own = Refusal('administrator', '管理员拥有本单位全部权限，无需授权')
        hand = action_link('更换管理员', url_for('hand_over.index'), kind='plain')
        return [action_link('授权', '', kind='main', refused=own), hand]
    toggle = '停用' if row.enabled else '启用'
    asked = {'ask': f'确认{toggle}经办人「{row.name}」？'}
    reset = {'ask': f'原密码将立即失效，确认为「{row.name}」重设密码？'}
    switch = url_for('handlers.enable_view', on='' if row.enabled else '1', id=row.id)
    return [
        action_link('授权', url_for('handlers.grants_view', id=row.id), kind='main'),
        action_link(toggle, switch, kind='plain', method='post') | asked,
        action_link('重设密码', url_for('handlers.password_view', id=row.id), method='post') | reset,
        action_link('设为管理员', url_for('hand_over.index', named=row.id)),
    ]


class Handlers(CrudView):
    """权限管理 → 用户管理: the employer's accounts with their grants."""

    of = Account
    noun = '经办人'
    columns = (
        Column('number', '#', lambda _row: next(request_memo('row numbers', count))),
        'username',
        'name',
        'id_number',
        'role',
        Column('state', '状态', lambda row: cells.tag('正常', 'good') if row.enabled else cells.tag('停用', 'bad')),
        Column('granted', '授权', _grants_shown),
    )
    details = ('username', 'name', 'id_number', 'phone', 'role', 'enabled', 'created_at')
    form_fields = ('username', 'name', 'id_number', 'phone')
    row_links = (RowLinks(_handler_links),)
    searched = ('username', 'name')
    order = (Account.role, Account.id)  # the administrator before the handlers
    create_label = f'新增{noun}'
    phone_title = 'name'

    def list_context(self) -> Mapping[str, Any]:
        """Return a note on a pending hand-over; set the first row number, since numbers run through all pages."""
        query = self.list_query()
        request_memo('row numbers', lambda: count(max(query.page, 0) * query.page_size + 1))
        pending = handler_grants.hand_over_of(db.session(), current_user.employer_id)
        return {'page_note': f'{pending.named} 待确认接任管理员' if pending else ''}

    def validate_form(self, form: Any) -> bool:
        """Refuse a taken sign-in name and an invalid identity number; show both problems at once."""
        good, number = super().validate_form(form), form.id_number.data
        if request.method != 'POST':
            return False
        taken = db.session.scalars(select(Account.id).where(Account.username == form.username.data)).first()
        if taken:
            form.username.errors = ['用户名已被使用，请换一个']
        problem = validators.id_number_problem(validators.RESIDENT_ID, number) if number else None
        if problem:
            form.id_number.errors = [problem]
        return good and not taken and problem is None

    def on_model_change(self, form: Any, model: Account, is_created: bool) -> None:
        """Make the new account a handler of the administrator's employer; flash its password once, on the next page."""
        password = handler_grants.add_handler(db.session(), current_user, model)
        audit(AuditEvent.HANDLER_ADDED, f'新增经办人 {model.username}（{model.name}）')
        flash(_told(model, password), 'info')

    def get_save_return_url(self, model: Account, is_created: bool = False) -> str:
        """Return the address of the new handler's grants."""
        return url_for('handlers.grants_view', id=model.id)

    @expose('/password/', methods=('POST',))
    @does('password')
    def password_view(self) -> Any:
        """重设密码: set a new first password and flash it once."""
        handler = self.requested()
        try:
            with writing() as session:
                password = handler_grants.set_password(session, current_user, handler)
                audit(AuditEvent.PASSWORD_RESET, f'重设经办人 {handler.username}（{handler.name}）的密码')
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(url_for('handlers.index_view'))
        flash(_told(handler, password), 'info')
        return redirect(url_for('handlers.index_view'))

    @expose('/enable/', methods=('POST',))
    @does('enable')
    def enable_view(self) -> Any:
        """启用 or 停用: enable (``on=1``) or disable a handler."""
        handler, enabled = self.requested(), request.args.get('on') == '1'
        verb = '启用' if enabled else '停用'

        def switch() -> str:
            handler_grants.set_enabled(db.session(), current_user, handler, enabled)
            audit(
                AuditEvent.HANDLER_ENABLED if enabled else AuditEvent.HANDLER_DISABLED,
                f'{verb}经办人 {handler.username}',
            )
            return f'已{verb}经办人「{handler}」，下一次访问即生效'

        attempt(switch)
        return redirect(url_for('handlers.index_view'))

    @expose('/grants/', methods=('GET', 'POST'))
    @does('grant')
    def grants_view(self) -> Any:
        """授权: show the sign-in grant and the tabs 业务授权, 功能菜单授权, and save them together.

        If the stored grants have changed since, answer 409 with the ticks beside them; the ticks can be saved again.
        """
        handler = self.requested()
        if handler.role != Role.HANDLER:
            abort(403, '管理员拥有本单位全部权限，无需授权')
        problem: Refusal | None = None
        wrong: Mapping[str, str] = {}
        if request.method == 'POST':
            try:
                with writing() as session:
                    given, taken = handler_grants.set_grants(
                        session, current_user, handler, _ticked(handler), request.form.get('version', '')
                    )
                    self._note(handler, given, taken)
            except Refused as refused:
                problem = refused.refusal
                wrong = refused.errors if isinstance(refused, Invalid) else wrong
            else:
                flash(f'已保存「{handler}」的授权，下一次访问即生效', 'success')
                return redirect(url_for('handlers.grants_view', id=handler.id, tab=request.form.get('tab')))
        stale = problem is not None and problem.code == handler_grants.STALE
        seen = handler_grants.version(handler) if stale or request.method == 'GET' else request.form.get('version', '')
        page = self.render(
            'grants.html',
            handler=handler,
            problem=problem,
            wrong=wrong,
            version=seen,
            stale=stale,
            differing=_differing(handler) if stale else (),
            notes=NOTES,
            tabs=TABS,
            tab=request.values.get('tab', ''),
            rows={kind: _rows(handler, kind) for kind in GrantKind},
        )
        return make_response(page, CONFLICT if stale else 200)

    def _note(self, handler: Account, given: Sequence[WantedGrant], taken: Sequence[WantedGrant]) -> None:
        """Write one audit line per grant with handler and term; the line itself records actor and time."""
        for each in given:
            audit(AuditEvent.GRANTED, f'授予 {handler.username}（{handler.name}）{each}')
        for each in taken:
            audit(AuditEvent.GRANT_TAKEN, f'收回 {handler.username}（{handler.name}）{each}')


def _told(account: Account, password: str) -> str:
    return f'{account.username}（{account.name}）的初始密码：{password} 。只显示这一次，请当面告知本人'


def _name(kind: GrantKind, code: str, part: str) -> str:
    return f'{part}.{kind}.{code}'


def _ticked(handler: Account) -> list[WantedGrant]:
    """Read the ticked grants with their dates. Raises Invalid for wrong dates, by the names of their controls."""
    held = {each.key: each for each in map(handler_grants.wanted_again, handler.grants)}
    ticked: list[WantedGrant] = []
    errors: dict[str, str] = {}
    for kind, code in ((kind, code) for kind, codes in handler_grants.CODES.items() for code in codes):
        begins, ends = _name(kind, code, 'from'), _name(kind, code, 'to')
        typed = {name: request.form.get(name, '').strip() for name in (begins, ends)}
        days = [as_day(text) for text in typed.values()]
        if _name(kind, code, 'on') in request.form:
            errors |= {
                name: f'{WantedGrant(kind, code)}：日期「{text[:20]}」不正确，请按 2026-01-31 的格式填写'
                for (name, text), day in zip(typed.items(), days, strict=True)
                if text and day is None
            }
            ticked.append(each := WantedGrant(kind, code, *days))
            errors |= {ends: each.problem} if each.problem else {}
        elif any(typed.values()) and held.get((kind, code)) != WantedGrant(kind, code, *days):
            # an unticked grant may keep the dates that are stored
            at = begins if typed[begins] else ends
            errors[at] = f'{WantedGrant(kind, code)}：填写了日期但没有勾选，请勾选后保存，或清空日期'
    if errors:
        raise Invalid(errors)
    return ticked


def _differing(handler: Account) -> list[tuple[str, str, str]]:
    """Return name, stored state and typed state of every grant in which the two states differ."""
    held = {each.key: each for each in map(handler_grants.wanted_again, handler.grants)}
    ticked = {each.key: each for each in _ticked(handler)}
    return [
        (code or kind.label, _term(held.get((kind, code))), _term(ticked.get((kind, code))))
        for kind, codes in handler_grants.CODES.items()
        for code in codes
        if held.get((kind, code)) != ticked.get((kind, code))
    ]


def _term(grant: WantedGrant | None) -> str:
    return f'已授权，{grant.term or "长期有效"}' if grant else '未授权'


def _rows(handler: Account, kind: GrantKind) -> list[dict[str, Any]]:
    """Return the rows of one kind as stored, or as typed if saving was refused."""
    held = {grant.code: grant for grant in handler.grants if grant.kind == kind}
    typed, today, rows = request.form if request.method == 'POST' else None, now().date(), []
    for code in handler_grants.CODES[kind]:
        grant = held.get(code)
        names = {part: _name(kind, code, part) for part in ('on', 'from', 'to')}
        values = {
            'ticked': grant is not None,
            'from': (grant and grant.valid_from) or '',
            'to': (grant and grant.valid_to) or '',
        }
        if typed is not None:
            values = {
                'ticked': names['on'] in typed,
                'from': typed.get(names['from'], ''),
                'to': typed.get(names['to'], ''),
            }
        by = f'{grant.granted_by or ""} {grant.granted_at:%Y-%m-%d %H:%M} 授予' if grant else ''
        lapsed = grant is not None and not access.granted(handler, kind, code, today)
        rows.append({'code': code or kind.label, 'names': names, 'by': by, 'lapsed': lapsed, **values})
    return rows


class HandOvers(Page):
    """更换管理员: the administrator names a handler, who confirms; until then the naming can be cancelled."""

    listed = False  # reached from 权限管理, or from the message to the named handler

    @expose('/')
    def index(self) -> Any:
        """Show the pending naming, and to the administrator the handlers to choose from."""
        is_administrator = current_user.role == Role.ADMINISTRATOR
        pending = (
            handler_grants.hand_over_of(db.session(), current_user.employer_id)
            if is_administrator
            else handler_grants.named_in(db.session(), current_user)
        )
        handlers = select(Account).where(
            Account.employer_id == current_user.employer_id, Account.role == Role.HANDLER, Account.enabled
        )
        return self.render(
            'hand_over.html',
            pending=pending,
            is_administrator=is_administrator,
            handlers=list(db.session.scalars(handlers.order_by(Account.id))),
            named=as_key(request.args.get('named', '')),
        )

    @expose('/name/', methods=('POST',))
    @does('name')
    def name_view(self) -> Any:
        """Name a handler of the employer as the next administrator."""

        def verb() -> str:
            wanted = access.find(db.session(), current_user, Account, request.form.get('named'), now().date())
            if wanted is None:
                raise Refused(Refusal('nobody', '请选择本单位的一位经办人'))
            handler_grants.hand_over(db.session(), current_user, wanted)
            audit(AuditEvent.HAND_OVER_NAMED, f'指定 {wanted.username}（{wanted.name}）接任管理员，待本人确认')
            return f'已请「{wanted}」接任，本人确认后生效；在此之前可以取消'

        return self._do(verb, 'hand_over.index')

    @expose('/cancel/', methods=('POST',))
    @does('cancel')
    def cancel_view(self) -> Any:
        """Cancel the naming (as administrator) or decline it (as the named handler)."""

        def verb() -> str:
            named = handler_grants.cancel_hand_over(db.session(), current_user)
            audit(AuditEvent.HAND_OVER_CANCELLED, f'取消 {named.username}（{named.name}）接任管理员')
            return f'已取消「{named}」接任管理员'

        return self._do(verb, 'hand_over.index')

    @expose('/confirm/', methods=('POST',))
    @does('confirm')
    def confirm_view(self) -> Any:
        """Confirm the naming: the visitor becomes administrator, the former one a handler."""

        def verb() -> str:
            former = handler_grants.confirm_hand_over(db.session(), current_user)
            audit(AuditEvent.HAND_OVER, f'接任管理员，原管理员 {former.username}（{former.name}）转为经办人')
            return '您已接任单位管理员，请在权限管理中为经办人授权'

        return self._do(verb, 'handlers.index_view')

    def _do(self, verb: Callable[[], str], onward: str) -> Any:
        """Run one operation, flash its outcome and redirect; back to this page if it is refused."""
        return redirect(url_for(onward if attempt(verb) else 'hand_over.index'))
