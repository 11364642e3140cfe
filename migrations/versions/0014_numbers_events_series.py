"""Numbers of the regulations by call, known events of the audit log, and series by their keys.

A declaration keeps the offering that its four choices stand for; kept filters name a series by its key.

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

NUMBERS = (
    'notice_days', 'evaluation_length', 'general_hours', 'speciality_hours', 'optional_hours', 'representative_works',
)  # fmt: skip
EVENTS = (
    'sign_in', 'sign_in_refused', 'sign_in_failed', 'sign_out', 'export', 'import', 'see_whole', 'fetch',
    'collective_order', 'collective_order_void', 'own_employer', 'handler_added', 'handler_enabled',
    'handler_disabled', 'password_reset', 'granted', 'grant_taken', 'hand_over_named', 'hand_over_cancelled',
    'hand_over', 'account', 'call_number', 'sample', 'wording', 'workday', 'registry',
)  # fmt: skip

KEEP_OFFERINGS = sa.text("""
    UPDATE target SET offering_id = (
        SELECT offering.id FROM application
        JOIN offering ON offering.id = application.offering_id
        JOIN title ON title.id = offering.title_id
        JOIN series ON series.id = title.series_id
        JOIN speciality ON speciality.id = offering.speciality_id
        WHERE application.id = target.application_id AND series.name = target.series AND title.level = target.level
        AND title.name = target.title AND speciality.name = target.speciality
    )
""")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f'{column} IN ({", ".join(repr(value) for value in values)})'


def _rewrite_kept_filters(of_series: Mapping[str, str]) -> None:
    """Replace what kept filters say of a series; a series that is not there any more narrows nothing."""
    kept = sa.table('saved_filter', sa.column('id'), sa.column('query'))
    connection = op.get_bind()
    for key, query in connection.execute(sa.select(kept.c.id, kept.c.query).where(kept.c.query.contains('series='))):
        pairs = [(name, of_series.get(value, '') if name == 'series' else value) for name, value in parse_qsl(query)]
        written = urlencode([pair for pair in pairs if pair[1]])
        connection.execute(sa.update(kept).where(kept.c.id == key).values(query=written))


def _series() -> Mapping[str, str]:
    series = sa.table('series', sa.column('id'), sa.column('name'))
    return {str(key): name for key, name in op.get_bind().execute(sa.select(series.c.id, series.c.name))}


def upgrade() -> None:
    op.create_table(
        'call_number',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('call_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=30), nullable=False),
        sa.Column('value', sa.Integer(), nullable=False),
        sa.Column('effective_on', sa.Date(), nullable=False),
        sa.CheckConstraint(_one_of('number', NUMBERS), name=op.f('ck_call_number_number_known')),
        sa.CheckConstraint('value >= 0', name=op.f('ck_call_number_value_not_negative')),
        sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_number_call_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_call_number')),
        sa.UniqueConstraint(
            'call_id', 'number', 'effective_on', name=op.f('uq_call_number_call_id_number_effective_on')
        ),
    )
    with op.batch_alter_table('audit_line') as batch:
        batch.alter_column('event', existing_type=sa.String(length=40), type_=sa.String(length=30))
        batch.create_check_constraint(batch.f('ck_audit_line_event_known'), _one_of('event', EVENTS))
    with op.batch_alter_table('target') as batch:
        batch.add_column(sa.Column('offering_id', sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f('fk_target_offering_id'), 'offering', ['offering_id'], ['id'])
    op.execute(KEEP_OFFERINGS)
    _rewrite_kept_filters({name: key for key, name in _series().items()})


def downgrade() -> None:
    _rewrite_kept_filters(_series())
    with op.batch_alter_table('target') as batch:
        batch.drop_constraint(batch.f('fk_target_offering_id'), type_='foreignkey')
        batch.drop_column('offering_id')
    with op.batch_alter_table('audit_line') as batch:
        batch.drop_constraint(batch.f('ck_audit_line_event_known'), type_='check')
        batch.alter_column('event', existing_type=sa.String(length=30), type_=sa.String(length=40))
    op.drop_table('call_number')
