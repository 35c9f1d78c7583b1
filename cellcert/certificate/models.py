"""Serial counters and certificates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.application.models import Application
from cellcert.certificate.states import CertificateState
from cellcert.database import BYTEWISE, ApplicationKey, Base, Key

# compared byte by byte, so that an index finds what begins with a word; SQLite does so anyway


class SerialCounter(Base):
    """The last serial of one year; the row is locked while the next is taken."""

    __tablename__ = "serial_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Certificate(Base):
    """One serial with everything printed under it (D-6); never printed twice differently."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("year", "ordinal"),
        CheckConstraint("state NOT IN ('issued', 'superseded') OR sha256 IS NOT NULL", name="issued_has_its_pdf"),
        CheckConstraint("valid_until > awarded_on", name="valid_after_award"),
        CheckConstraint("state NOT IN ('revoked', 'voided') OR end_reason <> ''", name="ended_with_a_reason"),
        Index(
            "uq_certificate_live", "application_id", unique=True,
            sqlite_where=text("state IN ('reserved', 'issued')"),
            postgresql_where=text("state IN ('reserved', 'issued')"),
        ),
        # the orders of the register
        Index("ix_certificate_awarded_on", "awarded_on", "id"),
        Index("ix_certificate_valid_until", "valid_until", "id"),
        Index("ix_certificate_pinyin", "pinyin", "id"),
    )  # fmt: skip

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    serial: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    ordinal: Mapped[int]
    token: Mapped[str] = mapped_column(unique=True)
    state: Mapped[CertificateState] = mapped_column(default=CertificateState.RESERVED, index=True)
    fields: Mapped[dict[str, Any]]
    pinyin: Mapped[str] = mapped_column(BYTEWISE)
    awarded_on: Mapped[date]
    valid_until: Mapped[date]
    reserved_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    sha256: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")

    application: Mapped[Application] = relationship()
    keys: Mapped[list["RegisterKey"]] = relationship()


class RegisterKey(Base):
    """One thing a certificate's entry in the register is found by (``finding.keys_of``)."""

    __tablename__ = "register_key"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    key: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
