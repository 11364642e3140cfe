"""Review page: the whole declaration with its changes beside the form, and the queue of its stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from admin_views.declarations import actions, bulk_pages, bulk_run
from admin_views.declarations.actions import (
    Link,
    flow_links,
    is_wide,
    offered_options,
    page_links,
    said_before,
    shown_text,
    summary,
    whole_wanted,
)
from admin_views.declarations.declaration_list import DeclarationList
from admin_views.declarations.declaration_parts import SUBMITTED_AT, questions_for
from admin_views.declarations.materials import material_rows
from admin_views.framework import cells, controls
from admin_views.framework.access_check import action_link, does, refuse, row_url, safe_return, visitor
from admin_views.framework.list_parts import BulkAction, Column, RowLinks, Tab, except_on, only_on
from admin_views.framework.request_memo import request_memo
from admin_views.framework.transaction import attempt
from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.base import now
from models.reviewing import SetAside
from models.transaction import writing
from rules import access, declaration, remarks, review_desk, sections_seen
from rules.declaration import MATERIALS, place
from rules.flow import asking, guards, records
from rules.flow.asking import Option
from rules.flow.table import FLOW
from rules.flow.transition import Transition
from rules.refusal import Refusal, Refused
from rules.remarks import Remark

NOT_TYPED = ('csrf_token', 'confirmed', 'seen', 'source', 'id', 'url', 'then')
"""Names of form arguments that are not typed answers; a draft does not store them."""

ON_ASIDE = 'set_aside'
"""Key of the tab 暂缓."""


# --- the parts of a list ---


@cache
def aside_tab(stages: Sequence[Stage]) -> Tab:
    """Make the tab of the declarations that were set aside at some stages."""
    return Tab(ON_ASIDE, '暂缓', Application.stage.in_(stages) & review_desk.ASIDE)


def _track_cell(row: Application) -> Markup:
    """Show the track, and 暂缓 with its note where the declaration is set aside."""
    aside, shown = review_desk.aside(row), cells.track(row)
    if aside is None:
        return shown
    return shown + Markup(' <span title="{}">{}</span>').format(aside.note, cells.tag('暂缓', 'warn'))


def _aside_cell(row: Application) -> Markup:
    """Show the note, the account and the moment of setting a declaration aside."""
    aside = review_desk.aside(row)
    if aside is None:
        return Markup('')
    return cells.two_lines(aside.note, Markup('{} · {}').format(aside.account.name, cells.moment_cell(aside.at)))


_held = joinedload(Application.set_aside)
TRACK_OR_ASIDE = Column('track', '申报类型', _track_cell, sortable=True, loads=(_held,))
ASIDE_NOTE = Column(
    'aside',
    '暂缓说明',
    _aside_cell,
    only_on(ON_ASIDE),
    loads=(_held.joinedload(SetAside.account).lazyload(Account.grants),),
)
SUBMITTED_AT_UNLESS_ASIDE = replace(SUBMITTED_AT, shown_on=except_on(ON_ASIDE))


def review_links(view: Any, row: Application) -> list[Link]:
    """Make the links of a declaration under review: the main one to its page, other actions with their refusals.

    On the tab 暂缓, 取回 comes second, and the links after the fourth go behind ⋯.
    """
    flow, on_aside = flow_links(view, row), view.list_query().tab.key == ON_ASIDE
    if row.stage in view.stages and flow:
        url = row_url(view, 'act_view', row, action='approve')
        rest = [link | {'kind': 'more'} for link in flow if link['refused'] or link is not flow[0]]
        flow = [action_link(view.review_label, url, kind='main'), *rest]
    main, rest = [each for each in flow if each['kind'] == 'main'], [each for each in flow if each['kind'] != 'main']
    links = [*main, *page_links(view, row), *rest]
    if not on_aside:
        return links
    back = action_link('取回', row_url(view, 'unaside_view', row), kind='plain', method='post', asked=False)
    return [*links[:1], back, *links[1:3], *(link | {'kind': 'more'} for link in links[3:])]


def _set_many_aside(view: Any, ids: Sequence[str]) -> Any:
    """暂缓 for many: ask for the note first, then show the result row by row."""
    confirmed = bool(request.form.get('confirmed'))
    seen = request.form.getlist('seen') if confirmed else ids
    chosen = bulk_pages.chosen_rows(view, seen)
    if not chosen:
        return bulk_pages.nothing_chosen(view)
    form: Any = controls.form_class((review_desk.NOTE,), strict=True)(request.form if confirmed else None)
    if confirmed and bulk_pages.accepts_answers((review_desk.NOTE,), form):
        choose = partial(bulk_pages.chosen_rows, view, seen)
        done = bulk_run.run_and_keep('暂缓', choose, partial(review_desk.set_all_aside, note=form.note.data))
        return bulk_pages.go_to_result(view, done)
    act = {
        'label': '暂缓',
        'name': 'aside',
        'tab': request.form.get('tab', ''),
        'danger': False,
        'url': url_for(f'{view.endpoint}.action_view'),
    }
    values = {each.id: each.id for each in chosen}
    return bulk_pages.bulk_page(view, act, form, outcomes=review_desk.holdable(visitor(), chosen), values=values)


TAKE_BACK = bulk_pages.at_once('unaside', '取回', review_desk.take_all_back, 'main', only_on(ON_ASIDE))


def set_aside_action(stages: Sequence[Stage]) -> BulkAction:
    """Make the bulk action 暂缓 for the tabs of some stages."""
    return BulkAction('aside', '暂缓', _set_many_aside, offered_on=only_on(*stages))


# --- the view ---


class ReviewList(DeclarationList):
    """Work list whose actions open on the review page and lead on to the next declaration of the stage."""

    row_links: Sequence[RowLinks] = (RowLinks(review_links),)
    review_label = '审核'

    def act_form(self, row: Transition, application: Application | None) -> Any:
        """Make the form of an action: as sent, else from the draft, else from ``known``; add the places for remarks."""
        if application is None or request.endpoint != f'{self.endpoint}.act_view':
            return super().act_form(row, application)
        made = controls.form_class(questions_for(row, application), strict=True)
        draft = own_draft(row, application)
        if request.form.get('confirmed'):
            form = made(request.form)
        elif draft:
            form = made(MultiDict(draft.typed))
        else:
            form = made(None, data=self.known(row, application))
        if 'remarks' in form:
            form.remarks.places = remarks.places(visitor(), application)
        return form

    def known(self, row: Transition, application: Application) -> Mapping[str, Any]:
        """Return the initial answers of the form of one declaration; a form for many uses ``proposed`` alone."""
        return self.proposed(row, application)

    def notice_context(self, row: Transition, application: Application, form: Any) -> Mapping[str, Any]:
        """Return additional template context for the page of a public notice; empty by default."""
        return {}

    def act_page(self, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
        """Render the review page while the declaration is at the stage of the action, else the confirmation page."""
        if application.stage != row.source or application.stage not in self.stages:
            return super().act_page(row, application, form, refusal)
        return review_page(self, row, application, form, refusal)

    def onward(self, row: Transition, application: Application) -> str:
        """Return the address of the next declaration of the stage, or of the list when nothing is left."""
        if row.source not in self.stages:
            return super().onward(row, application)
        following = review_desk.next_of(_place_in_queue(application))
        return review_url(self, following) if following else _list_url(self, row.source)

    def performed(self, row: Transition, application: Application) -> None:
        """Delete the drafts of the declaration: they are sent or obsolete."""
        review_desk.drop_drafts(db.session(), application)

    @expose('/draft/<action>/', methods=('POST',))
    @does('draft')
    def draft_view(self, action: str) -> Any:
        """Save the typed answers as a draft."""
        return save_draft(self, action)

    @expose('/aside/', methods=('POST',))
    @does('aside')
    def aside_view(self) -> Any:
        """暂缓: set the declaration aside and open the next one."""
        return set_one_aside(self)

    @expose('/unaside/', methods=('POST',))
    @does('aside')
    def unaside_view(self) -> Any:
        """取回: put the declaration back into the queue."""
        return take_one_back(self)


# --- the page ---


def own_draft(row: Transition, application: Application) -> review_desk.Typed | None:
    """Return the visitor's draft of a form, or None; read once per request."""
    key = ('draft', row, application.id)
    return request_memo(key, lambda: review_desk.draft_of(db.session(), row, application, visitor()))


def review_page(view: Any, row: Transition, application: Application, form: Any, refusal: Refusal | None) -> str:
    """Render the declaration with its changes, the form of an action, and the queue."""
    draft = own_draft(row, application)
    whole = whole_wanted(application)
    changes = sections_seen.changes_seen(db.session(), visitor(), application, whole=whole)
    only = request.args.get('only') == '1' and bool(changes)
    sections = review_sections(application, whole, changes, only)
    return str(
        view.render(
            'review.html',
            transition=row,
            application=application,
            form=form,
            refusal=refusal,
            summary=summary(application),
            stage=Stage(application.stage),
            sections=sections,
            index=_index(sections),
            changes=changes,
            only=only,
            returned=_returned(application),
            files=_files(application, changes, only),
            handed_in=material_rows(application, application.stage) if guards.papers_there in row.guards else [],
            actions=_stage_actions(application, row, form),
            templates=view.wordings(application),
            queue=_place_in_queue(application),
            here=lambda key, action='approve', **more: review_url(view, key, action, **more),
            saved_at=draft.saved_at if draft else None,
            can_see_whole=access.sees_whole(current_user, application) and not whole,
            aside=review_desk.aside(application),
            narrow=True,
            wide=True,
            earlier=said_before(application),
            onward=_onward_to(row, application),
            decided=records.list_review_results(db.session(), visitor(), application),
            **view.notice_context(row, application, form),
            seen=request.form.get('seen') or application.version,
            back=_list_url(view, row.source),
        )
    )


def _place_in_queue(application: Application) -> Any:
    """Return the place of a declaration in the queue of its stage, within the visitor's scope."""
    scope = access.scope(current_user, Application, now().date())
    return review_desk.find_queue_position(db.session(), application, scope)


def _onward_to(row: Transition, application: Application) -> Sequence[tuple[str, str]]:
    """申报下一环节信息: return the stage after a pass and its holder, as label and text (手册 §3.2.3, §3.2.12)."""
    if row.action != 'approve' or row.target is None:
        return ()
    return (('报送去向', row.target.label), ('报送单位', asking.holder(application, row.target)))


def _stage_actions(application: Application, row: Transition, form: Any) -> list[Option]:
    """Return the actions of the present stage with refusals; the form's own is checked with the dates in the form."""
    options = [each for each in offered_options(application) if each.transition.source == application.stage]
    days = bulk_pages.days_in(row, form)
    lookups, actor, today = actions.flow_context()
    return [
        replace(each, refusal=asking.refusal_of(lookups, row, application, actor, today, days))
        if days and each.transition is row
        else each
        for each in options
    ]


def _list_url(view: Any, tab: str) -> str:
    """Return the address of the list that the visitor came from."""
    return safe_return(url_for(f'{view.endpoint}.index_view', tab=tab))


def review_url(view: Any, key: int, action: str = 'approve', **more: Any) -> str:
    """Return the address of a review page, with the list's address as ``url``."""
    return url_for(f'{view.endpoint}.act_view', action=action, id=key, url=safe_return('') or None, **more)


def save_draft(view: Any, action: str) -> Any:
    """Save the text of a form as a draft; answer a script with JSON, else redirect to the wanted action (``then``)."""
    application = view.requested()
    row = actions.transition_of(application, action)
    typed = {name: values for name, values in request.form.lists() if name not in NOT_TYPED}
    wants_json = request.accept_mimetypes.best == 'application/json'
    try:
        with writing() as session:
            mine = review_desk.works_on(current_user, application, now().date())
            if not mine or row.source != application.stage:
                raise Refused(Refusal('wrong_stage', f'{application}已不在此环节，未能保存'))
            draft = review_desk.keep_draft(session, row, application, current_user, typed)
    except Refused as refused:
        if wants_json:
            return jsonify(problem=refused.refusal.sentence), 409
        refuse(refused.refusal)
        return redirect(review_url(view, application.id, action))
    if wants_json:
        return jsonify(saved=f'{draft.saved_at:%H:%M}')
    then = request.form.get('then', '')
    known = {option.transition.action for option in offered_options(application)}
    return redirect(review_url(view, application.id, then if then in known else action))


def set_one_aside(view: Any) -> Any:
    """暂缓: set the declaration aside with a note and open the next one."""
    application = view.requested()
    row = next((each for each in FLOW if each.source == application.stage), None)
    onward = view.onward(row, application) if row else _list_url(view, 'all')

    def set_aside() -> str:
        review_desk.set_aside(db.session(), current_user, application, request.form.get('note', ''))
        return f'{application}：已暂缓，可在「暂缓」页签取回'

    return redirect(onward if attempt(set_aside) else review_url(view, application.id))


def take_one_back(view: Any) -> Any:
    """取回: put the declaration back into the queue."""
    application = view.requested()

    def take_back() -> str:
        review_desk.take_back(db.session(), current_user, application)
        return f'{application}：已取回'

    attempt(take_back)
    reviewing = request.form.get('reviewing')
    return redirect(review_url(view, application.id) if reviewing else _list_url(view, ON_ASIDE))


def _returned(application: Application) -> Step | None:
    """Return the last return if a correction was submitted after it, else None."""
    returned = declaration.last_return(application)
    return returned if returned is not None and returned.revision < application.revision else None


def _remarked(application: Application) -> dict[str, Remark]:
    """Return the remarks of that return (see ``_returned``) that the visitor may read, by place."""
    returned = _returned(application)
    found = remarks.readable(visitor(), returned.data.get('remarks', [])) if returned else []
    return {remark.place: remark for remark in found}


def _told(said: Mapping[str, Remark], at: str) -> str:
    return said[at].remark if at in said else ''


def review_sections(
    application: Application, whole: bool, changes: Sequence[declaration.Change], only: bool
) -> list[dict[str, Any]]:
    """Return every section; each value has its place, its earlier text and the remark of the last return.

    ``only`` leaves out sections, and values of single sections, that have no change and no remark. Key ``gone`` lists
    the values that were removed from the section.
    """
    changed = {change.place: change for change in changes}
    said = _remarked(application)
    shown = []
    for seen in sections_seen.sections_seen(visitor(), application, whole=whole):
        section, met, rows = seen.section, set(), []
        for row in seen.rows:
            values: list[dict[str, Any]] = [
                {'label': value.field.label, 'value': shown_text(value), 'place': value.place} for value in row
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
                'key': section.key(),
                'label': section.about.label,
                'many': section.many,
                'rows': rows,
                'wide': is_wide(seen.fields),
                'heads': [field.label for field in seen.fields],
                'changes': len(own),
                'remark': whole_remark,
                'place': place(section.key(), None, ''),
                'gone': gone,
            }
        )
    return shown


def _gone(changes: Sequence[declaration.Change], lost: Sequence[Remark]) -> list[dict[str, str]]:
    """Return values that were removed from a section, with the remarks of the last return on them."""
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
    """Return the section index: the number of changes, else of rows (✓ for a single section)."""
    entries = []
    for section in sections:
        count = len(section['rows']) if section['many'] else '✓'
        state, text = ('changed-mark', f'{section["changes"]} 改') if section['changes'] else ('plain', count)
        anchor = f'section-{section["key"]}'
        entries.append({'label': section['label'], 'anchor': anchor, 'state': state, 'text': text})
    return entries


def _files(application: Application, changes: Sequence[declaration.Change], only: bool) -> list[dict[str, Any]]:
    """Return the declarant's materials with files, new files marked, and the remark of the last return on each."""
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
