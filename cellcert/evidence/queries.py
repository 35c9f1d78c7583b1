"""The files of an application, and whether one was ever given to its reviewers."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import Relation, State
from cellcert.application.models import Application
from cellcert.application.queries import HANDED_IN
from cellcert.evidence.models import Evidence, Redaction


def all_files(session: Session, application: Application) -> list[Evidence]:
    """The files of an application that were not taken away, item by item, in their order."""
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.application_id == application.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.item, Evidence.position, Evidence.id)
    )
    return list(rows)


def files_of(session: Session, application: Application, item: str) -> list[Evidence]:
    """The files of one item, in their order."""
    return [file for file in all_files(session, application) if file.item == item]


def was_submitted(application: Application, evidence: Evidence) -> bool:
    """Whether the file was there when the unit submitted."""
    return any(
        evidence.uploaded_at <= step.at and (evidence.removed_at is None or evidence.removed_at > step.at)
        for step in application.history
        if step.act in HANDED_IN
    )


def is_shown(application: Application, evidence: Evidence, relation: Relation) -> bool:
    """Whether this reader may know the file: what was submitted, or what the unit works on."""
    if was_submitted(application, evidence):
        return True
    if evidence.removed_at is not None:
        return False
    return relation is Relation.OWN or application.state is not State.RETURNED


def redactions_of(session: Session, application: Application) -> dict[str, Redaction]:
    """What was made for readers who must not learn the unit, by the SHA-256 of the file."""
    rows = session.scalars(select(Redaction).where(Redaction.application_id == application.id))
    return {row.original: row for row in rows}
