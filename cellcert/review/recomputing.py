"""A closed round computed again from what was stored: the frozen answers and the experts' sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.scorer import Combine, Sheet, settle
from cellcert.review.models import RoundResult, ScoreSheet


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a round gives again, and from what."""

    revision: Revision
    sheets: Sequence[ScoreSheet]
    final: Sheet


def result_of(session: Session, application: Application) -> RoundResult | None:
    """The last closed round of what was submitted last: the one the award stands on."""
    rows = select(RoundResult).where(
        RoundResult.application_id == application.id, RoundResult.revision == application.revision
    )
    return session.scalar(rows.order_by(RoundResult.round.desc()).limit(1))


def revision_of(session: Session, application: Application, number: int) -> Revision | None:
    """One submission of an application."""
    rows = select(Revision).where(Revision.application_id == application.id, Revision.number == number)
    return session.scalar(rows.options(joinedload(Revision.application)))


def recompute(session: Session, result: RoundResult) -> Recomputed | None:
    """The round computed again; None when what it was computed from is gone."""
    application = result.application
    revision = revision_of(session, application, result.revision)
    if revision is None:
        return None
    seated = {
        seat.person_id
        for seat in application.assignments
        if seat.round == result.round and (seat.left_at is None or seat.left_at > result.closed_at)
    }
    sheets = session.scalars(
        select(ScoreSheet).where(
            ScoreSheet.application_id == application.id,
            ScoreSheet.round == result.round,
            ScoreSheet.handed_in_at.is_not(None),
        )
    ).all()
    checklist = checklist_of(application.edition)
    points = {
        item.key: [
            Decimal(sheet.points[item.key])
            for sheet in sheets
            if sheet.person_id in seated and item.key in sheet.points
        ]
        for item in checklist.items()
    }
    return Recomputed(revision, sheets, settle(checklist, revision.answers, points, cast("Combine", result.combine)))
