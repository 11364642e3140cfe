"""Keep every paper as it was printed, of whatever subject.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Papers and their printings; what was known of earlier prints stays known."""
    op.create_table(
        'issued_paper',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=20), nullable=False),
        sa.Column('report', sa.String(length=40), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('printed_on', sa.Date(), nullable=False),
        sa.Column('digest', sa.String(), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('context', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_issued_paper')),
        sa.UniqueConstraint('code', name=op.f('uq_issued_paper_code')),
    )
    op.create_table(
        'printing',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('report', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('number', sa.String(length=60), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('paper_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_printing_account_id')),
        sa.ForeignKeyConstraint(['paper_id'], ['issued_paper.id'], name=op.f('fk_printing_paper_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_printing')),
    )
    with op.batch_alter_table('printing', schema=None) as batch_op:
        batch_op.create_index('ix_printing_subject', ['kind', 'number', 'report', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_printing_paper_id'), ['paper_id'], unique=False)
    op.execute(
        'INSERT INTO printing (report, kind, number, at) '
        "SELECT report_print.report, 'application', application.serial, report_print.at "
        'FROM report_print JOIN application ON application.id = report_print.application_id ORDER BY report_print.id'
    )
    op.drop_table('report_print')


def downgrade() -> None:
    """Back to prints of declarations alone."""
    op.create_table(
        'report_print',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('report', sa.String(length=40), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_report_print_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_print')),
    )
    with op.batch_alter_table('report_print', schema=None) as batch_op:
        batch_op.create_index('ix_report_print_application', ['application_id', 'report', 'at'], unique=False)
    op.execute(
        'INSERT INTO report_print (application_id, report, at) SELECT application.id, printing.report, printing.at '
        "FROM printing JOIN application ON application.serial = printing.number WHERE printing.kind = 'application'"
    )
    op.drop_table('printing')
    op.drop_table('issued_paper')
