"""Lists at a million rows: the orders of the lists, the endings of names, saved filters, bulk forms sent once.

Revision: 0005
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0006'
branch_labels = None
depends_on = None

BATCH = 5000


def upgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index('ix_application_employer_entered', ['employer_id', 'entered_at', 'id'])
        batch_op.create_index('ix_application_committee_entered', ['committee_id', 'entered_at', 'id'])
        batch_op.create_index('ix_application_entered', ['entered_at', 'id'])
    with op.batch_alter_table('bulk_result', schema=None) as batch_op:
        batch_op.add_column(sa.Column('form', sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint('uq_bulk_result_form', ['form'])
    op.create_table(
        'saved_filter',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('endpoint', sa.String(length=60), nullable=False),
        sa.Column('name', sa.String(length=20), nullable=False),
        sa.Column('query', sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f('fk_saved_filter_account_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter')),
        sa.UniqueConstraint('account_id', 'endpoint', 'name', name=op.f('uq_saved_filter_account_id_endpoint_name')),
    )
    tail = op.create_table(
        'name_tail',
        sa.Column(
            'tail', sa.String(length=60).with_variant(sa.String(length=60, collation='C'), 'postgresql'), nullable=False
        ),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_name_tail_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('tail', 'application_id', name=op.f('pk_name_tail')),
        sqlite_with_rowid=False,
    )
    fill(tail)
    op.create_index('ix_name_tail_application', 'name_tail', ['application_id'])


def fill(tail: sa.Table) -> None:
    """The endings of the names that are there already."""
    application = sa.table('application', sa.column('id', sa.Integer), sa.column('applicant_name', sa.String))
    last = 0
    while (
        rows := op.get_bind()
        .execute(sa.select(application).where(application.c.id > last).order_by(application.c.id).limit(BATCH))
        .all()
    ):
        made = [
            {'tail': each, 'application_id': key}
            for key, name in rows
            for each in {name.lower()[start:] for start in range(len(name.lower()))}
        ]
        if made:
            op.get_bind().execute(sa.insert(tail), made)
        last = rows[-1][0]


def downgrade() -> None:
    op.drop_table('name_tail')
    op.drop_table('saved_filter')
    with op.batch_alter_table('bulk_result', schema=None) as batch_op:
        batch_op.drop_constraint('uq_bulk_result_form', type_='unique')
        batch_op.drop_column('form')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('ix_application_entered')
        batch_op.drop_index('ix_application_committee_entered')
        batch_op.drop_index('ix_application_employer_entered')
