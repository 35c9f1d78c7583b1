"""Titles are kept true: yearly declarations, reports about cells, draws of re-checks."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IS_WAITING = sa.text("opened_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "yearly_declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("complies", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Integer()),
        sa.Column("confirmed_at", sa.DateTime()),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_yearly_declaration_confirmed_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_yearly_declaration_application_id")
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_yearly_declaration_saved_by")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_yearly_declaration_confirmed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_declaration")),
        sa.UniqueConstraint("application_id", "year", name=op.f("uq_yearly_declaration_application_id_year")),
    )
    op.create_index(op.f("ix_yearly_declaration_application_id"), "yearly_declaration", ["application_id"])
    op.create_index(op.f("ix_yearly_declaration_saved_by"), "yearly_declaration", ["saved_by"])

    op.create_table(
        "cell_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Integer()),
        sa.Column("answered_at", sa.DateTime()),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_cell_report_answered_with_an_outcome")
        ),
        sa.CheckConstraint("outcome IS NULL OR reply <> ''", name=op.f("ck_cell_report_answered_with_a_reply")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_cell_report_application_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_cell_report_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_report")),
        sa.UniqueConstraint("receipt", name=op.f("uq_cell_report_receipt")),
    )
    op.create_index(op.f("ix_cell_report_application_id"), "cell_report", ["application_id"])

    op.create_table(
        "recheck_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(), nullable=False),
        sa.Column("opened_by", sa.Integer()),
        sa.Column("opened_at", sa.DateTime()),
        sa.CheckConstraint("(opened_at IS NULL) = (opened_by IS NULL)", name=op.f("ck_recheck_draw_opened_by_somebody")),
        sa.ForeignKeyConstraint(["drawn_by"], ["person.id"], name=op.f("fk_recheck_draw_drawn_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_recheck_draw_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck_draw")),
    )
    op.create_index(op.f("ix_recheck_draw_drawn_by"), "recheck_draw", ["drawn_by"])
    op.create_index(
        "uq_recheck_draw_waiting", "recheck_draw", ["year"], unique=True, sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_recheck_draw_waiting", table_name="recheck_draw")
    op.drop_index(op.f("ix_recheck_draw_drawn_by"), table_name="recheck_draw")
    op.drop_table("recheck_draw")
    op.drop_index(op.f("ix_cell_report_application_id"), table_name="cell_report")
    op.drop_table("cell_report")
    op.drop_index(op.f("ix_yearly_declaration_saved_by"), table_name="yearly_declaration")
    op.drop_index(op.f("ix_yearly_declaration_application_id"), table_name="yearly_declaration")
    op.drop_table("yearly_declaration")
