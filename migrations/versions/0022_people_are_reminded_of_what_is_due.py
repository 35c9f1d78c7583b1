"""People are reminded of what is due."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OLD_KINDS = "('remind-seat', 'remind-seats')"


def upgrade() -> None:
    op.create_table(
        "reminder_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_digest_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_digest")),
        sa.UniqueConstraint("day", "person_id", name=op.f("uq_reminder_digest_day_person_id")),
    )
    op.create_index(op.f("ix_reminder_digest_person_id"), "reminder_digest", ["person_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["reminder_digest.id"], name=op.f("fk_reminder_digest_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "due_on", "kind", "about", "person_id", "step", name=op.f("uq_reminder_due_on_kind_about_person_id_step")
        ),
    )
    op.create_index(op.f("ix_reminder_digest_id"), "reminder", ["digest_id"])
    op.create_index(op.f("ix_reminder_person_id"), "reminder", ["person_id"])
    # reminders of sheets that wait are taken over: nobody knows these kinds of work any more
    op.execute(f"UPDATE job SET state = 'done', leased_until = NULL WHERE state = 'due' AND kind IN {OLD_KINDS}")


def downgrade() -> None:
    op.drop_index(op.f("ix_reminder_person_id"), table_name="reminder")
    op.drop_index(op.f("ix_reminder_digest_id"), table_name="reminder")
    op.drop_table("reminder")
    op.drop_index(op.f("ix_reminder_digest_person_id"), table_name="reminder_digest")
    op.drop_table("reminder_digest")
    op.execute("DELETE FROM job WHERE state = 'due' AND kind IN ('remind', 'reminders')")
