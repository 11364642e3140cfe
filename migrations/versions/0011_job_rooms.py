"""A job and the result of a bulk action know where they were asked for; a result knows the job that makes it.

Grants of accounts that are handlers no longer go: their employer or role had changed before this ended them.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

ROOMS = {
    'applicant': 'my_applications', 'administrator': 'employer_applications', 'handler': 'employer_applications',
    'office': 'office_applications', 'expert': 'ballots', 'bureau': 'bureau_applications', 'platform': 'admin',
}  # fmt: skip
"""Where each role asks for the jobs that leave something to download."""

account = sa.table('account', *map(sa.column, ('id', 'role', 'employer_id', 'committee_id')))


def upgrade() -> None:
    with op.batch_alter_table('job') as batch:
        batch.add_column(sa.Column('room', sa.String(60), nullable=False, server_default=''))
        batch.add_column(sa.Column('employer_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('committee_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('application_id', sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f('fk_job_employer_id'), 'employer', ['employer_id'], ['id'])
        batch.create_foreign_key(op.f('fk_job_committee_id'), 'committee', ['committee_id'], ['id'])
        batch.create_foreign_key(
            op.f('fk_job_application_id'), 'application', ['application_id'], ['id'], ondelete='CASCADE'
        )
    with op.batch_alter_table('job') as batch:
        batch.alter_column('room', server_default=None)
    with op.batch_alter_table('bulk_result') as batch:
        batch.add_column(sa.Column('job_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('employer_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('committee_id', sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f('fk_bulk_result_job_id'), 'job', ['job_id'], ['id'], ondelete='SET NULL')
        batch.create_foreign_key(op.f('fk_bulk_result_employer_id'), 'employer', ['employer_id'], ['id'])
        batch.create_foreign_key(op.f('fk_bulk_result_committee_id'), 'committee', ['committee_id'], ['id'])
    for name in ('job', 'bulk_result'):
        table = sa.table(name, *map(sa.column, ('account_id', 'room', 'employer_id', 'committee_id')))
        own = account.c.id == table.c.account_id
        known = {
            each: sa.select(account.c[each]).where(own).scalar_subquery() for each in ('employer_id', 'committee_id')
        }
        if name == 'job':
            role = sa.select(sa.case(ROOMS, value=account.c.role, else_='')).where(own)
            known['room'] = role.scalar_subquery()
        op.execute(table.update().values(known))
    grant = sa.table('grant_line', sa.column('account_id'))
    handlers = sa.select(account.c.id).where(account.c.role == 'handler')
    op.execute(grant.delete().where(grant.c.account_id.not_in(handlers)))


def downgrade() -> None:
    with op.batch_alter_table('bulk_result') as batch:
        for name in ('job_id', 'employer_id', 'committee_id'):
            batch.drop_constraint(op.f(f'fk_bulk_result_{name}'), type_='foreignkey')
            batch.drop_column(name)
    with op.batch_alter_table('job') as batch:
        for name in ('employer_id', 'committee_id', 'application_id'):
            batch.drop_constraint(op.f(f'fk_job_{name}'), type_='foreignkey')
            batch.drop_column(name)
        batch.drop_column('room')
