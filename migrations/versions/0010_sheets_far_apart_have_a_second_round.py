"""Sheets that lie far apart have a second round."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_second_round_application_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_second_round_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_round")),
        sa.UniqueConstraint("application_id", "round", name=op.f("uq_second_round_application_id_round")),
    )
    op.create_index(op.f("ix_second_round_application_id"), "second_round", ["application_id"])
    with op.batch_alter_table("score_sheet") as sheet:
        sheet.add_column(sa.Column("blind", sa.JSON()))
    op.execute("UPDATE score_sheet SET blind = '{}'")
    with op.batch_alter_table("score_sheet") as sheet:
        sheet.alter_column("blind", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    # a second round that is under way is left by taking every sheet back to what it was when it was handed in alone
    sheet = sa.table(
        "score_sheet", *(sa.column(name) for name in ("id", "application_id", "round", "handed_in_at", "total", "saved_at")),
        *(sa.column(name, sa.JSON()) for name in ("answers", "comments", "points", "blind")),
    )  # fmt: skip
    result = sa.table("round_result", sa.column("application_id"), sa.column("round"))
    closed = sa.exists().where(
        result.c.application_id == sheet.c.application_id, result.c.round == sheet.c.round
    )
    for row in op.get_bind().execute(sa.select(sheet).where(~closed)).all():
        if row.blind:
            op.execute(
                sheet.update()
                .where(sheet.c.id == row.id)
                .values(
                    answers=row.blind["answers"], comments=row.blind["comments"], points=row.blind["points"],
                    total=row.blind["hundredths"], handed_in_at=row.saved_at,
                )
            )  # fmt: skip
    with op.batch_alter_table("score_sheet") as table:
        table.drop_column("blind")
    op.drop_index(op.f("ix_second_round_application_id"), table_name="second_round")
    op.drop_table("second_round")
