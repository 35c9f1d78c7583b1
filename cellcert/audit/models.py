"""Audit events in a chain, and the keys that keep a repeated form from acting twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cellcert.database import Base, Key


class AuditEvent(Base):
    """One act or one denial: who, in which role, what, on what, when."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(index=True)
    object: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int | None]
    actor: Mapped[str]
    role: Mapped[str]
    data: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

    def content(self) -> dict[str, Any]:
        """What the hash covers."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "object": self.object,
            "person_id": self.person_id,
            "actor": self.actor,
            "role": self.role,
            "data": self.data,
        }


class AuditHead(Base):
    """The end of the chain, one row: locked while an event is added, so that no number is missing or used twice."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]


class IdempotencyKey(Base):
    """One posted form: the same key gives the same answer, another content with it is refused."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("actor", "action", "key"),)

    id: Mapped[Key]
    actor: Mapped[str]
    action: Mapped[str]
    key: Mapped[str]
    payload_hash: Mapped[str]
    location: Mapped[str | None]
    message: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
