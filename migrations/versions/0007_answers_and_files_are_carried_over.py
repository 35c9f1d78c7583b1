"""Answers and files are carried over from an earlier application, and say so until somebody checks them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("answer", "evidence"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("carried_from", sa.Integer()))
            table.create_foreign_key(f"fk_{name}_carried_from", "application", ["carried_from"], ["id"])


def downgrade() -> None:
    for name in ("answer", "evidence"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(f"fk_{name}_carried_from", type_="foreignkey")
            table.drop_column("carried_from")
