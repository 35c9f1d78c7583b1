"""Units keep a waste ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AMOUNTS = ("generated", "used", "used_from_storage", "stored", "disposed", "disposed_from_storage", "transferred")


def upgrade() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        *(sa.Column(amount, sa.BigInteger(), nullable=False) for amount in AMOUNTS),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            " AND ".join(f"{amount} >= 0" for amount in AMOUNTS), name=op.f("ck_ledger_entry_not_negative")
        ),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_ledger_entry_month_known")),
        sa.CheckConstraint(
            "used_from_storage <= used AND disposed_from_storage <= disposed",
            name=op.f("ck_ledger_entry_storage_is_part_of_it"),
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_ledger_entry_saved_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_ledger_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint(
            "unit_id", "year", "month", "kind", "receiver",
            name=op.f("uq_ledger_entry_unit_id_year_month_kind_receiver"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_ledger_entry_unit_id"), "ledger_entry", ["unit_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_entry_unit_id"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
