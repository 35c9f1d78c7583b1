"""Units have a head."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("is_head", sa.Boolean()))
    # nobody was named; a unit says so now
    op.execute(sa.text("UPDATE post SET is_head = false"))
    with op.batch_alter_table("post") as post:
        post.alter_column("is_head", existing_type=sa.Boolean(), nullable=False)
        post.create_check_constraint(op.f("ck_post_only_units_have_a_head"), "role = 'applicant' OR NOT is_head")


def downgrade() -> None:
    with op.batch_alter_table("post") as post:
        post.drop_constraint(op.f("ck_post_only_units_have_a_head"), type_="check")
        post.drop_column("is_head")
