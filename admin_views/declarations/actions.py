"""Actions of the flow as links of a row and as pages: confirmation, progress and the declaration read-only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_login import current_user

from admin_views.declarations import details_export
from admin_views.declarations.declaration_parts import lookups
from admin_views.framework import controls
from admin_views.framework.access_check import action_link, page_url, refuse, row_url, safe_return, visitor
from admin_views.framework.audit import audit
from admin_views.framework.crud import CONFLICT
from admin_views.framework.fast.paging import recount_tabs
from admin_views.framework.request_memo import request_memo
from models import db
from models.account import Account
from models.application import Application, Stage
from models.audit import AuditEvent
from models.base import now
from models.fields import Field, Kind
from models.transaction import writing
from ports import job_queue
from rules import access, declaration, fees, sections_seen
from rules.flow import asking, diagram, doing, records
from rules.flow.asking import Option
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Door, Lookups, Transition
from rules.refusal import Invalid, Refusal, Refused
from rules.sections_seen import ValueSeen
from rules.validators import as_key

Link = dict[str, Any]

PAGES = {'details_view': '查看', 'progress_view': '进度', 'files.index': '材料', 'files.reports': '打印'}
"""Pages about a declaration that are not actions of the flow (手册 §2.3)."""


# --- links of a row ---


def flow_context() -> tuple[Lookups, Account, date]:
    """Return the lookups, the account and the day with which the flow is asked."""
    return request_memo('flow context', lambda: (lookups(), visitor(), now().date()))


def offered_options(row: Application, *, listed: bool = True) -> list[Option]:
    """Return the actions of the flow that concern the visitor, each with its refusal or None."""
    known, actor, today = flow_context()
    return asking.available(known, row, actor, today, listed=listed)


def flow_links(view: Any, row: Application, *, listed: bool = True) -> list[Link]:
    """Make links of the flow's actions, refused ones with the reason; the first is the main one unless dangerous."""
    links: list[Link] = []
    for option in offered_options(row, listed=listed):
        step = option.transition
        url = row_url(view, 'act_view', row, action=step.action)
        kind = 'main' if not links and not step.danger else 'more'
        links.append(action_link(step.label, url, kind=kind, refused=option.refusal))
    return links


def page_links(view: Any, row: Application) -> list[Link]:
    """Make links of the pages about a declaration."""
    urls = request_memo(('pages', view.endpoint), lambda: [page_url(view, page) for page in PAGES])
    labelled = zip(PAGES.values(), urls, strict=True)
    return [action_link(label, f'{url}&id={row.id}', kind='plain') for label, url in labelled]


def declaration_links(view: Any, row: Application) -> list[Link]:
    """Make the links of a declaration: the main action, the pages, then the other actions behind ⋯."""
    flow = flow_links(view, row)
    main, rest = [each for each in flow if each['kind'] == 'main'], [each for each in flow if each['kind'] != 'main']
    return [*main, *page_links(view, row), *rest]


# --- the page of one action ---


def act_on(view: Any, action: str) -> Any:
    """Show the confirmation page of an action, and carry the action out when it is confirmed."""
    application = view.requested()
    row = transition_of(application, action)
    form = view.act_form(row, application)
    refusal = asking.refusal_of(lookups(), row, application, current_user, now().date())
    if request.method == 'POST' and form.validate():
        try:
            return _perform(view, row, application, form)
        except Invalid as invalid:
            controls.show_problems(form, invalid.errors)
        except Refused as refused:
            refusal = refused.refusal
    page = view.act_page(row, application, form, refusal)
    status = CONFLICT if refusal and request.method == 'POST' else 200
    return make_response(page, status)


def confirmation_page(view: Any, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
    """Render the page on which an action is confirmed."""
    return str(
        view.render(
            'act.html',
            transition=row,
            application=application,
            form=form,
            refusal=refusal,
            summary=summary(application),
            earlier=said_before(application),
            seen=request.form.get('seen') or application.version,
            back=safe_return(url_for(f'{view.endpoint}.details_view', id=application.id)),
        )
    )


def transition_of(application: Application, action: str) -> Transition:
    """Return the row of FLOW for the action at the sent or present stage, else its first row; answer 404 if none."""
    row = TRANSITIONS.get((request.form.get('source') or application.stage, action))
    if row is None:
        row = next((each for each in FLOW if each.action == action), None)
    if row is None or row.door != Door.PERSON:
        abort(404, '没有这项操作')
    return row


def _perform(view: Any, row: Transition, application: Application, form: Any) -> Any:
    seen = request.form.get('seen', '')
    name, onward = str(application), view.onward(row, application)
    with writing() as session:
        step = doing.perform(
            session,
            row.action,
            application,
            current_user,
            version=as_key(seen) or 0,
            data=controls.answers(form, row.asks),
            source=row.source,
        )
        view.performed(row, application)
    recount_tabs(visitor(), Application)
    stage = access.stage_seen(current_user, application) if step else None
    flash(f'{name}：已{doing.outcome(row.label, stage)}', 'success')
    return redirect(onward)


# --- other pages ---


def start_details_export(view: Any) -> Any:
    """导出明细: start the job that writes every section of the filtered declarations."""
    query = view.list_query()
    ordered = query.ordered(query.filtered.with_only_columns(Application.id)).limit(
        details_export.MOST_EXPORTED_DETAILS + 1
    )
    ids = list(db.session.scalars(ordered))
    back = f'{query.home}?{view.present_query()}'
    if not 0 < len(ids) <= details_export.MOST_EXPORTED_DETAILS:
        flash(
            f'明细一次最多导出 {details_export.MOST_EXPORTED_DETAILS:,} 项，请缩小筛选范围'
            if ids
            else '没有可导出的申报',
            'error',
        )
        return redirect(back)
    arguments = {'ids': ids, 'described': query.described()}
    try:
        with writing() as session:
            label = f'导出明细（{len(ids)} 项）'
            job = job_queue.queue_job(session, current_user, 'details', label, arguments, room=view.endpoint)
            audit(AuditEvent.EXPORT, f'{view.name}明细：{len(ids)} 行，筛选：{query.described()}')
    except Refused as refused:
        refuse(refused.refusal)
        return redirect(back)
    return redirect(url_for('jobs.show', id=job.id, url=back))


def progress_page(view: Any) -> Any:
    """进度: render the thirteen steps, the present holder and the records (手册 §2.1.14, §2.3)."""
    application = view.requested()
    stage = access.stage_seen(current_user, application)
    return view.render(
        'progress.html',
        application=application,
        summary=summary(application),
        stage=stage,
        line=diagram.progress(stage, furthest=bool(application.result == 'passed')),
        holder=asking.holder(application, stage),
        waiting=_waiting_for(application),
        steps=[_shown(record) for record in records.list_records(current_user, application)],
        changes=sections_seen.changes_seen(
            db.session(), visitor(), application, whole=application.applicant_id == current_user.id
        ),
        actions=flow_links(view, application, listed=False),
        back=safe_return(url_for(f'{view.endpoint}.index_view')),
    )


def _waiting_for(application: Application) -> str:
    """Return the reason why the next approval is not possible yet, or ''."""
    for row in FLOW:
        if row.source == application.stage and row.action == 'approve' and row.door == Door.PERSON:
            refusal = asking.guard_refusal(row, lookups(), application, now().date())
            if refusal:
                return refusal.sentence
    return ''


def whole_wanted(application: Application) -> bool:
    """Tell whether the request asks for unmasked values and may see them; write an audit line for another's values."""
    whole = request.args.get('whole') == '1' and access.sees_whole(current_user, application)
    if whole and application.applicant_id != current_user.id:
        revealed = '、'.join(sections_seen.masked_labels(visitor(), application))
        with writing():
            audit(AuditEvent.SEE_WHOLE, f'{application.serial} {revealed}')
    return whole


def dossier_page(view: Any) -> Any:
    """查看: render the whole declaration, read-only."""
    application = view.requested()
    whole = whole_wanted(application)
    own = application.applicant_id == current_user.id
    return view.render(
        'dossier.html',
        application=application,
        summary=summary(application),
        sections=shown_sections(application, whole or own),
        changed={change.section for change in declaration.last_changes(db.session(), application)},
        can_see_whole=access.sees_whole(current_user, application) and not whole and not own,
        actions=flow_links(view, application, listed=False),
        stage=access.stage_seen(current_user, application),
        order=fees.order_of(db.session(), application),
        back=safe_return(url_for(f'{view.endpoint}.index_view')),
    )


# --- how a declaration reads ---


def summary(application: Application) -> str:
    """Return the applicant, the title and the speciality in one line."""
    applied = f'{application.title}（{application.speciality}）' if application.title else '尚未选择申报资格'
    return f'{application.applicant_name or "（未填姓名）"} · {applied}'


STEP_TAGS = {'return': 'warn', 'withdraw': 'warn', 'reject': 'bad', 'terminate': 'bad'}


def said_before(application: Application) -> list[dict[str, Any]]:
    """此前意见: return the records that have answers or remarks, newest first."""
    return [_shown(record) for record in records.list_records(current_user, application) if record.says]


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
        'kind': STEP_TAGS.get(step.action, 'good'),
    }


def shown_sections(application: Application, whole: bool) -> list[dict[str, Any]]:
    """Return every section as labels and texts, as the visitor may read them."""
    return [
        {
            'key': seen.section.key(),
            'label': seen.section.about.label,
            'many': seen.section.many,
            'wide': is_wide(seen.fields),
            'rows': [[(value.field.label, shown_text(value)) for value in row] for row in seen.rows],
            'heads': [field.label for field in seen.fields],
        }
        for seen in sections_seen.sections_seen(visitor(), application, whole=whole)
    ]


MOST_TABLE_COLUMNS = 5
"""Most fields of a section that the read-only page shows as columns of a table."""


def is_wide(fields: Collection[Field]) -> bool:
    """Tell whether the rows of a section are shown as blocks: a table would squeeze their long texts."""
    return len(fields) > MOST_TABLE_COLUMNS or any(field.kind in (Kind.PARAGRAPH, Kind.RICH) for field in fields)


def shown_text(value: ValueSeen) -> str:
    """Return a value as pages show it; a dash if its field is not asked of the row."""
    return '—' if value.text is None else value.text
