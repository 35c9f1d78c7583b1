"""Proposals, notices and objections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
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
            sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"),
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
    """One public notice (公示), with the copy that was shown."""

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

    application: Mapped[Application] = relationship()


class Objection(Base):
    """One objection (异议); who raised it is for the office alone."""

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

    application: Mapped[Application] = relationship()
