"""Reviews, the matters they found, the letters of each, and what was answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.database import Base, Key, PersonKey
from cellcert.dispatch.supervision.rules import Matter
from cellcert.people.models import Person

IS_OPEN = text("closed_at IS NULL")


class SupervisionReview(Base):
    """One look at every figure, with what it found: at most one a day."""

    __tablename__ = "supervision_review"

    id: Mapped[Key]
    on: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # none: the periodic review
    figures: Mapped[list[Any]]
    proposed: Mapped[int]


class SupervisionCase(Base):
    """One matter of one body, from the first proposal until it is closed."""

    __tablename__ = "supervision_case"
    __table_args__ = (
        CheckConstraint("kind IN ('division', 'department')", name="kind_known"),
        CheckConstraint("(closed_at IS NULL) = (closing = '')", name="closed_with_a_reason"),
        Index(
            "uq_supervision_case_open", "kind", "subject", "measure", "part", unique=True,
            sqlite_where=IS_OPEN, postgresql_where=IS_OPEN,
        ),
    )  # fmt: skip

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str]
    subject: Mapped[str]
    measure: Mapped[str]
    part: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closing: Mapped[str] = mapped_column(default="")

    letters: Mapped[list["SupervisionLetter"]] = relationship(back_populates="case", order_by="SupervisionLetter.id")
    closer: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def matter(self) -> Matter:
        return Matter(self.kind, self.subject, self.measure, self.part)

    @property
    def last(self) -> "SupervisionLetter | None":
        """The letter that went out last."""
        return next((letter for letter in reversed(self.letters) if letter.approved), None)

    @property
    def pending(self) -> "SupervisionLetter | None":
        """The proposal that waits for somebody."""
        return next((letter for letter in self.letters if letter.settled_at is None), None)


class SupervisionLetter(Base):
    """One step: proposed, then approved and sent, or declined. ``key`` says it a second time of nobody."""

    __tablename__ = "supervision_letter"
    __table_args__ = (
        CheckConstraint("settled_by <> proposed_by", name="settled_by_another"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("approved = (number IS NOT NULL)", name="approved_has_its_number"),
        CheckConstraint("settled_at IS NOT NULL OR NOT approved", name="approved_is_settled"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("supervision_case.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)  # body, matter, period and step
    step: Mapped[int]
    figures: Mapped[dict[str, Any]]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # none: a review
    proposed_at: Mapped[datetime]
    because: Mapped[str] = mapped_column(default="")  # why somebody proposed it beyond the rules
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    approved: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(default="")
    number: Mapped[str | None] = mapped_column(unique=True)
    dated: Mapped[date | None]
    due_on: Mapped[date | None]
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)  # its words, as they went out
    sha256: Mapped[str | None]  # of its PDF
    sent_at: Mapped[datetime | None]
    told: Mapped[list[str]] = mapped_column(default=list)  # who got it

    case: Mapped[SupervisionCase] = relationship(back_populates="letters")
    proposer: Mapped[Person | None] = relationship(foreign_keys="SupervisionLetter.proposed_by")
    settler: Mapped[Person | None] = relationship(foreign_keys="SupervisionLetter.settled_by")
    reports: Mapped[list["SupervisionReport"]] = relationship(back_populates="letter", order_by="SupervisionReport.id")


class SupervisionReport(Base):
    """What a body answered to a letter: why it lagged, what it does, until when. It is never changed."""

    __tablename__ = "supervision_report"

    id: Mapped[Key]
    letter_id: Mapped[int] = mapped_column(ForeignKey("supervision_letter.id"), index=True)
    cause: Mapped[str]
    measures: Mapped[str]
    done_by: Mapped[date]
    by: Mapped[PersonKey]
    at: Mapped[datetime]

    letter: Mapped[SupervisionLetter] = relationship(back_populates="reports")
    person: Mapped[Person] = relationship()
    files: Mapped[list["SupervisionFile"]] = relationship(order_by="SupervisionFile.id")


class SupervisionFile(Base):
    """A file that came with a report; it passed the same check as evidence."""

    __tablename__ = "supervision_file"
    __table_args__ = (UniqueConstraint("report_id", "sha256"),)

    id: Mapped[Key]
    report_id: Mapped[int] = mapped_column(ForeignKey("supervision_report.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
