"""Indexes for what large lists are narrowed by most: the year, and when a declaration was submitted.

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

SUBMITTED = sa.text("stage != 'draft'")


def upgrade() -> None:
    op.create_index('ix_application_year', 'application', ['year', 'entered_at', 'id'])
    op.create_index('ix_application_committee_year', 'application', ['committee_id', 'year', 'entered_at', 'id'])
    op.create_index(
        'ix_application_committee_submitted', 'application', ['committee_id', 'submitted_at', 'id'],
        sqlite_where=SUBMITTED, postgresql_where=SUBMITTED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index('ix_application_committee_submitted', 'application')
    op.drop_index('ix_application_committee_year', 'application')
    op.drop_index('ix_application_year', 'application')
