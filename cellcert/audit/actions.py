"""Remember an act; events are chained when the transaction commits."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.models import AuditEvent, AuditHead
from cellcert.audit.rules import GENESIS, canonical, link
from cellcert.database import db

WAITING = "audit_events"


def record(session: Session, kind: str, object: str, *, by: Actor, at: datetime, **data: object) -> None:
    """Add one event to this transaction. ``object`` reads like ``application:12``."""
    plain: dict[str, Any] = json.loads(canonical(data))
    session.info.setdefault(WAITING, []).append(
        AuditEvent(
            at=at, kind=kind, object=object, person_id=by.person_id, actor=by.name, role=by.role.value, data=plain
        )
    )


@event.listens_for(db.session, "before_commit")
def _chain(session: Session) -> None:
    """Number and chain the waiting events; the head is locked last and for the shortest time."""
    waiting: list[AuditEvent] = session.info.pop(WAITING, [])
    if not waiting:
        return
    session.flush()
    head = session.scalar(
        select(AuditHead).where(AuditHead.id == 1).with_for_update(), execution_options={"populate_existing": True}
    )
    if head is None:
        head = AuditHead(id=1, seq=0, hash=GENESIS)
        session.add(head)
    for audit_event in waiting:
        audit_event.seq = head.seq + 1
        audit_event.previous = head.hash
        audit_event.hash = link(head.hash, audit_event.content())
        head.seq, head.hash = audit_event.seq, audit_event.hash
        session.add(audit_event)


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    session.info.pop(WAITING, None)
