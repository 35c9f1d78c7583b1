"""Colleagues are invited by mail, one answers for the unit's work, and everybody has an inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit") as unit:
        unit.add_column(sa.Column("contact_id", sa.Integer()))
        unit.create_foreign_key(op.f("fk_unit_contact_id"), "person", ["contact_id"], ["id"])
    # who came first answers for the work until somebody else is named
    op.execute(
        "UPDATE unit SET contact_id = (SELECT post.person_id FROM post WHERE post.id = "
        "(SELECT min(first.id) FROM post AS first WHERE first.unit_id = unit.id AND first.ended_at IS NULL))"
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime()),
        sa.Column("accepted_at", sa.DateTime()),
        sa.Column("accepted_by", sa.Integer()),
        sa.Column("undelivered", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL)", name=op.f("ck_invitation_accepted_by_somebody")
        ),
        sa.CheckConstraint(
            "accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitation_accepted_or_withdrawn")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_invitation_unit_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_unit_id"), "invitation", ["unit_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer()),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_message_post_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_message_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_post_id_read_at", "message", ["post_id", "read_at"])
    op.create_index(op.f("ix_message_application_id"), "message", ["application_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_application_id"), table_name="message")
    op.drop_index("ix_message_post_id_read_at", table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_invitation_unit_id"), table_name="invitation")
    op.drop_table("invitation")
    with op.batch_alter_table("unit") as unit:
        unit.drop_constraint(op.f("fk_unit_contact_id"), type_="foreignkey")
        unit.drop_column("contact_id")
