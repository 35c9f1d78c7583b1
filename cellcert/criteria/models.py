"""Editions that have been applied under, with their text."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from cellcert.database import Base, Key


class Edition(Base):
    """The text of one checklist edition, kept for ever once a unit has applied under it."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("category", "sha256"),)

    id: Mapped[Key]
    category: Mapped[str]
    edition: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]
    kept_at: Mapped[datetime]
