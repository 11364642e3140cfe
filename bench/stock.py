"""Flask-Admin without changes: the same list, file and bulk step by its documented settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import Flask, request
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.template import LinkRowAction
from flask_babel import Babel
from sqlalchemy import select

from bench import floor
from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.base import now
from models.message import Message


class Applications(ModelView):
    """List of the declarations of the account that the query names."""

    column_list = (
        'serial',
        'applicant_name',
        'id_number',
        'title',
        'speciality',
        'series',
        'level',
        'track',
        'submitted_at',
        'entered_at',
        'stage',
    )
    column_export_list = tuple(column.key for column in floor.EXPORTED)
    column_labels: ClassVar = {
        name: field.info['field'].label for name, field in Application.__table__.c.items() if 'field' in field.info
    }
    column_choices: ClassVar = {'stage': [(each.value, each.label) for each in Stage]}
    column_formatters: ClassVar = {
        'id_number': lambda view, context, row, name: row.id_number[:6] + '********' + row.id_number[-4:]
    }
    column_searchable_list = ('applicant_name', 'serial', 'id_number')
    column_filters = ('year', 'series', 'level', 'track', 'stage', 'title', 'committee_id')
    column_default_sort: ClassVar = [('entered_at', False), ('id', False)]
    column_extra_row_actions: ClassVar = [
        LinkRowAction(f'icon-{number}', path + '?id={row_id}', title=label)
        for number, (label, path) in enumerate(floor.LINKS[:3])
    ]
    can_export, can_view_details, can_edit, can_create, can_delete = True, True, True, False, True
    page_size, export_max_rows = 50, 0

    def scope(self) -> Any:
        """Return the condition for the account's rows."""
        account = db.session.scalars(select(Account).where(Account.username == request.args['who'])).one()
        return floor.scope(request.args['role'], account)

    def asked(self) -> list[Any]:
        """Return the conditions for the account's rows, the tab and the year."""
        given = request.args
        asked = [self.scope()]
        asked += [Application.stage == given['tab']] if given.get('tab') else []
        return asked + ([Application.year == int(given['year'])] if given.get('year') else [])

    def get_query(self) -> Any:
        """Return Flask-Admin's query with the conditions."""
        return super().get_query().filter(*self.asked())

    def get_count_query(self) -> Any:
        """Return Flask-Admin's query of the number of rows with the conditions."""
        return super().get_count_query().filter(*self.asked())

    @action('approve', '通过')
    def approve(self, ids: Sequence[str]) -> None:
        """Approve rows as in the manual of Flask-Admin: load the rows and change them."""
        self.move(db.session(), [int(each) for each in ids])

    def move(self, session: Any, keys: Sequence[int]) -> None:
        """Change the rows, and add a step and a message for each."""
        moment = now()
        for row in session.scalars(select(Application).where(Application.id.in_(keys))):
            row.entered_at = moment  # the stage cannot be assigned; another column costs the same
            session.add(
                Step(
                    application_id=row.id,
                    number=4,
                    action='approve',
                    label='通过',
                    source='office_review',
                    target='fee_confirmation',
                    actor_name='评委会办公室',
                    authority='评委会办公室',
                    opinion='同意',
                    revision=row.revision,
                    at=moment,
                    previous_hash='0' * 64,
                    hash='0' * 64,
                )
            )
            text = f'{row.applicant_name} {row.serial} {row.title}：评委会办公室通过'
            session.add(Message(account_id=row.applicant_id, application_id=row.id, text=text, at=moment))
        session.flush()


def application() -> Flask:
    """Return an application with this one view at ``/application/``."""
    app = Flask(__name__)
    app.config['SECRET_KEY'] = 'bench'
    app.config['BABEL_DEFAULT_LOCALE'] = 'zh_Hans_CN'
    Babel(app)
    Admin(app, name='职称评审平台').add_view(Applications(Application, db, endpoint='application', url='/application/'))
    return app
