"""The list before a meeting; the number of queries never depends on how many cases there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.deciding import Decision
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.models import Edition
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text
from cellcert.decision.matters import Matter
from cellcert.decision.meeting_models import Meeting, MeetingCase, MeetingPack
from cellcert.decision.meeting_rules import Scored, Stand, in_order, stands
from cellcert.decision.models import Proposal
from cellcert.people.models import Person
from cellcert.review.models import RoundResult
from cellcert.units.models import Unit

# who takes up one of the programme's places: recognised, or on the way to it
RECOGNISED = (State.NOTICE, State.OBJECTION, State.AWARDED, State.RECHECK, State.RECTIFYING, State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Before:
    """One case before a meeting."""

    number: int  # in the order of the list
    application_id: int
    version: int
    reference: str
    unit: str
    category: str
    division: str
    batch: str
    state: State
    checklist: Checklist
    sheet: Mapping[str, Any]
    total: Decimal | None
    level: str | None
    stand: Stand
    row: MeetingCase
    proposal: Proposal | None  # the one that waits, or the one that was agreed to
    proposer: str
    settler: str

    @property
    def waits(self) -> bool:
        """Whether a proposal waits for another person."""
        return self.state is State.DECISION and self.proposal is not None and self.proposal.settled_at is None

    @property
    def is_decided(self) -> bool:
        """Whether it is decided and not told yet."""
        return self.state is State.DECISION and self.proposal is not None and self.proposal.settled_at is not None

    @property
    def is_open(self) -> bool:
        """Whether nothing has been proposed."""
        return self.state is State.DECISION and self.proposal is None

    @property
    def level_name(self) -> Text | None:
        return next((level.name for level in self.checklist.levels if level.key == self.level), None)

    @property
    def proposed_level(self) -> Text | None:
        """The level that is proposed; none where recognition is not."""
        key = self.proposal.level if self.proposal else None
        return next((level.name for level in self.checklist.levels if level.key == key), None)


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one category and batch, and the places for them."""

    category: str
    batch: str
    cases: Sequence[Before]
    places: int | None
    taken: int  # recognised earlier

    @property
    def left(self) -> int | None:
        return None if self.places is None else max(self.places - self.taken, 0)


def agenda(session: Session, meeting: Meeting, decision: Decision, order: Sequence[str]) -> list[Group]:
    """The cases of a meeting by category (in the programme's order) and batch, the highest points first; 3 queries."""
    last = (
        select(func.max(RoundResult.round)).where(RoundResult.application_id == Application.id).correlate(Application)
    ).scalar_subquery()
    rows = session.execute(
        select(MeetingCase, Application, Unit.name, Edition, RoundResult)
        .join(MeetingCase.application)
        .join(Application.unit)
        .join(Application.edition)
        .outerjoin(RoundResult, and_(RoundResult.application_id == Application.id, RoundResult.round == last))
        .where(MeetingCase.meeting_id == meeting.id)
    ).all()
    proposals = _proposals(session, meeting)
    taken = _taken(session) if decision.places else {}
    grouped: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row[1].category, row[1].batch), []).append(row)
    groups, number = [], 0
    for category, batch in sorted(grouped, key=lambda one: (order.index(one[0]) if one[0] in order else 99, one)):
        of = {row[1].id: row for row in grouped[category, batch]}
        places = decision.places_of(batch, category)
        # what this very list has recognised keeps its place on it
        earlier = taken.get((batch, category), 0) - sum(row[1].state in RECOGNISED for row in of.values())
        at = stands([_scored(row) for row in of.values()], None if places is None else max(places - earlier, 0))
        cases = []
        for one in in_order(_scored(row) for row in of.values()):
            number += 1
            cases.append(_before(number, of[one.id], at[one.id], proposals.get(one.id)))
        groups.append(Group(category, batch, cases, places, max(earlier, 0)))
    return groups


def _scored(row: Any) -> Scored:  # noqa: ANN401
    result = row[4]
    return Scored(row[1].id, result.total if result else None, bool(result and result.level))


def _before(number: int, row: Any, stand: Stand, proposed: Any) -> Before:  # noqa: ANN401
    case, application, unit, edition, result = row
    proposal, proposer, settler = proposed or (None, "", "")
    settled = proposal.settled_at if proposal is not None else None
    if application.state is State.DECISION and settled is not None and settled < application.state_since:
        proposal = None  # decided before, then sent back to be decided anew
    return Before(
        number=number,
        application_id=application.id,
        version=application.version,
        reference=application.reference or "",
        unit=unit,
        category=application.category,
        division=application.division,
        batch=application.batch,
        state=application.state,
        checklist=checklist_of(edition),
        sheet=result.sheet if result else {},
        total=result.total if result else None,
        level=result.level if result else None,
        stand=stand,
        row=case,
        proposal=proposal,
        proposer=proposer,
        settler=settler or "",
    )


def _proposals(session: Session, meeting: Meeting) -> dict[int, tuple[Proposal, str, str]]:
    """Of each case the proposal that waits, else the last one agreed to."""
    settler = aliased(Person)
    rows = session.execute(
        select(Proposal, Person.name, settler.name)
        .join(Proposal.proposer)
        .outerjoin(settler, settler.id == Proposal.settled_by)
        .join(MeetingCase, MeetingCase.application_id == Proposal.application_id)
        .where(
            MeetingCase.meeting_id == meeting.id,
            Proposal.matter == Matter.DECISION,
            Proposal.approved.is_not(False),
        )
        .order_by(Proposal.id)
    )
    return {row[0].application_id: (row[0], row[1], row[2]) for row in rows}


def _taken(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(
        select(Application.batch, Application.category, func.count())
        .where(Application.state.in_(RECOGNISED))
        .group_by(Application.batch, Application.category)
    )
    return {(batch, category): count for batch, category, count in rows}


def to_put_on(session: Session, today: date, batch: str = "", categories: Sequence[str] = ()) -> list[int]:
    """Cases that may be put before a meeting: neither decided nor before one that is still to be held."""
    coming = exists().where(
        MeetingCase.application_id == Application.id,
        MeetingCase.meeting_id == Meeting.id,
        Meeting.held_on >= today,
        Meeting.announced_at.is_(None),
    )
    wanted = select(Application.id).where(Application.state == State.DECISION, ~coming, ~_agreed())
    if batch:
        wanted = wanted.where(Application.batch == batch)
    if categories:
        wanted = wanted.where(Application.category.in_(categories))
    return list(session.scalars(wanted.order_by(Application.id)))


def _agreed() -> Any:  # noqa: ANN401
    """``telling.told_later`` in SQL: decided, and nobody outside knows."""
    return exists().where(
        Proposal.application_id == Application.id,
        Proposal.matter == Matter.DECISION,
        Proposal.approved.is_(True),
        Proposal.settled_at >= Application.state_since,
    )


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting in the list of meetings."""

    id: int
    name: str
    held_on: date
    cases: int
    announce_at: datetime | None
    announced_at: datetime | None


def meetings(session: Session) -> list[MeetingLine]:
    """Every meeting, the newest first."""
    counted = (
        select(func.count(MeetingCase.id)).where(MeetingCase.meeting_id == Meeting.id).correlate(Meeting)
    ).scalar_subquery()
    rows = session.execute(
        select(Meeting.id, Meeting.name, Meeting.held_on, counted, Meeting.announce_at, Meeting.announced_at)
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .limit(200)
    )
    return [MeetingLine(*row) for row in rows]


def newest_pack(session: Session, meeting: Meeting) -> MeetingPack | None:
    """The papers asked for last."""
    mine = select(MeetingPack).where(MeetingPack.meeting_id == meeting.id)
    return session.scalar(mine.order_by(MeetingPack.id.desc()).limit(1))
