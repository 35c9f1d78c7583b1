"""Read the chain, and check it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.audit.models import AuditEvent, AuditHead
from cellcert.audit.rules import GENESIS, link


def events_of(session: Session, object: str) -> list[AuditEvent]:
    """The events of one object, oldest first."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.object == object).order_by(AuditEvent.seq)))


def latest(session: Session, limit: int, before: int | None = None) -> list[AuditEvent]:
    """The newest events, newest first."""
    chosen = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit)
    return list(session.scalars(chosen.where(AuditEvent.seq < before) if before else chosen))


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
