"""An expert's cases: by when each is due, and how far it is scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, String, bindparam, cast, exists, or_, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, aliased

from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Revision
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.models import Edition
from cellcert.criteria.scorer import score
from cellcert.review.models import ScoreSheet
from cellcert.review.rules import sheet_answers, to_judge, unscored
from cellcert.review.site.models import Visit, VisitMember
from cellcert.units.models import Unit

WITH_EXPERTS = (State.REVIEW, State.RECHECK, State.ON_SITE)
MOST_KEPT = 5_000

# How far a sheet is scored follows from its submission and its own version: counted once for each.
Version = tuple[int, int, int, int, datetime | None]  # application, revision, sheet, version, saved
_counted: WeakKeyDictionary[Engine, dict[Version, tuple[int, int]]] = WeakKeyDictionary()


_SEAT = aliased(Assignment)  # what narrows the list asks for seats by itself
_BLIND = cast(ScoreSheet.blind, String)
_GOES_THERE = exists().where(
    Application.state == State.ON_SITE, Visit.application_id == Application.id, Visit.round == Application.round,
    VisitMember.visit_id == Visit.id, VisitMember.person_id == bindparam("expert"),
)  # fmt: skip
_CASES = (
    select(
        Application.id, Application.reference, Unit.name, Application.category, Application.state,
        _SEAT.assigned_at, _SEAT.due_at, _SEAT.declared_at, ScoreSheet.handed_in_at,
        or_(_BLIND == "{}", _BLIND.is_(None)).label("is_first"), Application.edition_id,
        Application.revision, ScoreSheet.revision.label("of_sheet"), ScoreSheet.id.label("sheet"),
        ScoreSheet.version, ScoreSheet.saved_at, _GOES_THERE.label("goes_there"),
    )
    .join(_SEAT, _SEAT.application_id == Application.id)
    .join(Application.unit)
    .outerjoin(
        ScoreSheet,
        (ScoreSheet.application_id == _SEAT.application_id)
        & (ScoreSheet.round == _SEAT.round)
        & (ScoreSheet.person_id == _SEAT.person_id),
    )
    .where(
        _SEAT.person_id == bindparam("expert"),
        _SEAT.left_at.is_(None),
        _SEAT.round == Application.round,
        Application.state.in_(WITH_EXPERTS),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseLine:
    """An expert's case: by when, and how far it is scored."""

    application_id: int
    reference: str
    unit: str
    category: str
    state: State
    assigned_at: datetime
    due_at: datetime
    declared: bool
    scored: int
    of: int
    handed_in_at: datetime | None
    is_second: bool


def my_cases(session: Session, person_id: int, *where: ColumnElement[bool], by_number: bool = False) -> list[CaseLine]:
    """The expert's cases, those still to score first, then by due date; ``by_number``: the unit stays unnamed."""
    rows = session.execute(_CASES.where(*where), {"expert": person_id}).all()
    versions = [_version(row) for row in rows]
    counted = _counts(session, rows, versions)
    lines = [
        CaseLine(
            row.id, row.reference or "", "" if by_number and not row.goes_there else row.name,
            row.category, row.state, row.assigned_at, row.due_at,
            row.declared_at is not None, *counted[version], row.handed_in_at, not row.is_first,
        )
        for row, version in zip(rows, versions, strict=True)
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.handed_in_at is not None, line.due_at, line.application_id))


def _version(row: Any) -> Version:  # noqa: ANN401
    return row.id, row.of_sheet or row.revision, row.sheet or 0, row.version or 0, row.saved_at


def _counts(session: Session, rows: Sequence[Any], versions: Sequence[Version]) -> Mapping[Version, tuple[int, int]]:
    """How many items of each are scored, and of how many; three queries at most, none where all is known."""
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    known = _counted.setdefault(engine, {})
    if len(known) > MOST_KEPT:
        known.clear()
    unknown = [row for row, version in zip(rows, versions, strict=True) if version not in known]
    if unknown:
        known.update(_count(session, unknown))
    return {version: known[version] for version in versions}


def _count(session: Session, rows: Sequence[Any]) -> dict[Version, tuple[int, int]]:
    ids = {row.id for row in rows}
    sheets = {row.sheet for row in rows if row.sheet}
    answers: dict[int, dict[str, Any]] = {}
    if sheets:
        wanted = select(ScoreSheet.id, ScoreSheet.answers).where(ScoreSheet.id.in_(sheets))
        answers = {row.id: row.answers for row in session.execute(wanted)}
    submitted = {
        (application_id, number): given
        for application_id, number, given in session.execute(
            select(Revision.application_id, Revision.number, Revision.answers).where(Revision.application_id.in_(ids))
        )
    }
    kept = session.scalars(select(Edition).where(Edition.id.in_({row.edition_id for row in rows})))
    checklists = {edition.id: checklist_of(edition) for edition in kept}
    found = {}
    for row in rows:
        checklist, version = checklists[row.edition_id], _version(row)
        scored = score(checklist, sheet_answers(submitted[row.id, version[1]], answers.get(row.sheet, {})))
        of = sum(1 for item in to_judge(checklist, scored) if item.kind == "item")
        found[version] = (of - len(unscored(checklist, scored)), of)
    return found
