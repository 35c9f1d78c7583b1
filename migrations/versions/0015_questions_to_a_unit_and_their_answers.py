"""Questions to a unit and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROLES = (
    "applicant", "district", "department", "expert", "office", "approver", "admin", "auditor", "public", "system",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "clarification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("role", sa.Enum(*ROLES, name="role", native_enum=False, length=24), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(due_on IS NOT NULL) = (level = 'unit' AND role <> 'applicant')",
            name=op.f("ck_clarification_a_question_has_a_day"),
        ),
        sa.CheckConstraint("level IN ('unit', 'reviewers', 'office')", name=op.f("ck_clarification_level_known")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_clarification_says_something")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_clarification_application_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_clarification_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    op.create_index(op.f("ix_clarification_application_id"), "clarification", ["application_id"])
    op.create_index(op.f("ix_clarification_by"), "clarification", ["by"])
    op.create_table(
        "clarification_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clarification_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clarification_id"], ["clarification.id"], name=op.f("fk_clarification_file_clarification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification_file")),
        sa.UniqueConstraint("clarification_id", "sha256", name=op.f("uq_clarification_file_clarification_id_sha256")),
    )
    op.create_index(op.f("ix_clarification_file_clarification_id"), "clarification_file", ["clarification_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_clarification_file_clarification_id"), table_name="clarification_file")
    op.drop_table("clarification_file")
    op.drop_index(op.f("ix_clarification_by"), table_name="clarification")
    op.drop_index(op.f("ix_clarification_application_id"), table_name="clarification")
    op.drop_table("clarification")
