"""Read the chain, and check it."""

from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cellcert.audit.models import AuditEvent, AuditHead
from cellcert.audit.rules import GENESIS, link


def latest(session: Session, limit: int, *, object: str = "", before: int | None = None) -> list[AuditEvent]:
    """The newest events, of one object or of all, below a number."""
    chosen = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit)
    if object:
        chosen = chosen.where(AuditEvent.object == object)
    if before is not None:
        chosen = chosen.where(AuditEvent.seq < before)
    return list(session.scalars(chosen))


def chain_faults(session: Session, newest: int | None = None) -> list[str]:
    """Every break of the chain, in the order of the events; empty when it is whole.

    ``newest`` looks at so many events alone, from the end: a page must answer soon, the command checks all.
    """
    head = session.get(AuditHead, 1)
    faults, previous, expected = [], GENESIS, 1
    events = select(AuditEvent).order_by(AuditEvent.seq)
    if newest is not None and head is not None and head.seq > newest:
        expected = head.seq - newest + 1
        previous = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == expected - 1)) or GENESIS
        events = events.where(AuditEvent.seq >= expected)
    for audit_event in session.scalars(events).yield_per(1000):
        if audit_event.seq != expected:
            faults.append(f"audit_event {expected}: missing")
        if audit_event.previous != previous or audit_event.hash != link(previous, audit_event.content()):
            faults.append(f"audit_event {audit_event.seq}: changed after it was written")
        previous, expected = audit_event.hash, audit_event.seq + 1
    if head is not None and (head.seq, head.hash) != (expected - 1, previous):
        faults.append(f"audit_head: says {head.seq} events, the chain ends at {expected - 1}")
    return faults


def end_before(session: Session, kinds: Collection[str], objects: Select[str]) -> AuditEvent | None:
    """The last event before the earliest of these kinds, of each object the newest; else the last of all.

    Its hash tells nothing of what came later: who knows a hash can try what an unreadable event might have said.
    """
    began = (
        select(func.max(AuditEvent.seq).label("seq"))
        .where(AuditEvent.kind.in_(kinds), AuditEvent.object.in_(objects))
        .group_by(AuditEvent.object)
        .subquery()
    )
    last = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)
    first = session.scalar(select(func.min(began.c.seq)))
    return session.scalar(last if first is None else last.where(AuditEvent.seq < first))
