"""Read the chain, and check it."""

from sqlalchemy import select
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


def chain_faults(session: Session) -> list[str]:
    """Every break of the chain, in the order of the events; empty when it is whole."""
    faults, previous, expected = [], GENESIS, 1
    for audit_event in session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).yield_per(1000):
        if audit_event.seq != expected:
            faults.append(f"audit_event {expected}: missing")
        if audit_event.previous != previous or audit_event.hash != link(previous, audit_event.content()):
            faults.append(f"audit_event {audit_event.seq}: changed after it was written")
        previous, expected = audit_event.hash, audit_event.seq + 1
    head = session.get(AuditHead, 1)
    if head is not None and (head.seq, head.hash) != (expected - 1, previous):
        faults.append(f"audit_head: says {head.seq} events, the chain ends at {expected - 1}")
    return faults
