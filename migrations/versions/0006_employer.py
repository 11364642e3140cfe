"""The employer's side: one administrator, hand-overs, and what a reviewer keeps at hand."""

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
    op.create_table(
        'review_draft',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(), nullable=False),
        sa.Column('typed', sa.JSON(), nullable=False),
        sa.Column('saved_at', models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_review_draft_account_id')),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_review_draft_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review_draft')),
        sa.UniqueConstraint(
            'application_id', 'account_id', 'action', name=op.f('uq_review_draft_application_id_account_id_action')
        ),
    )
    op.create_table(
        'set_aside',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('note', sa.String(length=200), nullable=False),
        sa.Column('at', models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_set_aside_account_id')),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_set_aside_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_set_aside')),
    )
    op.create_table(
        'opinion_template',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=False),
        sa.Column('field', sa.String(length=30), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('body', sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_opinion_template_employer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_opinion_template')),
    )
    op.create_index(op.f('ix_opinion_template_employer_id'), 'opinion_template', ['employer_id'])
    op.create_table(
        'notice_contact',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=False),
        sa.Column('contact', sa.String(length=60), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.Column('postcode', sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_notice_contact_employer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_contact')),
    )
    op.create_index(op.f('ix_notice_contact_employer_id'), 'notice_contact', ['employer_id'])
    op.create_table(
        'collective_order',
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=False),
        sa.Column('opened_by_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_collective_order_employer_id')),
        sa.ForeignKeyConstraint(['opened_by_id'], ['account.id'], name=op.f('fk_collective_order_opened_by_id')),
        sa.ForeignKeyConstraint(
            ['order_id'], ['fee_order.id'], name=op.f('fk_collective_order_order_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('order_id', name=op.f('pk_collective_order')),
    )
    op.create_index(op.f('ix_collective_order_employer_id'), 'collective_order', ['employer_id'])


def downgrade() -> None:
    """Back to before."""
    for table in ('collective_order', 'notice_contact', 'opinion_template'):
        op.drop_index(op.f(f'ix_{table}_employer_id'), table_name=table)
        op.drop_table(table)
    for table in ('set_aside', 'review_draft', 'hand_over'):
        op.drop_table(table)
    op.drop_index('uq_account_administrator', table_name='account')
