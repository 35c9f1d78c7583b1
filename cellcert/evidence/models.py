"""Evidence rows; the bytes lie in the store."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey


class Evidence(Base):
    """One file attached to one item of one application."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    item: Mapped[str]
    revision: Mapped[int]
    name: Mapped[str]
    caption: Mapped[str] = mapped_column(default="")
    position: Mapped[int]  # among the files of the item
    sha256: Mapped[str] = mapped_column(index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    thumb: Mapped[str | None]  # SHA-256 of a small JPEG
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    carried_from: Mapped[int | None] = mapped_column(ForeignKey("application.id"))  # until somebody checked it

    application: Mapped[Application] = relationship(foreign_keys="Evidence.application_id")


class Redaction(Base):
    """What those get of a file who must not learn the unit: a copy, or (no ``sha256``) the file as it is."""

    __tablename__ = "redaction"
    __table_args__ = (
        UniqueConstraint("application_id", "original"),
        CheckConstraint("(sha256 IS NULL) = (media_type IS NULL)", name="copy_has_a_type"),
        CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name="copy_has_a_size"),
        CheckConstraint("sha256 IS NULL OR sha256 <> original", name="copy_is_another_file"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    original: Mapped[str]  # SHA-256: one file may prove several items, and answer a question too
    sha256: Mapped[str | None]
    media_type: Mapped[str | None]
    size: Mapped[int | None]
    thumb: Mapped[str | None]
    by: Mapped[PersonKey]
    at: Mapped[datetime]
