"""Plan targets are reported."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("outcome IS NULL")


def upgrade() -> None:
    op.create_table(
        "target_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=False),
        sa.Column("reported_post", sa.Integer()),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("settled_by", sa.Integer()),
        sa.Column("settled_at", sa.DateTime()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(outcome IS NULL) = (settled_by IS NULL)", name=op.f("ck_target_report_settled_by_somebody")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_target_report_settled_at_some_time")
        ),
        sa.CheckConstraint("outcome IN ('confirmed', 'returned')", name=op.f("ck_target_report_outcome_known")),
        sa.CheckConstraint("settled_by <> reported_by", name=op.f("ck_target_report_settled_by_another")),
        sa.CheckConstraint(
            "outcome <> 'returned' OR reason <> ''", name=op.f("ck_target_report_returned_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_target_report_reported_by")),
        sa.ForeignKeyConstraint(["reported_post"], ["post.id"], name=op.f("fk_target_report_reported_post")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_target_report_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_report")),
    )
    with op.batch_alter_table("target_report") as table:
        table.create_index(table.f("ix_target_report_reported_by"), ["reported_by"])
        table.create_index("ix_target_report_target_period", ["target", "period"])
        table.create_index(
            "uq_target_report_open",
            ["target", "period"],
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        )

    op.create_table(
        "target_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_target_file_size_positive")),
        sa.ForeignKeyConstraint(["report_id"], ["target_report.id"], name=op.f("fk_target_file_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_file")),
        sa.UniqueConstraint("report_id", "sha256", name=op.f("uq_target_file_report_id_sha256")),
    )
    with op.batch_alter_table("target_file") as table:
        table.create_index(table.f("ix_target_file_report_id"), ["report_id"])
        table.create_index(table.f("ix_target_file_sha256"), ["sha256"])


def downgrade() -> None:
    with op.batch_alter_table("target_file") as table:
        table.drop_index(table.f("ix_target_file_sha256"))
        table.drop_index(table.f("ix_target_file_report_id"))
    op.drop_table("target_file")
    with op.batch_alter_table("target_report") as table:
        table.drop_index("uq_target_report_open")
        table.drop_index("ix_target_report_target_period")
        table.drop_index(table.f("ix_target_report_reported_by"))
    op.drop_table("target_report")
