"""The answers of an application, as the scorer reads them and as pages show them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, load_only

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import Return, last_return
from cellcert.assessment.carry_marks import Mark, marks, unconfirmed
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.rules import (
    COMMITMENT,
    Change,
    Commitment,
    Gap,
    Place,
    Said,
    covered,
    differs,
    gaps,
    unexplained,
)
from cellcert.assessment.steps import NotAsked, Step, names, not_asked, steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import AnswerFaults, Sheet, score
from cellcert.evidence.models import Evidence
from cellcert.evidence.queries import all_files
from cellcert.evidence.rules import SIGNED_LETTER
from cellcert.ledger.rules import Figures
from cellcert.people.models import Person

PARTS = {"fact": "facts", "indicator": "indicators", "prerequisite": "prerequisites", "item": "items"}


# Asked at every save of every place: statements put together once.
_ANSWERS = select(Answer).where(Answer.application_id == bindparam("application"))
_FILE_LINES = (
    select(Evidence)
    .where(Evidence.application_id == bindparam("application"), Evidence.removed_at.is_(None))
    .order_by(Evidence.item, Evidence.position, Evidence.id)
    .options(
        load_only(
            Evidence.item,
            Evidence.sha256,
            Evidence.caption,
            Evidence.uploaded_at,
            Evidence.carried_from,
            raiseload=True,
        )
    )
)


def answers_of(session: Session, application: Application) -> dict[Place, Answer]:
    """Every answer by its place."""
    rows = session.scalars(_ANSWERS, {"application": application.id})
    return {(row.kind, row.key): row for row in rows}


def fingerprint(row: Answer | None) -> str:
    """Tells one answer with its note from another: two who save the same thing do not disturb each other."""
    kept = [row.value, row.note] if row else [None, ""]
    plain = json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _sheet_of(checklist: Checklist, rows: Mapping[Place, Answer]) -> tuple[dict[str, dict[str, Any]], Sheet]:
    """The answers that fit the edition, as docs/criteria.md writes them, and their score.

    A draft that went over to a new edition may hold answers to questions that are gone or asked otherwise:
    they stay in the database, and count as not answered.
    """
    answers: dict[str, dict[str, Any]] = {name: {} for name in PARTS.values()}
    for (kind, key), row in rows.items():
        if kind in PARTS and row.value is not None:
            answers[PARTS[kind]][key] = row.value
    while True:
        try:
            return answers, score(checklist, answers)
        except AnswerFaults as wrong:
            gone = {fault.item_key for fault in wrong.faults}
            fitting = {name: {k: v for k, v in group.items() if k not in gone} for name, group in answers.items()}
            if fitting == answers:
                raise
            answers = fitting


def file_lines(session: Session, application: Application) -> list[Evidence]:
    """Its files with what counts and compares them, and nothing more."""
    return list(session.scalars(_FILE_LINES, {"application": application.id}))


def evidence_list(session: Session, application: Application) -> list[dict[str, Any]]:
    """The files of an application, as a manifest lists them."""
    return manifest_rows(all_files(session, application))


def manifest_rows(files: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Files as a manifest lists them."""
    return [
        {
            "id": row.id, "item": row.item, "name": row.name, "caption": row.caption, "sha256": row.sha256,
            "size": row.size, "thumb": row.thumb is not None,
        }
        for row in files
    ]  # fmt: skip


def _notes(rows: Mapping[Place, Answer]) -> dict[str, str]:
    return {f"{kind}.{key}": row.note for (kind, key), row in rows.items() if row.note}


def open_places(application: Application) -> set[Place] | None:
    """The places a return opened; None when everything is open (a draft)."""
    if application.state is not State.RETURNED:
        return None
    last = last_return(application)
    return (set(last.reasons) if last else set()) | {COMMITMENT}


def revision_of(session: Session, application: Application, number: int | None = None) -> Revision | None:
    """A submitted revision; the latest when no number is given."""
    wanted = number if number is not None else application.revision
    return session.scalar(select(Revision).where(Revision.application_id == application.id, Revision.number == wanted))


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One submission in the list of all."""

    number: int
    at: datetime
    by: str
    total: Decimal
    manifest_hash: str


def revisions_of(session: Session, application: Application) -> list[RevisionLine]:
    """Every submission of an application, the first one first."""
    rows = session.execute(
        select(Revision.number, Revision.submitted_at, Person.name, Revision.total, Revision.manifest_hash)
        .join(Person, Person.id == Revision.submitted_by)
        .where(Revision.application_id == application.id)
        .order_by(Revision.number)
    )
    return [RevisionLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A self-assessment while it is written: everything its pages show."""

    application: Application
    checklist: Checklist
    rows: Mapping[Place, Answer]
    answers: Mapping[str, Mapping[str, Any]]
    sheet: Sheet
    files: Mapping[str, list[Evidence]]
    steps: tuple[Step, ...]
    away: NotAsked
    returned: Return | None  # while the application is with the unit for correction
    gaps: tuple[Gap, ...]  # without the commitment, which is given on the page that submits
    ledger: Figures = field(default_factory=dict)  # what the unit's waste ledger says the inputs are
    before: Revision | None = None  # what was sent back, while it is with the unit for correction
    carried: Mapping[Place, Mark] = field(default_factory=dict)  # came from an earlier application, not checked yet

    def differs(self, indicator: str, key: str) -> bool:
        """Whether an input is kept otherwise than the ledger says."""
        given = self.value(("indicator", indicator)) or {}
        return differs(self.ledger, indicator, key, given.get(key))

    def is_asked(self, place: Place) -> bool:
        return place not in self.away.places

    def is_open(self, place: Place) -> bool:
        """Whether the unit may change this place now."""
        return self.returned is None or place in self.returned.reasons

    def is_mended(self, place: Place) -> bool:
        """Whether the unit did anything about a place since it was sent back."""
        if self.returned is None:
            return False
        row, files = self.rows.get(place), self.files.get(place[1], [])
        changed = [file.uploaded_at for file in files] + ([row.saved_at] if row else [])
        return any(moment > self.returned.at for moment in changed) or self._is_otherwise(place)

    def _is_otherwise(self, place: Place) -> bool:
        """Whether a place says something else than when it was sent back: also where a file was only taken away."""
        if self.before is None:
            return False
        was = [(file["sha256"], file.get("caption", "")) for file in self.before.evidence if file["item"] == place[1]]
        return (
            self.before.answers[PARTS[place[0]]].get(place[1]) != self.value(place)
            or self.before.sheet.get("notes", {}).get(".".join(place), "") != self.note(place)
            or was != [(file.sha256, file.caption) for file in self.files.get(place[1], [])]
        )

    @property
    def untouched(self) -> list[tuple[Step, Place]]:
        """What the return named and nobody touched yet, in the order of the pages."""
        return [(step, place) for step in self.steps for place in self.to_mend(step)]

    def to_mend(self, step: Step) -> list[Place]:
        """What a return named on this page and nobody touched yet."""
        named = self.returned.reasons if self.returned else {}
        return [place for place in step.places if place in named and not self.is_mended(place)]

    def places(self, step: Step) -> list[Place]:
        """What a page asks."""
        return [place for place in step.places if self.is_asked(place)]

    def value(self, place: Place) -> Any:  # noqa: ANN401
        """The answer as it counts; one that does not fit the edition is none."""
        return self.answers[PARTS[place[0]]].get(place[1])

    def note(self, place: Place) -> str:
        row = self.rows.get(place)
        return row.note if row else ""

    def gaps_in(self, step: Step) -> list[Gap]:
        return [gap for gap in self.gaps if (gap.kind, gap.key) in step.places]

    def change(self, place: Place) -> Change:
        """What a place said when it was sent back, beside what is kept now."""
        was = self.before
        before = Said(was.answers, was.sheet.get("notes", {}), was.evidence) if was else Said({}, {}, [])
        return Change(place, before.at(place), Said(self.answers, self.notes, self.manifest).at(place))

    def mend_after(self, place: Place) -> tuple[Step, Place] | None:
        """The next place to mend, from here on and around."""
        left = [one for one in self.untouched if one[1] != place]
        order = [asked for step in self.steps for asked in step.places]
        here = order.index(place)
        return min(left, key=lambda one: (order.index(one[1]) < here, order.index(one[1])), default=None)

    def carried_in(self, step: Step) -> list[Place]:
        """What a page asks that came from an earlier application and waits to be checked."""
        return [place for place in self.places(step) if place in self.carried and self.is_open(place)]

    def step_of(self, gap: Gap) -> Step:
        return next(step for step in self.steps if (gap.kind, gap.key) in step.places)

    @property
    def manifest(self) -> list[dict[str, Any]]:
        """Its files, as a revision keeps them."""
        return manifest_rows(file for files in self.files.values() for file in files)

    @property
    def notes(self) -> dict[str, str]:
        """The unit's own words beside its answers, by place (``item.plan``)."""
        return _notes(self.rows)

    @property
    def saved_at(self) -> datetime | None:
        return max((row.saved_at for row in self.rows.values()), default=None)

    def seen(self, place: Place) -> str:
        """Tells whether an answer is still the one a page showed."""
        return fingerprint(self.rows.get(place))


def assessment_of(
    session: Session,
    application: Application,
    ledger: Figures | None = None,
    rows: Mapping[Place, Answer] | None = None,
    away: NotAsked | None = None,
    *,
    show_files: bool = True,
) -> Assessment:
    """The self-assessment as it stands; as many queries for many files as for one.

    ``rows``, ``away``: its answers and what they make superfluous, where they are at hand; without ``show_files`` the
    files are only counted and compared.
    """
    ledger = ledger or {}
    returned = last_return(application) if application.state is State.RETURNED else None
    checklist = checklist_of(application.edition)
    rows = answers_of(session, application) if rows is None else rows
    answers, sheet = _sheet_of(checklist, rows)
    files: dict[str, list[Evidence]] = {}
    for file in all_files(session, application) if show_files else file_lines(session, application):
        files.setdefault(file.item, []).append(file)
    away = not_asked(checklist, answers) if away is None else away
    carried = marks(session, checklist, rows, files)
    open_now = (set(names(checklist)) if returned is None else set(returned.reasons)) - away.places
    return Assessment(
        application=application,
        checklist=checklist,
        rows=rows,
        answers=answers,
        sheet=sheet,
        files=files,
        steps=steps(checklist),
        away=away,
        returned=returned,
        gaps=(
            *gaps(checklist, sheet, files),
            *unexplained(checklist, ledger, answers["indicators"], _notes(rows), open_now),
            *unconfirmed(checklist, open_now & set(carried)),
        ),
        ledger=ledger,
        carried=carried,
        before=revision_of(session, application) if returned else None,
    )


def commitment_of(programme: Programme, assessment: Assessment) -> Commitment:
    """What the head of the unit confirmed, beside what would be confirmed now."""
    letter = programme.commitment.letter_for(programme.category(assessment.application.category).name)
    row, files = assessment.rows.get(COMMITMENT), assessment.files.get(SIGNED_LETTER, [])
    given = row.value if row is not None and isinstance(row.value, dict) else {}
    return Commitment(
        covers=covered(letter, assessment.answers, assessment.notes, assessment.manifest),
        given=given if given.get("way") in programme.commitment.ways else {},
        scans=tuple(file.sha256 for file in files),
    )
