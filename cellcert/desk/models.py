"""Views of the list of cases that somebody keeps, and lists that are written out as files."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.database import Base, Key, PersonKey
from cellcert.people.models import Post


class SavedView(Base):
    """One search of the list with its columns, under a name of one's own."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[Key]
    person_id: Mapped[PersonKey]
    name: Mapped[str]
    asked: Mapped[str]  # the query of the address
    at: Mapped[datetime]


class CaseExport(Base):
    """A list of cases somebody asked for as a file; the worker writes it, ``done`` of ``total`` lines so far."""

    __tablename__ = "case_export"
    __table_args__ = (CheckConstraint("(file IS NULL) OR (made_at IS NOT NULL)", name="file_is_made"),)

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    kind: Mapped[str]  # csv or xlsx
    asked: Mapped[str]  # the query of the address
    asked_at: Mapped[datetime]
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime | None]
    file: Mapped[str | None]  # the name below the data folder; none again once it is deleted
    fault: Mapped[str] = mapped_column(default="")

    post: Mapped[Post] = relationship()
