"""Cases are found by parts of a unit's name, searches are kept, and lists are written out in the background."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

AT_ONCE = 1000
NARROWED = ("state", "category", "division", "batch")


def upgrade() -> None:
    bytewise = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "unit_key",
        sa.Column("key", bytewise, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_key_unit_id")),
        sa.PrimaryKeyConstraint("key", "unit_id", name=op.f("pk_unit_key")),
        sqlite_with_rowid=False,
    )
    _fill()
    op.create_index("ix_unit_key_unit_id", "unit_key", ["unit_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_view_person_id_name")),
    )
    op.create_index("ix_saved_view_person_id", "saved_view", ["person_id"])
    op.create_table(
        "case_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=True),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.CheckConstraint("(file IS NULL) OR (made_at IS NOT NULL)", name=op.f("ck_case_export_file_is_made")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_case_export_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_export")),
    )
    op.create_index("ix_case_export_post_id", "case_export", ["post_id"])
    for column in NARROWED:
        op.drop_index(f"ix_application_{column}", "application")
        op.create_index(f"ix_application_{column}", "application", [column, "state_since", "id"])
    op.create_index("ix_application_state_since", "application", ["state_since", "id"])


def downgrade() -> None:
    op.drop_index("ix_application_state_since", "application")
    for column in NARROWED:
        op.drop_index(f"ix_application_{column}", "application")
        op.create_index(f"ix_application_{column}", "application", [column])
    for table in ("case_export", "saved_view", "unit_key"):
        op.drop_table(table)


def _fill() -> None:
    unit = sa.table("unit", *map(sa.column, ("id", "name", "credit_code", "host_code")))
    keys = sa.table("unit_key", sa.column("key"), sa.column("unit_id"))
    rows = op.get_bind().execute(sa.select(unit).order_by(unit.c.id)).all()
    for begin in range(0, len(rows), AT_ONCE):
        found = [
            {"key": key, "unit_id": id_}
            for id_, name, own, host in rows[begin : begin + AT_ONCE]
            for key in _keys(name, own or host or "")
        ]
        if found:
            op.bulk_insert(keys, found)


# the rules of ``units.finding`` on the day of this migration


def _key(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _keys(name: str, code: str) -> list[str]:
    plain = _key(name)
    return sorted({*(plain[at:] for at in range(len(plain))), _key(code)} - {""})
