"""Calls: how many days there are to pay.

Revision: 0008
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('call') as batch_op:
        batch_op.add_column(sa.Column('payment_days', sa.Integer(), nullable=False, server_default='15'))


def downgrade() -> None:
    with op.batch_alter_table('call') as batch_op:
        batch_op.drop_column('payment_days')
