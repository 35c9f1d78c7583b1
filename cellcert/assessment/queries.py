"""The answers of an application, as the scorer reads them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.rules import Place
from cellcert.evidence.models import Evidence

PARTS = {"fact": "facts", "indicator": "indicators", "prerequisite": "prerequisites", "item": "items"}


def answers_of(session: Session, application: Application) -> dict[Place, Answer]:
    """Every answer by its place."""
    rows = session.scalars(select(Answer).where(Answer.application_id == application.id))
    return {(row.kind, row.key): row for row in rows}


def answer_sheet(session: Session, application: Application) -> dict[str, dict[str, Any]]:
    """The answer sheet of docs/criteria.md."""
    sheet: dict[str, dict[str, Any]] = {name: {} for name in PARTS.values()}
    for (kind, key), row in answers_of(session, application).items():
        if kind in PARTS and row.value is not None:
            sheet[PARTS[kind]][key] = row.value
    return sheet


def evidence_list(session: Session, application: Application) -> list[dict[str, Any]]:
    """The files of an application in a stable order, as a manifest lists them."""
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.application_id == application.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.item, Evidence.id)
    )
    return [{"id": row.id, "item": row.item, "name": row.name, "sha256": row.sha256, "size": row.size} for row in rows]


def open_places(application: Application) -> set[Place] | None:
    """The places a return opened; None when everything is open (a draft)."""
    if application.state is not State.RETURNED:
        return None
    last = next(step for step in reversed(application.history) if step.act == Act.RETURN.name)
    named = {(str(kind), str(key)) for kind, key in last.data.get("places", [])}
    return named | {("commitment", "commitment")}


def revision_of(session: Session, application: Application, number: int | None = None) -> Revision | None:
    """A submitted revision; the latest when no number is given."""
    wanted = number if number is not None else application.revision
    return session.scalar(
        select(Revision).where(Revision.application_id == application.id, Revision.number == wanted)
    )
