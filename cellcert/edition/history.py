"""What the office sees of the editions: of every category, of one, and of one edition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from cellcert.audit.models import AuditEvent
from cellcert.criteria.editions import fingerprint
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults, Fault
from cellcert.criteria.models import Edition
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.states import EditionState
from cellcert.edition.rules import Standing, standing
from cellcert.people.models import Person


@dataclass(frozen=True, slots=True)
class Line:
    """One edition as it stands on a day; ``until`` is its last day where another one follows."""

    edition: Edition
    standing: Standing
    until: date | None
    proposer: str
    approver: str


@dataclass(frozen=True, slots=True)
class FolderFile:
    """The file of a category as it lies in the city's folder now."""

    text: str
    faults: tuple[Fault, ...]

    @property
    def sha256(self) -> str:
        return fingerprint(self.text)


@dataclass(frozen=True, slots=True)
class Category:
    """A category's editions, newest first, and the folder's file."""

    key: str
    lines: Sequence[Line]
    file: FolderFile

    def first(self, wanted: Standing) -> Line | None:
        return next((line for line in self.lines if line.standing is wanted), None)

    @property
    def in_force(self) -> Line | None:
        return self.first(Standing.IN_FORCE)

    @property
    def draft(self) -> Line | None:
        return self.first(Standing.DRAFT)

    @property
    def upcoming(self) -> Line | None:
        return self.first(Standing.UPCOMING)

    def before(self, line: Line) -> Line | None:
        """The edition this one takes over from, or took over from."""
        match line.standing:
            case Standing.DRAFT | Standing.UPCOMING:
                return self.in_force
            case Standing.IN_FORCE | Standing.SUPERSEDED:
                begun = {Standing.IN_FORCE, Standing.SUPERSEDED}
                older = [one for one in self.lines if one.standing in begun]
                return next((one for one in older if one.edition.in_force_from < line.edition.in_force_from), None)
            case Standing.WITHDRAWN:
                return None

    @property
    def file_holds_alone(self) -> bool:
        """No edition has been kept yet: the file itself is what holds."""
        return self.in_force is None

    @property
    def file_is_new(self) -> bool:
        """Whether the file could be put before the approvers: in order, and not there already."""
        known = {line.edition.sha256 for line in self.lines if line.standing is not Standing.WITHDRAWN}
        return not self.file.faults and not self.file_holds_alone and self.file.sha256 not in known


def categories(session: Session, library: Library, *, on: date) -> list[Category]:
    """Every category of the programme with its editions; two queries, however many there are."""
    editions = session.scalars(select(Edition).options(defer(Edition.text)).order_by(*_NEWEST_FIRST)).all()
    lines = _lines(session, editions, on)
    return [
        Category(
            known.key, [line for line in lines if line.edition.category == known.key], folder_file(library, known.key)
        )
        for known in library.programme.categories
    ]


def one_category(session: Session, library: Library, category: str, *, on: date) -> Category:
    """One category with its editions; two queries."""
    wanted = select(Edition).where(Edition.category == category).options(defer(Edition.text)).order_by(*_NEWEST_FIRST)
    return Category(category, _lines(session, session.scalars(wanted).all(), on), folder_file(library, category))


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A draft edition that waits for the second person."""

    edition_id: int
    category: str
    edition: str
    in_force_from: date
    reason: str
    proposed_by: int
    proposer: str
    proposed_at: datetime | None


def drafts_waiting(session: Session) -> list[WaitingDraft]:
    """Every draft that still wants an answer, the oldest first; one query."""
    rows = session.execute(
        select(
            Edition.id, Edition.category, Edition.edition, Edition.in_force_from, Edition.reason,
            Person.id, Person.name, Edition.proposed_at,
        )
        .join(Person, Person.id == Edition.proposed_by)
        .where(Edition.state == EditionState.DRAFT)
        .order_by(Edition.proposed_at, Edition.id)
    )  # fmt: skip
    return [WaitingDraft(*row) for row in rows]


def events_of(session: Session, edition: Edition) -> Sequence[AuditEvent]:
    """What was done with an edition, newest first."""
    mine = AuditEvent.object == f"edition:{edition.id}"
    return session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.seq.desc())).all()


def folder_file(library: Library, category: str) -> FolderFile:
    """The folder's file with everything wrong with it; read again each time, checked once for each text."""
    departments = tuple(department.key for department in library.programme.departments)
    try:
        text = library.source(category)
    except CriteriaFaults as faults:
        return FolderFile("", tuple(faults.faults))
    return FolderFile(text, faults_of(text, category, departments, library.known_wastes()))


@lru_cache(maxsize=64)
def faults_of(
    text: str, category: str, departments: tuple[str, ...], wastes: frozenset[str] | None
) -> tuple[Fault, ...]:
    """Everything wrong with a text that is to be this category's checklist."""
    try:
        read_checklist(text, f"{category}.yaml", departments, [category], wastes)
    except CriteriaFaults as faults:
        return tuple(faults.faults)
    return ()


_NEWEST_FIRST = (Edition.in_force_from.desc(), Edition.id.desc())


def _lines(session: Session, editions: Sequence[Edition], on: date) -> list[Line]:
    people = {id for edition in editions for id in (edition.proposed_by, edition.approved_by) if id is not None}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    days: dict[str, list[date]] = {}
    for edition in editions:
        if edition.state is EditionState.APPROVED:
            days.setdefault(edition.category, []).append(edition.in_force_from)
    lines = []
    for edition in editions:
        own = days.get(edition.category, [])
        newest = max((day for day in own if day <= on), default=None)
        follows = min((day for day in own if day > edition.in_force_from), default=None)
        lines.append(
            Line(
                edition=edition,
                standing=standing(edition.state, edition.in_force_from, newest, on),
                until=follows - timedelta(days=1) if follows and edition.state is EditionState.APPROVED else None,
                proposer=names.get(edition.proposed_by or 0, ""),
                approver=names.get(edition.approved_by or 0, ""),
            )
        )
    return lines
