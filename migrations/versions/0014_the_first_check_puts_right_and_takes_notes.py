"""The first check puts right and takes notes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("side IN ('district', 'department')", name=op.f("ck_check_note_side_known")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_check_note_says_something")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_check_note_application_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_check_note_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_note")),
        sa.UniqueConstraint(
            "application_id", "revision", "kind", "key", "by",
            name=op.f("uq_check_note_application_id_revision_kind_key_by"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_check_note_application_id"), "check_note", ["application_id"])
    op.create_index(op.f("ix_check_note_by"), "check_note", ["by"])
    with op.batch_alter_table("finding") as finding:
        finding.add_column(sa.Column("answer", sa.JSON(), nullable=True))
        finding.drop_constraint(op.f("ck_finding_verdict_known"), type_="check")
        finding.drop_constraint(op.f("ck_finding_a_return_has_a_reason"), type_="check")
        finding.create_check_constraint(op.f("ck_finding_verdict_known"), "verdict IN ('fine', 'correct', 'return')")
        finding.create_check_constraint(
            op.f("ck_finding_what_is_not_fine_has_a_reason"), "verdict = 'fine' OR reason <> ''"
        )


def downgrade() -> None:
    # what was put right had nothing to send back to the unit: it stands as looked at, with its reason
    op.execute("UPDATE finding SET verdict = 'fine' WHERE verdict = 'correct'")
    with op.batch_alter_table("finding") as finding:
        finding.drop_constraint(op.f("ck_finding_verdict_known"), type_="check")
        finding.drop_constraint(op.f("ck_finding_what_is_not_fine_has_a_reason"), type_="check")
        finding.create_check_constraint(op.f("ck_finding_verdict_known"), "verdict IN ('fine', 'return')")
        finding.create_check_constraint(op.f("ck_finding_a_return_has_a_reason"), "verdict <> 'return' OR reason <> ''")
        finding.drop_column("answer")
    op.drop_index(op.f("ix_check_note_by"), table_name="check_note")
    op.drop_index(op.f("ix_check_note_application_id"), table_name="check_note")
    op.drop_table("check_note")
