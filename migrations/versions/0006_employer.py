"""The employer's side: one administrator, hand-overs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import models.base

revision = '0006'
down_revision = '0004'
branch_labels = None
depends_on = None

ADMINISTERS = sa.text("role = 'administrator' AND enabled")


def upgrade() -> None:
    """Hold every employer to one administrator."""
    op.create_index(
        'uq_account_administrator',
        'account',
        ['employer_id'],
        unique=True,
        sqlite_where=ADMINISTERS,
        postgresql_where=ADMINISTERS,
    )
    op.create_table(
        'hand_over',
        sa.Column('employer_id', sa.Integer(), nullable=False),
        sa.Column('named_id', sa.Integer(), nullable=False),
        sa.Column('named_by_id', sa.Integer(), nullable=False),
        sa.Column('named_at', models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_hand_over_employer_id')),
        sa.ForeignKeyConstraint(['named_by_id'], ['account.id'], name=op.f('fk_hand_over_named_by_id')),
        sa.ForeignKeyConstraint(['named_id'], ['account.id'], name=op.f('fk_hand_over_named_id')),
        sa.PrimaryKeyConstraint('employer_id', name=op.f('pk_hand_over')),
        sa.UniqueConstraint('named_id', name=op.f('uq_hand_over_named_id')),
    )


def downgrade() -> None:
    """Back to before."""
    op.drop_table('hand_over')
    op.drop_index('uq_account_administrator', table_name='account')
