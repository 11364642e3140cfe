"""The first schema.

Revision: 0001
Follows:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


SEALED = ('step', 'revision', 'gateway_notice')
"""Tables whose rows are only ever added; the database itself refuses anything else."""


def seal(table: str) -> None:
    """Refuse UPDATE and DELETE on a table."""
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f'CREATE FUNCTION {table}_sealed() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_sealed BEFORE UPDATE OR DELETE ON {table} '
        f'FOR EACH ROW EXECUTE FUNCTION {table}_sealed()'
    )


def upgrade() -> None:
    op.create_table(
        'call',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('opens_on', sa.Date(), nullable=False),
        sa.Column('closes_on', sa.Date(), nullable=False),
        sa.Column('announcement', sa.String(length=300), nullable=False),
        sa.Column('conditions', sa.String(length=4000), nullable=False),
        sa.Column('hints', sa.String(length=4000), nullable=False),
        sa.CheckConstraint('opens_on <= closes_on', name=op.f('ck_call_opens_before_it_closes')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
        sa.UniqueConstraint('year', name=op.f('uq_call_year')),
    )
    op.create_table(
        'committee',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=2), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('office_name', sa.String(length=100), nullable=False),
        sa.Column('host_name', sa.String(length=100), nullable=False),
        sa.Column('host_code', sa.String(length=30), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_committee')),
        sa.UniqueConstraint('code', name=op.f('uq_committee_code')),
        sa.UniqueConstraint('name', name=op.f('uq_committee_name')),
    )
    op.create_table(
        'counter',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('value', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_counter')),
    )
    op.create_table(
        'employer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('code', sa.String(length=18), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('postcode', sa.String(length=6), nullable=False),
        sa.Column('contact', sa.String(length=60), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_employer')),
        sa.UniqueConstraint('code', name=op.f('uq_employer_code')),
        sa.UniqueConstraint('name', name=op.f('uq_employer_name')),
    )
    op.create_table(
        'fee_standard',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('level', sa.String(length=60), nullable=False),
        sa.Column('track', sa.String(length=30), nullable=False),
        sa.Column('amount_fen', sa.Integer(), nullable=False),
        sa.Column('in_force', sa.Boolean(), nullable=False),
        sa.CheckConstraint('amount_fen >= 0', name=op.f('ck_fee_standard_amount_not_negative')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_standard')),
        sa.UniqueConstraint('level', 'track', name=op.f('uq_fee_standard_level_track')),
    )
    op.create_table(
        'gateway_notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('received_at', sa.DateTime(), nullable=False),
        sa.Column('order_number', sa.String(length=40), nullable=False),
        sa.Column('verdict', sa.String(length=30), nullable=False),
        sa.Column('reason', sa.String(length=300), nullable=False),
        sa.Column('body', sa.String(length=4000), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'duplicate', 'forged', 'stale', 'mismatch', 'unknown', 'late', 'malformed')",
            name=op.f('ck_gateway_notice_verdict_known'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_gateway_notice')),
    )
    with op.batch_alter_table('gateway_notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gateway_notice_order_number'), ['order_number'], unique=False)

    op.create_table(
        'insurance_record',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('employer', sa.String(length=100), nullable=False),
        sa.Column('employer_code', sa.String(length=18), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_insurance_record')),
        sa.UniqueConstraint('id_number', name=op.f('uq_insurance_record_id_number')),
    )
    op.create_table(
        'material',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('requirement', sa.String(length=1000), nullable=False),
        sa.Column('accepts', sa.String(length=30), nullable=False),
        sa.Column('rule', sa.String(length=30), nullable=False),
        sa.Column('report', sa.String(length=40), nullable=False),
        sa.Column('stage', sa.String(length=30), nullable=False),
        sa.Column('in_force', sa.Boolean(), nullable=False),
        sa.CheckConstraint("accepts IN ('pdf', 'photo', 'scan')", name=op.f('ck_material_accepts_known')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
        sa.UniqueConstraint('name', name=op.f('uq_material_name')),
    )
    op.create_table(
        'series',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_series')),
        sa.UniqueConstraint('name', name=op.f('uq_series_name')),
    )
    op.create_table(
        'stored_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('media_type', sa.String(length=40), nullable=False),
        sa.CheckConstraint('size > 0', name=op.f('ck_stored_file_not_empty')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file')),
        sa.UniqueConstraint('sha256', name=op.f('uq_stored_file_sha256')),
    )
    op.create_table(
        'wording',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('body', sa.String(length=4000), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_wording')),
        sa.UniqueConstraint('code', 'version', name=op.f('uq_wording_code_version')),
    )
    op.create_table(
        'workday_override',
        sa.Column('on', sa.Date(), nullable=False),
        sa.Column('works', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('on', name=op.f('pk_workday_override')),
    )
    op.create_table(
        'account',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('username', sa.String(length=60), nullable=False),
        sa.Column('password_hash', sa.String(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('role', sa.String(length=30), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=True),
        sa.Column('phone', sa.String(length=30), nullable=True),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=True),
        sa.Column('committee_id', sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "role <> 'office' OR committee_id IS NOT NULL", name=op.f('ck_account_office_has_committee')
        ),
        sa.CheckConstraint(
            "role IN ('applicant', 'administrator', 'handler', 'office', 'expert', 'bureau', 'platform')",
            name=op.f('ck_account_role_known'),
        ),
        sa.CheckConstraint(
            "role NOT IN ('administrator', 'handler') OR employer_id IS NOT NULL",
            name=op.f('ck_account_employer_side_has_employer'),
        ),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_account_committee_id')),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_account_employer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
        sa.UniqueConstraint('username', name=op.f('uq_account_username')),
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_committee_id'), ['committee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_id_number'), ['id_number'], unique=False)

    op.create_table(
        'approval_document',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('title', sa.String(length=100), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('submitted_at', sa.DateTime(), nullable=False),
        sa.Column('committee_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_approval_document_committee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_document')),
        sa.UniqueConstraint('number', name=op.f('uq_approval_document_number')),
    )
    with op.batch_alter_table('approval_document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_document_committee_id'), ['committee_id'], unique=False)

    op.create_table(
        'fee_order',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('state', sa.String(length=30), nullable=False),
        sa.Column('payer', sa.String(length=100), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.Column('total_fen', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('paid_at', sa.DateTime(), nullable=True),
        sa.Column('receipt', sa.String(length=60), nullable=True),
        sa.Column('committee_id', sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f('ck_fee_order_paid_has_moment')),
        sa.CheckConstraint("state IN ('unpaid', 'paid', 'void')", name=op.f('ck_fee_order_state_known')),
        sa.CheckConstraint('total_fen > 0', name=op.f('ck_fee_order_total_positive')),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_fee_order_committee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_order')),
        sa.UniqueConstraint('number', name=op.f('uq_fee_order_number')),
    )
    with op.batch_alter_table('fee_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fee_order_committee_id'), ['committee_id'], unique=False)

    op.create_table(
        'review_session',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('committee_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('held_on', sa.Date(), nullable=False),
        sa.Column('place', sa.String(length=100), nullable=False),
        sa.Column('state', sa.String(length=30), nullable=False),
        sa.Column('closed_at', sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_review_session_closed_has_moment')
        ),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f('ck_review_session_state_known')),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_review_session_committee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review_session')),
    )
    with op.batch_alter_table('review_session', schema=None) as batch_op:
        batch_op.create_index('ix_review_session_committee', ['committee_id', 'state'], unique=False)

    op.create_table(
        'speciality',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_speciality_series_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_speciality')),
        sa.UniqueConstraint('series_id', 'name', name=op.f('uq_speciality_series_id_name')),
    )
    op.create_table(
        'title',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('level', sa.String(length=60), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_title_series_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_title')),
        sa.UniqueConstraint('series_id', 'level', 'name', name=op.f('uq_title_series_id_level_name')),
    )
    op.create_table(
        'audit_line',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('event', sa.String(length=40), nullable=False),
        sa.Column('actor_name', sa.String(length=60), nullable=False),
        sa.Column('authority', sa.String(length=160), nullable=False),
        sa.Column('details', sa.String(length=1000), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['actor_id'], ['account.id'], name=op.f('fk_audit_line_actor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_line')),
    )
    with op.batch_alter_table('audit_line', schema=None) as batch_op:
        batch_op.create_index('ix_audit_line_at', ['at', 'id'], unique=False)

    op.create_table(
        'bulk_result',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('label', sa.String(length=60), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('rows', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_bulk_result_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_result')),
    )
    with op.batch_alter_table('bulk_result', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulk_result_account_id'), ['account_id'], unique=False)

    op.create_table(
        'grant_line',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('code', sa.String(length=30), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.Column('granted_by_id', sa.Integer(), nullable=True),
        sa.Column('granted_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('sign_in', 'matter', 'menu')", name=op.f('ck_grant_line_kind_known')),
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f('fk_grant_line_account_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['granted_by_id'], ['account.id'], name=op.f('fk_grant_line_granted_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_line')),
        sa.UniqueConstraint('account_id', 'kind', 'code', name=op.f('uq_grant_line_account_id_kind_code')),
    )
    op.create_table(
        'offering',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('call_id', sa.Integer(), nullable=False),
        sa.Column('title_id', sa.Integer(), nullable=False),
        sa.Column('speciality_id', sa.Integer(), nullable=False),
        sa.Column('committee_id', sa.Integer(), nullable=False),
        sa.Column('exam_mode', sa.String(length=30), nullable=False),
        sa.CheckConstraint("exam_mode IN ('none', 'instead', 'combined')", name=op.f('ck_offering_exam_mode_known')),
        sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_offering_call_id')),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_offering_committee_id')),
        sa.ForeignKeyConstraint(['speciality_id'], ['speciality.id'], name=op.f('fk_offering_speciality_id')),
        sa.ForeignKeyConstraint(['title_id'], ['title.id'], name=op.f('fk_offering_title_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_offering')),
        sa.UniqueConstraint(
            'call_id', 'title_id', 'speciality_id', name=op.f('uq_offering_call_id_title_id_speciality_id')
        ),
    )
    with op.batch_alter_table('offering', schema=None) as batch_op:
        batch_op.create_index('ix_offering_committee_id', ['committee_id'], unique=False)

    op.create_table(
        'roster_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('id_type', sa.String(length=60), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['created_by_id'], ['account.id'], name=op.f('fk_roster_entry_created_by_id')),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_roster_entry_employer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_entry')),
        sa.UniqueConstraint('employer_id', 'id_number', name=op.f('uq_roster_entry_employer_id_id_number')),
    )
    with op.batch_alter_table('roster_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_entry_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_roster_entry_id_number'), ['id_number'], unique=False)

    op.create_table(
        'seat',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('session_id', sa.Integer(), nullable=False),
        sa.Column('expert_id', sa.Integer(), nullable=False),
        sa.Column('chair', sa.Boolean(), nullable=False),
        sa.Column('present', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['expert_id'], ['account.id'], name=op.f('fk_seat_expert_id')),
        sa.ForeignKeyConstraint(
            ['session_id'], ['review_session.id'], name=op.f('fk_seat_session_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_seat')),
        sa.UniqueConstraint('session_id', 'expert_id', name=op.f('uq_seat_session_id_expert_id')),
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seat_expert_id'), ['expert_id'], unique=False)

    op.create_table(
        'application',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('serial', sa.String(length=19), nullable=False),
        sa.Column('applicant_name', sa.String(length=60), nullable=False),
        sa.Column('id_number', sa.String(length=30), nullable=False),
        sa.Column('series', sa.String(length=60), nullable=False),
        sa.Column('level', sa.String(length=60), nullable=False),
        sa.Column('title', sa.String(length=60), nullable=False),
        sa.Column('speciality', sa.String(length=60), nullable=False),
        sa.Column('track', sa.String(length=30), nullable=False),
        sa.Column('year', sa.Integer(), nullable=True),
        sa.Column('stage', sa.String(length=30), nullable=False),
        sa.Column('result', sa.String(length=30), nullable=True),
        sa.Column('submitted_at', sa.DateTime(), nullable=True),
        sa.Column('entered_at', sa.DateTime(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('updated_at', sa.DateTime(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('applicant_id', sa.Integer(), nullable=False),
        sa.Column('employer_id', sa.Integer(), nullable=True),
        sa.Column('offering_id', sa.Integer(), nullable=True),
        sa.Column('committee_id', sa.Integer(), nullable=True),
        sa.Column('commitment_version', sa.Integer(), nullable=True),
        sa.Column('commitment_at', sa.DateTime(), nullable=True),
        sa.CheckConstraint("(stage = 'closed') = (result IS NOT NULL)", name=op.f('ck_application_closed_with_result')),
        sa.CheckConstraint("result IN ('passed', 'failed', 'terminated')", name=op.f('ck_application_result_known')),
        sa.CheckConstraint(
            "stage = 'draft' OR employer_id IS NOT NULL", name=op.f('ck_application_submitted_has_employer')
        ),
        sa.CheckConstraint(
            "stage = 'draft' OR offering_id IS NOT NULL", name=op.f('ck_application_submitted_has_offering')
        ),
        sa.CheckConstraint("stage = 'draft' OR revision > 0", name=op.f('ck_application_submitted_has_revision')),
        sa.CheckConstraint(
            "stage = 'draft' OR submitted_at IS NOT NULL", name=op.f('ck_application_submitted_has_moment')
        ),
        sa.CheckConstraint(
            "stage IN ('draft', 'correction', 'employer_review', 'pre_notice', 'office_review', 'fee_confirmation', 'payment', 'expert_review', 'notice_launch', 'post_notice', 'office_confirmation', 'batching', 'acceptance', 'examination', 'approval', 'certification', 'closed')",
            name=op.f('ck_application_stage_known'),
        ),
        sa.CheckConstraint(
            "track IN ('regular', 'exceptional', 'transfer', 'assessment', 'confirmation')",
            name=op.f('ck_application_track_known'),
        ),
        sa.ForeignKeyConstraint(['applicant_id'], ['account.id'], name=op.f('fk_application_applicant_id')),
        sa.ForeignKeyConstraint(['committee_id'], ['committee.id'], name=op.f('fk_application_committee_id')),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_application_employer_id')),
        sa.ForeignKeyConstraint(['offering_id'], ['offering.id'], name=op.f('fk_application_offering_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_application')),
        sa.UniqueConstraint('serial', name=op.f('uq_application_serial')),
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index('ix_application_applicant', ['applicant_id', 'id'], unique=False)
        batch_op.create_index('ix_application_committee', ['committee_id', 'stage', 'entered_at', 'id'], unique=False)
        batch_op.create_index('ix_application_employer', ['employer_id', 'stage', 'entered_at', 'id'], unique=False)
        batch_op.create_index('ix_application_id_number', ['id_number'], unique=False)
        batch_op.create_index('ix_application_stage', ['stage', 'entered_at', 'id'], unique=False)

    op.create_table(
        'academic',
        sa.Column('kind', sa.String(length=60), nullable=True),
        sa.Column('name', sa.String(length=200), nullable=True),
        sa.Column('journal', sa.String(length=100), nullable=True),
        sa.Column('issn', sa.String(length=40), nullable=True),
        sa.Column('indexed_by', sa.String(length=60), nullable=True),
        sa.Column('publisher', sa.String(length=100), nullable=True),
        sa.Column('isbn', sa.String(length=40), nullable=True),
        sa.Column('words', sa.Integer(), nullable=True),
        sa.Column('adopter', sa.String(length=100), nullable=True),
        sa.Column('published_on', sa.Date(), nullable=True),
        sa.Column('rank', sa.Integer(), nullable=True),
        sa.Column('representative', sa.Boolean(), nullable=True),
        sa.Column('summary', sa.String(length=200), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_academic_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_academic')),
    )
    with op.batch_alter_table('academic', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_academic_application_id'), ['application_id'], unique=False)

    op.create_table(
        'approval_item',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_approval_item_application_id')),
        sa.ForeignKeyConstraint(
            ['document_id'], ['approval_document.id'], name=op.f('fk_approval_item_document_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_approval_item')),
    )
    with op.batch_alter_table('approval_item', schema=None) as batch_op:
        batch_op.create_index('ix_approval_item_document', ['document_id'], unique=False)

    op.create_table(
        'attachment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('material_id', sa.Integer(), nullable=False),
        sa.Column('file_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('uploaded_by_id', sa.Integer(), nullable=False),
        sa.Column('uploaded_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_attachment_application_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_attachment_file_id')),
        sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_attachment_material_id')),
        sa.ForeignKeyConstraint(['uploaded_by_id'], ['account.id'], name=op.f('fk_attachment_uploaded_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index('ix_attachment_application', ['application_id', 'material_id', 'position'], unique=False)

    op.create_table(
        'award',
        sa.Column('name', sa.String(length=100), nullable=True),
        sa.Column('level', sa.String(length=60), nullable=True),
        sa.Column('grade', sa.String(length=60), nullable=True),
        sa.Column('issuer', sa.String(length=100), nullable=True),
        sa.Column('rank', sa.Integer(), nullable=True),
        sa.Column('awarded_on', sa.Date(), nullable=True),
        sa.Column('representative', sa.Boolean(), nullable=True),
        sa.Column('summary', sa.String(length=200), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_award_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_award')),
    )
    with op.batch_alter_table('award', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_award_application_id'), ['application_id'], unique=False)

    op.create_table(
        'basic',
        sa.Column('name', sa.String(length=60), nullable=True),
        sa.Column('sex', sa.String(length=60), nullable=True),
        sa.Column('id_type', sa.String(length=60), nullable=True),
        sa.Column('id_number', sa.String(length=30), nullable=True),
        sa.Column('born_on', sa.Date(), nullable=True),
        sa.Column('phone', sa.String(length=30), nullable=True),
        sa.Column('nationality', sa.String(length=60), nullable=True),
        sa.Column('work_since', sa.Date(), nullable=True),
        sa.Column('household', sa.String(length=100), nullable=True),
        sa.Column('people', sa.String(length=60), nullable=True),
        sa.Column('politics', sa.String(length=60), nullable=True),
        sa.Column('insured_employer', sa.String(length=100), nullable=True),
        sa.Column('insured_code', sa.String(length=18), nullable=True),
        sa.Column('work_employer', sa.String(length=100), nullable=True),
        sa.Column('email', sa.String(length=100), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_basic_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_basic')),
    )
    op.create_table(
        'certificate',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('holder', sa.String(length=60), nullable=False),
        sa.Column('series', sa.String(length=60), nullable=False),
        sa.Column('level', sa.String(length=60), nullable=False),
        sa.Column('title', sa.String(length=60), nullable=False),
        sa.Column('speciality', sa.String(length=60), nullable=False),
        sa.Column('passed_on', sa.Date(), nullable=False),
        sa.Column('issued_on', sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_certificate_application_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
        sa.UniqueConstraint('application_id', name=op.f('uq_certificate_application_id')),
        sa.UniqueConstraint('number', name=op.f('uq_certificate_number')),
    )
    op.create_table(
        'continuing_education',
        sa.Column('year', sa.Integer(), nullable=True),
        sa.Column('subject_kind', sa.String(length=60), nullable=True),
        sa.Column('content', sa.String(length=100), nullable=True),
        sa.Column('hours', sa.Integer(), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'],
            ['application.id'],
            name=op.f('fk_continuing_education_application_id'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_continuing_education')),
    )
    with op.batch_alter_table('continuing_education', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_continuing_education_application_id'), ['application_id'], unique=False)

    op.create_table(
        'destination',
        sa.Column('route', sa.String(length=60), nullable=True),
        sa.Column('employer_id', sa.Integer(), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_destination_application_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_destination_employer_id')),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_destination')),
    )
    op.create_table(
        'education',
        sa.Column('certificate_number', sa.String(length=40), nullable=True),
        sa.Column('school', sa.String(length=100), nullable=True),
        sa.Column('entered_on', sa.Date(), nullable=True),
        sa.Column('left_on', sa.Date(), nullable=True),
        sa.Column('schooling', sa.String(length=60), nullable=True),
        sa.Column('subject', sa.String(length=60), nullable=True),
        sa.Column('study_form', sa.String(length=60), nullable=True),
        sa.Column('region', sa.String(length=60), nullable=True),
        sa.Column('degree', sa.String(length=60), nullable=True),
        sa.Column('used_here', sa.Boolean(), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_education_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_education')),
    )
    with op.batch_alter_table('education', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_education_application_id'), ['application_id'], unique=False)

    op.create_table(
        'exam',
        sa.Column('ticket', sa.String(length=40), nullable=True),
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('subject', sa.String(length=60), nullable=True),
        sa.Column('score', sa.String(length=20), nullable=True),
        sa.Column('place', sa.String(length=100), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_exam_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_exam')),
    )
    op.create_table(
        'fee_item',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('amount_fen', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_fee_item_application_id')),
        sa.ForeignKeyConstraint(['order_id'], ['fee_order.id'], name=op.f('fk_fee_item_order_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_item')),
        sa.UniqueConstraint('order_id', 'application_id', name=op.f('uq_fee_item_order_id_application_id')),
    )
    with op.batch_alter_table('fee_item', schema=None) as batch_op:
        batch_op.create_index('ix_fee_item_application', ['application_id'], unique=False)

    op.create_table(
        'message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=True),
        sa.Column('text', sa.String(length=400), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('read_at', sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_message_account_id')),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_message_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_account', ['account_id', 'read_at', 'id'], unique=False)

    op.create_table(
        'negative',
        sa.Column('happened', sa.JSON(), nullable=True),
        sa.Column('explanation', sa.String(length=500), nullable=True),
        sa.Column('statement', sa.String(length=500), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_negative_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_negative')),
    )
    op.create_table(
        'notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('phase', sa.String(length=30), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=False),
        sa.Column('opinion', sa.String(length=500), nullable=False),
        sa.Column('recorded_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("phase IN ('pre', 'post')", name=op.f('ck_notice_phase_known')),
        sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_notice_starts_before_it_ends')),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_notice_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
        sa.UniqueConstraint('application_id', 'phase', name=op.f('uq_notice_application_id_phase')),
    )
    op.create_table(
        'patent',
        sa.Column('kind', sa.String(length=60), nullable=True),
        sa.Column('name', sa.String(length=100), nullable=True),
        sa.Column('patent_kind', sa.String(length=60), nullable=True),
        sa.Column('patent_number', sa.String(length=40), nullable=True),
        sa.Column('granted_on', sa.Date(), nullable=True),
        sa.Column('converted', sa.Boolean(), nullable=True),
        sa.Column('register_number', sa.String(length=40), nullable=True),
        sa.Column('registered_on', sa.Date(), nullable=True),
        sa.Column('rank', sa.Integer(), nullable=True),
        sa.Column('representative', sa.Boolean(), nullable=True),
        sa.Column('summary', sa.String(length=200), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_patent_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_patent')),
    )
    with op.batch_alter_table('patent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patent_application_id'), ['application_id'], unique=False)

    op.create_table(
        'post',
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('organisation', sa.String(length=100), nullable=True),
        sa.Column('post', sa.String(length=60), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_post_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_post')),
    )
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_application_id'), ['application_id'], unique=False)

    op.create_table(
        'present',
        sa.Column('subject', sa.String(length=60), nullable=True),
        sa.Column('years', sa.Integer(), nullable=True),
        sa.Column('present_kind', sa.String(length=60), nullable=True),
        sa.Column('obtained_on', sa.Date(), nullable=True),
        sa.Column('present_title', sa.String(length=60), nullable=True),
        sa.Column('obtained_by', sa.String(length=60), nullable=True),
        sa.Column('present_series', sa.String(length=60), nullable=True),
        sa.Column('issuer', sa.String(length=100), nullable=True),
        sa.Column('present_level', sa.String(length=60), nullable=True),
        sa.Column('appointed_as', sa.String(length=60), nullable=True),
        sa.Column('appointed_on', sa.Date(), nullable=True),
        sa.Column('outside', sa.Boolean(), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_present_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_present')),
    )
    op.create_table(
        'project',
        sa.Column('kind', sa.String(length=60), nullable=True),
        sa.Column('name', sa.String(length=100), nullable=True),
        sa.Column('number', sa.String(length=60), nullable=True),
        sa.Column('source', sa.String(length=100), nullable=True),
        sa.Column('level', sa.String(length=60), nullable=True),
        sa.Column('role', sa.String(length=60), nullable=True),
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('progress', sa.String(length=60), nullable=True),
        sa.Column('representative', sa.Boolean(), nullable=True),
        sa.Column('summary', sa.String(length=200), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_project_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_project')),
    )
    with op.batch_alter_table('project', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_project_application_id'), ['application_id'], unique=False)

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

    op.create_table(
        'revision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_revision_application_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_revision')),
        sa.UniqueConstraint('application_id', 'number', name=op.f('uq_revision_application_id_number')),
    )
    op.create_table(
        'self_evaluation',
        sa.Column('ability', sa.String(length=500), nullable=True),
        sa.Column('achievement', sa.String(length=500), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_self_evaluation_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_self_evaluation')),
    )
    op.create_table(
        'session_item',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('session_id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_session_item_application_id')),
        sa.ForeignKeyConstraint(
            ['session_id'], ['review_session.id'], name=op.f('fk_session_item_session_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_session_item')),
        sa.UniqueConstraint('session_id', 'application_id', name=op.f('uq_session_item_session_id_application_id')),
    )
    with op.batch_alter_table('session_item', schema=None) as batch_op:
        batch_op.create_index('ix_session_item_app', ['application_id'], unique=False)

    op.create_table(
        'step',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(length=30), nullable=False),
        sa.Column('label', sa.String(length=60), nullable=False),
        sa.Column('source', sa.String(length=30), nullable=False),
        sa.Column('target', sa.String(length=30), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('actor_name', sa.String(length=60), nullable=False),
        sa.Column('authority', sa.String(length=160), nullable=False),
        sa.Column('opinion', sa.String(length=2000), nullable=False),
        sa.Column('data', sa.JSON(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('previous_hash', sa.String(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['account.id'], name=op.f('fk_step_actor_id')),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_step_application_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_step')),
        sa.UniqueConstraint('application_id', 'number', name=op.f('uq_step_application_id_number')),
    )
    op.create_table(
        'target',
        sa.Column('track', sa.String(length=30), nullable=True),
        sa.Column('exceptional_kind', sa.String(length=60), nullable=True),
        sa.Column('series', sa.String(length=60), nullable=True),
        sa.Column('level', sa.String(length=60), nullable=True),
        sa.Column('title', sa.String(length=60), nullable=True),
        sa.Column('speciality', sa.String(length=60), nullable=True),
        sa.Column('elsewhere', sa.Boolean(), nullable=True),
        sa.Column('others', sa.String(length=200), nullable=True),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "track IN ('regular', 'exceptional', 'transfer', 'assessment', 'confirmation')",
            name=op.f('ck_target_track_known'),
        ),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_target_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_target')),
    )
    op.create_table(
        'training',
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('place', sa.String(length=100), nullable=True),
        sa.Column('content', sa.String(length=200), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_training_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_training')),
    )
    with op.batch_alter_table('training', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_application_id'), ['application_id'], unique=False)

    op.create_table(
        'work',
        sa.Column('started_on', sa.Date(), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('employer', sa.String(length=100), nullable=True),
        sa.Column('place', sa.String(length=100), nullable=True),
        sa.Column('post', sa.String(length=60), nullable=True),
        sa.Column('duties', sa.String(length=200), nullable=True),
        sa.Column('witness', sa.String(length=60), nullable=True),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['application.id'], name=op.f('fk_work_application_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_work')),
    )
    with op.batch_alter_table('work', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_application_id'), ['application_id'], unique=False)

    op.create_table(
        'ballot',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('item_id', sa.Integer(), nullable=False),
        sa.Column('expert_id', sa.Integer(), nullable=False),
        sa.Column('vote', sa.String(length=30), nullable=False),
        sa.Column('comment', sa.String(length=500), nullable=False),
        sa.Column('cast_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("vote IN ('for', 'against', 'abstain')", name=op.f('ck_ballot_vote_known')),
        sa.ForeignKeyConstraint(['expert_id'], ['account.id'], name=op.f('fk_ballot_expert_id')),
        sa.ForeignKeyConstraint(['item_id'], ['session_item.id'], name=op.f('fk_ballot_item_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ballot')),
        sa.UniqueConstraint('item_id', 'expert_id', name=op.f('uq_ballot_item_id_expert_id')),
    )
    for table in SEALED:
        seal(table)


def downgrade() -> None:
    op.drop_table('ballot')
    with op.batch_alter_table('work', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_work_application_id'))

    op.drop_table('work')
    with op.batch_alter_table('training', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_application_id'))

    op.drop_table('training')
    op.drop_table('target')
    op.drop_table('step')
    with op.batch_alter_table('session_item', schema=None) as batch_op:
        batch_op.drop_index('ix_session_item_app')

    op.drop_table('session_item')
    op.drop_table('self_evaluation')
    op.drop_table('revision')
    with op.batch_alter_table('report_print', schema=None) as batch_op:
        batch_op.drop_index('ix_report_print_application')

    op.drop_table('report_print')
    with op.batch_alter_table('project', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_project_application_id'))

    op.drop_table('project')
    op.drop_table('present')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_application_id'))

    op.drop_table('post')
    with op.batch_alter_table('patent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_patent_application_id'))

    op.drop_table('patent')
    op.drop_table('notice')
    op.drop_table('negative')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_account')

    op.drop_table('message')
    with op.batch_alter_table('fee_item', schema=None) as batch_op:
        batch_op.drop_index('ix_fee_item_application')

    op.drop_table('fee_item')
    op.drop_table('exam')
    with op.batch_alter_table('education', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_education_application_id'))

    op.drop_table('education')
    op.drop_table('destination')
    with op.batch_alter_table('continuing_education', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_continuing_education_application_id'))

    op.drop_table('continuing_education')
    op.drop_table('certificate')
    op.drop_table('basic')
    with op.batch_alter_table('award', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_award_application_id'))

    op.drop_table('award')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_attachment_application')

    op.drop_table('attachment')
    with op.batch_alter_table('approval_item', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_item_document')

    op.drop_table('approval_item')
    with op.batch_alter_table('academic', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_academic_application_id'))

    op.drop_table('academic')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('ix_application_stage')
        batch_op.drop_index('ix_application_id_number')
        batch_op.drop_index('ix_application_employer')
        batch_op.drop_index('ix_application_committee')
        batch_op.drop_index('ix_application_applicant')

    op.drop_table('application')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seat_expert_id'))

    op.drop_table('seat')
    with op.batch_alter_table('roster_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_entry_id_number'))
        batch_op.drop_index(batch_op.f('ix_roster_entry_employer_id'))

    op.drop_table('roster_entry')
    with op.batch_alter_table('offering', schema=None) as batch_op:
        batch_op.drop_index('ix_offering_committee_id')

    op.drop_table('offering')
    op.drop_table('grant_line')
    with op.batch_alter_table('bulk_result', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bulk_result_account_id'))

    op.drop_table('bulk_result')
    with op.batch_alter_table('audit_line', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_line_at')

    op.drop_table('audit_line')
    op.drop_table('title')
    op.drop_table('speciality')
    with op.batch_alter_table('review_session', schema=None) as batch_op:
        batch_op.drop_index('ix_review_session_committee')

    op.drop_table('review_session')
    with op.batch_alter_table('fee_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_fee_order_committee_id'))

    op.drop_table('fee_order')
    with op.batch_alter_table('approval_document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approval_document_committee_id'))

    op.drop_table('approval_document')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_id_number'))
        batch_op.drop_index(batch_op.f('ix_account_employer_id'))
        batch_op.drop_index(batch_op.f('ix_account_committee_id'))

    op.drop_table('account')
    op.drop_table('workday_override')
    op.drop_table('wording')
    op.drop_table('stored_file')
    op.drop_table('series')
    op.drop_table('material')
    op.drop_table('insurance_record')
    with op.batch_alter_table('gateway_notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gateway_notice_order_number'))

    op.drop_table('gateway_notice')
    op.drop_table('fee_standard')
    op.drop_table('employer')
    op.drop_table('counter')
    op.drop_table('committee')
    op.drop_table('call')
    if op.get_bind().dialect.name == 'postgresql':
        for table in SEALED:
            op.execute(f'DROP FUNCTION {table}_sealed')
