"""Evidence rows; the bytes lie in the store."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key


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
