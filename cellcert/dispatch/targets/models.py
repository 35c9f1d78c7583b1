"""Values reported for the plan's targets, and the files that support them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Dialect, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from cellcert.database import Base, Key, PersonKey
from cellcert.people.models import Person

IS_OPEN = text("outcome IS NULL")
STEP = Decimal("0.0001")
Standing = Literal["waiting", "confirmed", "returned"]


class Figure(TypeDecorator[Decimal]):
    """Store a figure as whole ten-thousandths: exact on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value != value.quantize(STEP):
            raise ValueError(f"{value} has more than four places; refuse it first")
        return int(value / STEP)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else value * STEP


class TargetReport(Base):
    """One value of one target for one period; a correction is another row, never a change of this one."""

    __tablename__ = "target_report"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled_at_some_time"),
        CheckConstraint("outcome IN ('confirmed', 'returned')", name="outcome_known"),
        CheckConstraint("settled_by <> reported_by", name="settled_by_another"),
        CheckConstraint("outcome <> 'returned' OR reason <> ''", name="returned_for_a_reason"),
        Index("ix_target_report_target_period", "target", "period"),
        Index("uq_target_report_open", "target", "period", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    )

    id: Mapped[Key]
    target: Mapped[str]
    period: Mapped[str]  # 2026, 2026-H1 or 2026-Q3
    ends_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Figure)
    note: Mapped[str] = mapped_column(default="")
    department: Mapped[str]  # that answers for the value: the first the plan names
    reported_by: Mapped[PersonKey]
    reported_post: Mapped[int | None] = mapped_column(ForeignKey("post.id"))  # who is told what became of it
    reported_at: Mapped[datetime]
    outcome: Mapped[str | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")  # why it was sent back

    files: Mapped[list["TargetFile"]] = relationship(back_populates="report", order_by="TargetFile.id")
    reporter: Mapped[Person] = relationship(foreign_keys="TargetReport.reported_by")

    @property
    def standing(self) -> Standing:
        return "waiting" if self.outcome is None else "confirmed" if self.outcome == "confirmed" else "returned"


class TargetFile(Base):
    """A file that supports a reported value; the bytes lie in the store."""

    __tablename__ = "target_file"
    __table_args__ = (UniqueConstraint("report_id", "sha256"), CheckConstraint("size > 0", name="size_positive"))

    id: Mapped[Key]
    report_id: Mapped[int] = mapped_column(ForeignKey("target_report.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]

    report: Mapped[TargetReport] = relationship(back_populates="files")
