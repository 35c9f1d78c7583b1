"""What people were reminded of, so that nobody is reminded twice."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.database import Base, Key, PersonKey
from cellcert.people.models import Person


class Digest(Base):
    """Everything one person was reminded of on one day; ``mail`` names its row of the outbox, if there was an
    address."""

    __tablename__ = "reminder_digest"
    __table_args__ = (UniqueConstraint("day", "person_id"),)

    id: Mapped[Key]
    person_id: Mapped[PersonKey]
    day: Mapped[date]
    at: Mapped[datetime]
    mail: Mapped[str | None]

    person: Mapped[Person] = relationship()
    reminders: Mapped[list["Reminder"]] = relationship(back_populates="digest", order_by="Reminder.id")


class Reminder(Base):
    """One thing that is due, said to one person once for each of its steps (``step`` days before the day)."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("due_on", "kind", "about", "person_id", "step"),)

    id: Mapped[Key]
    digest_id: Mapped[int] = mapped_column(ForeignKey("reminder_digest.id"), index=True)
    person_id: Mapped[PersonKey]
    kind: Mapped[str]
    about: Mapped[str]  # application:12, seat:7, certificate:JZWF-…
    due_on: Mapped[date]
    step: Mapped[int]
    text: Mapped[str]

    digest: Mapped[Digest] = relationship(back_populates="reminders")
