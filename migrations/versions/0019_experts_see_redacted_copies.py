"""Experts see redacted copies where they must not learn the unit."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("thumb", sa.String(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(sha256 IS NULL) = (media_type IS NULL)", name=op.f("ck_redaction_copy_has_a_type")),
        sa.CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name=op.f("ck_redaction_copy_has_a_size")),
        sa.CheckConstraint("sha256 IS NULL OR sha256 <> original", name=op.f("ck_redaction_copy_is_another_file")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_redaction_application_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_redaction_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
        sa.UniqueConstraint("application_id", "original", name=op.f("uq_redaction_application_id_original")),
    )
    op.create_index(op.f("ix_redaction_application_id"), "redaction", ["application_id"])
    op.create_index(op.f("ix_redaction_by"), "redaction", ["by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_redaction_by"), table_name="redaction")
    op.drop_index(op.f("ix_redaction_application_id"), table_name="redaction")
    op.drop_table("redaction")
