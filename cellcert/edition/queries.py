"""Who would fall under a new edition: every holder and every running application scored again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import PARTS
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import HOLDING, LIVE
from cellcert.criteria.compare.comparing import Difference, differences
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import Combine
from cellcert.edition.rescoring import Restated, restated
from cellcert.review.models import RoundResult, ScoreSheet
from cellcert.tally.rules import UNDER_WAY

RUNNING = UNDER_WAY | {State.DRAFT}


@dataclass(frozen=True, slots=True)
class Case:
    """One holder or applicant that would lose its level."""

    application_id: int
    reference: str
    unit: str
    category: str
    division: str
    state: State
    serial: str | None
    edition: str
    judged: bool  # by the experts' points; else by the unit's own answers
    restated: Restated


@dataclass(frozen=True, slots=True)
class Falls:
    """Who would fall; ``unaffected``: holders and applications looked at that would not.

    ``drafts``: how many drafts would fall; whose they are is nobody's business before they are submitted.
    """

    holders: tuple[Case, ...]
    running: tuple[Case, ...]
    unaffected: int
    drafts: int = 0

    @property
    def affected(self) -> int:
        """How many would fall, drafts included."""
        return len(self.holders) + len(self.running) + self.drafts


def who_would_fall(session: Session, new: Checklist, category: str, *, on: date) -> Falls:
    """Everyone of the category scored again; six queries, whatever the number of cases."""
    titles = session.scalars(
        select(Certificate)
        .join(Certificate.application)
        .where(
            Application.category == category,
            Application.state.in_(HOLDING),
            Certificate.state.in_(LIVE),
            Certificate.valid_until >= on,
        )
        .options(contains_eager(Certificate.application).options(*_CASE))
        .order_by(Certificate.year, Certificate.ordinal)
    ).all()
    applications = session.scalars(
        select(Application)
        .where(Application.category == category, Application.state.in_(RUNNING))
        .options(*_CASE)
        .order_by(Application.id)
    ).all()
    serials = {title.application_id: title.serial for title in titles}
    whole = [*(title.application for title in titles), *applications]
    answers = _answers(session, category)
    points: dict[int, Mapping[str, Sequence[Decimal]]] = {}
    combine: dict[int, Combine] = {}
    for result, row in _closed(session, category):
        points[result.application_id] = row
        combine[result.application_id] = cast("Combine", result.combine)
    found: dict[int, tuple[Checklist, Sequence[Difference]]] = {}
    fallen: dict[bool, list[Case]] = {True: [], False: []}
    for application in whole:
        old, differs = found.get(application.edition_id, (None, ()))
        if old is None:
            old = checklist_of(application.edition)
            differs = differences(old, new)
            found[application.edition_id] = old, differs
        if not differs:
            continue
        judged = points.get(application.id)
        outcome = restated(
            old, new, answers.get(application.id, {}), judged, combine.get(application.id, "median"), found=differs
        )
        if outcome.falls:
            serial = serials.get(application.id)
            fallen[serial is not None].append(_case(application, serial, judged is not None, outcome))
    running = tuple(case for case in fallen[False] if case.state is not State.DRAFT)
    drafts, holders = len(fallen[False]) - len(running), tuple(fallen[True])
    return Falls(holders, running, len(whole) - len(holders) - len(running) - drafts, drafts)


_CASE = (joinedload(Application.unit), joinedload(Application.edition))


def _case(application: Application, serial: str | None, judged: bool, outcome: Restated) -> Case:
    return Case(
        application_id=application.id,
        reference=application.reference or "",
        unit=application.unit.name,
        category=application.category,
        division=application.division,
        state=application.state,
        serial=serial,
        edition=application.edition.edition,
        judged=judged,
        restated=outcome,
    )


def _answers(session: Session, category: str) -> dict[int, Mapping[str, Any]]:
    """What each unit answered: as it was submitted last, in a draft as it stands."""
    wanted = select(Revision.application_id, Revision.answers).join(Revision.application)
    rows = session.execute(_concerned(wanted, category).where(Revision.number == Application.revision))
    answers: dict[int, Mapping[str, Any]] = {row.application_id: row.answers for row in rows}
    drafts: dict[int, dict[str, dict[str, Any]]] = {}
    for application_id, kind, key, value in session.execute(
        select(Answer.application_id, Answer.kind, Answer.key, Answer.value)
        .join(Application, Application.id == Answer.application_id)
        .where(Application.category == category, Application.state == State.DRAFT, Answer.kind.in_(PARTS))
    ):
        drafts.setdefault(application_id, {}).setdefault(PARTS[kind], {})[key] = value
    return answers | drafts


def _closed(session: Session, category: str) -> Iterable[tuple[RoundResult, dict[str, Sequence[Decimal]]]]:
    """The last closed round of each case, where it judged what was submitted last, with its experts' points."""
    last: dict[int, RoundResult] = {}
    wanted = select(RoundResult).join(RoundResult.application).where(RoundResult.revision == Application.revision)
    for result in session.scalars(_concerned(wanted, category).order_by(RoundResult.round)):
        last[result.application_id] = result
    points: dict[int, dict[str, list[Decimal]]] = {}
    sheets = (
        select(ScoreSheet.application_id, ScoreSheet.round, ScoreSheet.points)
        .join(ScoreSheet.application)
        .join(
            Assignment,
            (Assignment.application_id == ScoreSheet.application_id)
            & (Assignment.round == ScoreSheet.round)
            & (Assignment.person_id == ScoreSheet.person_id),
        )
        .where(ScoreSheet.handed_in_at.is_not(None), Assignment.left_at.is_(None))
        .order_by(ScoreSheet.id)
    )
    for application_id, round_, given in session.execute(_concerned(sheets, category)):
        if application_id in last and last[application_id].round == round_:
            row = points.setdefault(application_id, {})
            for key, figure in given.items():
                row.setdefault(key, []).append(Decimal(figure))
    return [(result, {**points.get(id_, {})}) for id_, result in last.items()]


def _concerned(rows: Select[Any], category: str) -> Select[Any]:
    return rows.where(Application.category == category, Application.state.in_([*HOLDING, *UNDER_WAY]))
