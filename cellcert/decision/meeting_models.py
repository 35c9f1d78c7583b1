"""Meetings that decide (审定会): the cases before one, its minutes, and the papers laid before it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey
from cellcert.people.models import Post


class Meeting(Base):
    """One meeting: whom it brought together, what was said, when its results are told."""

    __tablename__ = "meeting"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    held_on: Mapped[date]
    announce_at: Mapped[datetime | None]  # the time set; announced_at is when it happened
    announced_at: Mapped[datetime | None]
    announced_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    place: Mapped[str] = mapped_column(default="")
    chair: Mapped[str] = mapped_column(default="")
    recorder: Mapped[str] = mapped_column(default="")
    attended: Mapped[str] = mapped_column(default="")
    absent: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    opened_by: Mapped[PersonKey]
    opened_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class MeetingCase(Base):
    """One case before one meeting, with what the meeting said of it."""

    __tablename__ = "meeting_case"
    __table_args__ = (
        UniqueConstraint("meeting_id", "application_id"),
        CheckConstraint("votes_for >= 0 AND votes_against >= 0 AND abstained >= 0", name="votes_counted"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    application_id: Mapped[ApplicationKey]
    said: Mapped[str] = mapped_column(default="")
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    abstained: Mapped[int | None]

    meeting: Mapped[Meeting] = relationship()
    application: Mapped[Application] = relationship()


class MeetingPack(Base):
    """The papers of a meeting as one PDF, made piece by piece for who asked."""

    __tablename__ = "meeting_pack"

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    asked_at: Mapped[datetime]
    cases: Mapped[list[Any]]  # application ids in their order
    pieces: Mapped[list[Any]] = mapped_column(default=list)  # SHA-256 of each piece that is made
    of: Mapped[int]
    sha256: Mapped[str | None]
    pages: Mapped[int | None]
    made_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()
    post: Mapped[Post] = relationship()
