"""Bulk actions out of the flow, each in two beats: what can be done, then the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from types import MappingProxyType
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import Select, select

from admin_views.declarations import bulk_run
from admin_views.declarations.declaration_list import ApplicationList
from admin_views.framework import controls, export, paging
from admin_views.framework.access_check import does, once_a_request, reads_first, refuse, safe_return
from models import db
from models.application import Application, Stage
from models.base import now
from models.bulk_result import BulkResult
from models.fields import Field, Kind
from models.statutory import StatutoryNumber
from rules import access, notices, opinion_templates, overview, review_desk, statutory, validators
from rules.flow import asking, bulk, doing
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Door, Transition
from rules.refusal import Refused
from rules.validators import as_key

MOST_AT_ONCE = 2000
"""Declarations that a bulk action takes while the visitor waits; more are done by a job."""

NOTHING_CHOSEN = '请先勾选要办理的申报'

ALL_ASIDE = '筛选结果都已暂缓，请先取回，或逐项勾选'

LARGEST = 20_000
"""Declarations that a job takes."""


def _moment(text: str) -> datetime | None:
    """A moment as a page of ours wrote it."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)  # as it is compared with what is stored
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo and moment <= now() else None


def _few_enough(count: int) -> None:
    """Refuse with 400 more than are done at once, and more keys than a database takes with a statement."""
    if count > MOST_AT_ONCE:
        abort(400, f'一次最多办理 {MOST_AT_ONCE} 项，请缩小筛选范围')


class BulkActions(ApplicationList):
    """A list of declarations on which the actions of the flow are done to many at once."""

    @once_a_request
    def transitions(self) -> Sequence[Transition]:
        """The rows of the flow offered in bulk on the chosen tab."""
        tab = self.tab()
        return [
            row
            for row in FLOW
            if row.bulk
            and row.door == Door.PERSON
            and tab is not None
            and row.source == tab.key
            and row.source in self.stages
        ]

    def init_actions(self) -> None:
        """Flask-Admin's bulk actions, made out of the flow."""
        super().init_actions()
        for row in FLOW:
            if row.bulk and row.door == Door.PERSON and row.source in self.stages:
                name = f'{row.source}.{row.action}'
                self._actions.append((name, row.label))
                self._actions_data[name] = (lambda ids, row=row: self.preflight(row, ids), row.label, None)

    def is_action_allowed(self, name: str) -> bool:
        """Only what the chosen tab offers."""
        return name in self.offered_in_bulk() and super().is_action_allowed(name)

    @once_a_request
    def offered_in_bulk(self) -> frozenset[str]:
        """The names of what the chosen tab offers."""
        return frozenset(action['name'] for action in self.bulk_actions())

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
    @does('bulk')
    @reads_first
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
            wanted = {key for each in ids if (key := as_key(each))}
            _few_enough(len(wanted))
            statement = self.scoped().where(Application.id.in_(wanted))
        ordered = self.ordered(statement).options(*self.surroundings()).limit(MOST_AT_ONCE + 1)
        rows = list(db.session.scalars(ordered).unique())
        _few_enough(len(rows))
        return rows

    def preflight(self, row: Transition, ids: Sequence[str]) -> Any:
        """The first beat: what can be done, and what cannot and why."""
        if request.form.get('all_of_filter') == '1' and self.holds_many():
            return self.many_page(row, self.act_form(row, None))
        chosen = self.chosen(ids)
        if not chosen:
            return self.nothing_chosen()
        return self.preflight_page(row, chosen, self.act_form(row, self.typical(row, chosen)))

    def typical(self, row: Transition, chosen: Sequence[Application]) -> Application:
        """The one by which a form for many begins: of the period that most of those that can be done share.

        What is set aside is asked last: it is done only if it is ticked.
        """
        phase = overview.PHASES.get(Stage(row.source))
        if phase is None or len(chosen) == 1:
            return chosen[0]
        outcomes = bulk.preflight(db.session(), row, chosen, current_user, lookups=self.lookups())
        able = [each for each, outcome in zip(chosen, outcomes, strict=True) if outcome.done] or chosen
        able = [each for each in able if not review_desk.aside(each)] or able
        shared = Counter(notices.period_of(each, phase) for each in able)
        return max(able, key=lambda each: shared[notices.period_of(each, phase)])

    def holds_many(self) -> bool:
        """Whether the filter holds more than are shown at once, what was set aside among them."""
        rows = self.filtered().with_only_columns(Application.id)
        return db.session.scalars(select(paging.count_of(rows, MOST_AT_ONCE + 1))).one() > MOST_AT_ONCE

    def nothing_chosen(self, sentence: str = NOTHING_CHOSEN) -> Any:
        """Back to the list with what to do."""
        flash(sentence, 'error')
        return redirect(safe_return(url_for(f'{self.endpoint}.index_view', tab=request.form.get('tab') or None)))

    def preflight_page(
        self,
        row: Transition,
        chosen: Sequence[Application],
        form: Any,
        versions: Mapping[int, int | None] = MappingProxyType({}),
        *,
        ticked: Collection[int] = (),
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """The page of the first beat; once more with the ``versions`` seen before, what was ticked and answered.

        The days that stand in the form count before all is answered: who was published for others is named at once.
        """
        days = self.days(row, form)
        known = data or (days if all(days.values()) else {})
        outcomes = bulk.preflight(db.session(), row, chosen, current_user, known, self.lookups())
        seen = {each.id: each.version for each in chosen} | dict(versions)
        asides = {each.id: aside.note for each in chosen if (aside := review_desk.aside(each))}
        able = [each for each, outcome in zip(chosen, outcomes, strict=True) if outcome.done] or chosen
        first = next((each for each in able if each.id not in asides), able[0])
        return self.beat(
            row, form, first, outcomes=outcomes, asides=asides, ticked=ticked,
            asked_of={**self.period_asked_of(able), **self.period_published_of(able)},
            values={key: f'{key}:{version}' for key, version in seen.items()},
        )  # fmt: skip

    def period_asked_of(self, chosen: Sequence[Application]) -> Mapping[str, Any]:
        """Of whom a page that asks for the period of one notice for all is to ask what is wrong with it."""
        phase = overview.PHASES.get(Stage(chosen[0].stage)) if chosen else None
        if phase is None:
            return {}
        longest = max(chosen, key=lambda each: self.lookups().numbers(each)[StatutoryNumber.NOTICE_DAYS])
        return {'last_ready': notices.last_ready(chosen, phase).id, 'longest': longest.id}

    def period_published_of(self, chosen: Sequence[Application]) -> Mapping[str, Any]:
        """Of whom such a page is to ask which period was published; those that can be done together have the same."""
        phase = overview.PHASES.get(Stage(chosen[0].stage))
        published = (each.id for each in chosen if phase and notices.notice_of(each, phase))
        return {'published': next(published, None)}

    def days(self, row: Transition, form: Any) -> Mapping[str, Any]:
        """The days as they stand in the form of an action."""
        return {field.name: form[field.name].data for field in row.asks if field.kind is Kind.DAY}

    def many_page(self, row: Transition, form: Any) -> Any:
        """The page of the first beat where a job is to do it: the filter is sent on, and until when it counts."""
        moment = now()
        total = len(self.all_of_filter(moment, LARGEST))
        if not total:
            return self.nothing_chosen(ALL_ASIDE)
        if total > LARGEST:
            abort(400, f'一次最多办理 {LARGEST} 项，请缩小筛选范围')
        narrowing = {name: request.form[name] for name in ('search', *self.filters) if request.form.get(name)}
        first = db.session.scalars(self.ordered(self.workable()).limit(1)).first()
        return self.beat(
            row, form, first, total=total, narrowing=narrowing, described=self.described_filter(),
            until=moment.isoformat(),
        )  # fmt: skip

    def beat(self, row: Transition, form: Any, first: Application | None, **context: Any) -> str:
        """What both have in common: the action, the questions, and how the answers read for the first declaration."""
        act = {
            'label': row.label, 'name': review_desk.action_of(row), 'tab': row.source, 'danger': row.danger,
            'confirm': row.confirm, 'action': row.action, 'worded': row.completes is not None,
            'url': url_for(f'{self.endpoint}.bulk_view'),
        }  # fmt: skip
        return self.beat_page(
            act, form, templates=self.wordings(None), example=self.example(row, first, form) if first else None,
            worded=any(field.kind is Kind.PARAGRAPH for field in row.asks), **context,
        )  # fmt: skip

    def beat_page(self, act: Mapping[str, Any], form: Any, **context: Any) -> str:
        """The page of the first beat of any action on many."""
        given = {
            'outcomes': (), 'asides': {}, 'ticked': (), 'values': {}, 'total': 0, 'templates': {}, 'example': None,
            'worded': False, 'asked_of': {}, 'placeholders': opinion_templates.PLACEHOLDERS, 'sent_once': token_hex(16),
            'back': safe_return(url_for(f'{self.endpoint}.index_view', tab=act['tab'])),
        }  # fmt: skip
        return str(self.render('preflight.html', act=act, form=form, **{**given, **context}))

    def example(self, row: Transition, application: Application, form: Any) -> Mapping[str, Any]:
        """The words of one declaration, by which a form for many shows how its answers will read."""
        worded = ''
        if row.completes and form.starts_on.data and form.ends_on.data:
            phase = overview.PHASES[Stage(row.source)]
            worded = notices.wording(application, form.starts_on.data, form.ends_on.data, phase)
        words = opinion_templates.words_of(application)
        return {'id': application.id, 'name': application.applicant_name, 'words': words, 'wording': worded}

    def wordings(self, application: Application | None) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Wordings to choose from by the field they are for: name and text, in the words of one declaration or none."""
        return {}

    def workable(self) -> Select[Any]:
        """The rows of the filter that an action on all of it takes: what was set aside waits for another time."""
        return self.filtered().where(~review_desk.ASIDE)

    def all_of_filter(self, until: datetime, most: int) -> dict[int, int | None]:
        """Keys and versions of the rows of the filter that were there at a moment; no more than one beyond ``most``."""
        rows = self.ordered(self.workable().where(Application.entered_at <= until)).limit(most + 1)
        found = db.session.execute(rows.with_only_columns(Application.id, Application.version))
        return {key: version for key, version in found}

    @expose('/bulk/', methods=('POST',))
    @does('bulk')
    def bulk_view(self) -> Any:
        """The second beat: the run, and its result row by row."""
        name, sent_once = request.form.get('action', ''), request.form.get('sent_once', '')[:64]
        source, _, action = name.partition('.')
        row = TRANSITIONS.get((source, action))
        if row is None or name not in self._actions_data:
            abort(403, '没有这项操作')
        before = bulk_run.sent_before(sent_once)
        if before is not None and bulk_run.counts(before):
            return self.result_of(before)
        form = self.act_form(row, None)
        if request.form.get('all_of_filter') == '1':
            return self.begin_job(row, form, sent_once)
        seen = _versions(request.form.getlist('seen'))
        _few_enough(len(seen))
        if not seen or not self.suits_any(row, form):
            return self.again(row, form, seen)
        data = controls.answers(form, row.asks)
        if self.suits_none(row, seen, data):
            return self.again(row, form, seen, data)
        return self.result_of(bulk_run.run_now(row, seen, data, sent_once))

    def again(
        self, row: Transition, form: Any, seen: Mapping[int, int | None], data: Mapping[str, Any] | None = None
    ) -> Any:
        """The first beat once more, with nothing lost: nothing is ticked, or the answers do not do."""
        sent = {**_versions(request.form.getlist('held')), **seen}
        chosen = self.chosen([str(key) for key in sent])
        if not chosen:
            return self.nothing_chosen()
        if not seen:
            flash(NOTHING_CHOSEN, 'error')
        return self.preflight_page(row, chosen, form, sent, ticked=seen, data=data)

    def suits_none(self, row: Transition, seen: Mapping[int, int | None], data: Mapping[str, Any]) -> bool:
        """Whether the answers, by their days or in each one's own words, are in the way of every declaration."""
        if 'starts_on' not in data and not opinion_templates.placeholders(row.asks, data):
            return False
        outcomes = bulk.preflight(db.session(), row, self.chosen([str(key) for key in seen]), current_user, data)
        return bool(outcomes) and not any(each.done for each in outcomes)

    def taken(self, asked: Sequence[Field], form: Any) -> bool:
        """Whether the answers of a form for many can be taken."""
        if not form.validate():
            return False
        given = controls.answers(form, asked)
        problems = validators.form_problems(tuple(asked), given) | opinion_templates.problems(asked, given)
        controls.show_problems(form, problems)
        return not problems

    def suits_any(self, row: Transition, form: Any) -> bool:
        """Whether the answers to an action can be taken; a period that suits no one is told at its field."""
        if not self.taken(self.questions_for(row, None), form):
            return False
        refusal = asking.refusal_of_answers(row, self.lookups(), controls.answers(form, row.asks), now().date())
        controls.show_problems(form, {'ends_on': refusal.sentence} if refusal else {})
        return refusal is None

    def begin_job(self, row: Transition, form: Any, sent_once: str) -> Any:
        """The second beat over all rows of the filter."""
        until = _moment(request.form.get('until', ''))
        if until is None:
            abort(400, '请求不完整，请返回列表重新选择')
        if not self.suits_any(row, form):
            return self.many_page(row, form)
        seen = self.all_of_filter(until, LARGEST)
        if not 0 < len(seen) <= LARGEST:
            abort(400, f'一次办理 1 至 {LARGEST} 项，请返回列表重新选择')
        try:
            job = bulk_run.start(self.endpoint, row, seen, controls.answers(form, row.asks), sent_once)
        except Refused as refused:
            db.session.rollback()
            refuse(refused.refusal)
            return redirect(url_for('jobs.index'))
        return redirect(url_for('jobs.show', id=job.id, url=request.form.get('url')))

    def result_of(self, result: BulkResult) -> Any:
        """On to what was done, or to the job that is to do it."""
        if not result.rows and result.job_id:
            return redirect(url_for('jobs.show', id=result.job_id, url=request.form.get('url')))
        return redirect(url_for(f'{self.endpoint}.result_view', id=result.id, url=request.form.get('url')))

    @expose('/result/')
    def result_view(self) -> Any:
        """The result of a bulk action, to read or to download (``format=csv``)."""
        result = access.find(db.session(), current_user, BulkResult, request.args.get('id'), now().date())
        if result is None:
            abort(404, '没有这次批量办理，或您无权查看')
        if request.args.get('format') == 'csv':
            return export.rows_response(f'{result.label}结果', bulk_run.HEADS, result.rows)
        back = safe_return(url_for(f'{self.endpoint}.index_view'))
        return self.render('result.html', result=result, done=f'已{doing.done(result.label)}', back=back)

    def act_form(self, row: Transition, application: Application | None) -> Any:
        """The questions of an action, with what is already known filled in."""
        made = controls.form_class(self.questions_for(row, application), strict=True)
        if request.form.get('confirmed'):
            return made(request.form)
        return made(None, data=self.proposed(row, application) if application else None)

    def questions_for(self, row: Transition, application: Application | None) -> Sequence[Field]:
        """Return what an action asks of a declaration; of many, what falls short of it will do for none of them."""
        lookups = self.lookups()
        numbers = lookups.numbers(application) if application else statutory.lowest_of_all(lookups.session)
        return row.asked_under(numbers)

    def proposed(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Answers that the system proposes: the period already on paper, the title of a document."""
        names = {field.name for field in row.asks}
        if 'starts_on' in names:
            notice = notices.notice_of(application, overview.PHASES[Stage(row.source)])
            return {'starts_on': notice.starts_on, 'ends_on': notice.ends_on} if notice else {}
        if 'title' in names:
            return {'title': f'{application.committee} {application.year} 年度评审通过人员批件'}
        return {}


def _versions(seen: Sequence[str]) -> dict[int, int | None]:
    """``id:version`` pairs as the first beat wrote them; anything else is left out."""
    pairs = (each.partition(':') for each in seen)
    read = ((as_key(key), as_key(version)) for key, _, version in pairs)
    return {key: version for key, version in read if key is not None and version is not None}
