"""The lines of a ledger."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellcert.criteria.schema import Checklist
from cellcert.criteria.wastes import Wastes
from cellcert.ledger.models import LedgerEntry
from cellcert.ledger.rules import Figures, Line, figures, years_asked


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


def figures_of(
    session: Session, unit_id: int, checklist: Checklist, wastes: Wastes | None, year: int, today: date
) -> Figures:
    """What a unit's ledger says the inputs of a checklist are, for an application of ``year``; one query at most."""
    years = years_asked(checklist, year) if wastes else []
    if wastes is None or not years:
        return {}
    return figures(checklist, wastes, lines_of(session, unit_id, years), year, today)
