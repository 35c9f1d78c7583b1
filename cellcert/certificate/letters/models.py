"""Award letters and the units they name."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.certificate.models import Certificate
from cellcert.database import Base, Key, PersonKey

IS_DRAFT = text("issued_at IS NULL")


class AwardLetter(Base):
    """One letter over awards of one batch: a draft, until another person than its author lets it go out."""

    __tablename__ = "award_letter"
    __table_args__ = (
        CheckConstraint("(issued_at IS NULL) = (issued_by IS NULL)", name="issued_by_somebody"),
        CheckConstraint("issued_by <> prepared_by", name="issued_by_another"),
        CheckConstraint("issued_at IS NULL OR number IS NOT NULL", name="issued_has_its_number"),
        Index("uq_award_letter_draft", "batch", unique=True, sqlite_where=IS_DRAFT, postgresql_where=IS_DRAFT),
    )

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    batch: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    dated: Mapped[date]
    prepared_by: Mapped[PersonKey]
    prepared_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)  # its words, as they went out
    sha256: Mapped[str | None]  # of its PDF
    asked_at: Mapped[datetime | None]  # when somebody pressed for all certificates
    asked_post: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    print_sha256: Mapped[str | None]  # all certificates in the order of the list, for the printer
    zip_sha256: Mapped[str | None]  # the signed files
    files_at: Mapped[datetime | None]

    lines: Mapped[list["AwardLetterLine"]] = relationship(
        back_populates="letter", order_by="AwardLetterLine.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class AwardLetterLine(Base):
    """One unit of an issued letter; an award is announced once."""

    __tablename__ = "award_letter_line"
    __table_args__ = (UniqueConstraint("letter_id", "position"),)

    id: Mapped[Key]
    letter_id: Mapped[int] = mapped_column(ForeignKey("award_letter.id"))
    position: Mapped[int]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)

    letter: Mapped[AwardLetter] = relationship(back_populates="lines")
    certificate: Mapped[Certificate] = relationship()
