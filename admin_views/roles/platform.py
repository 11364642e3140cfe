"""Lists and forms of the platform role: catalogue, calls, accounts, texts, audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from sqlalchemy import func, select
from wtforms import Form, PasswordField
from wtforms.validators import Length, Optional

from admin_views.framework import controls, printing
from admin_views.framework.access_check import action_link, does, refuse, safe_return
from admin_views.framework.audit import audit
from admin_views.framework.crud import CrudView
from admin_views.framework.downloads import download
from admin_views.framework.list_parts import RowLinks
from admin_views.framework.uploads import received, take_file
from models import db
from models.account import Account, Role
from models.audit import AuditEvent, AuditLine
from models.base import now
from models.catalogue import Call, CallNumber, Committee, FeeStandard, Offering, Series, Speciality, Title
from models.employer import Employer
from models.material import Accepts, Material
from models.payment import GatewayNotice
from models.statutory import StatutoryNumber
from models.transaction import writing
from models.wording import Wording
from pdf_templates import issuing
from pdf_templates.reports import REPORTS
from rules import declaration, handler_grants, statutory, wordings
from rules.passwords import SHORTEST, hashed
from rules.refusal import Refused
from rules.validators import as_key


def _numbers_link(_view: Any, row: Call) -> list[dict[str, Any]]:
    """Make the link to the numbers that a call sets for itself."""
    return [action_link('法定数字', url_for('call_numbers.index_view', call_id=row.id), kind='plain')]


class Calls(CrudView):
    """年度申报计划: the calls, each with its window and announcement."""

    of = Call
    columns = ('year', 'name', 'opens_on', 'closes_on')
    form_fields = ('year', 'name', 'opens_on', 'closes_on', 'payment_days', 'announcement', 'conditions', 'hints')
    details = form_fields
    row_links = (*CrudView.row_links, RowLinks(_numbers_link))
    order = (Call.year.desc(),)
    phone_title = 'name'

    def validate_form(self, form: Any) -> bool:
        """Refuse a window that closes before it opens."""
        if not super().validate_form(form):
            return False
        if form.closes_on.data < form.opens_on.data:
            form.closes_on.errors = ['申报结束时间应不早于申报开始时间']
            return False
        return True


class CallNumbers(CrudView):
    """法定数字: numbers that a call sets in place of the shipped ones, each with its first day."""

    of = CallNumber
    noun = '数值'
    columns = form_fields = details = ('call_id', 'number', 'value', 'effective_on')
    filters = ('call_id', 'number')
    order = (CallNumber.call_id.desc(), CallNumber.effective_on.desc(), CallNumber.id.desc())
    phone_title = 'number'
    list_template = 'call_numbers.html'
    empty_text = '各年度申报计划都按默认数值办理。'

    def list_context(self) -> Mapping[str, Any]:
        """Return the shipped numbers, shown below the list."""
        return {'shipped': list(StatutoryNumber)}

    def create_form(self, obj: Any = None) -> Any:
        """Make a form with the newest call preselected."""
        form: Any = super().create_form(obj)
        if request.method == 'GET':
            form.call_id.data = db.session.scalar(select(Call.id).order_by(Call.year.desc()).limit(1))
        return form

    def validate_form(self, form: Any) -> bool:
        """Refuse a number that is out of its bounds or takes effect before tomorrow."""
        if not super().validate_form(form):
            return False
        number, value, effective_on = form.number.data, form.value.data, form.effective_on.data
        problems = statutory.amendment_problem(number, value, effective_on, now().date())
        controls.show_problems(form, problems)
        return not problems

    def on_model_change(self, form: Any, model: CallNumber, is_created: bool) -> None:
        """Write an audit line with the new and the former value: declarations are judged by it."""
        with db.session.no_autoflush:
            before = statutory.of_call(db.session(), model.call_id, model.effective_on - timedelta(1))[model.number]
            call = db.session.get_one(Call, model.call_id)
        audit(AuditEvent.CALL_NUMBER, f'{call} {model.change}，原为 {before}')

    def on_model_delete(self, model: CallNumber) -> None:
        """Write an audit line for a change that is deleted before it takes effect."""
        audit(AuditEvent.CALL_NUMBER, f'删除 {model}')


class SeriesList(CrudView):
    """系列: the names under which titles and specialities are grouped."""

    of = Series
    columns = form_fields = searched = ('name',)
    order = (Series.id,)

    def on_model_change(self, form: Any, model: Series, is_created: bool) -> None:
        """Write the new name of a series into the drafts for it."""
        if not is_created:
            declaration.follow_series(db.session(), model)


class Titles(CrudView):
    """资格名称: the titles of each series, by level."""

    of = Title
    columns = form_fields = ('series_id', 'level', 'name')
    filters = ('series_id', 'level')
    searched = ('name',)
    order = (Title.series_id, Title.id)


class Specialities(CrudView):
    """专业: the specialities of each series."""

    of = Speciality
    columns = form_fields = ('series_id', 'name')
    filters = ('series_id',)
    searched = ('name',)
    order = (Speciality.series_id, Speciality.id)


class Committees(CrudView):
    """评委会: the committees, each with its office and host."""

    of = Committee
    columns = ('code', 'name', 'office_name', 'host_name', 'phone')
    form_fields = details = ('code', 'name', 'office_name', 'host_name', 'host_code', 'phone')
    searched = ('name', 'office_name')
    order = (Committee.code,)


class Offerings(CrudView):
    """开放专业: titles and specialities that a call opens, each with the committee that reviews it."""

    of = Offering
    columns = form_fields = ('call_id', 'title_id', 'speciality_id', 'committee_id', 'exam_mode')
    filters = ('call_id', 'committee_id', 'exam_mode')
    order = (Offering.call_id.desc(), Offering.id)


class FeeStandards(CrudView):
    """收费标准: the amount by level and track."""

    of = FeeStandard
    columns = form_fields = ('level', 'track', 'amount_fen', 'in_force')
    order = (FeeStandard.id,)


def _sample_link(_view: Any, row: Material) -> list[dict[str, Any]]:
    """Make the link 范本 to the page of the sample."""
    return [action_link('范本', url_for('materials.sample_view', id=row.id, url=request.full_path), kind='plain')]


class Materials(CrudView):
    """材料设置: the rows of 事项材料上传 (手册 §2.1.13)."""

    of = Material
    noun = '材料'
    columns = ('position', 'name', 'rule', 'accepts', 'sample_name', 'carried', 'in_force')
    form_fields = ('position', 'name', 'requirement', 'accepts', 'rule', 'report', 'stage', 'carried', 'in_force')
    details = (*form_fields, 'sample_name')
    row_links = (*CrudView.row_links, RowLinks(_sample_link))
    order = (Material.position,)
    phone_title = 'name'

    @expose('/sample/', methods=('GET', 'POST'))
    @does('sample')
    def sample_view(self) -> Any:
        """Show, set or remove the 范本 of a material."""
        material: Material = self.requested()
        if request.method == 'POST':
            try:
                self._set_sample(material)
                return redirect(url_for('materials.sample_view', id=material.id))
            except Refused as refused:
                refuse(refused.refusal)
        return self.render('sample.html', material=material, back=safe_return(url_for('materials.index_view')))

    def _set_sample(self, material: Material) -> None:
        remove, accepts = bool(request.form.get('remove')), Accepts.SCAN
        taken = [] if remove else [take_file(name, content, accepts) for name, content in received()]
        with writing():
            if remove:
                material.sample, material.sample_name = None, ''
            for each in taken:
                material.sample, material.sample_name = each.stored(), each.name
            audit(AuditEvent.SAMPLE, f'{material.name}：{material.sample_name or "无"}')
        if remove:
            flash(f'已删除「{material.name}」的范本', 'success')
        for each in taken:
            flash(f'已设置「{material.name}」的范本：{each.name}', 'success')


def _new_version_link(view: Any, row: Wording) -> list[dict[str, Any]]:
    """修改为新版本: make the link to a form that begins with this version, the newest or an older one."""
    url = url_for(f'{view.endpoint}.create_view', since=row.id, url=request.full_path)
    return [action_link('修改为新版本', url, kind='main')]


class Wordings(CrudView):
    """文本设置: texts that the city words itself; the newest version is in force, older ones are kept."""

    of = Wording
    noun = '文本'
    columns = ('code', 'version', 'at')
    create_template = 'wording.html'
    form_fields = ('code', 'body')
    details = ('code', 'version', 'at', 'body')
    order = (Wording.code, Wording.version.desc())
    row_links = (RowLinks(_new_version_link, verb='create'), *CrudView.row_links)

    def create_form(self, obj: Any = None) -> Any:
        """Make a form that begins with the text of the version named by ``since``."""
        form: Any = super().create_form(obj)
        before = db.session.get(Wording, as_key(request.args.get('since', '')) or 0)
        if before is not None and request.method == 'GET':
            form.code.data, form.body.data = before.code, before.body
        return form

    def validate_form(self, form: Any) -> bool:
        """Refuse a text with a name in braces that its paper does not fill in."""
        if not super().validate_form(form):
            return False
        known = wordings.NAMES_IN_TEXT[form.code.data]
        for name in wordings.unfilled(form.body.data, known):
            form.body.errors = [
                *form.body.errors,
                f'{{{name}}} 不是此文本可用的名称，可用：{"、".join(f"{{{each}}}" for each in known)}',
            ]
        return not form.errors

    @expose('/proof/', methods=('POST',))
    @does('proof')
    def proof_view(self) -> Any:
        """Send the paper as PDF with the typed text, made from a real declaration whose person is hidden."""
        report = REPORTS.get(request.form.get('code', ''))
        body = request.form.get('body', '').strip()
        if report is None or not report.worded or not body:
            abort(400, '请先选择文本并填写内容，再预览')
        content = issuing.previewed(db.session(), report, body[:4000], printing.press())
        return download(content, f'预览-{report.title}.pdf', 'inline', 'report')

    def on_model_change(self, form: Any, model: Wording, is_created: bool) -> None:
        """Number the new version of its text, and write an audit line."""
        newest = select(func.max(Wording.version)).where(Wording.code == model.code)
        with db.session.no_autoflush:
            model.version = (db.session.scalar(newest) or 0) + 1
        audit(AuditEvent.WORDING, f'{model.code} 第 {model.version} 版')


class Employers(CrudView):
    """单位: the employers, each with its code and contact."""

    of = Employer
    columns = ('name', 'code', 'contact', 'phone')
    form_fields = details = ('name', 'code', 'address', 'postcode', 'contact', 'phone')
    searched = ('name', 'code')


class Accounts(CrudView):
    """用户: the accounts of all roles."""

    of = Account
    columns = ('username', 'name', 'role', 'employer_id', 'committee_id', 'enabled')
    form_fields = ('username', 'name', 'role', 'id_number', 'phone', 'employer_id', 'committee_id', 'enabled')
    details = form_fields
    filters = ('role',)
    searched = ('username', 'name')

    def scaffold_form(self) -> type[Form]:
        """Make the form of the declared fields, with a field to set the password."""
        made = super().scaffold_form()
        short = Length(min=SHORTEST, message=f'密码不少于 {SHORTEST} 位')
        made.password = PasswordField('设置密码', [Optional(), short], description='新用户必填；编辑时留空则不改')
        return made

    def validate_form(self, form: Any) -> bool:
        """Require the employer or the committee that the role works for, and a password for a new account."""
        if not super().validate_form(form):
            return False
        problems = {
            'employer_id': '单位管理员、经办人须选择单位'
            if form.role.data in (Role.ADMINISTRATOR, Role.HANDLER) and not form.employer_id.data
            else '',
            'committee_id': '评委会办公室用户须选择评委会'
            if form.role.data == Role.OFFICE and not form.committee_id.data
            else '',
            'password': '请设置密码' if not form.password.data and not self._editing() else '',
        }
        for name, problem in problems.items():
            if problem:
                form[name].errors = [problem]
        return not any(problems.values())

    def _editing(self) -> bool:
        return 'id' in request.args

    def on_model_change(self, form: Any, model: Account, is_created: bool) -> None:
        """Store the password as a hash; write audit lines for the change, and the grants and hand-overs it ends."""
        if form.password.data:
            model.password_hash = hashed(form.password.data)
        audit(AuditEvent.ACCOUNT, f'{"新增" if is_created else "修改"} {model.username}（{Role(model.role).label}）')
        taken, ended = handler_grants.end_grants_of_moved(db.session(), model)
        for grant in taken:
            audit(AuditEvent.GRANT_TAKEN, f'单位或身份变更，收回 {model.username}（{model.name}）{grant}')
        for each in ended:
            audit(
                AuditEvent.HAND_OVER_CANCELLED,
                f'单位或身份变更，取消 {each.named.username}（{each.named.name}）接任管理员',
            )


class Audit(CrudView):
    """审计记录: the audit lines, newest first."""

    of = AuditLine
    columns = ('at', 'event', 'actor_name', 'authority', 'details')
    filters = ('event',)
    searched = ('actor_name', 'details')
    order = (AuditLine.at.desc(), AuditLine.id.desc())


class GatewayNotices(CrudView):
    """缴费通知记录: every notice of the gateway, accepted or not, with its verdict."""

    of = GatewayNotice
    columns = ('received_at', 'order_number', 'verdict', 'reason')
    details = ('received_at', 'order_number', 'verdict', 'reason', 'body')
    filters = ('verdict',)
    searched = ('order_number',)
    order = (GatewayNotice.received_at.desc(), GatewayNotice.id.desc())
