"""Indexes for what large lists are narrowed by most: the year, and when a declaration was submitted.

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

EMPTY_FIRST = {'submitted_at': 'NULLS FIRST'}
"""The order of lists on every database; SQLite has no other."""


def upgrade() -> None:
    op.create_index('ix_application_year', 'application', ['year', 'entered_at', 'id'])
    op.create_index('ix_application_committee_year', 'application', ['committee_id', 'year', 'entered_at', 'id'])
    op.create_index(
        'ix_application_committee_submitted', 'application', ['committee_id', 'submitted_at', 'id'],
        postgresql_ops=EMPTY_FIRST,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index('ix_application_committee_submitted', 'application')
    op.drop_index('ix_application_committee_year', 'application')
    op.drop_index('ix_application_year', 'application')
