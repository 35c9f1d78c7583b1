"""Objections are followed and answered."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)
        batch_op.create_index("ix_attempt_kind_who_at", ["kind", "who", "at"], unique=False)

    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("given_at IS NULL OR text <> ''", name=op.f("ck_statement_given_in_words")),
        sa.CheckConstraint("(given_by IS NULL) = (given_at IS NULL)", name=op.f("ck_statement_given_by_and_at")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_statement_application_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_statement_asked_by")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_statement_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index(
            "uq_statement_open",
            ["application_id"],
            unique=True,
            sqlite_where=sa.text("given_at IS NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("given_at IS NULL AND ended_at IS NULL"),
        )

    op.create_table(
        "exhibit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=True),
        sa.Column("statement_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(objection_id IS NULL) <> (statement_id IS NULL)", name=op.f("ck_exhibit_of_one_thing")),
        sa.CheckConstraint("size > 0", name=op.f("ck_exhibit_size_positive")),
        sa.ForeignKeyConstraint(["objection_id"], ["objection.id"], name=op.f("fk_exhibit_objection_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_exhibit_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibit")),
        sa.UniqueConstraint("objection_id", "sha256", name=op.f("uq_exhibit_objection_id_sha256")),
        sa.UniqueConstraint("statement_id", "sha256", name=op.f("uq_exhibit_statement_id_sha256")),
    )
    with op.batch_alter_table("exhibit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exhibit_objection_id"), ["objection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exhibit_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_exhibit_statement_id"), ["statement_id"], unique=False)

    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("digest", sa.String()))
        notice.add_column(sa.Column("pdf", sa.String()))
    notices = sa.table("notice", sa.column("id"), sa.column("shown", sa.JSON()), sa.column("digest"))
    for row in op.get_bind().execute(sa.select(notices.c.id, notices.c.shown)).all():
        spelt = json.dumps(row.shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(spelt.encode()).hexdigest()
        op.execute(notices.update().where(notices.c.id == row.id).values(digest=digest))
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("digest", existing_type=sa.String(), nullable=False)
    with op.batch_alter_table("objection") as objection:
        objection.add_column(sa.Column("appeal", sa.Boolean()))
        objection.add_column(sa.Column("secret", sa.String()))
        objection.add_column(sa.Column("passed_on", sa.String()))
        objection.add_column(sa.Column("letter", sa.String()))
    # the unit has read the text; what came from a rejected unit is its appeal
    op.execute("UPDATE objection SET appeal = FALSE, secret = '', passed_on = text")
    op.execute(
        "UPDATE objection SET appeal = TRUE WHERE (SELECT after FROM step WHERE step.application_id = "
        "objection.application_id AND step.at <= objection.received_at ORDER BY step.id DESC LIMIT 1) = 'rejected'"
    )
    with op.batch_alter_table("objection") as objection:
        for name, kind in (("appeal", sa.Boolean()), ("secret", sa.String()), ("passed_on", sa.String())):
            objection.alter_column(name, existing_type=kind, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_column("letter")
        batch_op.drop_column("passed_on")
        batch_op.drop_column("secret")
        batch_op.drop_column("appeal")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("pdf")
        batch_op.drop_column("digest")

    with op.batch_alter_table("exhibit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exhibit_statement_id"))
        batch_op.drop_index(batch_op.f("ix_exhibit_sha256"))
        batch_op.drop_index(batch_op.f("ix_exhibit_objection_id"))

    op.drop_table("exhibit")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_statement_open",
            sqlite_where=sa.text("given_at IS NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("given_at IS NULL AND ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_asked_by"))
        batch_op.drop_index(batch_op.f("ix_statement_application_id"))

    op.drop_table("statement")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_kind_who_at")
        batch_op.drop_index(batch_op.f("ix_attempt_at"))

    op.drop_table("attempt")
