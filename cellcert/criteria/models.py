"""Editions of the checklists: proposed, approved by a second person, in force from a day on."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cellcert.criteria.states import EditionState
from cellcert.database import Base, Key


class Edition(Base):
    """The text of one checklist edition, kept for ever; the founding one has neither proposer nor approver."""

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("category", "sha256"),
        CheckConstraint("state IN ('draft', 'approved', 'withdrawn')", name="state_known"),
        CheckConstraint(
            "approved_by IS NULL OR (proposed_by IS NOT NULL AND approved_by <> proposed_by)", name="two_persons"
        ),
        CheckConstraint("(proposed_by IS NULL) = (proposed_at IS NULL)", name="proposed_by_and_at"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_by_and_at"),
        CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn_by_and_at"),
        CheckConstraint("state <> 'draft' OR (proposed_by IS NOT NULL AND approved_by IS NULL)", name="draft_waits"),
        CheckConstraint(
            "state <> 'approved' OR (proposed_by IS NULL) = (approved_by IS NULL)", name="approved_is_signed"
        ),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_by IS NOT NULL)", name="withdrawn_is_signed"),
        CheckConstraint("state <> 'withdrawn' OR proposed_by IS NOT NULL", name="founding_stays"),
        Index(
            "uq_edition_approved", "category", "in_force_from", unique=True,
            sqlite_where=text("state = 'approved'"), postgresql_where=text("state = 'approved'"),
        ),
        Index(
            "uq_edition_draft", "category", unique=True,
            sqlite_where=text("state = 'draft'"), postgresql_where=text("state = 'draft'"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    category: Mapped[str]
    edition: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]
    kept_at: Mapped[datetime]
    state: Mapped[EditionState] = mapped_column(default=EditionState.APPROVED)
    version: Mapped[int] = mapped_column(default=1)
    in_force_from: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(default="")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def is_founding(self) -> bool:
        """Taken from the city's folder as it stood, before anybody proposed one."""
        return self.proposed_by is None
