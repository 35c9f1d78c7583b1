"""Answers while they are written, and revisions once they are submitted."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key


class Answer(Base):
    """One answer of the unit: to a fact, an indicator's inputs, a prerequisite or an item."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("application_id", "kind", "key"),
        CheckConstraint("kind IN ('fact', 'indicator', 'prerequisite', 'item', 'commitment')", name="kind_known"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    kind: Mapped[str]
    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(default="")
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    carried_from: Mapped[int | None] = mapped_column(ForeignKey("application.id"))  # until somebody checked it


class Revision(Base):
    """What was submitted, frozen: answers, evidence list and the self-assessment they gave."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("application_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    manifest_hash: Mapped[str]
    sheet: Mapped[dict[str, Any]]
    total: Mapped[Decimal]
    level: Mapped[str | None]
    submitted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime]

    application: Mapped[Application] = relationship()
