"""Who saved what of a self-assessment and when, so that colleagues at work on one see each other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.application.models import Application
from cellcert.assessment.models import Answer
from cellcert.assessment.queries import PARTS, fingerprint
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import NotAsked, not_asked
from cellcert.audit.models import AuditEvent
from cellcert.criteria.schema import Checklist
from cellcert.people.models import Person

Rows = Mapping[Place, Answer]
LOOKED_BACK = 200  # events; an answer that was taken back has no row of its own


@dataclass(frozen=True, slots=True)
class Saved:
    """The last hand on a place."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts for one place: what was typed here, and what somebody saved meanwhile."""

    answer: object
    note: str
    kept_answer: object
    kept_note: str
    kept_by: Saved | None
    seen: str  # fingerprint of what is kept


def conflicts(
    session: Session, application: Application, rows: Rows, typed: Mapping[Place, tuple[object, str]]
) -> dict[Place, Conflict]:
    """What was typed, beside what is kept."""
    by = savers(session, application, rows, typed)
    return {
        place: Conflict(
            answer, note,
            rows[place].value if place in rows else None, rows[place].note if place in rows else "",
            by.get(place), fingerprint(rows.get(place)),
        )
        for place, (answer, note) in typed.items()
    }  # fmt: skip


def savers(session: Session, application: Application, rows: Rows, places: Collection[Place]) -> dict[Place, Saved]:
    """Who saved each of these places last; two queries at most, one where every place has an answer."""
    kept = {place: rows[place] for place in places if place in rows}
    people = select(Person.id, Person.name).where(Person.id.in_({row.saved_by for row in kept.values()}))
    names = {row.id: row.name for row in session.execute(people)}
    found = {place: Saved(names[row.saved_by], row.saved_at) for place, row in kept.items()}
    if gone := set(places) - set(found):
        edits = (
            select(AuditEvent.actor, AuditEvent.at, AuditEvent.data)
            .where(AuditEvent.object == f"application:{application.id}", AuditEvent.kind == "edit")
            .order_by(AuditEvent.seq.desc())
            .limit(LOOKED_BACK)
        )
        for name, at, data in session.execute(edits):
            for place in gone & {tuple(one.split(".", 1)) for one in data.get("places", [])}:
                found.setdefault(place, Saved(name, at))
    return found


def away_of(checklist: Checklist, rows: Rows) -> NotAsked:
    """What is not asked, by the answers as they are kept; without scoring them."""
    answers: dict[str, dict[str, object]] = {part: {} for part in PARTS.values()}
    for (kind, key), row in rows.items():
        if kind in PARTS and row.value is not None:
            answers[PARTS[kind]][key] = row.value
    return not_asked(checklist, answers)
