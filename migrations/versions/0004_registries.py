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
    for table in ('education_record', 'exam_record'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f'ix_{table}_id_number'), ['id_number'], unique=False)


def downgrade() -> None:
    for table in ('exam_record', 'education_record'):
        op.drop_table(table)
