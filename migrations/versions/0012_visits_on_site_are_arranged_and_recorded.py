"""Visits on site are arranged and recorded."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('other_at', sa.DateTime(), nullable=True),
    sa.Column('other_because', sa.String(), nullable=False),
    sa.Column('arranged_by', sa.Integer(), nullable=False),
    sa.Column('arranged_at', sa.DateTime(), nullable=False),
    sa.Column('statements', sa.JSON(), nullable=False),
    sa.Column('scan', sa.String(), nullable=False),
    sa.Column('scan_name', sa.String(), nullable=False),
    sa.Column('scan_type', sa.String(), nullable=False),
    sa.Column('unsigned_because', sa.String(), nullable=False),
    sa.Column('record', sa.JSON(), nullable=False),
    sa.Column('record_hash', sa.String(), nullable=False),
    sa.Column('closed_by', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("(closed_at IS NULL) = (record_hash = '')", name=op.f('ck_visit_closed_has_a_hash')),
    sa.CheckConstraint("(standing = 'other') = (other_at IS NOT NULL)", name=op.f('ck_visit_another_time_is_named')),
    sa.CheckConstraint("standing IN ('proposed', 'agreed', 'other')", name=op.f('ck_visit_standing_known')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_visit_application_id')),
    sa.ForeignKeyConstraint(['arranged_by'], ['person.id'], name=op.f('fk_visit_arranged_by')),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_visit_closed_by')),
    sa.ForeignKeyConstraint(['lead_id'], ['person.id'], name=op.f('fk_visit_lead_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('application_id', 'round', name=op.f('uq_visit_application_id_round'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_lead_id'), ['lead_id'], unique=False)

    op.create_table('visit_finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('suggestion', sa.String(), nullable=False),
    sa.Column('checked', sa.Integer(), nullable=True),
    sa.Column('passing', sa.Integer(), nullable=True),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("verdict NOT IN ('differs', 'unseen') OR what <> ''", name=op.f('ck_visit_finding_a_difference_is_told')),
    sa.CheckConstraint("verdict IN ('', 'same', 'differs', 'unseen')", name=op.f('ck_visit_finding_verdict_known')),
    sa.CheckConstraint('passing IS NULL OR passing BETWEEN 0 AND checked', name=op.f('ck_visit_finding_count_in_bounds')),
    sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_visit_finding_by')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_finding_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_finding')),
    sa.UniqueConstraint('visit_id', 'item', name=op.f('uq_visit_finding_visit_id_item'))
    )
    with op.batch_alter_table('visit_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_finding_by'), ['by'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_finding_visit_id'), ['visit_id'], unique=False)

    op.create_table('visit_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('applicant', 'district', 'department', 'expert', 'office', 'approver', 'admin', 'auditor', 'public', 'system', name='role', native_enum=False, length=24), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_visit_member_person_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_member_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_member')),
    sa.UniqueConstraint('visit_id', 'person_id', name=op.f('uq_visit_member_visit_id_person_id'))
    )
    with op.batch_alter_table('visit_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_member_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_member_visit_id'), ['visit_id'], unique=False)

    op.create_table('visit_photo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('thumb', sa.String(), nullable=True),
    sa.Column('taken_at', sa.DateTime(), nullable=False),
    sa.Column('taken_from', sa.String(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('removed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("taken_from IN ('camera', 'phone', 'upload')", name=op.f('ck_visit_photo_source_known')),
    sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_visit_photo_by')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_photo_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_photo')),
    sa.UniqueConstraint('visit_id', 'key', name=op.f('uq_visit_photo_visit_id_key'))
    )
    with op.batch_alter_table('visit_photo', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_photo_by'), ['by'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_photo_visit_id'), ['visit_id'], unique=False)

    op.create_table('visit_signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('line', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('void_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("side IN ('team', 'unit')", name=op.f('ck_visit_signature_side_known')),
    sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_visit_signature_by')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_signature_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_signature'))
    )
    with op.batch_alter_table('visit_signature', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_signature_by'), ['by'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_signature_visit_id'), ['visit_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('visit_signature', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_signature_visit_id'))
        batch_op.drop_index(batch_op.f('ix_visit_signature_by'))

    op.drop_table('visit_signature')
    with op.batch_alter_table('visit_photo', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_photo_visit_id'))
        batch_op.drop_index(batch_op.f('ix_visit_photo_by'))

    op.drop_table('visit_photo')
    with op.batch_alter_table('visit_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_member_visit_id'))
        batch_op.drop_index(batch_op.f('ix_visit_member_person_id'))

    op.drop_table('visit_member')
    with op.batch_alter_table('visit_finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_finding_visit_id'))
        batch_op.drop_index(batch_op.f('ix_visit_finding_by'))

    op.drop_table('visit_finding')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_lead_id'))
        batch_op.drop_index(batch_op.f('ix_visit_application_id'))

    op.drop_table('visit')
