"""Materials: 范本, 可沿用, and 我的资料库 with what was uploaded so far. Calls: room for rich text.

Revision: 0007
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'library_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('file_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('material_id', sa.Integer(), nullable=True),
        sa.Column('uploaded_at', sa.DateTime(), nullable=False),
        sa.Column('source', sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_library_file_account_id')),
        sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_library_file_file_id')),
        sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_library_file_material_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_library_file')),
        sa.UniqueConstraint('account_id', 'file_id', name=op.f('uq_library_file_account_id_file_id')),
    )
    with op.batch_alter_table('material') as batch_op:
        batch_op.add_column(sa.Column('carried', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('sample_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('sample_name', sa.String(length=200), nullable=False, server_default=''))
        batch_op.create_foreign_key(batch_op.f('fk_material_sample_id'), 'stored_file', ['sample_id'], ['id'])
    with op.batch_alter_table('call') as batch_op:
        for name in ('conditions', 'hints'):
            batch_op.alter_column(name, existing_type=sa.String(length=4000), type_=sa.String(length=20000))
    op.execute(
        'INSERT INTO library_file (account_id, file_id, name, material_id, uploaded_at, source) '
        "SELECT uploaded_by_id, file_id, min(name), min(material_id), min(uploaded_at), '申报材料' "
        'FROM attachment JOIN application ON application.id = attachment.application_id '
        'WHERE uploaded_by_id = applicant_id GROUP BY uploaded_by_id, file_id'
    )


def downgrade() -> None:
    with op.batch_alter_table('call') as batch_op:
        for name in ('conditions', 'hints'):
            batch_op.alter_column(name, existing_type=sa.String(length=20000), type_=sa.String(length=4000))
    with op.batch_alter_table('material') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_material_sample_id'), type_='foreignkey')
        batch_op.drop_column('sample_name')
        batch_op.drop_column('sample_id')
        batch_op.drop_column('carried')
    op.drop_table('library_file')
