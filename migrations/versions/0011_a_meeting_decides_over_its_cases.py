"""A meeting decides over its cases."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("announce_at", sa.DateTime()),
        sa.Column("announced_at", sa.DateTime()),
        sa.Column("announced_by", sa.Integer()),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("chair", sa.String(), nullable=False),
        sa.Column("recorder", sa.String(), nullable=False),
        sa.Column("attended", sa.String(), nullable=False),
        sa.Column("absent", sa.String(), nullable=False),
        sa.Column("minutes", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["announced_by"], ["person.id"], name=op.f("fk_meeting_announced_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_meeting_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting") as table:
        table.create_index(table.f("ix_meeting_opened_by"), ["opened_by"])

    op.create_table(
        "meeting_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("votes_for", sa.Integer()),
        sa.Column("votes_against", sa.Integer()),
        sa.Column("abstained", sa.Integer()),
        sa.CheckConstraint(
            "votes_for >= 0 AND votes_against >= 0 AND abstained >= 0", name=op.f("ck_meeting_case_votes_counted")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_meeting_case_application_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_case_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_case")),
        sa.UniqueConstraint("meeting_id", "application_id", name=op.f("uq_meeting_case_meeting_id_application_id")),
    )
    with op.batch_alter_table("meeting_case") as table:
        table.create_index(table.f("ix_meeting_case_application_id"), ["application_id"])
        table.create_index(table.f("ix_meeting_case_meeting_id"), ["meeting_id"])

    op.create_table(
        "meeting_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String()),
        sa.Column("pages", sa.Integer()),
        sa.Column("made_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_pack_meeting_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_meeting_pack_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_pack")),
    )
    with op.batch_alter_table("meeting_pack") as table:
        table.create_index(table.f("ix_meeting_pack_meeting_id"), ["meeting_id"])


def downgrade() -> None:
    with op.batch_alter_table("meeting_pack") as table:
        table.drop_index(table.f("ix_meeting_pack_meeting_id"))

    op.drop_table("meeting_pack")
    with op.batch_alter_table("meeting_case") as table:
        table.drop_index(table.f("ix_meeting_case_meeting_id"))
        table.drop_index(table.f("ix_meeting_case_application_id"))

    op.drop_table("meeting_case")
    with op.batch_alter_table("meeting") as table:
        table.drop_index(table.f("ix_meeting_opened_by"))

    op.drop_table("meeting")
