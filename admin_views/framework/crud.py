"""List view with forms, which connects Flask-Admin with the rules; it opens nothing by default.

Everything is denied until ``rules/access`` opens it: a room admits a role, its verbs open create, edit, delete, export
and all other pages with ``@does``, and the scope of the model selects the rows. A view never checks access itself. The
check of each request is in ``access_check.py``, the rows of a list are in ``query.py``, its page is in
``list_page.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_admin.form import FormOpts
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from wtforms import Form

from admin_views.framework import controls
from admin_views.framework.access_check import does, refuse, safe_return
from admin_views.framework.list_page import ListView
from admin_views.framework.list_parts import referred
from admin_views.framework.option_lists import fixed_labels
from models import db
from models.fields import Kind
from models.transaction import writing
from rules import access
from rules.refusal import Refused

CONFLICT = 409


class CrudView(ListView):
    """List with a details page and forms."""

    form_fields: Sequence[str] = ()
    strict_form = True

    def scaffold_form(self) -> type[Form]:
        """Return the form class of the declared fields, with the version of the row that the user saw."""
        made = controls.form_class((self.fields[name] for name in self.form_fields), strict=self.strict_form)
        made.version = controls.SeenVersion()
        return made

    def get_create_form(self) -> type[Form]:
        """Return the form class for a new row."""
        return self.scaffold_form()

    def get_edit_form(self) -> type[Form]:
        """Return the form class for an existing row."""
        return self.scaffold_form()

    def create_form(self, obj: Any = None) -> Form:
        """Return the form of a new row with the present choices."""
        return self._with_choices(super().create_form(obj))

    def edit_form(self, obj: Any = None) -> Form:
        """Return the filled form of a row; answer 403 if the row may not be changed now."""
        self._refuse_unless_open(obj)
        form: Any = self._with_choices(super().edit_form(obj))
        if request.method == 'GET':
            form.version.data = self.version_of(obj)
        return form

    def version_of(self, row: Any) -> str:
        """Return the SHA-256 of the row's values in the form; it changes when one of them changes."""
        shown = [str(getattr(row, name)) for name in self.form_fields]
        return hashlib.sha256('\x1f'.join(shown).encode()).hexdigest()

    def _with_choices(self, form: Any) -> Form:
        controls.fill_choices(form, self.choices())
        return form

    def choices(self) -> controls.Choices:
        """Return choices by field name: rows for a reference (at most 2,000), fixed labels for ``choices_from``."""
        offered: dict[str, Mapping[str, str]] = {}
        for name in self.form_fields:
            field = self.fields[name]
            if field.kind is Kind.REFERENCE:
                rows = db.session.scalars(select(referred(self.model, name)).limit(2000))
                offered[name] = {str(row.id): str(row) for row in rows}
            elif labels := fixed_labels(field.choices_from):
                offered[name] = labels
        return offered

    def create_model(self, form: Any) -> Any:
        """Store a new row in one write transaction; return None if it cannot be stored (the reason is flashed)."""
        row: Any = None

        def store(session: Session) -> None:
            nonlocal row
            row = self.build_new_instance()
            form.populate_obj(row)
            session.add(row)
            self.on_model_change(form, row, True)

        return row if self._stored(store) else None

    def update_model(self, form: Any, model: Any) -> bool:
        """Save a form; answer 409 if somebody saved the row meanwhile (see ``stale``), 404 if it is gone."""
        seen, stale = form.version.data, False

        def store(_session: Session) -> None:
            nonlocal stale
            self._refuse_unless_open(self.requested())  # reads the row anew: its history tells what the form changes
            stale = bool(seen) and seen != self.version_of(model)
            if not stale:
                form.populate_obj(model)
                self.on_model_change(form, model, False)

        stored = self._stored(store)
        if stale:
            self.stale(form, model)
        return stored

    def _stored(self, operation: Callable[[Session], None]) -> bool:
        """Run an operation in one write transaction; on an error with a known cause, flash the cause and return False.

        Autoflush is off: a query of ``on_model_change`` must not flush a row before this method has completed it.
        """
        try:
            with writing() as session, session.no_autoflush:
                operation(session)
        except Exception as error:
            self.handle_view_exception(error)
            return False
        return True

    def _refuse_unless_open(self, row: Any) -> None:
        """Answer 403 if the row may not be changed now."""
        refusal = access.may_change(current_user, row)
        if refusal:
            abort(403, refusal.sentence)

    def stale(self, form: Any, model: Any) -> None:
        """Answer 409 with the fields whose stored and typed values differ."""
        names = [name for name in self.form_fields if name in form]
        rows = [
            (
                self.fields[name].label,
                self.fields[name].shown(getattr(model, name)),
                self.fields[name].shown(form[name].data),
            )
            for name in names
        ]
        self.show_conflict([row for row in rows if row[1] != row[2]], model)

    def show_conflict(self, rows: Sequence[tuple[str, str, str]], model: Any) -> None:
        """Answer 409 with a table of ``rows``: label, stored value and typed value."""
        page = self.render('stale.html', rows=rows, model=model, again=request.full_path)
        abort(make_response(page, CONFLICT))

    def handle_view_exception(self, exc: Exception) -> bool:
        """Flash the cause of a known error and return True; raise any other error for the error page."""
        if isinstance(exc, Refused):
            refuse(exc.refusal)
            return True
        if isinstance(exc, IntegrityError):
            flash('未保存：与已有记录重复，或仍被其他记录使用', 'error')
            return True
        if isinstance(exc, StaleDataError):
            flash('未保存：您打开页面后该记录已被他人修改，请查看最新内容', 'error')
            return True
        raise exc

    def delete_model(self, model: Any) -> bool:
        """Delete a row and commit; return False after a known error, answer 403 if it is closed, 404 if it is gone."""

        def delete(session: Session) -> None:
            self._refuse_unless_open(self.requested())
            self.on_model_delete(model)
            session.flush()
            session.delete(model)

        return self._stored(delete)

    def validate_form(self, form: Any) -> bool:
        """Validate on submission only; a form that is merely opened shows no errors."""
        return bool(request.method == 'POST' and form.validate())

    # Flask-Admin's own look-ups are not used: every reference is a select with rows of the visitor's scope.
    @expose('/ajax/lookup/')
    def ajax_lookup(self) -> Any:
        """Answer 404."""
        abort(404)

    @expose('/ajax/update/', methods=('POST',))
    def ajax_update(self) -> Any:
        """Answer 404."""
        abort(404)

    @expose('/new/', methods=('GET', 'POST'))
    @does('create')
    def create_view(self) -> Any:
        """Show the form of a new row; on POST store the row."""
        form = self.create_form()
        if self.validate_form(form):
            row = self.create_model(form)
            if row:
                flash(f'已新增{self.noun}「{row}」', 'success')
                again = url_for(f'{self.endpoint}.create_view') if '_add_another' in request.form else None
                return redirect(again or self.get_save_return_url(row, is_created=True))
        modal = self.create_modal and request.values.get('modal')
        return self.form_page(self.create_modal_template if modal else self.create_template, form)

    @expose('/edit/', methods=('GET', 'POST'))
    @does('edit')
    def edit_view(self) -> Any:
        """Show the form of a row; on POST save the row. Answer 404 if there is none."""
        row = self.requested()
        form = self.edit_form(row)
        if self.validate_form(form) and self.update_model(form, row):
            flash(f'已保存{self.noun}「{row}」', 'success')
            return redirect(self.get_save_return_url(row))
        modal = self.edit_modal and request.values.get('modal')
        return self.form_page(self.edit_modal_template if modal else self.edit_template, form, model=row)

    def form_page(self, template: str, form: Any, **context: Any) -> str:
        """Render a form with a link back to the page that the user came from."""
        back = safe_return(url_for(f'{self.endpoint}.index_view'))
        return self.render(template, form=form, form_opts=FormOpts(), return_url=back, **context)

    @expose('/details/')
    def details_view(self) -> Any:
        """Show one row; answer 404 if the visitor may not see it."""
        self.requested()
        return super().details_view()

    @expose('/delete/', methods=('POST',))
    @does('delete')
    def delete_view(self) -> Any:
        """Delete the row that the request names and go back to the list."""
        row = self.requested()
        if self.delete_model(row):
            flash(f'已删除{self.noun}「{row}」', 'success')
        return redirect(safe_return(url_for(f'{self.endpoint}.index_view')))
