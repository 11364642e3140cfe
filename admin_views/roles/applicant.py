"""The applicant's list 我的事项 (手册 §2.2, §2.3), and the pages that start, copy and find a declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import select

from admin_views.declarations import registry_lookup
from admin_views.declarations.actions import Link, flow_links, page_links
from admin_views.declarations.bulk_pages import PAPERS
from admin_views.declarations.declaration_parts import ALL, SERIAL, STAGE, SURROUNDINGS, YEAR
from admin_views.declarations.form_page import Declaring, open_call
from admin_views.framework import cells
from admin_views.framework.access_check import action_link, does, visitor
from admin_views.framework.list_parts import Column, RowLinks, Tab, except_on, field_filter, only_on
from admin_views.framework.request_memo import request_memo
from models import db
from models.application import Application, Party, Stage, stages_of
from models.base import now
from models.transaction import writing
from rules import access, choice_sources, declaration, validators
from rules.access import OPEN_TO_APPLICANT
from rules.flow import asking

TO_DO = tuple(stage for stage in stages_of(Party.APPLICANT) if stage != Stage.DRAFT)


def _holder(row: Application) -> str:
    """Return the party that has the declaration now, by the stage that the visitor may see."""
    return asking.holder(row, access.stage_seen(visitor(), row))


def _is_copyable(row: Application) -> bool:
    """Tell whether a new draft may be filled from this declaration."""
    call = request_memo('open call', open_call)
    return declaration.copyable(row, call.year if call else None)


def _pack_links(_view: Any, row: Application) -> list[Link]:
    """打包办: make the links that pack the dossier into a PDF or a ZIP."""
    return [
        action_link(
            f'打包 {form.upper()}',
            url_for('files.pack', id=row.id, form=form, url=request.full_path),
            kind=kind,
            method='post',
            asked=False,
        )
        for form, kind in (('pdf', 'main'), ('zip', 'plain'))
    ]


def _own_links(_view: Any, row: Application) -> list[Link]:
    """Make the links 编辑 (open to the applicant), 支付 (a fee is due) and 复制申报 (手册 §2.3)."""
    here, links = request.full_path, []
    if row.stage in OPEN_TO_APPLICANT:
        links.append(action_link('编辑', url_for('my_applications.edit_view', id=row.id), kind='main'))
    if row.stage == Stage.PAYMENT:
        links.append(action_link('支付', url_for('my_orders.pay_view', id=row.id, url=here), kind='main'))
    if _is_copyable(row):
        url = url_for('my_applications.copy_view', id=row.id)
        links.append(action_link('复制申报', url, method='post', asked=False))
    return links


def _other_actions(view: Any, row: Application) -> list[Link]:
    """Make the links of the flow's actions, all behind ⋯: an applicant mostly wants to edit or to view."""
    return [link | {'kind': 'more'} for link in flow_links(view, row)]


SHOWN_STAGE = access.stage_seen_sql(None, Application.stage.expression)
"""The stage as applicants and the public see it: a stage that is not released yet counts as the one before."""

NOT_PACKING = except_on('pack')


class MyApplications(Declaring):
    """我的事项 (手册 §2.2): tabs by what is to be done, and the form behind 编辑."""

    columns = (
        SERIAL,
        Column('applied', '摘要信息', cells.applied),
        Column('applicant', '申请人', cells.person),
        replace(STAGE, exported=SHOWN_STAGE),
        Column('holder', '办理部门', _holder),
        Column('updated_at', '更新时间', lambda row: cells.moment_cell(row.updated_at), sortable=True),
    )
    tabs = (
        ALL,
        Tab('todo', '待办中', Application.stage.in_(TO_DO)),
        Tab('running', '办理中', Application.stage.not_in((*TO_DO, Stage.CLOSED, Stage.DRAFT))),
        Tab('done', '办结', Application.stage == Stage.CLOSED),
        Tab('pack', '打包办', Application.submitted_at.is_not(None)),
        Tab('draft', '草稿箱', Application.stage == Stage.DRAFT),
    )
    filters = (YEAR, field_filter(Application, 'stage', compared=SHOWN_STAGE))
    bulk = (PAPERS,)
    row_links = (
        RowLinks(_pack_links, only_on('pack')),
        RowLinks(_own_links, NOT_PACKING),
        RowLinks(page_links, NOT_PACKING),
        RowLinks(_other_actions, NOT_PACKING),
    )
    searched: Sequence[str] = ('serial', 'title', 'speciality')
    order: Sequence[Any] = (Application.updated_at.desc(), Application.id.desc())
    filled: Sequence[str] = ()  # ``submitted_at`` of a draft is NULL
    always_loads = SURROUNDINGS
    unexported = ('entered_at',)  # it would reveal a stage that is not released yet
    empty_text = '这里还没有事项。点击「我要申报」开始填写。'
    create_label = '我要申报'
    list_template = 'my_applications.html'

    @expose('/find/')
    def find_view(self) -> Any:
        """事项状态快速查询 (手册 §2.2): redirect a serial to its progress, a state to its tab."""
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
        """复制申报: make a new draft from an earlier declaration; answer 403 unless it can be copied."""
        source = self.requested()
        if not _is_copyable(source):
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
        """Fetch the payer of the person's social insurance; None, with a flashed warning, if that fails."""
        found = registry_lookup.ask('insurance', current_user)
        if found.values is None:
            flash(f'现参保单位未能自动获取：{found.sentence}', 'warning')
        return found.values

    @expose('/new/', methods=('GET', 'POST'))
    @does('create')
    def create_view(self) -> Any:
        """我要申报: show the announcement, then make a new draft; answer 403 if no call is open."""
        calls = choice_sources.open_calls(db.session(), now().date())
        if request.method == 'POST':
            if not calls:
                abort(403, '当前没有开放的年度申报计划')
            insured = self.insured()
            with writing() as session:
                application = declaration.start_declaration(session, current_user, insured)
            flash(f'已建立申报草稿 {application.serial}，可随时暂存', 'success')
            return redirect(url_for('my_applications.edit_view', id=application.id))
        return self.render('announce.html', calls=calls, back=url_for('my_applications.index_view'), narrow=True)
