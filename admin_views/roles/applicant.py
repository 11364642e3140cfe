"""The applicant's list (手册 §2.2, §2.3): 我的事项, starting a declaration, copying one, finding one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import ColumnElement, select

from admin_views.declarations import registry_lookup
from admin_views.declarations.form_page import Declaring, open_call
from admin_views.framework import cells
from admin_views.framework.access_check import action_link, does, visitor
from admin_views.framework.query import Tab
from models import db
from models.application import Application, Party, Stage, stages_of
from models.base import now
from models.fields import Field
from models.transaction import writing
from rules import access, choice_sources, declaration, validators
from rules.access import OPEN_TO_APPLICANT
from rules.flow import asking

TO_DO = tuple(stage for stage in stages_of(Party.APPLICANT) if stage != Stage.DRAFT)
TABS = (
    Tab('all', '全部'),
    Tab('todo', '待办中', Application.stage.in_(TO_DO)),
    Tab('running', '办理中', Application.stage.not_in((*TO_DO, Stage.CLOSED, Stage.DRAFT))),
    Tab('done', '办结', Application.stage == Stage.CLOSED),
    Tab('pack', '打包办', Application.submitted_at.is_not(None)),
    Tab('draft', '草稿箱', Application.stage == Stage.DRAFT),
)


class MyApplications(Declaring):
    """我的事项 (手册 §2.2): tabs by what is to be done, and the form behind 编辑."""

    columns: Sequence[str] = ('serial', 'applied', 'applicant', 'stage', 'holder', 'updated_at')
    filters: Sequence[str] = ('year', 'stage')
    searched: Sequence[str] = ('serial', 'title', 'speciality')
    order: Sequence[Any] = (Application.updated_at.desc(), Application.id.desc())
    filled: Sequence[str] = ()  # drafts were not submitted
    empty_text = '这里还没有事项。点击「我要申报」开始填写。'
    create_label = '我要申报'
    list_template = 'my_applications.html'

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """The headings of 手册 §2.2."""
        return {
            **super().own_cells(),
            'applied': ('摘要信息', cells.applied),
            'applicant': ('申请人', cells.person),
            'holder': ('办理部门', lambda row: asking.holder(row, access.stage_seen(visitor(), row))),
            'updated_at': ('更新时间', lambda row: cells.moment(row.updated_at)),
        }

    def meets(self, name: str, value: Any) -> ColumnElement[bool]:
        """A stage that is not released yet is found under the stage that is shown for it."""
        return self.export_column(name) == value if name == 'stage' else super().meets(name, value)

    def export_fields(self) -> list[Field]:
        """When a stage was entered would tell of one that is not released yet."""
        return [field for field in super().export_fields() if field.name != 'entered_at']

    def export_column(self, name: str) -> Any:
        """An export says no more of the stage than the pages do."""
        column = super().export_column(name)
        return access.stage_seen_sql(visitor(), column) if name == 'stage' else column

    def tabs(self) -> Sequence[Tab]:
        """The tabs of 手册 §2.2."""
        return TABS

    def eager(self) -> Sequence[Any]:
        """What the actions of a declarant read of every row."""
        return self.surroundings()

    def page_links(self, row: Application) -> list[dict[str, Any]]:
        """编辑 while it is open to the applicant, 支付 while a fee is due (手册 §2.3)."""
        here, links = request.full_path, []
        if row.stage in OPEN_TO_APPLICANT:
            links.append(action_link('编辑', url_for('my_applications.edit_view', id=row.id), kind='main'))
        if row.stage == Stage.PAYMENT:
            links.append(action_link('支付', url_for('my_orders.pay_view', id=row.id, url=here), kind='main'))
        if self.copyable(row):
            links.append(
                action_link('复制申报', url_for('my_applications.copy_view', id=row.id), method='post', asked=False)
            )
        return [*links, *super().page_links(row)]

    def likeness(self, row: Application) -> Hashable:
        """Some may be copied, others not."""
        return super().likeness(row), self.copyable(row)

    def row_actions(self, row: Application) -> list[dict[str, Any]]:
        """The pages first: what the applicant mostly wants is to go on filling in or to look; 打包办 packs."""
        tab = self.tab()
        if tab is not None and tab.key == 'pack':
            return [
                action_link(f'打包 {form.upper()}', pack_url(row, form), kind=kind, method='post', asked=False)
                for form, kind in (('pdf', 'main'), ('zip', 'plain'))
            ]
        flow = [link | {'kind': 'more'} for link in self.flow_links(row)]
        return [*self.page_links(row), *flow]

    def copyable(self, row: Application) -> bool:
        """Whether a new draft may be filled from this declaration; the open call is read once a request."""
        if 'open_call' not in self._template_args:
            self._template_args['open_call'] = open_call()
        call = self._template_args['open_call']
        return declaration.copyable(row, call.year if call else None)

    @expose('/find/')
    def find_view(self) -> Any:
        """事项状态快速查询 (手册 §2.2): a serial leads to its progress, a state to its list."""
        serial = validators.normalised(request.args.get('serial', ''))
        if not serial:
            return redirect(url_for('my_applications.index_view', tab=request.args.get('state', 'all')))
        mine = access.scope(current_user, Application, now().date())
        found = db.session.scalars(select(Application.id).where(Application.serial == serial, mine)).first()
        if found is None:
            flash(f'没有业务流水号为「{serial[:30]}」的事项，请核对 19 位流水号', 'error')
            return redirect(url_for('my_applications.index_view'))
        return redirect(url_for('my_applications.progress_view', id=found))

    @expose('/copy/', methods=('POST',))
    @does('copy')
    def copy_view(self) -> Any:
        """复制申报: a new draft filled from an earlier declaration."""
        source = self.requested()
        if not self.copyable(source):
            abort(403, '只有已办结或往年的申报可以复制，且须在申报时间内')
        insured = self.insured()
        with writing() as session:
            application = declaration.copy_forward(session, source, current_user, insured)
        flash(
            f'已从 {source.serial} 复制为草稿 {application.serial}。'
            '请重新阅读承诺，核对申报的职称，填写工作负面情况说明，并上传需要重新签署的材料',
            'success',
        )
        return redirect(url_for('my_applications.edit_view', id=application.id))

    def insured(self) -> Mapping[str, str] | None:
        """Who pays the person's social insurance; says so where that could not be fetched."""
        found = registry_lookup.ask('insurance', current_user)
        if found.values is None:
            flash(f'现参保单位未能自动获取：{found.sentence}', 'warning')
        return found.values

    @expose('/new/', methods=('GET', 'POST'))
    @does('create')
    def create_view(self) -> Any:
        """我要申报: the announcement, then a new draft."""
        calls = choice_sources.open_calls(db.session(), now().date())
        if request.method == 'POST':
            if not calls:
                abort(403, '当前没有开放的年度申报计划')
            insured = self.insured()
            with writing() as session:
                application = declaration.start(session, current_user, insured)
            flash(f'已建立申报草稿 {application.serial}，可随时暂存', 'success')
            return redirect(url_for('my_applications.edit_view', id=application.id))
        return self.render('announce.html', calls=calls, back=url_for('my_applications.index_view'), narrow=True)


def pack_url(row: Application, form: str) -> str:
    """Where the dossier of a declaration is packed into one file."""
    return url_for('files.pack', id=row.id, form=form, url=request.full_path)
