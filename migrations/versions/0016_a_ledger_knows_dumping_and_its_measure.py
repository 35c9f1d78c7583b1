"""A ledger knows dumping and its measure."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = ("generated", "used", "used_from_storage", "stored", "disposed", "disposed_from_storage", "transferred")
AFTER = (*BEFORE[:-1], "dumped", BEFORE[-1])


def upgrade() -> None:
    with op.batch_alter_table("ledger_entry") as entry:
        entry.add_column(sa.Column("dumped", sa.BigInteger()))
        entry.add_column(sa.Column("measure", sa.String()))
    # an office weighs less than a kilogram at times: from here on grams are kept
    entries = sa.table("ledger_entry", *(sa.column(name) for name in (*AFTER, "measure")))
    op.execute(entries.update().values(dumped=0, measure="t", **{name: entries.c[name] * 1000 for name in BEFORE}))
    _bind(AFTER)
    with op.batch_alter_table("ledger_entry") as entry:
        entry.alter_column("dumped", existing_type=sa.BigInteger(), nullable=False)
        entry.alter_column("measure", existing_type=sa.String(), nullable=False)
        entry.create_check_constraint(op.f("ck_ledger_entry_measure_known"), "measure IN ('t', 'kg')")


def downgrade() -> None:
    # what was dumped and what is less than a kilogram is lost; a part stays no more than its whole
    entries = sa.table("ledger_entry", *(sa.column(name, sa.BigInteger()) for name in BEFORE))
    with op.batch_alter_table("ledger_entry") as entry:
        entry.drop_constraint(op.f("ck_ledger_entry_measure_known"), type_="check")
    _bind(BEFORE)
    op.execute(entries.update().values(**{name: entries.c[name] // 1000 for name in BEFORE}))
    with op.batch_alter_table("ledger_entry") as entry:
        entry.drop_column("measure")
        entry.drop_column("dumped")


def _bind(amounts: tuple[str, ...]) -> None:
    with op.batch_alter_table("ledger_entry") as entry:
        entry.drop_constraint(op.f("ck_ledger_entry_not_negative"), type_="check")
    with op.batch_alter_table("ledger_entry") as entry:
        entry.create_check_constraint(
            op.f("ck_ledger_entry_not_negative"), " AND ".join(f"{amount} >= 0" for amount in amounts)
        )
