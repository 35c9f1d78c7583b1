"""What reviewers asked a unit about one place of its application, what they told each other, and what it answered."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.actors import Role
from cellcert.database import ApplicationKey, Base, Key, PersonKey
from cellcert.people.models import Person


class Clarification(Base):
    """One message about one place, for those its level names; it is never changed. A question has a day to answer."""

    __tablename__ = "clarification"
    __table_args__ = (
        CheckConstraint("level IN ('unit', 'reviewers', 'office')", name="level_known"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(due_on IS NOT NULL) = (level = 'unit' AND role <> 'applicant')", name="a_question_has_a_day"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    item: Mapped[str]
    role: Mapped[Role]
    level: Mapped[str]
    text: Mapped[str]
    by: Mapped[PersonKey]
    at: Mapped[datetime]
    due_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    files: Mapped[list["ClarificationFile"]] = relationship(order_by="ClarificationFile.id")


class ClarificationFile(Base):
    """A file that came with an answer; it passed the same check as evidence."""

    __tablename__ = "clarification_file"
    __table_args__ = (UniqueConstraint("clarification_id", "sha256"),)

    id: Mapped[Key]
    clarification_id: Mapped[int] = mapped_column(ForeignKey("clarification.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]
