"""The review page: the whole declaration with what changed beside the form, and the queue that it is a part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from admin_views.declarations import bulk_run
from admin_views.declarations.actions import ApplicationView, changes_seen, is_wide, said_before, shown_value, summary
from admin_views.declarations.materials import material_rows
from admin_views.framework import cells, controls
from admin_views.framework.access_check import action_link, begin_anew, does, kept, refuse, safe_return, visitor
from admin_views.framework.query import Tab
from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.base import now
from models.fields import fields_of
from models.reviewing import SetAside
from models.section import SECTIONS
from rules import access, declaration, remarks, review_desk
from rules.declaration import MATERIALS, place
from rules.flow import asking, guards, records
from rules.flow.asking import Option
from rules.flow.table import FLOW
from rules.flow.transition import Transition
from rules.refusal import Refusal, Refused
from rules.remarks import Remark

NOT_TYPED = ('csrf_token', 'confirmed', 'seen', 'source', 'id', 'url', 'then')
"""What a form sends besides what was typed into it."""

ON_ASIDE = 'set_aside'
"""The tab of what is set aside."""


class Desk(ApplicationView):
    """A work list whose actions are done beside the declaration, one after the other."""

    columns: Sequence[str] = ('serial', 'applicant', 'applied', 'track', 'aside', 'submitted_at', 'waited', 'stage')
    review_label = '审核'
    one_stage_tabs: Sequence[str] = ()

    # --- the list ---

    def own_cells(self) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
        """The kind of declaration, and whether it is set aside and why."""
        return {**super().own_cells(), 'track': ('申报类型', _track), 'aside': ('暂缓说明', _aside)}

    def eager(self) -> Sequence[Any]:
        """Whether a declaration is set aside and, on the tab of these, by whom."""
        held = joinedload(Application.set_aside)
        by = (held.joinedload(SetAside.account).lazyload(Account.grants),) if self.on_aside() else ()
        return (*super().eager(), held, *by)

    def list_context(self, **context: Any) -> dict[str, Any]:
        """Why, by whom and when a declaration was set aside is told on the tab of these, where its submission was."""
        made = super().list_context(**context)
        left_out = 'submitted_at' if self.on_aside() else 'aside'
        shown = made.get('list_columns', context['list_columns'])
        return made | {'list_columns': [column for column in shown if column[0] != left_out]}

    def on_aside(self) -> bool:
        """Whether the tab of what is set aside is chosen."""
        tab = self.tab()
        return tab is not None and tab.key == ON_ASIDE

    def row_actions(self, row: Application) -> list[dict[str, Any]]:
        """What is set aside can be taken back from where it is listed."""
        actions = super().row_actions(row)
        if not self.on_aside():
            return actions
        back = action_link('取回', self.row_url('unaside_view', row), kind='plain', method='post', asked=False)
        near, far = actions[:3], [link | {'kind': 'more'} for link in actions[3:]]
        return [*near[:1], back, *near[1:], *far]

    def init_actions(self) -> None:
        """The flow's actions, and setting aside and taking back."""
        super().init_actions()
        for name, (label, handler) in self.at_the_desk().items():
            self._actions.append((name, label))
            self._actions_data[name] = (handler, label, None)

    def at_the_desk(self) -> Mapping[str, tuple[str, Callable[[Sequence[str]], Any]]]:
        """What is done to many without moving them: label and handler by name."""
        return {'aside': ('暂缓', self.aside_many), 'unaside': ('取回', self.unaside_many)}

    def bulk_actions(self) -> list[dict[str, str]]:
        """暂缓 where something is done, 取回 where it was set aside."""
        offered, tab = super().bulk_actions(), self.tab()
        if self.on_aside():
            return [{'name': 'unaside', 'label': '取回', 'kind': 'main'}, *offered]
        if tab is not None and tab.key in self.stages:
            return [*offered, {'name': 'aside', 'label': '暂缓', 'kind': 'plain'}]
        return offered

    def aside_many(self, ids: Sequence[str]) -> Any:
        """暂缓 for many: first for what and why, then the result row by row."""
        confirmed = bool(request.form.get('confirmed'))
        if confirmed:
            begin_anew()
        chosen = self.chosen(request.form.getlist('seen') if confirmed else ids)
        if not chosen:
            return self.nothing_chosen()
        form: Any = controls.form_class((review_desk.NOTE,), strict=True)(request.form if confirmed else None)
        if confirmed and self.taken((review_desk.NOTE,), form):
            outcomes = review_desk.set_all_aside(db.session(), visitor(), chosen, form.note.data)
            return self.result_of(bulk_run.keep('暂缓', outcomes))
        act = {
            'label': '暂缓', 'name': 'aside', 'tab': request.form.get('tab', ''), 'danger': False,
            'url': url_for(f'{self.endpoint}.action_view'),
        }  # fmt: skip
        values = {each.id: each.id for each in chosen}
        return self.beat_page(act, form, outcomes=review_desk.holdable(visitor(), chosen), values=values)

    def unaside_many(self, ids: Sequence[str]) -> Any:
        """取回 for many, at once: it does no harm, and the result says what was taken back."""
        begin_anew()
        chosen = self.chosen(ids)
        if not chosen:
            return self.nothing_chosen()
        return self.result_of(bulk_run.keep('取回', review_desk.take_all_back(db.session(), visitor(), chosen)))

    @classmethod
    @cache
    def aside_tab(cls) -> Tab:
        """The declarations that were set aside."""
        return Tab(ON_ASIDE, '暂缓', Application.stage.in_(cls.stages) & review_desk.ASIDE)

    def flow_links(self, row: Application, *, listed: bool = True) -> list[dict[str, Any]]:
        """In a list one way to the review page, and what cannot be done now with the reason."""
        links = super().flow_links(row, listed=listed)
        if not listed or row.stage not in self.stages or not links:
            return links
        url = self.row_url('act_view', row, action='approve')
        rest = [link | {'kind': 'more'} for link in links if link['refused'] or link is not links[0]]
        return [action_link(self.review_label, url, kind='main'), *rest]

    # --- the page ---

    def act_form(self, row: Transition, application: Application | None) -> Any:
        """The form of an action as it was left, with the places that a remark can be about."""
        if application is None or request.endpoint != f'{self.endpoint}.act_view':
            return super().act_form(row, application)
        made = controls.form_class(self.questions_for(row, application), strict=True)
        draft = self.draft(row, application)
        if request.form.get('confirmed'):
            form = made(request.form)
        elif draft:
            form = made(MultiDict(draft.typed))
        else:
            form = made(None, data=self.known(row, application))
        if 'remarks' in form:
            form.remarks.places = remarks.places(application)
        return form

    def draft(self, row: Transition, application: Application) -> review_desk.Typed | None:
        """What the visitor has typed into the form and not sent, read once a request."""
        return kept(
            ('draft', row, application.id), lambda: review_desk.draft_of(db.session(), row, application, visitor())
        )

    def known(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """What the form of one declaration begins with; a form for many begins with what is ``proposed`` alone."""
        return self.proposed(row, application)

    def act_page(self, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
        """The review page while the declaration is where the action belongs, else why not."""
        if application.stage != row.source or application.stage not in self.stages:
            return super().act_page(row, application, form, refusal)
        queue = review_desk.place_of(db.session(), application, access.scope(current_user, Application, now().date()))
        draft = self.draft(row, application)
        whole = self.whole_wanted(application)
        changes = changes_seen(application, whole)
        only = request.args.get('only') == '1' and bool(changes)
        sections = review_sections(application, whole, changes, only)
        return self.render(
            'review.html', transition=row, application=application, form=form, refusal=refusal,
            summary=summary(application), stage=Stage(application.stage), sections=sections,
            index=_index(sections), changes=changes, only=only, returned=_returned(application),
            files=_files(application, changes, only),
            handed_in=material_rows(application, application.stage) if guards.handed_in in row.guards else [],
            actions=self.stage_actions(application, row, form), templates=self.wordings(application),
            queue=queue, here=self.review_url, saved_at=draft.saved_at if draft else None,
            can_see_whole=access.sees_whole(current_user, application) and not whole,
            aside=review_desk.aside(application), narrow=True, wide=True, earlier=said_before(application),
            onward=self.onward_to(row, application),
            decided=records.decided(db.session(), visitor(), application),
            **self.notice_context(row, application, form),
            seen=request.form.get('seen') or application.version, back=self.list_url(row.source),
        )  # fmt: skip

    def onward_to(self, row: Transition, application: Application) -> Sequence[tuple[str, str]]:
        """申报下一环节信息: where a pass leads and to whom (手册 §3.2.3, §3.2.12)."""
        if row.action != 'approve' or row.target is None:
            return ()
        return (('报送去向', row.target.label), ('报送单位', asking.holder(application, row.target)))

    def stage_actions(self, application: Application, row: Transition, form: Any) -> list[Option]:
        """The actions of the present stage, each with allowed or why not; that of the form as its days stand there."""
        options = [each for each in self.offered(application) if each.transition.source == application.stage]
        days = self.days(row, form)
        lookups, actor, today = self.asking()
        return [
            replace(each, refusal=asking.refusal_of(lookups, row, application, actor, today, days))
            if days and each.transition is row
            else each
            for each in options
        ]

    def notice_context(self, row: Transition, application: Application, form: Any) -> Mapping[str, Any]:
        """What the page of a public notice shows besides."""
        return {}

    def list_url(self, tab: str) -> str:
        """Back to the list that the visitor came from."""
        return safe_return(url_for(f'{self.endpoint}.index_view', tab=tab))

    def review_url(self, key: int, action: str = 'approve', **more: Any) -> str:
        """The review page of a declaration, which remembers the list."""
        return url_for(f'{self.endpoint}.act_view', action=action, id=key, url=safe_return('') or None, **more)

    def onward(self, row: Transition, application: Application) -> str:
        """After a decision the next one of the stage opens; the list when nothing waits any more."""
        if row.source not in self.stages:
            return super().onward(row, application)
        scope = access.scope(current_user, Application, now().date())
        following = review_desk.next_of(review_desk.place_of(db.session(), application, scope))
        return self.review_url(following) if following else self.list_url(row.source)

    def performed(self, row: Transition, application: Application) -> None:
        """What was typed has been sent, or is of no use any more."""
        review_desk.drop_drafts(db.session(), application)

    @expose('/draft/<action>/', methods=('POST',))
    @does('draft')
    def draft_view(self, action: str) -> Any:
        """Keep what was typed; a script is told when, a person goes on to what was asked for."""
        application = self.requested()
        row = self._transition(application, action)
        typed = {name: values for name, values in request.form.lists() if name not in NOT_TYPED}
        wants_json = request.accept_mimetypes.best == 'application/json'
        try:
            if not review_desk.works_on(current_user, application, now().date()) or row.source != application.stage:
                raise Refused(Refusal('wrong_stage', f'{application}已不在此环节，未能保存'))
            draft = review_desk.keep_draft(db.session(), row, application, current_user, typed)
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            if wants_json:
                return jsonify(problem=refused.refusal.sentence), 409
            refuse(refused.refusal)
            return redirect(self.review_url(application.id, action))
        if wants_json:
            return jsonify(saved=f'{draft.saved_at:%H:%M}')
        then = request.form.get('then', '')
        known = {option.transition.action for option in self.offered(application)}
        return redirect(self.review_url(application.id, then if then in known else action))

    @expose('/aside/', methods=('POST',))
    @does('aside')
    def aside_view(self) -> Any:
        """暂缓: set the declaration aside with a note; the next one opens."""
        application = self.requested()
        row = next((each for each in FLOW if each.source == application.stage), None)
        onward = self.onward(row, application) if row else self.list_url('all')
        try:
            review_desk.set_aside(db.session(), current_user, application, request.form.get('note', ''))
            db.session.commit()
            flash(f'{application}：已暂缓，可在「暂缓」页签取回', 'success')
        except Refused as refused:
            db.session.rollback()
            refuse(refused.refusal)
            onward = self.review_url(application.id)
        return redirect(onward)

    @expose('/unaside/', methods=('POST',))
    @does('aside')
    def unaside_view(self) -> Any:
        """取回: back into the queue."""
        application = self.requested()
        try:
            review_desk.take_back(db.session(), current_user, application)
            db.session.commit()
            flash(f'{application}：已取回', 'success')
        except Refused as refused:
            db.session.rollback()
            refuse(refused.refusal)
        reviewing = request.form.get('reviewing')
        return redirect(self.review_url(application.id) if reviewing else self.list_url(ON_ASIDE))


def _track(row: Application) -> Markup:
    aside, shown = review_desk.aside(row), cells.track(row)
    if aside is None:
        return shown
    return shown + Markup(' <span title="{}">{}</span>').format(aside.note, cells.tag('暂缓', 'warn'))


def _aside(row: Application) -> Markup:
    aside = review_desk.aside(row)
    if aside is None:
        return Markup('')
    return cells.two_lines(aside.note, Markup('{} · {}').format(aside.account.name, cells.moment(aside.at)))


def _returned(application: Application) -> Step | None:
    """The return whose correction is being reviewed now."""
    returned = declaration.last_return(application)
    return returned if returned is not None and returned.revision < application.revision else None


def _remarked(application: Application) -> dict[str, Remark]:
    """What that return said, by place."""
    returned = _returned(application)
    found = remarks.read(returned.data.get('remarks', [])) if returned else []
    return {remark.place: remark for remark in found}


def _told(said: Mapping[str, Remark], at: str) -> str:
    return said[at].remark if at in said else ''


def review_sections(
    application: Application, whole: bool, changes: Sequence[declaration.Change], only: bool
) -> list[dict[str, Any]]:
    """Every section with, at each value, its place, what it was before and what the last return said of it.

    ``only`` leaves what neither changed nor was remarked upon away. Values that are gone are told under the section.
    """
    changed = {change.place: change for change in changes}
    said = _remarked(application)
    shown = []
    for section in SECTIONS:
        if not section.applies(application):
            continue
        fields, met, rows = fields_of(section).values(), set(), []
        for row in declaration.rows_of(application, section):
            row_id = row.id if section.many else None
            values: list[dict[str, Any]] = [
                {
                    'label': field.label,
                    'value': shown_value(row, field, whole),
                    'place': place(section.key(), row_id, field.name),
                }
                for field in fields
            ]
            for each in values:
                met.add(each['place'])
                change = changed.get(each['place'])
                each |= {'changed': change is not None, 'before': change.before if change else ''}
                each['remark'] = _told(said, each['place'])
            rows.append([each for each in values if not only or section.many or each['changed'] or each['remark']])
        own = [change for change in changes if change.place.startswith(f'{section.key()}.')]
        met.add(place(section.key(), None, ''))
        whole_remark = _told(said, place(section.key(), None, ''))
        lost = [each for at, each in said.items() if each.section == section.key() and at not in met]
        gone = _gone([each for each in own if each.place not in met], lost)
        if only and not (own or whole_remark or gone or any(each['remark'] for row in rows for each in row)):
            continue
        shown.append(
            {
                'key': section.key(), 'label': section.about.label, 'many': section.many, 'rows': rows,
                'wide': is_wide(fields),
                'heads': [field.label for field in fields], 'changes': len(own), 'remark': whole_remark,
                'place': place(section.key(), None, ''), 'gone': gone,
            }
        )  # fmt: skip
    return shown


def _gone(changes: Sequence[declaration.Change], lost: Sequence[Remark]) -> list[dict[str, str]]:
    """What a section no longer holds, with what the last return had said of it."""
    said = {each.place: each for each in lost}
    rows = [
        {'label': each.label, 'before': each.before, 'remark': _told(said, each.place)}
        for each in changes
        if each.before or each.place in said
    ]
    told = {each.place for each in changes}
    return rows + [
        {'label': remarks.gone(each), 'before': '', 'remark': each.remark} for each in lost if each.place not in told
    ]


def _index(sections: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The section index: what changed, else how many rows there are."""
    entries = []
    for section in sections:
        count = len(section['rows']) if section['many'] else '✓'
        state, text = ('changed-mark', f'{section["changes"]} 改') if section['changes'] else ('plain', count)
        anchor = f'section-{section["key"]}'
        entries.append({'label': section['label'], 'anchor': anchor, 'state': state, 'text': text})
    return entries


def _files(application: Application, changes: Sequence[declaration.Change], only: bool) -> list[dict[str, Any]]:
    """The declarant's materials with their files, what was handed in anew marked, and what the last return said."""
    touched = {change.place.split('.')[1] for change in changes if change.place.startswith(f'{MATERIALS}.')}
    said = _remarked(application)
    rows = []
    for row in material_rows(application):
        at = place(MATERIALS, row['material'].id, '')
        files = [(each, str(each.id) in touched) for each in row['files']]
        row |= {'place': at, 'remark': _told(said, at), 'marked': files, 'changed': any(new for _each, new in files)}
        if (row['files'] or row['required'] or row['remark']) and (not only or row['changed'] or row['remark']):
            rows.append(row)
    return rows
