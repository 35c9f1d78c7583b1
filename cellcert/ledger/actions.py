"""Write a month, or everything a file holds: all of it or nothing."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.actions import record
from cellcert.errors import N_, NotAllowed, Unusable
from cellcert.ledger.models import LedgerEntry
from cellcert.ledger.queries import entries_of_month
from cellcert.ledger.rules import AMOUNTS, Line, line_faults, month_fault
from cellcert.units.models import Unit


def save_month(
    session: Session,
    unit_id: int,
    year: int,
    month: int,
    lines: Sequence[Line],
    *,
    today: date,
    by: Actor,
    at: datetime,
) -> None:
    """The month is what ``lines`` say, and nothing else."""
    _may_write(session, unit_id, by)
    _refuse_untrue(lines, today)
    if any((line.year, line.month) != (year, month) for line in lines):
        raise ValueError("a line of another month")
    there = {entry.line.key: entry for entry in entries_of_month(session, unit_id, year, month)}
    gone = there.keys() - {line.key for line in lines}
    for key in gone:
        session.delete(there[key])
    for line in lines:
        _write(session, unit_id, line, there.get(line.key), by=by, at=at)
    session.flush()
    record(
        session, "ledger-month", f"unit:{unit_id}", by=by, at=at, year=year, month=month, lines=len(lines),
        gone=sorted(":".join(key[2:]) for key in gone),
    )  # fmt: skip


def import_rows(
    session: Session, unit_id: int, lines: Sequence[Line], *, name: str, today: date, by: Actor, at: datetime
) -> None:
    """Every line of a file; one entered before for the same month, kind and receiver is replaced."""
    _may_write(session, unit_id, by)
    _refuse_untrue(lines, today)
    years = {line.year for line in lines}
    rows = session.scalars(select(LedgerEntry).where(LedgerEntry.unit_id == unit_id, LedgerEntry.year.in_(years)))
    there = {entry.line.key: entry for entry in rows}
    for line in lines:
        _write(session, unit_id, line, there.get(line.key), by=by, at=at)
    session.flush()
    record(
        session, "ledger-imported", f"unit:{unit_id}", by=by, at=at, file=name[:200], lines=len(lines),
        replaced=len(there.keys() & {line.key for line in lines}), years=sorted(years),
    )  # fmt: skip


def hold(session: Session, unit_id: int) -> None:
    """One at a time writes a ledger: who comes second sees what the first one did."""
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())


def _may_write(session: Session, unit_id: int, by: Actor) -> None:
    if by.unit_id != unit_id:
        raise NotAllowed(N_("只有本单位人员可以填写本单位的台账。"))
    hold(session, unit_id)


def _refuse_untrue(lines: Iterable[Line], today: date) -> None:
    """What the page and the file's reader should have said at its place."""
    seen = set()
    for line in lines:
        wrong = month_fault(line.year, line.month, today)
        told = [wrong] if wrong else [fault for _, fault in line_faults(line)]
        if told:
            raise Unusable(N_("台账有误：{fault}。"), fault=told[0].zh)
        if line.key in seen:
            raise Unusable(N_("同一个月、同一种废物、同一接收单位写了两次，请合并成一行。"))
        seen.add(line.key)


def _write(
    session: Session, unit_id: int, line: Line, entry: LedgerEntry | None, *, by: Actor, at: datetime
) -> LedgerEntry:
    if entry is not None and entry.line == line:
        return entry
    if entry is None:
        entry = LedgerEntry(unit_id=unit_id, year=line.year, month=line.month, kind=line.kind, receiver=line.receiver)
        session.add(entry)
    for column in AMOUNTS:
        setattr(entry, column, line.amount(column))
    entry.note, entry.measure, entry.saved_by, entry.saved_at = line.note, line.measure, by.signatory, at
    return entry
