"""Findings, score sheets, on-site records and round results."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, UniqueConstraint, and_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey
from cellcert.people.models import Person


class Finding(Base):
    """What the first check found at one place of one revision: in order, put right by the reviewer, or sent back."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("application_id", "revision", "kind", "key"),
        CheckConstraint("verdict IN ('fine', 'correct', 'return')", name="verdict_known"),
        CheckConstraint("verdict = 'fine' OR reason <> ''", name="what_is_not_fine_has_a_reason"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    revision: Mapped[int]
    kind: Mapped[str]
    key: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)  # what a correction makes of it
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class CheckNote(Base):
    """What one reviewer wrote down for colleagues at one place of one revision; never for the unit or the experts."""

    __tablename__ = "check_note"
    __table_args__ = (
        UniqueConstraint("application_id", "revision", "kind", "key", "by"),
        CheckConstraint("side IN ('district', 'department')", name="side_known"),
        CheckConstraint("text <> ''", name="says_something"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    revision: Mapped[int]
    kind: Mapped[str]
    key: Mapped[str]
    side: Mapped[str]
    text: Mapped[str]
    by: Mapped[PersonKey]
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class Opinion(Base):
    """A written opinion on the application: the district's or the lead department's."""

    __tablename__ = "opinion"
    __table_args__ = (CheckConstraint("side IN ('district', 'department')", name="side_known"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    revision: Mapped[int]
    side: Mapped[str]
    in_favour: Mapped[bool]
    text: Mapped[str]
    by: Mapped[PersonKey]
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class ScoreSheet(Base):
    """One expert's sheet for one round: a draft until handed in; a second round opens it again for a few items."""

    __tablename__ = "score_sheet"
    __table_args__ = (
        UniqueConstraint("application_id", "round", "person_id"),
        CheckConstraint("(handed_in_at IS NULL) = (total IS NULL)", name="handed_in_has_a_total"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    round: Mapped[int]
    revision: Mapped[int]
    person_id: Mapped[PersonKey]
    version: Mapped[int] = mapped_column(default=1)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    points: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opinion: Mapped[str] = mapped_column(default="")
    total: Mapped[Decimal | None]
    blind: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the sheet as it went into the second round
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    application: Mapped[Application] = relationship()
    person: Mapped[Person] = relationship()


class Reopening(Base):
    """A request to open a handed-in sheet again before the round closes; another person approves it."""

    __tablename__ = "reopening"
    __table_args__ = (CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="two_persons"),)

    id: Mapped[Key]
    score_sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]

    sheet: Mapped[ScoreSheet] = relationship()

    @hybrid_property
    def waits(self) -> bool:
        """Whether it waits for approval: a sheet handed in since then, or back with its expert, is not meant by it."""
        handed_in_at = self.sheet.handed_in_at
        return self.approved_at is None and handed_in_at is not None and handed_in_at <= self.asked_at

    @waits.inplace.expression
    @classmethod
    def _waits(cls) -> ColumnElement[bool]:
        """The same beside its sheet, which the statement joins."""
        return and_(cls.approved_at.is_(None), ScoreSheet.handed_in_at <= cls.asked_at)


class OnSiteReport(Base):
    """What was seen on site."""

    __tablename__ = "on_site_report"

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    visited_on: Mapped[str]
    text: Mapped[str]
    by: Mapped[PersonKey]
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()

    @property
    def visited(self) -> date:
        return date.fromisoformat(self.visited_on)


class SecondRound(Base):
    """A round whose sheets lay too far apart goes on, for these items alone: what was apart, and since when."""

    __tablename__ = "second_round"
    __table_args__ = (UniqueConstraint("application_id", "round"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    round: Mapped[int]
    items: Mapped[list[Any]]
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]

    application: Mapped[Application] = relationship()


class RoundResult(Base):
    """The closed round: the experts' points combined, recomputable from the sheets."""

    __tablename__ = "round_result"
    __table_args__ = (UniqueConstraint("application_id", "round"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    round: Mapped[int]
    revision: Mapped[int]
    combine: Mapped[str]
    sheet: Mapped[dict[str, Any]]
    discrepancies: Mapped[list[Any]]
    total: Mapped[Decimal]
    level: Mapped[str | None]
    closed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime]

    application: Mapped[Application] = relationship()
