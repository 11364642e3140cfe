"""Form of a declaration (手册 §2.1): one form over its single sections, and the rows of its list sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from wtforms import BooleanField, Form, FormField

from admin_views.declarations import registry_lookup
from admin_views.declarations.actions import flow_links
from admin_views.declarations.declaration_list import DeclarationList
from admin_views.declarations.materials import material_rows
from admin_views.framework import controls
from admin_views.framework.access_check import does
from admin_views.framework.crud import CrudView
from admin_views.framework.option_lists import offered_by
from models import db
from models.application import Application, Stage
from models.base import now
from models.catalogue import Call
from models.declaration import Basic
from models.fields import Kind, fields_of
from models.section import SECTIONS, Section
from models.transaction import writing
from ports import registries
from rules import access, choice_sources, completeness, declaration, hints, remarks, statutory, validators
from rules.choice_sources import STEPS

SINGLE = [section for section in SECTIONS if not section.many]
LISTS = {section.key(): section for section in SECTIONS if section.many}


class Declaring(DeclarationList):
    """List of the applicant's own declarations, with 编辑 as the form of a whole declaration."""

    edit_template = 'declare.html'
    strict_form = False

    def scaffold_form(self, application: Application | None = None) -> type[Form]:
        """Make one form over all single sections, each a part under its own prefix, with one declaration's bounds."""

        def part(section: type[Section]) -> Any:
            fields = fields_of(section).values()
            bounded = [field.bounded_for(application) for field in fields] if application else fields
            return FormField(controls.form_class(bounded, strict=False))

        parts = {section.key(): part(section) for section in SINGLE}
        accepted = BooleanField('本人已阅读并同意')
        return type(
            'DeclarationForm', (controls.BaseForm,), {'accepted': accepted, **parts, 'version': controls.SeenVersion()}
        )

    def edit_form(self, obj: Any = None) -> Form:
        """Return the form of a declaration with the choices that depend on it; answer 403 if it is closed to change."""
        _open_to_change(obj)
        form: Any = self.scaffold_form(obj)(obj=obj)
        for section in SINGLE:
            part = form[section.key()].form
            chosen = {step: part[step].data for step in STEPS} if section.key() == 'target' else {}
            controls.fill_choices(part, _choices(section, obj, chosen))
            registry_lookup.connect(part, section.key(), obj.id)
        if request.method == 'GET':
            text = declaration.commitment(db.session())
            form.accepted.data = bool(text and obj.commitment_version == text.version)
        return form

    def stale(self, form: Any, model: Any) -> None:
        """Answer 409 with stored and typed values: another save, maybe from the same person's other tab, came first."""
        rows = []
        for section in SINGLE:
            if not section.applies(model):
                continue
            stored, part = getattr(model, section.key()), form[section.key()].form
            for name, field in fields_of(section).items():
                if field.readonly:
                    continue
                kept = declaration.value_shown(stored, field)
                typed = _chosen_label(part[name]) if field.kind is Kind.REFERENCE else field.shown(part[name].data)
                rows.append((f'{section.about.label} · {field.label}', kept, typed))
        self.show_conflict([row for row in rows if row[1] != row[2]], model)

    def update_model(self, form: Any, model: Any) -> bool:
        """Save the single sections, complete or not; answer 409 and save nothing if the version is stale."""
        with writing() as session:
            _open_to_change(model)
            stale = request.form.get('version', '') != str(model.version)
            if not stale:
                _take_over(form, model)
                declaration.accept_commitment(session, model, form.accepted.data)
                declaration.refresh(session, model, now().date())
        if stale:
            self.stale(form, model)
        return True

    @expose('/edit/', methods=('GET', 'POST'))
    @does('edit')
    def edit_view(self) -> Any:
        """填写申报信息: save at any time; 提交 saves first, then redirects to the action if nothing is missing."""
        application = self.requested()
        form = self.edit_form(application)
        if request.method == 'POST' and form.validate():
            self.update_model(form, application)
            if request.form.get('then') == 'fetch':
                return self.fetch_insured(application)
            if request.accept_mimetypes.best == 'application/json':
                return jsonify(self.saved_state(application))
            if request.form.get('then') == 'submit' and not self.problems(application):
                return redirect(url_for('my_applications.act_view', action='submit', id=application.id))
            flash(f'{application.serial} 已于 {now():%H:%M} 暂存', 'success')
            return redirect(url_for('my_applications.edit_view', id=application.id, check=request.form.get('then')))
        if request.method == 'POST' and request.accept_mimetypes.best == 'application/json':
            return jsonify(errors=form.errors), 422
        return self.render('declare.html', narrow=True, **self.declaration_context(application, form))

    def fetch_insured(self, application: Application) -> Any:
        """Ask the registry again for the payer of the social insurance and store it (手册 §2.1.3: 现参保单位)."""
        found = registry_lookup.ask('insurance', current_user)
        if found.values is None:
            _open_to_change(application)
        else:
            with writing() as session:
                _open_to_change(application)  # checked again: the registry may have been slow
                declaration.take_insured(Basic.of(application), found.values)
                declaration.refresh(session, application, now().date())
        if request.accept_mimetypes.best == 'application/json':
            basic, fields = Basic.of(application), fields_of(Basic)
            filled = ('insured_employer', 'insured_code', 'work_employer')
            values = {name: fields[name].shown(getattr(basic, name)) for name in filled}
            return jsonify(self.saved_state(application) | {'values': values, 'message': found.sentence})
        flash(found.sentence, 'warning' if found.values is None else 'success')
        return redirect(url_for('my_applications.edit_view', id=application.id))

    @expose('/fetch/', methods=('POST',))
    @does('edit')
    def fetch_view(self) -> Any:
        """Return as JSON the registry's values for the typed number, which the form fills in; store nothing."""
        field = registry_lookup.field_of(request.values.get('section', ''))
        application = self.requested()
        if field is None:
            abort(404)
        _open_to_change(application)
        number = validators.normalised(request.form.get('number', ''))[: field.max_length]
        if not number:
            return jsonify(message=f'请先填写{field.label}')
        found = registry_lookup.ask(field.fetch, current_user, number)
        answers = registries.REGISTRIES[field.fetch].answers
        values = {name: answers[name].shown(value) for name, value in (found.values or {}).items()}
        return jsonify(values=values, message=found.sentence)

    def declaration_context(self, application: Application, form: Any) -> dict[str, Any]:
        """Return the template context of the form page."""
        found, numbers = self.problems(application), statutory.numbers_of(db.session(), application)
        last = application.steps[-1] if application.steps else None
        return {
            'application': application,
            'application_stage': Stage(application.stage).label,
            'form': form,
            'sections': declaration.sections_of(application),
            'fields_of': fields_of,
            'rows_of': declaration.rows_of,
            'value_shown': declaration.value_shown,
            'index': self.index(application, found),
            'problems': [self.problem_link(problem) for problem in found],
            'show_problems': request.args.get('check') == 'submit' or request.method == 'POST',
            'commitment': declaration.commitment(db.session()),
            'returned': last if last and last.action == 'return' else None,
            'offering': application.offering,
            'call': application.offering.call if application.offering else open_call(),
            'materials': material_rows(application),
            'numbers': numbers,
            'hints': hints.hints(application, now().date(), numbers),
            'remarks': {},
            **remarks_shown(application),
            'flow': flow_links(self, application, listed=False),
        }

    def saved_state(self, application: Application) -> dict[str, Any]:
        """Return the JSON answer to an automatic save: version, index, problems and derived values."""
        found = self.problems(application)
        basic, fields = Basic.of(application), fields_of(Basic)
        return {
            'version': application.version,
            'saved': f'{now():%H:%M}',
            'sections': self.index(application, found),
            'problems': [self.problem_link(problem) for problem in found],
            'filled': {f'basic-{name}': fields[name].shown(getattr(basic, name)) for name in ('born_on', 'sex')},
        }

    def problems(self, application: Application) -> list[completeness.Problem]:
        """List what is missing or wrong today; empty if the declaration can be submitted."""
        return completeness.list_problems(db.session(), application, now().date())

    def problem_link(self, problem: completeness.Problem) -> dict[str, str]:
        """Return a problem as text with a link to its field."""
        if problem.section == completeness.COMMITMENT_PART:
            anchor = 'accepted'
        elif problem.section == declaration.MATERIALS:
            anchor = f'material-{problem.field}'
        elif problem.section in LISTS:
            anchor = f'{problem.section}-{problem.row_id}' if problem.row_id else f'section-{problem.section}'
        else:
            anchor = f'{problem.section}-{problem.field}'
        return {'text': problem.sentence, 'url': f'#{anchor}', 'section': problem.section}

    def index(self, application: Application, found: list[completeness.Problem] | None = None) -> list[dict[str, str]]:
        """Return the section index; each entry shows ✓, the number of problems, or 选填."""
        found = self.problems(application) if found is None else found
        missing = {key: sum(1 for each in found if each.section == key) for key in {each.section for each in found}}
        asked = declaration.sections_of(application)
        entries = [
            (completeness.COMMITMENT_PART, '申报承诺', ''),
            *((each.key(), each.about.label, _count(application, each)) for each in asked),
            (declaration.MATERIALS, '事项材料上传', ''),
        ]
        about = {'label': '事项说明', 'anchor': 'section-about', 'state': 'plain', 'text': ''}
        return [about, *(_entry(key, label, count, missing.get(key, 0)) for key, label, count in entries)]

    @expose('/narrow/')
    def narrow_view(self) -> Any:
        """Return as JSON the choices of each step, given the choices of the steps before it (手册 §2.1.7)."""
        chosen = {step: request.args.get(step) for step in STEPS}
        today = now().date()
        return jsonify({step: choice_sources.narrowed(db.session(), step, chosen, today) for step in STEPS})

    @expose('/suggest/')
    def suggest_view(self) -> Any:
        """Return as JSON the completions of the text typed into a field; answer 404 for an unknown ``source``."""
        source = choice_sources.SUGGESTIONS.get(request.args.get('source', ''))
        if source is None:
            abort(404)
        return jsonify(source(request.args.get('text', '')[:100]))


def _entry(key: str, label: str, count: str, lacking: int) -> dict[str, str]:
    optional = count == '选填'
    return {
        'label': label,
        'anchor': f'section-{key}',
        'state': 'missing' if lacking else 'optional' if optional else 'done',
        'text': f'缺 {lacking}' if lacking else count if optional else f'✓ {count}'.strip(),
    }


def remarks_shown(application: Application) -> dict[str, Any]:
    """Return the newest return's remarks on fields and files, as links and by anchor; {} once it is answered."""
    if application.stage != Stage.CORRECTION:
        return {}
    where, links = remarks.places(current_user, application), []
    by_anchor: dict[str, list[str]] = {}
    for each in remarks.remarks_of(application):
        if each.place in where:
            links.append({'anchor': _anchor(each), 'where': where[each.place], 'remark': each.remark})
            field = f'{where[each.place].rpartition(" ")[2]}：' if each.row_id and each.field else ''
            by_anchor.setdefault(_anchor(each), []).append(field + each.remark)
    return {'remarks': {anchor: '；'.join(said) for anchor, said in by_anchor.items()}, 'remark_links': links}


def _anchor(remark: remarks.Remark) -> str:
    """Return the anchor of a remark on the form page."""
    if remark.section == declaration.MATERIALS:
        return f'material-{remark.row_id}'
    if remark.row_id:
        return f'{remark.section}-{remark.row_id}'
    return f'{remark.section}-{remark.field}' if remark.field else f'section-{remark.section}'


def _take_over(form: Any, application: Application) -> None:
    """Write the values of the single sections into their rows."""
    for section in SINGLE:
        if not section.applies(application):
            continue  # the section is not on the page, so its stored values stay
        row, part = getattr(application, section.key()), form[section.key()].form
        for name, field in fields_of(section).items():
            if not field.readonly:
                setattr(row, name, part[name].data)
    declaration.follow_identity(Basic.of(application))


def _open_to_change(application: Application) -> None:
    """Refuse with 403 unless the visitor may change the declaration now."""
    refusal = access.may_change(current_user, application)
    if refusal:
        abort(403, refusal.sentence)


def open_call() -> Call | None:
    """Return the newest call that takes declarations today, or None."""
    return next(iter(choice_sources.open_calls(db.session(), now().date())), None)


def _chosen_label(control: Any) -> str:
    return next((choice.label for choice in control.choices if choice.value == str(control.data)), '')


def _count(application: Application, section: type[Section]) -> str:
    count = len(declaration.rows_of(application, section)) if section.many else 0
    return str(count) if count else '选填' if section.many and not section.about.required else ''


def _choices(section: type[Section], application: Application, chosen: Mapping[str, str | None]) -> controls.Choices:
    offered: dict[str, Mapping[str, str]] = {}
    for name, field in fields_of(section).items():
        source = offered_by(field.choices_from)
        if source is not None:
            offered[name] = source(db.session(), application, chosen, now().date())
    return offered


class DeclarationRows(CrudView):
    """Rows of one list section, added, edited and deleted in a modal (手册 §2.1.4 图)."""

    create_modal = edit_modal = True
    strict_form = True

    def __init__(self, section: type[Section]) -> None:
        self.of = self.section = section
        self.columns = self.form_fields = tuple(fields_of(section))
        super().__init__(f'declaration_{section.key()}')
        self.name = section.about.label

    def is_visible(self) -> bool:
        """Return False: the lists are reached from the declaration, not from the menu."""
        return False

    def parent(self) -> Application:
        """Load the declaration of a new row; answer 404 outside the visitor's scope, 403 if it is closed to change."""
        application = access.find(
            db.session(), current_user, Application, request.values.get('application'), now().date()
        )
        if application is None:
            abort(404, '没有这项申报，或您无权查看')
        _open_to_change(application)
        return application

    @expose('/')
    def index_view(self) -> Any:
        """Redirect to 我的事项: the rows are shown within their declaration."""
        return redirect(url_for('my_applications.index_view'))

    @expose('/new/', methods=('GET', 'POST'))
    @does('create')
    def create_view(self) -> Any:
        """Add a row to the declaration named in the address."""
        self.parent()
        return super().create_view()

    def create_form(self, obj: Any = None) -> Form:
        """Make the form of a new row, with the address of 【获取】."""
        form = super().create_form(obj)
        registry_lookup.connect(form, self.section.key(), self.parent().id)
        return form

    def edit_form(self, obj: Any = None) -> Form:
        """Make the form of a stored row, with the address of 【获取】."""
        form = super().edit_form(obj)
        registry_lookup.connect(form, self.section.key(), obj.application_id)
        return form

    def validate_form(self, form: Any) -> bool:
        """Require the fields of the chosen kind, and clear the fields of other kinds."""
        if not super().validate_form(form):
            return False
        for name, field in self.fields.items():
            if field.only_for and form.kind.data not in field.only_for:
                form[name].data = None
            elif field.only_for and field.required and form[name].data in (None, ''):
                form[name].errors = [f'请填写{field.label}']
        return not form.errors

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Attach a new row to its declaration, and raise the declaration's version."""
        with db.session.no_autoflush:  # the new row has no declaration before the assignment below
            application = self.parent() if is_created else model.application
        if is_created:
            model.application = application
        declaration.refresh(db.session(), application, now().date())

    def on_model_delete(self, model: Any) -> None:
        """Raise the declaration's version for a deletion too."""
        declaration.refresh(db.session(), model.application, now().date())

    def get_save_return_url(self, model: Any, is_created: bool = False) -> str:
        """Return the address of the section within the declaration."""
        return url_for('my_applications.edit_view', id=model.application_id) + f'#section-{self.section.key()}'
