"""The findings and notes of a case, and which case comes next; the number of queries never depends on the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert.actors import Actor, Role
from cellcert.application.models import Application
from cellcert.assessment.rules import Place
from cellcert.review.models import CheckNote, Finding
from cellcert.review.queries import waiting_for_department, waiting_for_district


def findings_by_place(session: Session, application: Application, revision: int) -> dict[Place, Finding]:
    """What the first check found on one revision, with who found it."""
    rows = select(Finding).where(Finding.application_id == application.id, Finding.revision == revision)
    return {(row.kind, row.key): row for row in session.scalars(rows.options(joinedload(Finding.person)))}


def notes_of(session: Session, application: Application) -> dict[Place, list[CheckNote]]:
    """What reviewers wrote down for each other, place by place, the oldest first."""
    rows = select(CheckNote).where(CheckNote.application_id == application.id).order_by(CheckNote.at, CheckNote.id)
    found: dict[Place, list[CheckNote]] = {}
    for row in session.scalars(rows.options(joinedload(CheckNote.person))):
        found.setdefault((row.kind, row.key), []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case of a reviewer's queue."""

    application_id: int
    unit: str


def queue_of(session: Session, actor: Actor) -> list[Waiting]:
    """What waits for this reviewer, in the order of the desk, without what a tie keeps away; two queries."""
    if actor.role is Role.DISTRICT:
        waits, order = waiting_for_district(actor.division or ""), Application.submitted_at
    elif actor.role is Role.DEPARTMENT:
        waits, order = waiting_for_department(actor.department or ""), Application.state_since
    else:
        return []
    rows = session.scalars(
        select(Application)
        .where(*waits)
        .order_by(order, Application.id)
        .options(joinedload(Application.unit), selectinload(Application.conflicts))
    )
    return [Waiting(row.id, row.unit.name) for row in rows if row.tie_to(actor) is None]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a case stands in a queue; ``at`` counts from 1, 0 where it is not in it."""

    at: int
    of: int
    previous: Waiting | None
    next: Waiting | None


def neighbours(queue: Sequence[Waiting], application_id: int) -> Neighbours:
    """The cases before and after; one that left the queue is followed by the first that waits."""
    place = next((at for at, line in enumerate(queue) if line.application_id == application_id), None)
    if place is None:
        return Neighbours(0, len(queue), None, queue[0] if queue else None)
    before = queue[place - 1] if place else None
    after = queue[place + 1] if place + 1 < len(queue) else None
    return Neighbours(place + 1, len(queue), before, after)
