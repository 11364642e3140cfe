"""An uploaded table knows for which employer or committee its account worked.

Of uploads from before this nobody can tell: they keep no place, so that no employer's account finds them any more;
they would have been forgotten within days.

Revision: 0013
Follows: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

PLACES = ('employer', 'committee')


def upgrade() -> None:
    with op.batch_alter_table('sheet_import') as batch:
        for place in PLACES:
            batch.add_column(sa.Column(f'{place}_id', sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f'fk_sheet_import_{place}_id'), place, [f'{place}_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('sheet_import') as batch:
        for place in PLACES:
            batch.drop_constraint(op.f(f'fk_sheet_import_{place}_id'), type_='foreignkey')
            batch.drop_column(f'{place}_id')
