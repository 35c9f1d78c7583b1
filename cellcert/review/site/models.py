"""A visit on site, its team, and what was recorded there."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.actors import Role
from cellcert.application.models import Application
from cellcert.database import ApplicationKey, Base, Key, PersonKey
from cellcert.people.models import Person


class Visit(Base):
    """The visit of one round: when and where, who leads, and the record once it is closed."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("application_id", "round"),
        CheckConstraint("standing IN ('proposed', 'agreed', 'other')", name="standing_known"),
        CheckConstraint("(standing = 'other') = (other_at IS NOT NULL)", name="another_time_is_named"),
        CheckConstraint("(closed_at IS NULL) = (record_hash = '')", name="closed_has_a_hash"),
    )

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    round: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    starts_at: Mapped[datetime]
    place: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    lead_id: Mapped[PersonKey]
    asked: Mapped[list[str]] = mapped_column(default=list)  # items looked at beside those marked for it
    standing: Mapped[str] = mapped_column(default="proposed")
    other_at: Mapped[datetime | None]  # the time the unit would rather have
    other_because: Mapped[str] = mapped_column(default="")
    arranged_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    arranged_at: Mapped[datetime]
    statements: Mapped[list[Any]] = mapped_column(default=list)  # the unit's words
    scan: Mapped[str] = mapped_column(default="")  # SHA-256 of the printed record, signed
    scan_name: Mapped[str] = mapped_column(default="")
    scan_type: Mapped[str] = mapped_column(default="")
    unsigned_because: Mapped[str] = mapped_column(default="")
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    record_hash: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    application: Mapped[Application] = relationship()
    lead: Mapped[Person] = relationship(foreign_keys="Visit.lead_id")
    members: Mapped[list["VisitMember"]] = relationship(order_by="VisitMember.id", cascade="all, delete-orphan")
    findings: Mapped[list["VisitFinding"]] = relationship(order_by="VisitFinding.id")
    photos: Mapped[list["VisitPhoto"]] = relationship(order_by="VisitPhoto.id")
    signatures: Mapped[list["VisitSignature"]] = relationship(order_by="VisitSignature.id")

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def signed(self) -> list["VisitSignature"]:
        """The signatures that stand."""
        return [one for one in self.signatures if one.void_at is None]


class VisitMember(Base):
    """Somebody of the team."""

    __tablename__ = "visit_member"
    __table_args__ = (UniqueConstraint("visit_id", "person_id"),)

    id: Mapped[Key]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    person_id: Mapped[PersonKey]
    role: Mapped[Role]

    person: Mapped[Person] = relationship()


class VisitFinding(Base):
    """What was found on one item; ``number`` counts its changes, so that nobody's is overwritten unseen."""

    __tablename__ = "visit_finding"
    __table_args__ = (
        UniqueConstraint("visit_id", "item"),
        CheckConstraint("verdict IN ('', 'same', 'differs', 'unseen')", name="verdict_known"),
        CheckConstraint("verdict NOT IN ('differs', 'unseen') OR what <> ''", name="a_difference_is_told"),
        CheckConstraint("passing IS NULL OR passing BETWEEN 0 AND checked", name="count_in_bounds"),
    )

    id: Mapped[Key]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    item: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    verdict: Mapped[str] = mapped_column(default="")
    what: Mapped[str] = mapped_column(default="")
    suggestion: Mapped[str] = mapped_column(default="")
    checked: Mapped[int | None]
    passing: Mapped[int | None]
    by: Mapped[PersonKey]
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class VisitPhoto(Base):
    """A photo of one item; ``key`` is given by the phone, so that one sent twice is one photo."""

    __tablename__ = "visit_photo"
    __table_args__ = (
        UniqueConstraint("visit_id", "key"),
        CheckConstraint("taken_from IN ('camera', 'phone', 'upload')", name="source_known"),
    )

    id: Mapped[Key]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    item: Mapped[str]
    key: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    thumb: Mapped[str | None]
    taken_at: Mapped[datetime]
    taken_from: Mapped[str]
    by: Mapped[PersonKey]
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    visit: Mapped[Visit] = relationship(overlaps="photos")


class VisitSignature(Base):
    """A signature drawn on the glass: the line, the name typed, and the hash of what was signed."""

    __tablename__ = "visit_signature"
    __table_args__ = (CheckConstraint("side IN ('team', 'unit')", name="side_known"),)

    id: Mapped[Key]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    side: Mapped[str]
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    line: Mapped[str]  # an SVG path in a field of 600 by 200
    content_hash: Mapped[str]
    by: Mapped[PersonKey]  # whose account it was made in
    at: Mapped[datetime]
    void_at: Mapped[datetime | None]
