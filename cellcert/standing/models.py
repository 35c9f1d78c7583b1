"""What is kept of the years after the award: declarations, reports about cells, draws of re-checks."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey


class Declaration(Base):
    """What a holder declares of one calendar year (年度声明); it stands once the head has confirmed it."""

    __tablename__ = "yearly_declaration"
    __table_args__ = (
        UniqueConstraint("application_id", "year"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed_by_somebody"),
    )

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    application_id: Mapped[ApplicationKey]
    year: Mapped[int]
    complies: Mapped[dict[str, Any]]  # prerequisite key: still met
    figures: Mapped[dict[str, Any]]  # of the ledger, as they were when it was confirmed
    changes: Mapped[str] = mapped_column(default="")
    saved_by: Mapped[PersonKey]
    saved_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    application: Mapped[Application] = relationship()


class CellReport(Base):
    """What somebody reported about a recognised cell (反映); who it was is for the office alone."""

    __tablename__ = "cell_report"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered_with_an_outcome"),
        CheckConstraint("outcome IS NULL OR reply <> ''", name="answered_with_a_reply"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    receipt: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[str]  # hash of the code that opens it with its number
    name: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    received_at: Mapped[datetime]
    outcome: Mapped[str | None]
    reply: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()


IS_WAITING = text("opened_at IS NULL")


class RecheckDraw(Base):
    """One choice of cells for re-check: all it was made from, and the seed that gives it again."""

    __tablename__ = "recheck_draw"
    __table_args__ = (
        CheckConstraint("(opened_at IS NULL) = (opened_by IS NULL)", name="opened_by_somebody"),
        # what was drawn is opened before anything is drawn again
        Index("uq_recheck_draw_waiting", "year", unique=True, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
    )

    id: Mapped[Key]
    year: Mapped[int]
    seed: Mapped[int]
    kept: Mapped[dict[str, Any]]
    drawn_by: Mapped[PersonKey]
    drawn_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime | None]
