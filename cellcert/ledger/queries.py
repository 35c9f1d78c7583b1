"""The lines of a ledger."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellcert.ledger.models import LedgerEntry
from cellcert.ledger.rules import Line


def lines_of(session: Session, unit_id: int, years: Collection[int]) -> list[Line]:
    """What a unit entered for some years, in the order of the months."""
    rows = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.unit_id == unit_id, LedgerEntry.year.in_(years))
        .order_by(LedgerEntry.year, LedgerEntry.month, LedgerEntry.kind, LedgerEntry.receiver)
    )
    return [row.line for row in rows]


def entries_of_month(session: Session, unit_id: int, year: int, month: int) -> list[LedgerEntry]:
    """The rows of one month."""
    rows = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.unit_id == unit_id, LedgerEntry.year == year, LedgerEntry.month == month)
        .order_by(LedgerEntry.kind, LedgerEntry.receiver)
    )
    return list(rows)


def years_kept(session: Session, unit_id: int) -> list[int]:
    """The years a unit entered anything for."""
    rows = session.scalars(select(LedgerEntry.year).where(LedgerEntry.unit_id == unit_id).distinct())
    return sorted(rows)


def saved_at(session: Session, unit_id: int, year: int) -> datetime | None:
    """When a year was last written."""
    wanted = LedgerEntry.unit_id == unit_id, LedgerEntry.year == year
    return session.scalar(select(func.max(LedgerEntry.saved_at)).where(*wanted))


def fingerprint(lines: Sequence[Line]) -> str:
    """Tells whether the lines a page shows are still the ones it showed."""
    return hashlib.sha256(repr(sorted(lines, key=lambda line: line.key)).encode()).hexdigest()[:32]
