"""What an earlier application of the unit would give this draft: what is taken, what is not and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.assessment.queries import PARTS, Assessment
from cellcert.assessment.rules import WITH_FILES, Place
from cellcert.assessment.steps import Step, names, not_asked
from cellcert.audit.models import AuditEvent
from cellcert.criteria.compare.carrying import Carried, carried
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text
from cellcert.criteria.ways import is_computed
from cellcert.evidence.models import Evidence


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """The application a draft could go on from."""

    application_id: int
    batch: str
    reference: str | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """One answer that would come along; ``check``: what to look at more closely than at the rest."""

    place: Place
    name: Text
    value: Any
    note: str
    check: Text | None


@dataclass(frozen=True, slots=True)
class Left:
    """One answer that stays behind."""

    name: Text
    why: Text
    in_ledger: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything an earlier application has for this draft."""

    source: EarlierLine
    taken: tuple[tuple[Step, tuple[Taken, ...]], ...]
    left: tuple[Left, ...]
    here: tuple[Text, ...]  # answered in the draft already: never overwritten
    files: tuple[Evidence, ...]  # of places that have none here

    @property
    def count(self) -> int:
        return sum(len(lines) for _, lines in self.taken)

    @property
    def size(self) -> int:
        """The bytes of the files, each counted once."""
        return sum({file.sha256: file.size for file in self.files}.values())


def earlier_line(session: Session, application: Application) -> EarlierLine | None:
    """The earlier application whose answers a draft is offered: until they were taken once."""
    if application.state is not State.DRAFT:
        return None
    mine = AuditEvent.object == f"application:{application.id}"
    taken = select(AuditEvent.seq).where(mine, AuditEvent.kind == "carry").exists()
    row = session.execute(
        select(Application.id, Application.batch, Application.reference, Revision.submitted_at)
        .join(Revision, Revision.application_id == Application.id)
        .where(*_earlier(application), ~taken)
        .order_by(*NEWEST_FIRST)
        .limit(1)
    ).first()
    return EarlierLine(*row) if row else None


def earlier_revision(session: Session, application: Application) -> Revision | None:
    """What the unit handed in last for this category, with its application and edition."""
    return session.scalar(
        select(Revision)
        .join(Revision.application)
        .options(contains_eager(Revision.application).joinedload(Application.edition))
        .where(*_earlier(application))
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )


NEWEST_FIRST = (Revision.submitted_at.desc(), Revision.id.desc())


def _earlier(application: Application) -> list[ColumnElement[bool]]:
    """The unit's other applications of the category: none of them runs any more, or this one could not be."""
    return [
        Application.unit_id == application.unit_id,
        Application.category == application.category,
        Application.id != application.id,
    ]


def offer(session: Session, assessment: Assessment, revision: Revision, years_later: int) -> Offer:
    """What ``revision`` gives the draft; two batches ``years_later`` apart share few of the yearly figures."""
    source, new = revision.application, assessment.checklist
    old = checklist_of(source.edition)
    given = {group: dict(revision.answers.get(group) or {}) for group in PARTS.values()}
    given["facts"] |= assessment.answers["facts"]  # what fits is judged by what the draft says of the unit
    found = carried(old, new, given, years_later=years_later)
    notes: Mapping[str, str] = revision.sheet.get("notes") or {}
    kinds = {group: kind for kind, group in PARTS.items()}
    checks = {(kinds[one.group], one.key): one.reason for one in found.to_check}
    values = _values(new, found, notes)
    merged = {group: {**found.answers[group], **assessment.answers[group]} for group in PARTS.values()}
    away, named = not_asked(new, merged).places, names(new)
    here = {place for place, row in assessment.rows.items() if row.value is not None or row.note}
    taken = []
    for step in assessment.steps:
        lines = tuple(
            Taken(place, named[place], values[place], _note(place, notes), checks.get(place))
            for place in step.places
            if place in values and place not in here and place not in away
        )
        if lines:
            taken.append((step, lines))
    before = names(old)
    left = tuple(
        Left(named.get(place) or before[place], one.reason, one.group == "indicators" and one.key in assessment.ledger)
        for one in found.dropped
        if (place := (kinds[one.group], one.key)) not in here and (place in named or place in before)
    )
    return Offer(
        EarlierLine(source.id, source.batch, source.reference, revision.submitted_at),
        tuple(taken),
        left,
        tuple(named[place] for place in named if place in here and place in values),
        _files(session, assessment, revision),
    )


def _values(new: Checklist, found: Carried, notes: Mapping[str, str]) -> dict[Place, Any]:
    """The answers that fit, and items that are worked out but were explained."""
    values: dict[Place, Any] = {
        (kind, key): value for kind, group in PARTS.items() for key, value in found.answers[group].items()
    }
    explained = {("item", item.key): None for item in new.items() if is_computed(item.way)}
    return {place: None for place in explained if notes.get(".".join(place))} | values


def _note(place: Place, notes: Mapping[str, str]) -> str:
    """The unit's words; those beside a figure told why it differed from the ledger then."""
    return "" if place[0] == "indicator" else notes.get(".".join(place), "")


def _files(session: Session, assessment: Assessment, revision: Revision) -> tuple[Evidence, ...]:
    known = {key for kind, key in names(assessment.checklist) if kind in WITH_FILES}
    numbers = [
        file["id"]
        for file in revision.evidence
        if file["item"] in known and not assessment.files.get(str(file["item"]))
    ]
    if not numbers:
        return ()
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.id.in_(numbers), Evidence.application_id == revision.application_id)
        .options(joinedload(Evidence.application))
        .order_by(Evidence.item, Evidence.position, Evidence.id)
    )
    return tuple(rows)
