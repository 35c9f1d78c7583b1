"""Remember an act; events are chained when the transaction commits."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.models import AuditEvent, AuditHead
from cellcert.audit.rules import GENESIS, canonical, link
from cellcert.database import db

WAITING = "audit_events"


def record(session: Session, kind: str, object: str, *, by: Actor, at: datetime, **data: object) -> None:
    """Add one event to this transaction. ``object`` reads like ``application:12``."""
    session.info.setdefault(WAITING, []).append(
        {
            "at": at, "kind": kind, "object": object, "person_id": by.person_id, "actor": by.name,
            "role": by.role.value, "data": json.loads(canonical(data)),
        }
    )  # fmt: skip


# Every act of every person passes here with the head locked: plain rows, and statements put together once.
_LOCKED = select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1).with_for_update()
_BEGIN, _MOVE = insert(AuditHead).values(id=1), update(AuditHead).where(AuditHead.id == 1)
_ADD = insert(AuditEvent)
# PostgreSQL adds the event and moves the head in one round trip, while everybody else waits for the head.
_ADD_AND_MOVE = _MOVE.values(seq=bindparam("seq"), hash=bindparam("hash")).add_cte(
    _ADD.values({name: bindparam(name) for name in AuditEvent.__mapper__.columns.keys()}).cte("added")  # noqa: SIM118
)


@event.listens_for(db.session, "before_commit")
def _chain(session: Session) -> None:
    """Number and chain the waiting events; the head is locked last and for the shortest time."""
    waiting: list[dict[str, Any]] = session.info.pop(WAITING, [])
    if not waiting:
        return
    session.flush()
    connection = session.connection()
    head = connection.execute(_LOCKED).one_or_none()
    (seq, end), rows = head or (0, GENESIS), []
    for row in waiting:
        seq, previous = seq + 1, end
        end = link(previous, row | {"seq": seq, "at": row["at"].isoformat()})
        rows.append(row | {"seq": seq, "previous": previous, "hash": end})
    *before, last = rows
    if before:
        connection.execute(_ADD, before)
    if head and connection.dialect.name == "postgresql":
        connection.execute(_ADD_AND_MOVE, last)
    else:
        connection.execute(_ADD, last)
        connection.execute(_MOVE if head else _BEGIN, {"seq": seq, "hash": end})


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    session.info.pop(WAITING, None)
