"""Registries of education and exams, imports, and days with a key of their own.

Revision: 0004
Follows: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'education_record',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=False),
        sa.Column('certificate_number', sa.String(length=40), nullable=False),
        sa.Column('school', sa.String(length=100), nullable=False),
        sa.Column('entered_on', sa.Date(), nullable=False),
        sa.Column('left_on', sa.Date(), nullable=False),
        sa.Column('schooling', sa.String(length=60), nullable=False),
        sa.Column('subject', sa.String(length=60), nullable=False),
        sa.Column('study_form', sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_education_record')),
        sa.UniqueConstraint('certificate_number', name=op.f('uq_education_record_certificate_number')),
    )
    op.create_table(
        'exam_record',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=False),
        sa.Column('ticket', sa.String(length=40), nullable=False),
        sa.Column('started_on', sa.Date(), nullable=False),
        sa.Column('ended_on', sa.Date(), nullable=False),
        sa.Column('subject', sa.String(length=60), nullable=False),
        sa.Column('score', sa.String(length=20), nullable=False),
        sa.Column('place', sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_record')),
        sa.UniqueConstraint('ticket', name=op.f('uq_exam_record_ticket')),
    )
    op.create_table(
        'sheet_import',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('room', sa.String(length=40), nullable=False),
        sa.Column('file_name', sa.String(length=200), nullable=False),
        sa.Column('file_key', sa.String(), nullable=False),
        sa.Column('state', sa.String(length=30), nullable=False),
        sa.Column('added', sa.Integer(), nullable=False),
        sa.Column('changed', sa.Integer(), nullable=False),
        sa.Column('left_out', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('job_id', sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('preview', 'done')", name=op.f('ck_sheet_import_state_known')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sheet_import_account_id')),
        sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_sheet_import_job_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sheet_import')),
    )
    with op.batch_alter_table('sheet_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sheet_import_account_id'), ['account_id'], unique=False)
    _remade_days(
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('on', sa.Date(), nullable=False),
        sa.Column('works', sa.Boolean(), nullable=False),
        sa.Column('reason', sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_workday_override')),
        sa.UniqueConstraint('on', name=op.f('uq_workday_override_on')),
    )
    for table in ('education_record', 'exam_record'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f'ix_{table}_id_number'), ['id_number'], unique=False)


def _remade_days(*parts: sa.schema.SchemaItem) -> None:
    """A table's key cannot be exchanged in place on every database: its few rows move into a new table."""
    old = sa.table('workday_override', sa.column('on', sa.Date()), sa.column('works', sa.Boolean()))
    days = [{'on': row.on, 'works': row.works, 'reason': ''} for row in op.get_bind().execute(sa.select(old))]
    op.drop_table('workday_override')
    table = op.create_table('workday_override', *parts)
    names = {column.name for column in table.columns}
    op.bulk_insert(table, [{name: value for name, value in day.items() if name in names} for day in days])


def downgrade() -> None:
    _remade_days(
        sa.Column('on', sa.Date(), nullable=False),
        sa.Column('works', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('on', name=op.f('pk_workday_override')),
    )
    for table in ('sheet_import', 'exam_record', 'education_record'):
        op.drop_table(table)
