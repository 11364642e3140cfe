"""Declarations on screen: a work list whose buttons, bulk actions and confirmation pages come out of the flow."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user

from admin_views.declarations import details_export, print_many
from admin_views.declarations.bulk_pages import BulkActions
from admin_views.declarations.declaration_list import moved
from admin_views.framework import controls
from admin_views.framework.access_check import action_link, does, once_a_request, path_of, refuse, safe_return, visitor
from admin_views.framework.audit import audit
from admin_views.framework.crud import CONFLICT
from models import db
from models.account import Account
from models.application import Application, Stage
from models.audit import AuditEvent
from models.base import now
from models.fields import Field, Kind, fields_of
from models.section import SECTIONS
from ports import job_queue
from rules import access, declaration, fees, validators
from rules.declaration import Change
from rules.flow import asking, diagram, doing, records
from rules.flow.asking import Option
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Door, Lookups, Transition
from rules.refusal import Invalid, Refusal, Refused
from rules.validators import as_key


class ApplicationView(BulkActions):
    """A role's declarations. A subclass names its stages; the flow does the rest."""

    list_template = 'applications.html'

    def init_actions(self) -> None:
        """The flow's bulk actions, and papers for ticked rows."""
        super().init_actions()
        self._actions.append((print_many.ACTION, '生成报表'))
        self._actions_data[print_many.ACTION] = (self.bundle, '生成报表', None)

    def bulk_actions(self) -> list[dict[str, str]]:
        """What the flow offers, and 生成报表 to those who print."""
        printing = print_many.bundled(current_user)
        papers = [{'name': print_many.ACTION, 'label': '生成报表', 'kind': 'plain'}] if printing else []
        return [*super().bulk_actions(), *papers]

    def bundle(self, ids: Sequence[str]) -> Any:
        """Papers for ticked rows."""
        return print_many.answer(self, self.chosen(ids), safe_return(url_for(f'{self.endpoint}.index_view')))

    def page_links(self, row: Application) -> list[dict[str, Any]]:
        """The pages about one declaration that are not actions of the flow (手册 §2.3)."""
        return [action_link(label, f'{url}&id={row.id}', kind='plain') for label, url in self.pages()]

    @once_a_request
    def pages(self) -> Sequence[tuple[str, str]]:
        """Their labels and addresses, all but for the declaration."""
        views = {'details_view': '查看', 'progress_view': '进度', 'files.index': '材料', 'files.reports': '打印'}
        return [(label, self.page_url(view)) for view, label in views.items()]

    def offered(self, row: Application, *, listed: bool = True) -> list[Option]:
        """The actions of the flow that concern the visitor, each with allowed or why not."""
        lookups, actor, today = self.asking()
        return asking.available(lookups, row, actor, today, listed=listed)

    @once_a_request
    def asking(self) -> tuple[Lookups, Account, date]:
        """With what, for whom and on which day it is asked what may be done."""
        return self.lookups(), visitor(), now().date()

    def likeness(self, row: Application) -> Hashable:
        """Declarations at one stage differ in why something cannot be done, and in nothing else."""
        return row.stage, *self.offered(row)

    def flow_links(self, row: Application, *, listed: bool = True) -> list[dict[str, Any]]:
        """The actions of the flow that concern the visitor, refused ones with the reason."""
        links: list[dict[str, Any]] = []
        for option in self.offered(row, listed=listed):
            step = option.transition
            url = self.row_url('act_view', row, action=step.action)
            links.append(
                action_link(
                    step.label, url, kind='main' if not links and not step.danger else 'more', refused=option.refusal
                )
            )
        return links

    def row_actions(self, row: Application) -> list[dict[str, Any]]:
        """The main action first, the pages after it, the rest behind them."""
        flow = self.flow_links(row)
        main = [link for link in flow if link['kind'] == 'main']
        rest = [link for link in flow if link['kind'] != 'main']
        return main + self.page_links(row) + rest

    @expose('/act/<action>/', methods=('GET', 'POST'))
    @does('act')
    def act_view(self, action: str) -> Any:
        """The confirmation page of one action, and the action itself."""
        application = self.requested()
        row = self._transition(application, action)
        form = self.act_form(row, application)
        refusal = asking.refusal_of(self.lookups(), row, application, current_user, now().date())
        if request.method == 'POST' and form.validate():
            try:
                return self._perform(row, application, form)
            except Invalid as invalid:
                db.session.rollback()
                controls.show_problems(form, invalid.errors)
            except Refused as refused:
                db.session.rollback()
                refusal = refused.refusal
        page = self.act_page(row, application, form, refusal)
        status = CONFLICT if refusal and request.method == 'POST' else 200
        return make_response(page, status)

    def act_page(self, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
        """The page on which an action is confirmed."""
        return str(
            self.render(
                'act.html', transition=row, application=application, form=form, refusal=refusal,
                summary=summary(application), earlier=said_before(application),
                seen=request.form.get('seen') or application.version, back=safe_return(self.home_url(application)),
            )
        )  # fmt: skip

    def _transition(self, application: Application, action: str) -> Transition:
        """The row of the flow that the address means; an action of another stage keeps its own row."""
        row = TRANSITIONS.get((request.form.get('source') or application.stage, action))
        if row is None:
            row = next((each for each in FLOW if each.action == action), None)
        if row is None or row.door != Door.PERSON:
            abort(404, '没有这项操作')
        return row

    def _perform(self, row: Transition, application: Application, form: Any) -> Any:
        seen = request.form.get('seen', '')
        name, onward = str(application), self.onward(row, application)
        step = doing.perform(
            db.session(), row.action, application, current_user,
            version=as_key(seen) or 0, data=controls.answers(form, row.asks), source=row.source,
        )  # fmt: skip
        self.performed(row, application)
        db.session.commit()
        moved(visitor())
        stage = access.stage_seen(current_user, application) if step else None
        flash(f'{name}：已{doing.outcome(row.label, stage)}', 'success')
        return redirect(onward)

    def performed(self, row: Transition, application: Application) -> None:
        """What a view does in the transaction of an action, after it."""

    def onward(self, row: Transition, application: Application) -> str:
        """Where to go after an action, asked before it: back to the list."""
        return safe_return(url_for(f'{self.endpoint}.index_view', tab=row.source))

    def home_url(self, application: Application) -> str:
        """The page of the declaration."""
        return url_for(f'{self.endpoint}.details_view', id=application.id)

    def list_context(self, **context: Any) -> dict[str, Any]:
        """The way to every section of what is listed."""
        url = f'{path_of(f"{self.endpoint}.workbook_view")}?{self.present_query()}'
        return super().list_context(**context) | {'workbook_url': url}

    @expose('/workbook/', methods=('POST',))
    @does('export')
    def workbook_view(self) -> Any:
        """导出明细: every section of the filtered declarations, as a job."""
        ordered = self.ordered(self.filtered().with_only_columns(Application.id)).limit(details_export.MOST + 1)
        ids = list(db.session.scalars(ordered))
        back = f'{self.home_address()}?{self.present_query()}'
        if not 0 < len(ids) <= details_export.MOST:
            flash(
                f'明细一次最多导出 {details_export.MOST:,} 项，请缩小筛选范围' if ids else '没有可导出的申报', 'error'
            )
            return redirect(back)
        arguments = {'ids': ids, 'described': self.described_filter()}
        try:
            label = f'导出明细（{len(ids)} 项）'
            job = job_queue.start(db.session(), current_user, 'details', label, arguments, room=self.endpoint)
        except Refused as refused:
            refuse(refused.refusal)
            return redirect(back)
        audit(AuditEvent.EXPORT, f'{self.name}明细：{len(ids)} 行，筛选：{self.described_filter()}')
        db.session.commit()
        return redirect(url_for('jobs.show', id=job.id, url=back))

    @expose('/progress/')
    def progress_view(self) -> Any:
        """进度: the thirteen steps, who has it now, and the records (手册 §2.1.14, §2.3)."""
        application = self.requested()
        stage = access.stage_seen(current_user, application)
        return self.render(
            'progress.html',
            application=application,
            summary=summary(application),
            stage=stage,
            line=diagram.progress(stage, furthest=bool(application.result == 'passed')),
            holder=asking.holder(application, stage),
            waiting=self.waiting_for(application),
            steps=[_shown(record) for record in records.seen(current_user, application)],
            changes=changes_seen(application, application.applicant_id == current_user.id),
            actions=self.flow_links(application, listed=False),
            back=safe_return(url_for(f'{self.endpoint}.index_view')),
        )

    def waiting_for(self, application: Application) -> str:
        """What keeps the declaration where it is, from the point of view of who acts next."""
        lookups, today = self.lookups(), now().date()
        for row in FLOW:
            if row.source == application.stage and row.action == 'approve' and row.door == Door.PERSON:
                refusal = asking.guard_refusal(row, lookups, application, today)
                if refusal:
                    return refusal.sentence
        return ''

    def whole_wanted(self, application: Application) -> bool:
        """Whether personal values are asked for whole, which is written down, and may be shown so."""
        whole = request.args.get('whole') == '1' and access.sees_whole(current_user, application)
        if whole and application.applicant_id != current_user.id:
            db.session.commit()  # the read is over; what follows takes the write lock anew
            audit(AuditEvent.SEE_WHOLE, f'{application.serial} 证件号码、联系电话')
            db.session.commit()
        return whole

    @expose('/details/')
    def details_view(self) -> Any:
        """查看: the whole declaration, read-only."""
        application = self.requested()
        whole = self.whole_wanted(application)
        own = application.applicant_id == current_user.id
        return self.render(
            'dossier.html',
            application=application,
            summary=summary(application),
            sections=shown_sections(application, whole or own),
            changed={change.section for change in declaration.last_changes(db.session(), application)},
            can_see_whole=access.sees_whole(current_user, application) and not whole and not own,
            actions=self.flow_links(application, listed=False),
            stage=access.stage_seen(current_user, application),
            order=fees.order_of(db.session(), application),
            back=safe_return(url_for(f'{self.endpoint}.index_view')),
        )


def summary(application: Application) -> str:
    """The declaration in one line."""
    applied = f'{application.title}（{application.speciality}）' if application.title else '尚未选择申报资格'
    return f'{application.applicant_name or "（未填姓名）"} · {applied}'


KINDS = {'return': 'warn', 'withdraw': 'warn', 'reject': 'bad', 'terminate': 'bad'}


def said_before(application: Application) -> list[dict[str, Any]]:
    """此前意见: the records that say more than that something was done, newest first."""
    return [_shown(record) for record in records.seen(current_user, application) if record.says]


def _shown(record: records.Record) -> dict[str, Any]:
    step = record.step
    submitted = f'个人提交（第 {step.revision} 次）'
    return {
        'heading': submitted if step.action == 'submit' else f'{Stage(step.source).label}：{step.label}',
        'when': f'{step.at:%m-%d %H:%M}',
        'when_exact': f'{step.at:%Y-%m-%d %H:%M}',
        'who': f'{step.actor_name} · {step.authority}',
        'answers': record.answers,
        'remarks': record.remarks,
        'kind': KINDS.get(step.action, 'good'),
    }


def changes_seen(application: Application, whole: bool) -> list[Change]:
    """What the newest submission changed, personal values masked unless they may be seen whole."""
    fields = {section.key(): fields_of(section) for section in SECTIONS}
    seen = []
    for change in declaration.last_changes(db.session(), application):
        section, _, name = change.place.partition('.')
        field = fields.get(section, {}).get(name.partition('.')[2])
        if field is not None and not whole:
            before, after = validators.masked(field, change.before), validators.masked(field, change.after)
            change = replace(change, before=before, after=after)
        seen.append(change)
    return seen


def shown_sections(application: Application, whole: bool) -> list[dict[str, Any]]:
    """Every section as labels and texts, personal values masked unless they may be seen whole."""
    shown = []
    for section in SECTIONS:
        if not section.applies(application):
            continue
        fields = list(fields_of(section).values())
        rows = [
            [(field.label, shown_value(row, field, whole)) for field in fields]
            for row in declaration.rows_of(application, section)
        ]
        shown.append(
            {
                'key': section.key(),
                'label': section.about.label,
                'many': section.many,
                'wide': is_wide(fields),
                'rows': rows,
                'heads': [f.label for f in fields],
            }
        )
    return shown


MOST_COLUMNS = 5
"""Fields of a row that stand side by side where the declaration is read."""


def is_wide(fields: Collection[Field]) -> bool:
    """Whether the rows of a section are read as blocks: a table would cut them off or squeeze their long texts."""
    return len(fields) > MOST_COLUMNS or any(field.kind in (Kind.PARAGRAPH, Kind.RICH) for field in fields)


def shown_value(row: Any, field: Any, whole: bool) -> str:
    """A value as it is read here: a personal one masked unless it is wanted whole."""
    if not field.asked_of(row):
        return '—'
    value = declaration.value_shown(row, field)
    return value if whole else validators.masked(field, value)
