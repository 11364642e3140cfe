"""Lists and pages of the employer (手册 第三、五章): review, public notices and their lists, roster, own data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import Form

from admin_views.declarations.actions import flow_context
from admin_views.declarations.bulk_pages import PAPERS, chosen_rows, flow_actions, period_asked_of
from admin_views.declarations.declaration_parts import (
    ALL,
    APPLICANT,
    APPLIED,
    BY_STAGE,
    BY_TRACK,
    COMMITTEE,
    LEVEL,
    SERIAL,
    SERIES,
    SUBMITTED_BETWEEN,
    TITLE,
    YEAR,
    lookups,
    stage_tab,
    waiting_columns,
)
from admin_views.declarations.review_page import (
    ASIDE_NOTE,
    SUBMITTED_AT_UNLESS_ASIDE,
    TAKE_BACK,
    TRACK_OR_ASIDE,
    ReviewList,
    aside_tab,
    set_aside_action,
)
from admin_views.framework import cells, controls, printing
from admin_views.framework.access_check import safe_return
from admin_views.framework.audit import audit
from admin_views.framework.cells import moment_cell
from admin_views.framework.crud import CrudView
from admin_views.framework.importing import Importing
from admin_views.framework.list_page import delete_link
from admin_views.framework.list_parts import BulkAction, Column, Filter, RowLinks, Tab, except_on, only_on
from models import db
from models.application import Application, Party, Stage, stages_of
from models.audit import AuditEvent
from models.base import now
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.statutory import StatutoryNumber
from pdf_templates import issuing, reports
from rules import access, notices, opinion_templates, overview, statutory, workdays
from rules.flow import asking, questions, rounds
from rules.flow.table import TRANSITIONS
from rules.flow.transition import Transition
from rules.notices import Period
from rules.refusal import Invalid, Refusal, Refused
from rules.validators import as_day, as_key

LIST_REPORTS = {'print_pre': 'pre-notice-list', 'print_post': 'post-notice-list'}
"""Tabs on which the lists for public notice are printed, with the code of each report."""

PRINTED_OR_NOT = {'no': '尚未打印', 'yes': '已打印'}


def _printed_cell(row: Application) -> Markup:
    """Show the period of the printed list; it is read for all rows of the page at once."""
    periods = lookups().of(row, notices.load_periods) or {}
    period = periods.get(overview.PHASES.get(Stage(row.stage), ''))
    if period is None:
        return cells.tag('尚未打印', 'warn')
    return cells.two_lines('已打印', f'{period.starts_on:%m-%d} 至 {period.ends_on:%m-%d}')


def _tabs_of(stage: Stage) -> tuple[Tab, ...]:
    """Make the tab of a stage, preceded by the tab that prints the list for its public notice (手册 §3.2.8)."""
    tab, phase = stage_tab(stage), overview.PHASES.get(stage)
    if phase is None:
        return (tab,)
    return replace(tab, key=f'print_{phase}', label=f'打印{phase.label}名单', same_as=tab.key), tab


def _list_action(tab: str) -> BulkAction:
    """Make the action that prints the list for public notice."""
    return BulkAction(
        f'report.{LIST_REPORTS[tab]}', '查看报表', lambda view, ids: view.list_report(tab, ids), 'main', only_on(tab)
    )


EMPLOYER_STAGES = stages_of(Party.EMPLOYER)
NOTICE_LIST = Column('printed', '公示名单', _printed_cell, only_on(*LIST_REPORTS))
BY_NOTICE_LIST = Filter(
    'printed',
    '公示名单',
    'select',
    lambda text: text if text in PRINTED_OR_NOT else '',
    lambda value: overview.LIST_PRINTED if value == 'yes' else ~overview.LIST_PRINTED,
    choices=lambda _scoped: PRINTED_OR_NOT,
    keyed=True,
    shown_on=only_on(*LIST_REPORTS, *overview.PHASES),
)


def _prints_papers(tab: Tab | None) -> bool:
    """Offer 生成报表 on tabs that print no list for public notice."""
    return except_on(*LIST_REPORTS)(tab) and PAPERS.offered_on(tab)


def days_to_cover(one: Application | None) -> int:
    """Return the minimum working days of a declaration's notice; for None, the lowest minimum of any call."""
    known = lookups()
    numbers = known.numbers(one) if one else statutory.lowest_of_all(known.session)
    return numbers[StatutoryNumber.NOTICE_DAYS]


class EmployerApplications(ReviewList):
    """单位事项 → 职称评审业务: the work list of the employer (手册 §3.2, 第五章)."""

    stages = EMPLOYER_STAGES
    columns = (
        SERIAL,
        APPLICANT,
        APPLIED,
        TRACK_OR_ASIDE,
        ASIDE_NOTE,
        NOTICE_LIST,
        SUBMITTED_AT_UNLESS_ASIDE,
        *waiting_columns(EMPLOYER_STAGES),
    )
    tabs = (*(tab for stage in EMPLOYER_STAGES for tab in _tabs_of(stage)), aside_tab(EMPLOYER_STAGES), ALL)
    filters = (YEAR, SERIES, LEVEL, BY_TRACK, BY_STAGE, TITLE, COMMITTEE, *SUBMITTED_BETWEEN, BY_NOTICE_LIST)
    bulk = (
        TAKE_BACK,
        *flow_actions(EMPLOYER_STAGES),
        replace(PAPERS, offered_on=_prints_papers),
        set_aside_action(EMPLOYER_STAGES),
        *(_list_action(tab) for tab in LIST_REPORTS),
    )

    def list_report(self, tab: str, ids: Sequence[str]) -> Any:
        """Ask for period and contacts of a list of the ticked rows, then issue the list (手册 §3.2.6–7, 第五章 3–4).

        The page names people who are on a list already; another period replaces theirs only if ``replaces`` names it.
        """
        report = reports.REPORTS[LIST_REPORTS[tab]]
        chosen = chosen_rows(self, ids)
        given = request.form if request.form.get('confirmed') else None
        closed = [(row, why) for row in chosen if (why := reports.refusal(report, row, current_user))]
        mixed = report.apart(chosen) if chosen else Refusal('nothing', '请先勾选要打印的人员')
        problem = '；'.join([*(f'{row}：{why}' for row, why in closed), *([mixed.sentence] if mixed else [])])
        printed = self.on_lists(chosen)
        replacing: Period | None = None
        known = self.known_contact(report, chosen) if given is None and chosen else {}
        form = controls.form_class(reports.asked_of(db.session(), report, chosen), strict=True)(given, data=known)
        if given is not None and not problem and form.validate():
            answers = controls.answers(form, report.asks)
            replacing = self.replacing(printed, Period(answers['starts_on'], answers['ends_on']))
            try:
                if replacing is None:
                    _content, paper = printing.issue_paper(report, chosen, answers)
                    return redirect(url_for('.list_view', id=chosen[0].id, paper=paper.id if paper else None))
            except Invalid as invalid:
                controls.show_problems(form, invalid.errors)
            except Refused as refused:
                problem = refused.refusal.sentence
        return self.render(
            'list_report.html',
            report=report,
            chosen=chosen,
            form=form,
            problem=problem,
            tab=tab,
            printed=printed,
            replacing=replacing,
            today=now().date(),
            action_name=f'report.{report.code}',
            asked_of=period_asked_of(chosen),
            back=safe_return(url_for(f'{self.endpoint}.index_view', tab=tab)),
        )

    def on_lists(self, chosen: Sequence[Application]) -> Mapping[Period, Sequence[Application]]:
        """Return the declarations that are on a printed list already, by its period."""
        phase = overview.PHASES.get(Stage(chosen[0].stage)) if chosen else None
        return notices.on_lists(chosen, phase) if phase else {}

    def replacing(self, printed: Collection[Period], period: Period) -> Period | None:
        """Return the period if it would replace another printed one without confirmation, else None."""
        others = set(printed) - {period}
        return period if others and request.form.get('replaces') != str(period) else None

    @expose('/list/')
    def list_view(self) -> Any:
        """Show a printed list in the page, with a link to the tab where its result is entered; 404 if there is none."""
        application, wanted = self.requested(), as_key(request.args.get('paper', ''))
        known = issuing.list_issued_papers(db.session(), application, current_user)
        paper = next((each for each in known if each.id == wanted and each.report in LIST_REPORTS.values()), None)
        if paper is None:
            abort(404, '没有这份名单，或您无权查看')
        report, tab = (
            reports.REPORTS[paper.report],
            next(tab for tab, code in LIST_REPORTS.items() if code == paper.report),
        )
        stage = next(each for each in self.tabs if each.key == tab).same_as
        source = url_for('files.again', id=application.id, paper=paper.id)
        return self.render(
            'paper.html',
            report=report,
            title=report.titled(paper.context),
            note=f'共 {len(paper.context["rows"])} 人',
            source=source,
            download=url_for('files.again', id=application.id, paper=paper.id, save=1),
            wide=True,
            onward=(f'到「{Stage(stage).label}」登记结果', url_for('.index_view', tab=stage)),
            back=safe_return(url_for('.index_view', tab=tab)),
        )

    def known_contact(self, report: reports.Report, chosen: Sequence[Application]) -> Mapping[str, Any]:
        """Return the proposed values, with the newest contact of 维护管理 in place of the employer's own."""
        known = reports.proposed(db.session(), report, chosen, now().date())
        of_employer = select(NoticeContact).where(NoticeContact.employer_id == current_user.employer_id)
        contact = db.session.scalars(of_employer.order_by(NoticeContact.id.desc())).first()
        return known | {name: getattr(contact, name) for name in ('contact', 'phone', 'postcode')} if contact else known

    def proposed(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Return name and phone of the visitor for 单位审核, else the answers proposed for every role."""
        if row.asks != questions.REVIEW:
            return super().proposed(row, application)
        own, employer = current_user.phone, current_user.employer
        return {'handler_name': current_user.name, 'handler_phone': own or (employer and employer.phone)}

    def known(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Return the proposed answers, with the wording of the period or the answers of this employer's last review."""
        known, phase = super().known(row, application), overview.PHASES.get(Stage(row.source))
        if phase and known and row.completes:
            return {**known, 'opinion': notices.wording(application, known['starts_on'], known['ends_on'], phase)}
        if row.asks == questions.REVIEW:
            said = rounds.said_by_employer(application, row.source, row.action)
            return {**(said.data if said else {}), **known}
        return known

    def wordings(self, application: Application | None) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return 意见模板 of the employer by field, filled in for the declaration; for None with their placeholders."""
        query = select(OpinionTemplate).where(OpinionTemplate.employer_id == current_user.employer_id)
        found: dict[str, list[tuple[str, str]]] = {}
        for kept in db.session.scalars(query.order_by(OpinionTemplate.id)):
            body = opinion_templates.fill_template(kept.body, application) if application else kept.body
            found.setdefault(kept.field, []).append((kept.name, body))
        return found

    def notice_context(self, row: Transition, application: Application, form: Any) -> Mapping[str, Any]:
        """Return the printed notice, and the wording for the period in the form ('' if it has none)."""
        phase = overview.PHASES.get(Stage(application.stage))
        if phase is None or 'starts_on' not in form:
            return {}
        starts_on, ends_on = form.starts_on.data, form.ends_on.data
        known = row.completes and starts_on and ends_on
        worded = notices.wording(application, starts_on, ends_on, phase) if known else ''
        return {'printed': notices.notice_of(application, phase), 'wording': worded}

    @expose('/period/')
    def period_view(self) -> Any:
        """Return as JSON the earliest end of a notice that begins on a day, or the problem with a chosen end.

        For one declaration (``id``) add the wording of its notice, and the refusal of its result (``action``) with this
        period. For many, check the start against ``last_ready`` (the last to enter the stage), the period against
        ``published``, and the length against ``longest``; each of them is the id of a declaration.
        """
        starts_on, ends_on = (as_day(request.args.get(name, '')) for name in ('starts_on', 'ends_on'))
        if starts_on is None:
            abort(404, '没有选择公示开始时间')
        overruled, named = lookups().overruled, ('id', 'last_ready', 'published', 'longest')
        one, last, published, longest = (self.under_way(request.args.get(name)) for name in named)
        days = days_to_cover(longest or last or one)
        ends_on = ends_on or self.proposed_end(starts_on, published or one, days)
        early = request.args.get('action') == 'reject'
        described = notices.described(starts_on, ends_on, overruled, days, early=early)
        told = {'ends_on': str(ends_on), 'sentence': described}
        if ends_on >= starts_on:
            told |= self.told_of_one(one, starts_on, ends_on) if one else {}
            told |= self.told_of_last(last, starts_on) if last else {}
            told |= self.told_of_published(published, Period(starts_on, ends_on)) if published else {}
        return jsonify(told)

    def proposed_end(self, starts_on: date, one: Application | None, days: int) -> date:
        """Return the earliest end of a notice from a day on; not before the end of one published from the same day."""
        earliest = workdays.last_notice_day(starts_on, lookups().overruled, days)
        known = self.published(one) if one else None
        return max(earliest, known.ends_on) if known and known.starts_on == starts_on else earliest

    def under_way(self, key: str | None) -> Application | None:
        """Return a declaration of the visitor's scope whose notice is under way, or None."""
        application = access.find(db.session(), current_user, Application, key, now().date()) if key else None
        return application if application and application.stage in overview.PHASES else None

    def published(self, one: Application) -> Period | None:
        """Return the published period of the notice that is under way, or None."""
        return notices.period_of(one, overview.PHASES[Stage(one.stage)])

    def told_of_last(self, last: Application, starts_on: date) -> dict[str, str]:
        """Return the problem with the start of a notice for many declarations, {} if there is none."""
        early = notices.backdated(last, self.published(last), starts_on)
        return {'sentence': f'{last.applicant_name}：{early}'} if early else {}

    def told_of_published(self, one: Application, period: Period) -> dict[str, str]:
        """Return the problem with a period for many declarations if another period was published, else {}."""
        other = notices.departure(self.published(one), period, many=True)
        return {'sentence': f'{one.applicant_name}：{other}'} if other else {}

    def told_of_one(self, one: Application, starts_on: date, ends_on: date) -> dict[str, str]:
        """Return the effects of a period on one declaration: the problem, the wording, the refusal of the result."""
        phase, published = overview.PHASES[Stage(one.stage)], self.published(one)
        period, must_cover = Period(starts_on, ends_on), days_to_cover(one)
        wrong = notices.find_period_problem(one, published, period, lookups().overruled, must_cover, many=False)
        known, actor, today = flow_context()
        action = 'reject' if request.args.get('action') == 'reject' else 'approve'
        days, row = {'starts_on': starts_on, 'ends_on': ends_on}, TRANSITIONS[one.stage, action]
        refusal = asking.refusal_of(known, row, one, actor, today, days)
        return {
            **({'sentence': wrong} if wrong else {}),
            'wording': notices.wording(one, starts_on, ends_on, phase) if row.completes else '',
            'refusal': refusal.sentence if refusal else '',
        }


def _only_delete_link(view: Any, row: RosterEntry) -> list[dict[str, Any]]:
    """Make the link 删除 alone (手册 §1.4.5 图): the row already shows every value."""
    return [link | {'kind': 'plain'} for link in delete_link(view, row)]


class Roster(Importing):
    """人员管理 (手册 §1.4.5): people who may report to this employer without being insured by it."""

    of = RosterEntry
    noun = '人员'
    columns = (
        'name',
        'id_type',
        'id_number',
        Column('created_at', '创建时间', lambda row: moment_cell(row.created_at), sortable=True),
        Column(
            'creator', '创建用户', lambda row: str(row.created_by or ''), loads=(joinedload(RosterEntry.created_by),)
        ),
    )
    searched: Sequence[str] = ('name', 'id_number')
    form_fields = ('name', 'id_type', 'id_number')
    order: Sequence[Any] = (RosterEntry.created_at.desc(), RosterEntry.id.desc())
    details = ('name', 'id_type', 'id_number', 'created_at')
    row_links = (RowLinks(_only_delete_link),)
    import_label = '导入人员'
    empty_text = '还没有人员。社保不在本单位缴交的申报人，按模板导入后即可把申报报送到本单位；也可逐个新增。'

    def on_model_change(self, form: Any, model: RosterEntry, is_created: bool) -> None:
        """Set the visitor's employer and the visitor as creator on a new person."""
        if is_created:
            model.employer_id, model.created_by_id = current_user.employer_id, current_user.id


class OwnEmployer(CrudView):
    """单位信息: the employer's own data, printed on notices.

    Only the platform enters 统一社会信用代码, because it links insured people to their employer.
    """

    of = Employer
    columns = ('name', 'code', 'address', 'contact', 'phone')
    form_fields = ('name', 'address', 'postcode', 'contact', 'phone')
    details = ('name', 'code', 'address', 'postcode', 'contact', 'phone')

    @expose('/')
    def index_view(self) -> Any:
        """Show the details of the one row that the visitor's scope has."""
        own = db.session.scalars(self.list_query().scoped).one()
        return self.render(
            self.details_template,
            model=own,
            details_columns=self.get_details_columns(),
            get_value=self.get_detail_value,
            page_title=self.name,
            return_url=None,
        )

    def scaffold_form(self) -> type[Form]:
        """Add 统一社会信用代码 read-only, with a note that the platform maintains it."""
        made = super().scaffold_form()
        made.code = controls.ShownField(
            self.fields['code'].label, description='由平台管理员维护', render_kw={'readonly': True}
        )
        return made

    def on_model_change(self, form: Any, model: Employer, is_created: bool) -> None:
        """Write an audit line for the change: papers and notices name the employer."""
        audit(AuditEvent.OWN_EMPLOYER, f'修改单位信息：{model.name}（{model.code}）')
