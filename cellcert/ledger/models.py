"""What a unit entered in its waste ledger."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Dialect, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from cellcert.database import Base, Key, UnitKey
from cellcert.ledger.measures import GRAM, MEASURES
from cellcert.ledger.rules import AMOUNTS, Line


class Tonnes(TypeDecorator[Decimal]):
    """Store tonnes as whole grams: exact on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        grams = value / GRAM
        if grams != int(grams):
            raise ValueError(f"{value} t is no whole number of grams; round it by the rule first")
        return int(grams)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else value * GRAM


class LedgerEntry(Base):
    """One kind of waste of a unit in one month, for one receiver."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", "month", "kind", "receiver"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month_known"),
        CheckConstraint(" AND ".join(f"{column} >= 0" for column in AMOUNTS), name="not_negative"),
        CheckConstraint(
            "used_from_storage <= used AND disposed_from_storage <= disposed", name="storage_is_part_of_it"
        ),
        CheckConstraint(f"measure IN ({', '.join(repr(key) for key in MEASURES)})", name="measure_known"),
    )

    id: Mapped[Key]
    unit_id: Mapped[UnitKey]
    year: Mapped[int]
    month: Mapped[int]
    kind: Mapped[str]
    receiver: Mapped[str] = mapped_column(default="")
    generated: Mapped[Decimal] = mapped_column(Tonnes)
    used: Mapped[Decimal] = mapped_column(Tonnes)
    used_from_storage: Mapped[Decimal] = mapped_column(Tonnes)
    stored: Mapped[Decimal] = mapped_column(Tonnes)
    disposed: Mapped[Decimal] = mapped_column(Tonnes)
    disposed_from_storage: Mapped[Decimal] = mapped_column(Tonnes)
    dumped: Mapped[Decimal] = mapped_column(Tonnes)
    transferred: Mapped[Decimal] = mapped_column(Tonnes)
    note: Mapped[str] = mapped_column(default="")
    measure: Mapped[str]  # what it was written in; it is kept in one measure all the same
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]

    @property
    def line(self) -> Line:
        """What the rules read."""
        amounts = {column: getattr(self, column) for column in AMOUNTS}
        return Line(
            year=self.year, month=self.month, kind=self.kind, receiver=self.receiver, note=self.note,
            measure=self.measure, **amounts,
        )  # fmt: skip
