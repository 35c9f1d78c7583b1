"""Awards are told in letters."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

IS_DRAFT = sa.text("issued_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "award_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("number", sa.String()),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("prepared_by", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by", sa.Integer()),
        sa.Column("issued_at", sa.DateTime()),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String()),
        sa.Column("asked_at", sa.DateTime()),
        sa.Column("asked_post", sa.Integer()),
        sa.Column("print_sha256", sa.String()),
        sa.Column("zip_sha256", sa.String()),
        sa.Column("files_at", sa.DateTime()),
        sa.CheckConstraint(
            "(issued_at IS NULL) = (issued_by IS NULL)", name=op.f("ck_award_letter_issued_by_somebody")
        ),
        sa.CheckConstraint("issued_by <> prepared_by", name=op.f("ck_award_letter_issued_by_another")),
        sa.CheckConstraint(
            "issued_at IS NULL OR number IS NOT NULL", name=op.f("ck_award_letter_issued_has_its_number")
        ),
        sa.ForeignKeyConstraint(["prepared_by"], ["person.id"], name=op.f("fk_award_letter_prepared_by")),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_award_letter_issued_by")),
        sa.ForeignKeyConstraint(["asked_post"], ["post.id"], name=op.f("fk_award_letter_asked_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_award_letter_number")),
    )
    with op.batch_alter_table("award_letter") as table:
        table.create_index(table.f("ix_award_letter_prepared_by"), ["prepared_by"])
        table.create_index(
            "uq_award_letter_draft", ["batch"], unique=True, sqlite_where=IS_DRAFT, postgresql_where=IS_DRAFT
        )

    op.create_table(
        "award_letter_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["award_letter.id"], name=op.f("fk_award_letter_line_letter_id")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_award_letter_line_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_award_letter_line_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_letter_line")),
        sa.UniqueConstraint("letter_id", "position", name=op.f("uq_award_letter_line_letter_id_position")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_award_letter_line_certificate_id")),
        sa.UniqueConstraint("application_id", name=op.f("uq_award_letter_line_application_id")),
    )


def downgrade() -> None:
    op.drop_table("award_letter_line")
    with op.batch_alter_table("award_letter") as table:
        table.drop_index("uq_award_letter_draft")
        table.drop_index(table.f("ix_award_letter_prepared_by"))
    op.drop_table("award_letter")
