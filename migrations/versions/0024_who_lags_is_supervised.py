"""Who lags is supervised: reviews, matters, letters, rectification reports."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "supervision_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer()),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_supervision_review_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_review")),
        sa.UniqueConstraint("on", name=op.f("uq_supervision_review_on")),
    )
    op.create_table(
        "supervision_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("closed_by", sa.Integer()),
        sa.Column("closing", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('division', 'department')", name=op.f("ck_supervision_case_kind_known")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closing = '')", name=op.f("ck_supervision_case_closed_with_a_reason")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_supervision_case_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_case")),
    )
    with op.batch_alter_table("supervision_case") as table:
        table.create_index(
            "uq_supervision_case_open", ["kind", "subject", "measure", "part"], unique=True, sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        )  # fmt: skip
    op.create_table(
        "supervision_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.Integer()),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("settled_by", sa.Integer()),
        sa.Column("settled_at", sa.DateTime()),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("number", sa.String()),
        sa.Column("dated", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String()),
        sa.Column("sent_at", sa.DateTime()),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.CheckConstraint("settled_by <> proposed_by", name=op.f("ck_supervision_letter_settled_by_another")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_supervision_letter_settled_by_somebody")
        ),
        sa.CheckConstraint(
            "approved = (number IS NOT NULL)", name=op.f("ck_supervision_letter_approved_has_its_number")
        ),
        sa.CheckConstraint(
            "settled_at IS NOT NULL OR NOT approved", name=op.f("ck_supervision_letter_approved_is_settled")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"], name=op.f("fk_supervision_letter_case_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_supervision_letter_proposed_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_supervision_letter_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_supervision_letter_key")),
        sa.UniqueConstraint("number", name=op.f("uq_supervision_letter_number")),
    )
    with op.batch_alter_table("supervision_letter") as table:
        table.create_index(table.f("ix_supervision_letter_case_id"), ["case_id"])
    op.create_table(
        "supervision_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("measures", sa.String(), nullable=False),
        sa.Column("done_by", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["supervision_letter.id"], name=op.f("fk_supervision_report_letter_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_supervision_report_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_report")),
    )
    with op.batch_alter_table("supervision_report") as table:
        table.create_index(table.f("ix_supervision_report_letter_id"), ["letter_id"])
        table.create_index(table.f("ix_supervision_report_by"), ["by"])
    op.create_table(
        "supervision_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["supervision_report.id"], name=op.f("fk_supervision_file_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_file")),
        sa.UniqueConstraint("report_id", "sha256", name=op.f("uq_supervision_file_report_id_sha256")),
    )
    with op.batch_alter_table("supervision_file") as table:
        table.create_index(table.f("ix_supervision_file_report_id"), ["report_id"])


def downgrade() -> None:
    for table in ("file", "report", "letter", "case", "review"):
        op.drop_table(f"supervision_{table}")
