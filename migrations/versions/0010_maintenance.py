"""A mark of what the platform maintains, by which every process knows whether what it keeps of it still holds.

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        'maintenance',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('mark', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_maintenance')),
    )
    op.bulk_insert(table, [{'id': 1, 'mark': secrets.token_hex(16)}])


def downgrade() -> None:
    op.drop_table('maintenance')
