"""A unit's host is known by one spelling, so that its people are known as tied to the unit."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit") as unit:
        unit.add_column(sa.Column("host_key", sa.String()))
    op.execute("UPDATE unit SET host_key = ''")
    table = sa.table("unit", sa.column("id"), sa.column("host_name"), sa.column("host_key"))
    hosted = sa.select(table.c.id, table.c.host_name).where(table.c.host_name.is_not(None))
    for id_, host in op.get_bind().execute(hosted).all():
        op.execute(table.update().where(table.c.id == id_).values(host_key=_key(host)))
    with op.batch_alter_table("unit") as unit:
        unit.alter_column("host_key", existing_type=sa.String(), nullable=False)


def _key(name: str) -> str:
    """The spelling of ``units.rules.name_key`` on the day of this migration."""
    return re.sub(r"[\s()\[\]·.,\-]", "", unicodedata.normalize("NFKC", name)).casefold()


def downgrade() -> None:
    with op.batch_alter_table("unit") as unit:
        unit.drop_column("host_key")
