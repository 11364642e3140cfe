"""The employer's side (手册 第三、五章): checking, notices and their lists, roster, own data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_login import current_user
from sqlalchemy.orm import joinedload

from admin_views import forms, printing
from admin_views.base import View
from admin_views.bulk import stage_tab
from admin_views.cells import moment
from admin_views.flow import ApplicationView
from admin_views.guarded import safe_return
from admin_views.imports import Importing
from admin_views.listing import Tab
from models import db
from models.application import Application, Stage
from models.base import now
from models.employer import Employer, RosterEntry
from pdf_templates import reports
from rules.refusal import Refused


class EmployerApplications(ApplicationView):
    """单位事项 → 职称评审业务 (手册 §3.2, 第五章)."""

    stages = (Stage.EMPLOYER_REVIEW, Stage.PRE_NOTICE, Stage.POST_NOTICE)
    one_stage_tabs = ('print_pre',)
    printed = {'print_pre': ('pre-notice-list', Stage.PRE_NOTICE)}

    def tabs(self) -> Sequence[Tab]:
        """The tabs in the manual's order; printing the list is a tab of its own there."""
        return (
            stage_tab(Stage.EMPLOYER_REVIEW),
            Tab('print_pre', '打印评前公示名单', Application.stage == Stage.PRE_NOTICE),
            stage_tab(Stage.PRE_NOTICE),
            stage_tab(Stage.POST_NOTICE),
            Tab('all', '全部'),
        )

    def bulk_actions(self) -> list[dict[str, str]]:
        """On the printing tab the report, else what the flow offers."""
        tab = self.tab()
        if tab is not None and tab.key in self.printed:
            return [{'name': f'report.{self.printed[tab.key][0]}', 'label': '查看报表', 'kind': 'main'}]
        return super().bulk_actions()

    def init_actions(self) -> None:
        """The flow's actions, and the lists that are printed for many declarations."""
        super().init_actions()
        for code, _stage in self.printed.values():
            name = f'report.{code}'
            self._actions.append((name, '查看报表'))
            self._actions_data[name] = (lambda ids, code=code: self.list_report(code, ids), '查看报表', None)

    def list_report(self, code: str, ids: Sequence[str]) -> Any:
        """Period and contacts for a list of ticked rows, then the PDF (手册 §3.2.6–7)."""
        report = reports.REPORTS[code]
        chosen = self.chosen(ids)
        given = request.form if request.form.get('confirmed') else None
        form = forms.form_class(report.asks, strict=True)(given)
        closed = [(row, why) for row in chosen if (why := reports.refusal(report, row, current_user))]
        problem = '；'.join(f'{row}：{why}' for row, why in closed) if chosen else '请先勾选要打印的人员'
        if given is None and chosen:
            for name, value in reports.proposed(db.session(), report, chosen[0], now().date()).items():
                form[name].data = value
        elif given is not None and chosen and not closed and form.validate():
            answers = forms.answers(form, report.asks)
            try:
                return printing.printed(report, chosen, answers)
            except Refused as refused:
                db.session.rollback()
                problem = refused.refusal.sentence
        return self.render(
            'list_report.html', report=report, chosen=chosen, form=form, problem=problem, action_name=f'report.{code}',
            back=safe_return(url_for(f'{self.endpoint}.index_view', tab='print_pre')),
        )  # fmt: skip


class Roster(Importing):
    """人员管理 (手册 §1.4.5): who may report to this employer besides those insured by it."""

    of = RosterEntry
    columns: Sequence[str] = ('name', 'id_type', 'id_number', 'created_at', 'creator')
    searched: Sequence[str] = ('name', 'id_number')
    form_fields = ('name', 'id_type', 'id_number')
    order: Sequence[Any] = (RosterEntry.created_at.desc(), RosterEntry.id.desc())
    details = ('name', 'id_type', 'id_number', 'created_at')
    import_label = '导入人员'
    empty_text = '还没有人员。社保不在本单位缴交的申报人，加入后即可把申报报送到本单位。'

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """What a row shows beside its fields."""
        return {
            'created_at': ('创建时间', lambda row: moment(row.created_at)),
            'creator': ('创建用户', lambda row: str(row.created_by or '')),
        }

    def row_actions(self, row: RosterEntry) -> list[dict[str, Any]]:
        """删除 alone (手册 §1.4.5 图): a row shows all there is to see."""
        actions = [each for each in super().row_actions(row) if each['method'] == 'post']
        return [each | {'kind': 'plain'} for each in actions]

    def eager(self) -> Sequence[Any]:
        """The creator of every row in one query."""
        return (joinedload(RosterEntry.created_by),)

    def on_model_change(self, form: Any, model: RosterEntry, is_created: bool) -> None:
        """A new person belongs to the visitor's employer."""
        if is_created:
            model.employer_id, model.created_by_id = current_user.employer_id, current_user.id


class OwnEmployer(View):
    """单位信息: what the employer says of itself; printed on notices."""

    of = Employer
    columns: Sequence[str] = ('name', 'code', 'address', 'contact', 'phone')
    form_fields = ('address', 'postcode', 'contact', 'phone')
    details = ('name', 'code', 'address', 'postcode', 'contact', 'phone')
