"""Editions are proposed, approved by a second person, and in force from a day on."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FIXED = ("category", "edition", "sha256", "text", "kept_at")
CHECKS = {
    "state_known": "state IN ('draft', 'approved', 'withdrawn')",
    "two_persons": "approved_by IS NULL OR (proposed_by IS NOT NULL AND approved_by <> proposed_by)",
    "proposed_by_and_at": "(proposed_by IS NULL) = (proposed_at IS NULL)",
    "approved_by_and_at": "(approved_by IS NULL) = (approved_at IS NULL)",
    "withdrawn_by_and_at": "(withdrawn_by IS NULL) = (withdrawn_at IS NULL)",
    "draft_waits": "state <> 'draft' OR (proposed_by IS NOT NULL AND approved_by IS NULL)",
    "approved_is_signed": "state <> 'approved' OR (proposed_by IS NULL) = (approved_by IS NULL)",
    "withdrawn_is_signed": "(state = 'withdrawn') = (withdrawn_by IS NOT NULL)",
    "founding_stays": "state <> 'withdrawn' OR proposed_by IS NOT NULL",
}
STATE = sa.Enum("draft", "approved", "withdrawn", name="editionstate", native_enum=False, length=24)
POSTGRESQL = """
CREATE FUNCTION refuse_edition_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'the text of an edition never changes';
END
$$ LANGUAGE plpgsql
"""


def upgrade() -> None:
    with op.batch_alter_table("edition") as edition:
        edition.add_column(sa.Column("state", STATE))
        edition.add_column(sa.Column("version", sa.Integer()))
        edition.add_column(sa.Column("in_force_from", sa.Date()))
        edition.add_column(sa.Column("reason", sa.String()))
        for deed in ("proposed", "approved", "withdrawn"):
            edition.add_column(sa.Column(f"{deed}_by", sa.Integer()))
            edition.add_column(sa.Column(f"{deed}_at", sa.DateTime()))
        edition.add_column(sa.Column("withdrawn_because", sa.String()))
    _found()
    with op.batch_alter_table("edition") as edition:
        for column in ("state", "version", "in_force_from", "reason", "withdrawn_because"):
            edition.alter_column(column, nullable=False)
        for deed in ("proposed", "approved", "withdrawn"):
            edition.create_foreign_key(f"fk_edition_{deed}_by", "person", [f"{deed}_by"], ["id"])
        for name, check in CHECKS.items():
            edition.create_check_constraint(op.f(f"ck_edition_{name}"), check)
        for name, columns in (("approved", ["category", "in_force_from"]), ("draft", ["category"])):
            where = sa.text(f"state = '{name}'")
            edition.create_index(
                f"uq_edition_{name}", columns, unique=True, sqlite_where=where, postgresql_where=where
            )
    _protect()


def _found() -> None:
    """Every row there is was in force from the day it was kept; of several on one day the last one stays in force."""
    edition = sa.table(
        "edition", sa.column("id", sa.Integer), sa.column("category", sa.String), sa.column("kept_at", sa.DateTime),
        sa.column("state", sa.String), sa.column("version", sa.Integer), sa.column("in_force_from", sa.Date),
        sa.column("reason", sa.String), sa.column("withdrawn_because", sa.String),
    )  # fmt: skip
    connection, first = op.get_bind(), {}
    newest_first = sa.select(edition.c.id, edition.c.category, edition.c.kept_at).order_by(
        edition.c.kept_at.desc(), edition.c.id.desc()
    )
    for id, category, kept_at in connection.execute(newest_first).all():
        day = kept_at.date()
        if category in first:
            day = min(day, first[category] - timedelta(days=1))
        first[category] = day
        connection.execute(
            edition.update()
            .where(edition.c.id == id)
            .values(state="approved", version=1, in_force_from=day, reason="", withdrawn_because="")
        )


def _protect() -> None:
    """A migration that rebuilds the table on SQLite has to set these triggers again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        op.execute(
            f"CREATE TRIGGER edition_is_fixed BEFORE UPDATE OF {', '.join(FIXED)} OR DELETE ON edition "
            "FOR EACH ROW EXECUTE FUNCTION refuse_edition_change()"
        )
        return
    for name, verb in (("update", f"UPDATE OF {', '.join(FIXED)}"), ("delete", "DELETE")):
        op.execute(
            f"CREATE TRIGGER edition_no_{name} BEFORE {verb} ON edition "
            "BEGIN SELECT RAISE(ABORT, 'the text of an edition never changes'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER edition_is_fixed ON edition")
        op.execute("DROP FUNCTION refuse_edition_change()")
    else:
        for name in ("update", "delete"):
            op.execute(f"DROP TRIGGER edition_no_{name}")
    # before, a row was an edition somebody applied under: what is only proposed or planned would look like one
    op.execute(
        "DELETE FROM edition WHERE proposed_by IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM application WHERE application.edition_id = edition.id)"
    )
    with op.batch_alter_table("edition") as edition:
        for name in ("approved", "draft"):
            edition.drop_index(f"uq_edition_{name}")
        for name in CHECKS:
            edition.drop_constraint(op.f(f"ck_edition_{name}"), type_="check")
        for deed in ("proposed", "approved", "withdrawn"):
            edition.drop_constraint(f"fk_edition_{deed}_by", type_="foreignkey")
        for column in ("state", "version", "in_force_from", "reason", "withdrawn_because"):
            edition.drop_column(column)
        for deed in ("proposed", "approved", "withdrawn"):
            edition.drop_column(f"{deed}_by")
            edition.drop_column(f"{deed}_at")
