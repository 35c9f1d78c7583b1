"""Proposals, notices, objections with what came with them, statements."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey
from cellcert.decision.matters import Matter
from cellcert.people.models import Person


class Proposal(Base):
    """What the office proposes, and the other person who approved it or turned it down."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("settled_by IS NULL OR settled_by <> proposed_by", name="two_persons"),
        CheckConstraint("(settled_by IS NULL) = (settled_at IS NULL)", name="settled_by_and_at"),
        Index(
            "uq_proposal_open", "application_id", "matter", unique=True,
            sqlite_where=sql("settled_at IS NULL"), postgresql_where=sql("settled_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    matter: Mapped[Matter]
    outcome: Mapped[State]
    level: Mapped[str | None]
    reason: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    proposed_by: Mapped[PersonKey]
    proposed_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(default="")

    application: Mapped[Application] = relationship()
    proposer: Mapped[Person] = relationship(foreign_keys="Proposal.proposed_by")


class Notice(Base):
    """One public notice (公示), with the copy that was shown: its text, the text's hash, the printed letter."""

    __tablename__ = "notice"
    __table_args__ = (CheckConstraint("ends_on > published_on", name="notice_has_days"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    published_on: Mapped[date]
    published_at: Mapped[datetime]
    ends_on: Mapped[date]
    working_days: Mapped[int]
    calendar_version: Mapped[str]
    shown: Mapped[dict[str, Any]]
    digest: Mapped[str]  # SHA-256 of what is shown
    pdf: Mapped[str | None]  # SHA-256 of the letter, once it is printed

    application: Mapped[Application] = relationship()


class Objection(Base):
    """One objection (异议), or a rejected unit's appeal; who raised it is for the office alone."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_with_an_outcome"),
        CheckConstraint("outcome IS NULL OR reply <> ''", name="closed_with_a_reply"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    receipt: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    contact: Mapped[str]
    text: Mapped[str]
    received_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reply: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    appeal: Mapped[bool] = mapped_column(default=False)
    secret: Mapped[str] = mapped_column(default="")  # hash of the code that opens it with its number
    passed_on: Mapped[str] = mapped_column(default="")  # what the unit was told of it, in the office's words
    letter: Mapped[str | None]  # SHA-256 of the answer letter, once it is printed

    application: Mapped[Application] = relationship()


class Statement(Base):
    """What the unit was asked about the objections in hand, and what it said."""

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint("(given_by IS NULL) = (given_at IS NULL)", name="given_by_and_at"),
        CheckConstraint("given_at IS NULL OR text <> ''", name="given_in_words"),
        Index(
            "uq_statement_open", "application_id", unique=True,
            sqlite_where=sql("given_at IS NULL AND ended_at IS NULL"),
            postgresql_where=sql("given_at IS NULL AND ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    question: Mapped[str]
    asked_by: Mapped[PersonKey]
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # the objections were closed before it was given

    application: Mapped[Application] = relationship()


class Exhibit(Base):
    """A file that came with an objection, or with the unit's statement on it."""

    __tablename__ = "exhibit"
    __table_args__ = (
        CheckConstraint("(objection_id IS NULL) <> (statement_id IS NULL)", name="of_one_thing"),
        CheckConstraint("size > 0", name="size_positive"),
        UniqueConstraint("objection_id", "sha256"),
        UniqueConstraint("statement_id", "sha256"),
    )

    id: Mapped[Key]
    objection_id: Mapped[int | None] = mapped_column(ForeignKey("objection.id"), index=True)
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]
