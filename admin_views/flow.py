"""Declarations on screen: a work list whose buttons, bulk actions and confirmation pages come out of the flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from admin_views import cells, export, forms
from admin_views.base import CONFLICT, Tab, View, action_link, as_key, safe_return
from admin_views.record import audit
from models import db
from models.application import Application, Stage
from models.base import now
from models.fields import fields_of
from models.notice import Phase
from models.record import BulkResult
from models.section import SECTIONS
from rules import access, bulk, declaration, diagram, fees, notices, validators, workdays, workflow
from rules.acts import Lookups
from rules.refusal import Invalid, Refused
from rules.workflow import Door, Transition

MOST_AT_ONCE = 2000
"""Declarations that one bulk action takes; more are done in several runs."""


def stage_tab(stage: Stage, label: str = '') -> Tab:
    """A tab for one stage."""
    return Tab(stage.value, label or stage.label, Application.stage == stage)


class ApplicationView(View):
    """A role's list of declarations. A subclass names its tabs; the flow does the rest."""

    of = Application
    columns: Sequence[str] = ('serial', 'applicant', 'applied', 'track', 'submitted_at', 'waited', 'stage')
    filters: Sequence[str] = ('year', 'series', 'level', 'track', 'stage')
    searched: Sequence[str] = ('applicant_name', 'serial', 'id_number')
    order: Sequence[Any] = (Application.entered_at, Application.id)
    stages: Sequence[Stage] = ()
    one_stage_tabs: Sequence[str] = ()
    empty_text = '此页签下没有申报。其他环节的申报请看「全部」。'

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """Two-line cells and tags instead of bare columns."""
        return {
            'applicant': ('申报人', cells.person),
            'applied': ('申报资格 · 专业', cells.applied),
            'track': ('申报类型', cells.track),
            'stage': ('当前环节', lambda row: cells.stage(row, current_user)),
            'submitted_at': ('提交时间', lambda row: cells.moment(row.submitted_at)),
            'waited': ('已等待', lambda row: cells.waited(row, self.overruled())),
        }

    def overruled(self) -> workdays.Overrides:
        """The platform's changes to the calendar, read once a request."""
        return self.lookups().overruled

    def lookups(self) -> Lookups:
        """What guards need, read once a request."""
        args = self._template_args
        return args.setdefault('lookups', Lookups(db.session()))

    def tabs(self) -> Sequence[Tab]:
        """One tab a stage that this role works on, then all."""
        return (*(stage_tab(stage) for stage in self.stages), Tab('all', '全部'))

    def eager(self) -> Sequence[Any]:
        """What guards and cells read of every row."""
        return (
            selectinload(Application.steps),
            selectinload(Application.notices),
            joinedload(Application.employer),
            joinedload(Application.committee),
            joinedload(Application.offering),
        )

    def searching(self, statement: Select[Any], text: str) -> Select[Any]:
        """Eighteen characters are an identity number, nineteen digits a serial; else every word is looked for."""
        if len(text) == 18 and text[:17].isdigit():
            return statement.where(Application.id_number == text.upper())
        if len(text) == 19 and text.isdigit():
            return statement.where(Application.serial == text)
        return super().searching(statement, text)

    def list_context(self, **context: Any) -> dict[str, Any]:
        """The stage needs no column and no filter on a tab of one stage."""
        made = super().list_context(**context)
        tab = self.tab()
        if tab is not None and tab.key in (*self.stages, *self.one_stage_tabs):
            made['list_columns'] = [column for column in context['list_columns'] if column[0] != 'stage']
            made['filter_controls'] = [each for each in made['filter_controls'] if each['name'] != 'stage']
        return made

    # --- actions out of the flow ---

    def page_links(self, row: Application) -> list[dict[str, Any]]:
        """The pages about one declaration that are not actions of the flow (手册 §2.3)."""
        here = request.full_path
        return [
            action_link('查看', url_for(f'{self.endpoint}.details_view', id=row.id, url=here), kind='plain'),
            action_link('进度', url_for(f'{self.endpoint}.progress_view', id=row.id, url=here), kind='plain'),
            action_link('材料', url_for('files.index', id=row.id, url=here), kind='plain'),
        ]

    def flow_links(self, row: Application, *, listed: bool = True) -> list[dict[str, Any]]:
        """The actions of the flow that concern the visitor, refused ones with the reason."""
        links: list[dict[str, Any]] = []
        for option in workflow.available(self.lookups(), row, current_user, now().date(), listed=listed):
            step = option.transition
            url = url_for(f'{self.endpoint}.act_view', action=step.action, id=row.id, url=request.full_path)
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

    def transitions(self) -> Iterable[Transition]:
        """The rows of the flow offered in bulk on the chosen tab."""
        tab = self.tab()
        return (
            row
            for row in workflow.FLOW
            if row.bulk
            and row.door == Door.PERSON
            and tab is not None
            and row.source == tab.key
            and row.source in self.stages
        )

    def init_actions(self) -> None:
        """Flask-Admin's bulk actions, made out of the flow."""
        super().init_actions()
        for row in workflow.FLOW:
            if row.bulk and row.door == Door.PERSON and row.source in self.stages:
                name = f'{row.source}.{row.action}'
                self._actions.append((name, row.label))
                self._actions_data[name] = (lambda ids, row=row: self.preflight(row, ids), row.label, None)

    def is_action_allowed(self, name: str) -> bool:
        """Only what the chosen tab offers."""
        return name in {action['name'] for action in self.bulk_actions()} and super().is_action_allowed(name)

    def bulk_actions(self) -> list[dict[str, str]]:
        """The bulk buttons of the chosen tab, the main one first."""
        offered = [
            {'name': f'{row.source}.{row.action}', 'label': row.label, 'kind': 'danger' if row.danger else 'plain'}
            for row in self.transitions()
        ]
        if offered and offered[0]['kind'] == 'plain':
            offered[0]['kind'] = 'main'
        return offered

    @expose('/action/', methods=('POST',))
    def action_view(self) -> Any:
        """A bulk action on ticked rows, or on all rows of the filter, which is sent as the filter."""
        name = request.form.get('action', '')
        handler = self._actions_data.get(name)
        if handler is None or not self.is_action_allowed(name):
            abort(403, '此页签下没有这项操作')
        return handler[0](request.form.getlist('rowid'))

    def chosen(self, ids: Sequence[str]) -> list[Application]:
        """The chosen declarations within the scope, in the order of the list."""
        if request.form.get('all_of_filter') == '1':
            statement = self.filtered()
        else:
            wanted = [int(each) for each in ids if each.isascii() and each.isdigit() and len(each) < 19]
            statement = self.scoped().where(Application.id.in_(wanted))
        ordered = statement.order_by(*self.order).options(*self.eager()).limit(MOST_AT_ONCE + 1)
        rows = list(db.session.scalars(ordered).unique())
        if len(rows) > MOST_AT_ONCE:
            abort(400, f'一次最多办理 {MOST_AT_ONCE} 项，请缩小筛选范围')
        return rows

    def preflight(self, row: Transition, ids: Sequence[str]) -> Any:
        """The first beat: what can be done, and what cannot and why."""
        chosen = self.chosen(ids)
        if not chosen:
            flash('请先勾选要办理的申报', 'error')
            return redirect(safe_return(url_for(f'{self.endpoint}.index_view', tab=row.source)))
        outcomes = bulk.preflight(db.session(), row, chosen, current_user)
        form = self.act_form(row, chosen[0])
        return self.preflight_page(row, chosen, outcomes, form)

    def preflight_page(self, row: Transition, chosen: Sequence[Application], outcomes: Any, form: Any) -> str:
        """The page of the first beat."""
        versions = {each.id: each.version for each in chosen}
        return str(
            self.render(
                'preflight.html', transition=row, outcomes=outcomes, form=form, versions=versions,
                back=safe_return(url_for(f'{self.endpoint}.index_view', tab=row.source)),
            )
        )  # fmt: skip

    @expose('/bulk/', methods=('POST',))
    def bulk_view(self) -> Any:
        """The second beat: the run, and its result row by row."""
        name = request.form.get('action', '')
        source, _, action = name.partition('.')
        row = workflow.TRANSITIONS.get((source, action))
        if row is None or name not in self._actions_data:
            abort(403, '没有这项操作')
        versions = _versions(request.form.getlist('seen'))
        chosen = self.chosen([str(each) for each in versions])
        form = self.act_form(row, chosen[0] if chosen else None)
        if not form.validate():
            outcomes = bulk.preflight(db.session(), row, chosen, current_user)
            return self.preflight_page(row, chosen, outcomes, form)
        outcomes = bulk.run(db.session(), row, chosen, current_user, versions, forms.answers(form, row.asks))
        result = BulkResult(
            account_id=current_user.id,
            label=row.label,
            rows=[
                [each.serial, each.name, each.title, each.refusal.sentence if each.refusal else ''] for each in outcomes
            ],
        )
        db.session.add(result)
        db.session.commit()
        return redirect(url_for(f'{self.endpoint}.result_view', id=result.id, url=request.form.get('url')))

    @expose('/result/')
    def result_view(self) -> Any:
        """The result of a bulk action, to read or to download (``format=csv``)."""
        result = db.session.get(BulkResult, as_key(request.args.get('id', '')) or 0)
        if result is None or result.account_id != current_user.id:
            abort(404)
        if request.args.get('format') == 'csv':
            return export.rows_response(
                f'{result.label}结果', ('业务流水号', '申报人', '申报资格', '未办理原因'), result.rows
            )
        return self.render('result.html', result=result, back=safe_return(url_for(f'{self.endpoint}.index_view')))

    # --- one declaration ---

    def act_form(self, row: Transition, application: Application | None) -> Any:
        """The questions of an action, with what is already known filled in."""
        form = forms.form_class(row.asks, strict=True)(request.form if request.form.get('confirmed') else None)
        if not request.form.get('confirmed') and application is not None:
            for name, value in self.proposed(row, application).items():
                form[name].data = value
        return form

    def proposed(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Answers that the system proposes: the period already on paper, the title of a document."""
        names = {field.name for field in row.asks}
        if 'starts_on' in names:
            phase = Phase.PRE if row.source == Stage.PRE_NOTICE else Phase.POST
            notice = notices.notice_of(application, phase)
            return {'starts_on': notice.starts_on, 'ends_on': notice.ends_on} if notice else {}
        if 'title' in names:
            return {'title': f'{application.committee} {application.year} 年度评审通过人员批件'}
        return {}

    @expose('/act/<action>/', methods=('GET', 'POST'))
    def act_view(self, action: str) -> Any:
        """The confirmation page of one action, and the action itself."""
        application = self.requested()
        row = self._transition(application, action)
        form = self.act_form(row, application)
        refusal = workflow.refusal_of(self.lookups(), row, application, current_user, now().date())
        if request.method == 'POST' and form.validate():
            try:
                return self._perform(row, application, form)
            except Invalid as invalid:
                db.session.rollback()
                _show_errors(form, invalid.errors)
            except Refused as refused:
                db.session.rollback()
                refusal = refused.refusal
        page = self.render(
            'act.html', transition=row, application=application, form=form, refusal=refusal,
            summary=summary(application),
            seen=request.form.get('seen') or application.version, back=safe_return(self.home_url(application)),
        )  # fmt: skip
        status = CONFLICT if refusal and request.method == 'POST' else 200
        return make_response(page, status)

    def _transition(self, application: Application, action: str) -> Transition:
        """The row of the flow that the address means; an action of another stage keeps its own row."""
        row = workflow.TRANSITIONS.get((request.form.get('source') or application.stage, action))
        if row is None:
            row = next((each for each in workflow.FLOW if each.action == action), None)
        if row is None or row.door != Door.PERSON:
            abort(404, '没有这项操作')
        return row

    def _perform(self, row: Transition, application: Application, form: Any) -> Any:
        seen = request.form.get('seen', '')
        name = str(application)
        step = workflow.perform(
            db.session(), row.action, application, current_user,
            version=int(seen) if seen.isdigit() else 0, data=forms.answers(form, row.asks), source=row.source,
        )  # fmt: skip
        db.session.commit()
        now_at = f'，现处「{access.stage_seen(current_user, application).label}」' if step else ''
        flash(f'{name}：已{row.label}{now_at}', 'success')
        return redirect(self.after(row, application))

    def after(self, row: Transition, application: Application) -> str:
        """Where to go after an action: back to the list."""
        return safe_return(url_for(f'{self.endpoint}.index_view', tab=row.source))

    def home_url(self, application: Application) -> str:
        """The page of the declaration."""
        return url_for(f'{self.endpoint}.details_view', id=application.id)

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
            holder=workflow.holder(application) if stage == application.stage else str(application.committee or ''),
            waiting=self.waiting_for(application),
            steps=[_step_shown(step) for step in reversed(access.steps_seen(current_user, application))],
            changes=declaration.last_changes(db.session(), application),
            actions=self.flow_links(application, listed=False),
            back=safe_return(url_for(f'{self.endpoint}.index_view')),
        )

    def waiting_for(self, application: Application) -> str:
        """What keeps the declaration where it is, from the point of view of who acts next."""
        lookups, today = self.lookups(), now().date()
        for row in workflow.FLOW:
            if row.source == application.stage and row.action == 'approve' and row.door == Door.PERSON:
                refusal = workflow.guard_refusal(row, lookups, application, today)
                if refusal:
                    return refusal.sentence
        return ''

    @expose('/details/')
    def details_view(self) -> Any:
        """查看: the whole declaration, read-only."""
        application = self.requested()
        whole = request.args.get('whole') == '1' and access.sees_whole(current_user, application)
        if whole and application.applicant_id != current_user.id:
            audit('see_whole', f'{application.serial} 证件号码、联系电话')
            db.session.commit()
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


def _versions(seen: Sequence[str]) -> dict[int, int]:
    """``id:version`` pairs as the first beat wrote them; anything else is left out."""
    pairs = (each.partition(':') for each in seen)
    return {
        int(key): int(version)
        for key, _, version in pairs
        if key.isascii()
        and key.isdigit()
        and version.isascii()
        and version.isdigit()
        and len(key) < 19
        and len(version) < 10
    }


def _show_errors(form: Any, errors: Mapping[str, str]) -> None:
    for name, sentence in errors.items():
        form[name].errors = [*form[name].errors, sentence]


def summary(application: Application) -> str:
    """The declaration in one line."""
    applied = f'{application.title}（{application.speciality}）' if application.title else '尚未选择申报资格'
    return f'{application.applicant_name or "（未填姓名）"} · {applied}'


KINDS = {'return': 'warn', 'withdraw': 'warn', 'reject': 'bad', 'terminate': 'bad'}


def _step_shown(step: Any) -> dict[str, Any]:
    submitted = f'个人提交（第 {step.revision} 次）'
    return {
        'heading': submitted if step.action == 'submit' else f'{Stage(step.source).label}：{step.label}',
        'when': f'{step.at:%m-%d %H:%M}',
        'when_exact': f'{step.at:%Y-%m-%d %H:%M:%S}',
        'who': f'{step.actor_name} · {step.authority}',
        'opinion': step.opinion,
        'kind': KINDS.get(step.action, 'good'),
    }


def shown_sections(application: Application, whole: bool) -> list[dict[str, Any]]:
    """Every section as labels and texts, personal values masked unless they may be seen whole."""
    shown = []
    for section in SECTIONS:
        fields = list(fields_of(section).values())
        rows = [
            [(field.label, _value(row, field, whole)) for field in fields]
            for row in declaration.rows_of(application, section)
        ]
        shown.append(
            {
                'key': section.key(),
                'label': section.about.label,
                'many': section.many,
                'rows': rows,
                'heads': [f.label for f in fields],
            }
        )
    return shown


def _value(row: Any, field: Any, whole: bool) -> str:
    value = declaration.value_shown(row, field)
    return value if whole else validators.masked(field, value)
