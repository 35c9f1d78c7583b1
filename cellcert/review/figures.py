"""The closed rounds of one edition, as the statistics take them; always a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import Act, Relation
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Revision
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.models import Edition
from cellcert.criteria.scorer import experts_score
from cellcert.review.models import RoundResult, ScoreSheet
from cellcert.review.statistics import Marked


@dataclass(frozen=True, slots=True)
class EditionRounds:
    """An edition, and how many of its rounds are closed and open to the reader."""

    edition: Edition
    rounds: int


def editions_reviewed(session: Session, relation: Relation) -> list[EditionRounds]:
    """Every edition with closed rounds, the newest first."""
    counted = (
        select(Application.edition_id, func.count().label("rounds"))
        .join(RoundResult, RoundResult.application_id == Application.id)
        .where(_readable(relation))
        .group_by(Application.edition_id)
        .subquery()
    )
    rows = session.execute(
        select(Edition, counted.c.rounds).join(counted, counted.c.edition_id == Edition.id).order_by(Edition.id.desc())
    )
    return [EditionRounds(edition, rounds) for edition, rounds in rows]


def _readable(relation: Relation) -> ColumnElement[bool]:
    """Cases whose sheets this reader may see one by one (A06): figures of few cases tell as much as the sheets."""
    return Application.state.in_(sorted(Act.READ_SCORES.value.allow.get(relation, frozenset())))


def marks_of(session: Session, edition: Edition, relation: Relation) -> list[Marked]:
    """Every counted expert's points for every judged item of the edition's closed rounds."""
    mine = (Application.edition_id == edition.id, _readable(relation))
    results = session.scalars(select(RoundResult).join(RoundResult.application).where(*mine)).all()
    sheets: dict[tuple[int, int], list[ScoreSheet]] = {}
    counted = (
        select(ScoreSheet)
        .join(ScoreSheet.application)
        .join(
            Assignment,
            (Assignment.application_id == ScoreSheet.application_id)
            & (Assignment.round == ScoreSheet.round)
            & (Assignment.person_id == ScoreSheet.person_id),
        )
        .where(*mine, ScoreSheet.handed_in_at.is_not(None), Assignment.left_at.is_(None))
        .order_by(ScoreSheet.id)
    )
    for sheet in session.scalars(counted):
        sheets.setdefault((sheet.application_id, sheet.round), []).append(sheet)
    revisions = {
        (revision.application_id, revision.number): revision.sheet
        for revision in session.scalars(select(Revision).join(Revision.application).where(*mine))
    }
    judged = {item.key: item.points for item in checklist_of(edition).items() if experts_score(item)}
    return [
        mark
        for result in results
        for mark in _marks(
            result, sheets.get((result.application_id, result.round), []),
            revisions[result.application_id, result.revision], judged,
        )
    ]  # fmt: skip


def _marks(
    result: RoundResult, sheets: list[ScoreSheet], claim: dict[str, Any], judged: dict[str, Decimal]
) -> Iterator[Marked]:
    claimed = {line["key"]: float(line["points"]) for line in claim["items"]}
    for line in result.sheet["items"]:
        key = line["key"]
        if key not in judged or line["state"] == "not_applicable":
            continue
        for sheet in sheets:
            if sheet.blind.get("on_site"):
                continue  # counted with the round it was copied from
            alone = sheet.blind.get("points", sheet.points)  # as understood before reading the others
            if key in alone:
                yield Marked(
                    # rounds of one case are judged apart: the unit may have changed in between
                    case=result.id,
                    expert=sheet.person_id,
                    item=key,
                    points=float(alone[key]),
                    possible=float(judged[key]),
                    claimed=claimed.get(key, 0.0),
                    settled=float(line["points"]),
                )
