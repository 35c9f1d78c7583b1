"""Units that apply."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.database import BYTEWISE, Base, Key
from cellcert.units.rules import CodeState


class Unit(Base):
    """One applicant unit (申报单位) under one managing body."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("name_key", "division"),
        CheckConstraint("(code_state = 'hosted') = (host_name IS NOT NULL)", name="hosted_units_name_a_host"),
        CheckConstraint("(code_state = 'hosted') = (credit_code IS NULL)", name="other_units_have_a_code"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    name_key: Mapped[str]
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    code_state: Mapped[CodeState]
    host_name: Mapped[str | None]
    host_key: Mapped[str] = mapped_column(default="")
    host_code: Mapped[str | None]
    division: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(default="")
    head: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str] = mapped_column(default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # the colleague who answers for the work
    about: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    code_note: Mapped[str] = mapped_column(default="")  # what the reviewer asks the unit to correct; empty: nothing
    code_confirmed_by: Mapped[int | None]
    code_confirmed_at: Mapped[datetime | None]

    keys: Mapped[list["FoundBy"]] = relationship(cascade="all, delete-orphan")

    @property
    def code_shown(self) -> str:
        """The code as printed: its own, or the host's."""
        return self.credit_code or self.host_code or ""


class FoundBy(Base):
    """One thing a unit is found by (``finding.unit_keys``)."""

    __tablename__ = "unit_key"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    key: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
