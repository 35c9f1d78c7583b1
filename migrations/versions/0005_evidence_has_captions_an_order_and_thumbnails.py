"""Evidence has captions, an order and thumbnails."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence") as evidence:
        evidence.add_column(sa.Column("caption", sa.String()))
        evidence.add_column(sa.Column("position", sa.Integer()))
        evidence.add_column(sa.Column("thumb", sa.String()))
    # files were shown in the order of their numbers
    op.execute("UPDATE evidence SET caption = '', position = id")
    with op.batch_alter_table("evidence") as evidence:
        evidence.alter_column("caption", existing_type=sa.String(), nullable=False)
        evidence.alter_column("position", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("evidence") as evidence:
        for column in ("caption", "position", "thumb"):
            evidence.drop_column(column)
