"""Actions of the flow on many declarations, each on two pages: first what can be done, then the run and its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from types import MappingProxyType
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import Select, select

from admin_views.declarations import bulk_run, print_many
from admin_views.declarations.declaration_parts import SURROUNDINGS, lookups, questions_for
from admin_views.framework import controls, export
from admin_views.framework.access_check import refuse, safe_return
from admin_views.framework.fast import paging
from admin_views.framework.list_parts import BulkAction, ShownOn, Tab, everywhere, only_on
from models import db
from models.application import Application, Stage
from models.base import now
from models.bulk_result import BulkResult
from models.fields import Field, Kind
from models.statutory import StatutoryNumber
from rules import access, notices, opinion_templates, overview, review_desk, validators
from rules.flow import asking, bulk, doing
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Door, Transition
from rules.refusal import Refused
from rules.validators import as_key

MOST_IN_REQUEST = 2000
"""Most declarations that a bulk action takes within a request; a job takes more."""

NOTHING_CHOSEN = '请先勾选要办理的申报'

ALL_ASIDE = '筛选结果都已暂缓，请先取回，或逐项勾选'

MOST_IN_JOB = 20_000
"""Most declarations that one job takes."""


# --- the actions ---


def flow_actions(stages: Sequence[Stage]) -> tuple[BulkAction, ...]:
    """Make the bulk actions of some stages out of FLOW, each offered on the tab of its stage, the main one first."""
    return tuple(
        BulkAction(
            review_desk.action_of(row),
            row.label,
            partial(show_preflight, row),
            'danger' if row.danger else 'plain' if number else 'main',
            only_on(row.source),
        )
        for stage in stages
        for number, row in enumerate(_done_in_bulk(stage))
    )


def _done_in_bulk(stage: Stage) -> list[Transition]:
    return [row for row in FLOW if row.source == stage and row.bulk and row.door == Door.PERSON]


def _print_papers(view: Any, ids: Sequence[str]) -> Any:
    """生成报表: answer with the form, the bundle or the job for the ticked rows."""
    return print_many.answer(view, chosen_rows(view, ids), safe_return(url_for(f'{view.endpoint}.index_view')))


def _prints_papers(_tab: Tab | None) -> bool:
    """Offer 生成报表 on every tab to roles that have reports to print in bundles."""
    return bool(print_many.bundled(current_user))


PAPERS = BulkAction(print_many.ACTION, '生成报表', _print_papers, offered_on=_prints_papers)


def at_once(
    name: str, label: str, operation: bulk_run.Operation, kind: str = 'plain', offered_on: ShownOn = everywhere
) -> BulkAction:
    """Make a bulk action outside the flow: it acts without confirmation and shows the result row by row.

    Use it only for an operation that does no harm.
    """
    return BulkAction(name, label, partial(_act_at_once, label, operation), kind, offered_on)


def _act_at_once(label: str, operation: bulk_run.Operation, view: Any, ids: Sequence[str]) -> Any:
    if not chosen_rows(view, ids):
        return nothing_chosen(view)
    return go_to_result(view, bulk_run.run_and_keep(label, partial(chosen_rows, view, ids), operation))


# --- the chosen rows ---


def _moment(text: str) -> datetime | None:
    """Parse an ISO 8601 moment; None if it is malformed, has no time zone or lies in the future."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)  # raises OverflowError for a moment that has no UTC form
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo and moment <= now() else None


def _few_enough(count: int) -> None:
    """Answer 400 above MOST_IN_REQUEST, which also limits the keys that one statement sends."""
    if count > MOST_IN_REQUEST:
        abort(400, f'一次最多办理 {MOST_IN_REQUEST} 项，请缩小筛选范围')


def chosen_rows(view: Any, ids: Sequence[str]) -> list[Application]:
    """Read the ticked declarations in the scope, or all of the filter, in the order of the list; 400 if too many."""
    if request.form.get('all_of_filter') == '1':
        statement = view.list_query().filtered
    else:
        wanted = {key for each in ids if (key := as_key(each))}
        _few_enough(len(wanted))
        statement = view.list_query().scoped.where(Application.id.in_(wanted))
    ordered = view.list_query().ordered(statement).options(*SURROUNDINGS).limit(MOST_IN_REQUEST + 1)
    rows = list(db.session.scalars(ordered).unique())
    _few_enough(len(rows))
    return rows


def show_preflight(row: Transition, view: Any, ids: Sequence[str]) -> Any:
    """Show the first page of an action: the declarations that can be done, and the others with the reason."""
    if request.form.get('all_of_filter') == '1' and holds_many(view):
        return job_preflight_page(view, row, view.act_form(row, None))
    chosen = chosen_rows(view, ids)
    if not chosen:
        return nothing_chosen(view)
    return preflight_page(view, row, chosen, view.act_form(row, typical_row(row, chosen)))


def typical_row(row: Transition, chosen: Sequence[Application]) -> Application:
    """Pick the declaration whose published period prefills the form: the period that is most common.

    Declarations that cannot be done, and those that are set aside (done only when ticked), count only where there
    are no others.
    """
    phase = overview.PHASES.get(Stage(row.source))
    if phase is None or len(chosen) == 1:
        return chosen[0]
    outcomes = bulk.preflight(db.session(), row, chosen, current_user, lookups=lookups())
    able = [each for each, outcome in zip(chosen, outcomes, strict=True) if outcome.done] or chosen
    able = [each for each in able if not review_desk.aside(each)] or able
    shared = Counter(notices.period_of(each, phase) for each in able)
    return max(able, key=lambda each: shared[notices.period_of(each, phase)])


def holds_many(view: Any) -> bool:
    """Tell whether the filter selects more than MOST_IN_REQUEST declarations, including those set aside."""
    rows = view.list_query().filtered.with_only_columns(Application.id)
    return db.session.scalars(select(paging.count_of(rows, MOST_IN_REQUEST + 1))).one() > MOST_IN_REQUEST


def nothing_chosen(view: Any, sentence: str = NOTHING_CHOSEN) -> Any:
    """Redirect to the list and flash a sentence."""
    flash(sentence, 'error')
    return redirect(safe_return(url_for(f'{view.endpoint}.index_view', tab=request.form.get('tab') or None)))


def preflight_page(
    view: Any,
    row: Transition,
    chosen: Sequence[Application],
    form: Any,
    versions: Mapping[int, int | None] = MappingProxyType({}),
    *,
    ticked: Collection[int] = (),
    data: Mapping[str, Any] | None = None,
) -> str:
    """Render the first page; after a refusal, render it again with the earlier ``versions``, ticks and answers.

    Days in the form are checked before the rest is answered: declarations that were published for another period are
    named at once.
    """
    days = days_in(row, form)
    known = data or (days if all(days.values()) else {})
    outcomes = bulk.preflight(db.session(), row, chosen, current_user, known, lookups())
    seen = {each.id: each.version for each in chosen} | dict(versions)
    asides = {each.id: aside.note for each in chosen if (aside := review_desk.aside(each))}
    able = [each for each, outcome in zip(chosen, outcomes, strict=True) if outcome.done] or chosen
    first = next((each for each in able if each.id not in asides), able[0])
    return flow_page(
        view,
        row,
        form,
        first,
        outcomes=outcomes,
        asides=asides,
        ticked=ticked,
        asked_of={**period_asked_of(able), **period_published_of(able)},
        values={key: f'{key}:{version}' for key, version in seen.items()},
    )


def period_asked_of(chosen: Sequence[Application]) -> Mapping[str, Any]:
    """Return the ids of the declarations that limit a shared notice: last to enter the stage, longest period."""
    phase = overview.PHASES.get(Stage(chosen[0].stage)) if chosen else None
    if phase is None:
        return {}
    last = notices.last_ready(chosen, phase)
    days = {each.id: lookups().numbers(each)[StatutoryNumber.NOTICE_DAYS] for each in chosen}
    longest = max(days, key=lambda key: days[key])
    return {'last_ready': last.id} | ({'longest': longest} if days[longest] > days[last.id] else {})


def period_published_of(chosen: Sequence[Application]) -> Mapping[str, Any]:
    """Return the id of a declaration with a published notice, or None; those done together share one period."""
    phase = overview.PHASES.get(Stage(chosen[0].stage))
    published = (each.id for each in chosen if phase and notices.notice_of(each, phase))
    return {'published': next(published, None)}


def days_in(row: Transition, form: Any) -> Mapping[str, Any]:
    """Return the dates in the form of an action."""
    return {field.name: form[field.name].data for field in row.asks if field.kind is Kind.DAY}


def job_preflight_page(view: Any, row: Transition, form: Any) -> Any:
    """Render the first page of an action for a job; its form sends the filter and the moment of the selection."""
    moment = now()
    total = len(versions_in_filter(view, moment, MOST_IN_JOB))
    if not total:
        return nothing_chosen(view, ALL_ASIDE)
    if total > MOST_IN_JOB:
        abort(400, f'一次最多办理 {MOST_IN_JOB} 项，请缩小筛选范围')
    narrowing = {name: request.form[name] for name in ('search', *view.filters_by_name) if request.form.get(name)}
    first = db.session.scalars(view.list_query().ordered(workable_rows(view)).limit(1)).first()
    return flow_page(
        view,
        row,
        form,
        first,
        total=total,
        narrowing=narrowing,
        described=view.list_query().described(),
        until=moment.isoformat(),
    )


def flow_page(view: Any, row: Transition, form: Any, first: Application | None, **context: Any) -> str:
    """Render the first page of an action of the flow, with an example of the wording for one declaration."""
    act = {
        'label': row.label,
        'name': review_desk.action_of(row),
        'tab': row.source,
        'danger': row.danger,
        'confirm': row.confirm,
        'action': row.action,
        'worded': row.completes is not None,
        'url': url_for(f'{view.endpoint}.bulk_view'),
    }
    return bulk_page(
        view,
        act,
        form,
        templates=view.wordings(None),
        example=worded_example(row, first, form) if first else None,
        worded=any(field.kind is Kind.PARAGRAPH for field in row.asks),
        **context,
    )


def bulk_page(view: Any, act: Mapping[str, Any], form: Any, **context: Any) -> str:
    """Render the first page of any action on many declarations."""
    given = {
        'outcomes': (),
        'asides': {},
        'ticked': (),
        'values': {},
        'total': 0,
        'templates': {},
        'example': None,
        'worded': False,
        'asked_of': {},
        'placeholders': opinion_templates.PLACEHOLDERS,
        'sent_once': token_hex(16),
        'back': safe_return(url_for(f'{view.endpoint}.index_view', tab=act['tab'])),
    }
    return str(view.render('preflight.html', act=act, form=form, **{**given, **context}))


def worded_example(row: Transition, application: Application, form: Any) -> Mapping[str, Any]:
    """Return the values of one declaration from which the page previews the wordings."""
    worded = ''
    if row.completes and form.starts_on.data and form.ends_on.data:
        phase = overview.PHASES[Stage(row.source)]
        worded = notices.wording(application, form.starts_on.data, form.ends_on.data, phase)
    words = opinion_templates.words_of(application)
    return {'id': application.id, 'name': application.applicant_name, 'words': words, 'wording': worded}


def workable_rows(view: Any) -> Select[Any]:
    """Select the rows of the filter that an action on all of them takes: all but those set aside."""
    return view.list_query().filtered.where(~review_desk.ASIDE)


def versions_in_filter(view: Any, until: datetime, most: int) -> dict[int, int | None]:
    """Read keys and versions of the rows that were in the filter at a moment, at most one more than ``most``."""
    rows = view.list_query().ordered(workable_rows(view).where(Application.entered_at <= until)).limit(most + 1)
    found = db.session.execute(rows.with_only_columns(Application.id, Application.version))
    return {key: version for key, version in found}


def run_bulk(view: Any) -> Any:
    """Run a confirmed action and redirect to its result; show the first page again if nothing can be done."""
    name, sent_once = request.form.get('action', ''), request.form.get('sent_once', '')[:64]
    source, _, action = name.partition('.')
    row = TRANSITIONS.get((source, action))
    if row is None or name not in {each.name for each in view.bulk}:
        abort(403, '没有这项操作')
    before = bulk_run.sent_before(sent_once)
    if before is not None and bulk_run.is_done_or_running(before):
        return go_to_result(view, before)
    form = view.act_form(row, None)
    if request.form.get('all_of_filter') == '1':
        return start_job(view, row, form, sent_once)
    seen = _versions(request.form.getlist('seen'))
    _few_enough(len(seen))
    if not seen or not accepts_flow_answers(row, form):
        return preflight_again(view, row, form, seen)
    data = controls.answers(form, row.asks)
    if suits_nobody(view, row, seen, data):
        return preflight_again(view, row, form, seen, data)
    return go_to_result(view, bulk_run.run_now(row, seen, data, sent_once))


def preflight_again(
    view: Any, row: Transition, form: Any, seen: Mapping[int, int | None], data: Mapping[str, Any] | None = None
) -> Any:
    """Show the first page again, with ticks and answers, if nothing is ticked or the answers are refused."""
    sent = {**_versions(request.form.getlist('held')), **seen}
    chosen = chosen_rows(view, [str(key) for key in sent])
    if not chosen:
        return nothing_chosen(view)
    if not seen:
        flash(NOTHING_CHOSEN, 'error')
    return preflight_page(view, row, chosen, form, sent, ticked=seen, data=data)


def suits_nobody(view: Any, row: Transition, seen: Mapping[int, int | None], data: Mapping[str, Any]) -> bool:
    """Tell whether every declaration is refused with these answers; checked for dates and placeholders only."""
    if 'starts_on' not in data and not opinion_templates.placeholders(row.asks, data):
        return False
    outcomes = bulk.preflight(db.session(), row, chosen_rows(view, [str(key) for key in seen]), current_user, data)
    return bool(outcomes) and not any(each.done for each in outcomes)


def accepts_answers(asked: Sequence[Field], form: Any) -> bool:
    """Validate the answers of a form for many declarations and show problems at their fields."""
    if not form.validate():
        return False
    given = controls.answers(form, asked)
    problems = validators.form_problems(tuple(asked), given) | opinion_templates.find_answer_problems(asked, given)
    controls.show_problems(form, problems)
    return not problems


def accepts_flow_answers(row: Transition, form: Any) -> bool:
    """Validate the answers to an action of the flow; show a period that suits no declaration as an error of its end."""
    if not accepts_answers(questions_for(row, None), form):
        return False
    refusal = asking.refusal_of_answers(row, lookups(), controls.answers(form, row.asks), now().date())
    controls.show_problems(form, {'ends_on': refusal.sentence} if refusal else {})
    return refusal is None


def start_job(view: Any, row: Transition, form: Any, sent_once: str) -> Any:
    """Start the job that runs an action over all rows of the filter."""
    until = _moment(request.form.get('until', ''))
    if until is None:
        abort(400, '请求不完整，请返回列表重新选择')
    if not accepts_flow_answers(row, form):
        return job_preflight_page(view, row, form)
    seen = versions_in_filter(view, until, MOST_IN_JOB)
    if not 0 < len(seen) <= MOST_IN_JOB:
        abort(400, f'一次办理 1 至 {MOST_IN_JOB} 项，请返回列表重新选择')
    try:
        job = bulk_run.queue_bulk_job(view.endpoint, row, seen, controls.answers(form, row.asks), sent_once)
    except Refused as refused:
        refuse(refused.refusal)
        return redirect(url_for('jobs.index'))
    return redirect(url_for('jobs.show', id=job.id, url=request.form.get('url')))


def go_to_result(view: Any, result: BulkResult) -> Any:
    """Redirect to the result of an action, or to the job that runs it."""
    if not result.rows and result.job_id:
        return redirect(url_for('jobs.show', id=result.job_id, url=request.form.get('url')))
    return redirect(url_for(f'{view.endpoint}.result_view', id=result.id, url=request.form.get('url')))


def show_result(view: Any) -> Any:
    """Show the result of a bulk action; ``format=csv`` downloads it."""
    result = access.find(db.session(), current_user, BulkResult, request.args.get('id'), now().date())
    if result is None:
        abort(404, '没有这次批量办理，或您无权查看')
    if request.args.get('format') == 'csv':
        return export.rows_response(f'{result.label}结果', bulk_run.HEADS, result.rows)
    back = safe_return(url_for(f'{view.endpoint}.index_view'))
    return view.render('result.html', result=result, done=f'已{doing.done(result.label)}', back=back)


def proposed_answers(row: Transition, application: Application) -> Mapping[str, Any]:
    """Return answers that the system proposes: the period of the printed list, the title of a document."""
    names = {field.name for field in row.asks}
    if 'starts_on' in names:
        notice = notices.notice_of(application, overview.PHASES[Stage(row.source)])
        return {'starts_on': notice.starts_on, 'ends_on': notice.ends_on} if notice else {}
    if 'title' in names:
        return {'title': f'{application.committee} {application.year} 年度评审通过人员批件'}
    return {}


def _versions(seen: Sequence[str]) -> dict[int, int | None]:
    """Parse the ``id:version`` pairs that the first page wrote; skip malformed ones."""
    pairs = (each.partition(':') for each in seen)
    read = ((as_key(key), as_key(version)) for key, _, version in pairs)
    return {key: version for key, version in read if key is not None and version is not None}
