"""Answers and files that came from an earlier application: where they stand until somebody checked them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.assessment.models import Answer
from cellcert.assessment.rules import WITH_FILES, Gap, Place
from cellcert.assessment.steps import names
from cellcert.audit.actions import record
from cellcert.criteria.schema import Checklist
from cellcert.evidence.models import Evidence

Rows = Mapping[Place, Answer]
Files = Mapping[str, Sequence[Evidence]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the answer of a place, or files of it, came from; nobody said yet that they still hold."""

    application_id: int
    batch: str
    reference: str | None
    answer: bool
    files: int


def marks(session: Session, checklist: Checklist, rows: Rows, files: Files) -> dict[Place, Mark]:
    """Every place that still has to be checked; one query, and none where nothing was carried over."""
    known = names(checklist)
    kinds = {key: kind for kind, key in known if kind in WITH_FILES}
    answers = {place: row.carried_from for place, row in rows.items() if row.carried_from is not None}
    papers: dict[Place, list[int]] = {}
    for key, held in files.items():
        sources = [file.carried_from for file in held if file.carried_from is not None]
        if sources and key in kinds:
            papers[kinds[key], key] = sources
    origins = {
        place: answers[place] if place in answers else papers[place][0]
        for place in (*answers, *papers)
        if place in known  # a draft that went over to another edition may hold answers nobody asks for
    }
    if not origins:
        return {}
    wanted = select(Application.id, Application.batch, Application.reference).where(
        Application.id.in_(sorted(set(origins.values())))
    )
    earlier = {row.id: row for row in session.execute(wanted)}
    return {
        place: Mark(
            origin, earlier[origin].batch, earlier[origin].reference, place in answers, len(papers.get(place, []))
        )
        for place, origin in origins.items()
    }


def unconfirmed(checklist: Checklist, marked: Collection[Place]) -> list[Gap]:
    """What was carried over and nobody checked, in the order of the pages."""
    return [Gap(*place, name, "confirm") for place, name in names(checklist).items() if place in marked]


def confirm_carried(
    session: Session,
    application: Application,
    rows: Rows,
    files: Files,
    places: Collection[Place],
    *,
    by: Actor,
    at: datetime,
) -> list[Place]:
    """Say that what was carried over to these places still holds; what was not carried over is left alone."""
    application.permit(Act.EDIT, by)
    checked: list[Place] = []
    for place in sorted(places):
        row = rows.get(place)
        held = files.get(place[1], []) if place[0] in WITH_FILES else []
        marked = [one for one in (row, *held) if one is not None and one.carried_from is not None]
        for one in marked:
            one.carried_from = None
        if marked:
            checked.append(place)
    if checked:
        application.edited_at = at
        record(
            session, "confirm-carried", f"application:{application.id}", by=by, at=at,
            places=[".".join(place) for place in checked],
        )  # fmt: skip
    return checked
