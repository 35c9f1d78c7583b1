"""What the decision pages and the desks list: cases to decide, notices, objections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application
from cellcert.criteria.text import Text
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.people.models import Person
from cellcert.review.actions import result_of
from cellcert.review.models import Opinion, RoundResult
from cellcert.units.models import Unit

PUBLIC_STATES = [state for state in State if is_open(Act.SEE_ENTRY, Relation.PUBLIC, state)]


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One application that waits for its decision."""

    application_id: int
    reference: str
    unit: str
    category: str
    division: str
    since: datetime
    total: Decimal | None
    level: str | None
    outcome: State | None  # what is proposed; none while the office has not proposed
    proposed_by: str | None
    proposed_at: datetime | None
    sent_back: bool  # an approver did not agree to an earlier proposal
    decided: bool  # agreed to, and told later


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One public notice, in the words that were published."""

    notice_id: int
    application_id: int
    reference: str
    unit: str
    category: str
    category_name: Text
    division: str
    division_name: Text
    level_name: Text
    published_on: date
    ends_on: date
    state: State
    open_objections: int


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """One objection that is not closed yet; nothing about who raised it."""

    objection_id: int
    application_id: int
    receipt: str
    unit: str
    category: str
    division: str
    state: State
    received_at: datetime
    taken_at: datetime | None
    proposed_by: str | None  # who proposed how it ends; none while the office has not


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What lies before those who decide."""

    result: RoundResult | None
    opinions: Sequence[Opinion]
    waiting: Proposal | None
    decided: Proposal | None  # agreed to, and told later
    declined: Sequence[Proposal]


def to_decide(session: Session) -> list[DecisionLine]:
    """Applications in decision, longest waiting first."""
    last_round = (
        select(func.max(RoundResult.round)).where(RoundResult.application_id == Application.id).correlate(Application)
    ).scalar_subquery()
    sent_back = exists().where(
        Proposal.application_id == Application.id,
        Proposal.matter == Matter.DECISION,
        Proposal.approved.is_(False),
        Proposal.proposed_at >= Application.state_since,
    )
    told_later = and_(Proposal.approved.is_(True), Proposal.settled_at >= Application.state_since)
    open_one = and_(
        Proposal.application_id == Application.id,
        Proposal.matter == Matter.DECISION,
        or_(Proposal.settled_at.is_(None), told_later),
    )
    rows: Iterable[Any] = session.execute(
        select(
            Application.id, Application.reference, Unit.name, Application.category, Application.division,
            Application.state_since, RoundResult.total, RoundResult.level,
            Proposal.outcome, Person.name, Proposal.proposed_at, sent_back.correlate(Application),
            Proposal.settled_at.is_not(None) & Proposal.id.is_not(None),
        )
        .join(Application.unit)
        .outerjoin(RoundResult, and_(RoundResult.application_id == Application.id, RoundResult.round == last_round))
        .outerjoin(Proposal, open_one)
        .outerjoin(Person, Person.id == Proposal.proposed_by)
        .where(Application.state == State.DECISION)
        .order_by(Application.state_since, Application.id)
    )  # fmt: skip
    return [DecisionLine(*row) for row in rows]


def on_notice(session: Session) -> list[NoticeLine]:
    """Notices whose case is still open, the next to end first."""
    running = Application.state.in_([State.NOTICE, State.OBJECTION])
    return _notices(session, _latest().where(running).order_by(Notice.ends_on, Notice.id))


def to_award(session: Session, today: date) -> list[NoticeLine]:
    """Notices that ran their full time and have no open objection."""
    over = _latest().where(Application.state == State.NOTICE, Notice.ends_on < today, _objections() == 0)
    return _notices(session, over.order_by(Notice.ends_on, Notice.id))


def public_notices(session: Session, *, limit: int, offset: int = 0) -> list[NoticeLine]:
    """Every notice the public may see, newest first."""
    shown = _lines().where(Application.state.in_(PUBLIC_STATES))
    return _notices(session, shown.order_by(Notice.published_on.desc(), Notice.id.desc()).limit(limit).offset(offset))


def count_public_notices(session: Session) -> int:
    """How many notices the public may see."""
    shown = select(func.count()).select_from(Notice).join(Notice.application)
    return session.scalar(shown.where(Application.state.in_(PUBLIC_STATES))) or 0


def open_objection_lines(session: Session) -> list[ObjectionLine]:
    """Objections without an outcome, oldest first."""
    rows: Iterable[Any] = session.execute(
        select(
            Objection.id, Application.id, Objection.receipt, Unit.name, Application.category, Application.division,
            Application.state, Objection.received_at, Objection.taken_at, Person.name,
        )
        .join(Objection.application)
        .join(Application.unit)
        .outerjoin(Proposal, _waiting(Matter.OBJECTION))
        .outerjoin(Person, Person.id == Proposal.proposed_by)
        .where(Objection.closed_at.is_(None))
        .order_by(Objection.id)
    )  # fmt: skip
    return [ObjectionLine(*row) for row in rows]


def case_file(session: Session, application: Application, matter: Matter = Matter.DECISION) -> CaseFile:
    """The result, the opinions and the proposals of one application."""
    opinions = session.scalars(
        select(Opinion)
        .where(Opinion.application_id == application.id, Opinion.revision == application.revision)
        .options(joinedload(Opinion.person))
        .order_by(Opinion.id)
    ).all()
    proposals = session.scalars(
        select(Proposal)
        .where(Proposal.application_id == application.id, Proposal.matter == matter)
        .options(joinedload(Proposal.proposer))
        .order_by(Proposal.id)
    ).all()
    return CaseFile(
        result=result_of(session, application),
        opinions=opinions,
        waiting=next((proposal for proposal in proposals if proposal.settled_at is None), None),
        decided=next(
            (
                proposal
                for proposal in proposals
                if application.state is State.DECISION
                and proposal.approved
                and proposal.settled_at is not None
                and proposal.settled_at >= application.state_since
            ),
            None,
        ),
        declined=[proposal for proposal in proposals if proposal.approved is False],
    )


def objections_of(session: Session, application: Application) -> Sequence[Objection]:
    """Every objection to one application, oldest first."""
    rows = select(Objection).where(Objection.application_id == application.id)
    return session.scalars(rows.order_by(Objection.id)).all()


def _waiting(matter: Matter) -> ColumnElement[bool]:
    """The proposal of an application that nobody has answered."""
    return and_(Proposal.application_id == Application.id, Proposal.matter == matter, Proposal.settled_at.is_(None))


def _objections() -> Any:  # noqa: ANN401
    return (
        select(func.count(Objection.id))
        .where(Objection.application_id == Application.id, Objection.closed_at.is_(None))
        .correlate(Application)
        .scalar_subquery()
    )


def _lines() -> Select[Any]:
    return select(Notice, Application.state, _objections()).join(Notice.application)


def _latest() -> Select[Any]:
    other = select(func.max(Notice.id)).where(Notice.application_id == Application.id).correlate(Application)
    return _lines().where(Notice.id == other.scalar_subquery())


def _notices(session: Session, rows: Select[Any]) -> list[NoticeLine]:
    return [notice_line(notice, state, count) for notice, state, count in session.execute(rows)]


def notice_line(notice: Notice, state: State, open_objections: int = 0) -> NoticeLine:
    """A notice as it was published, and how its case stands now."""
    shown = notice.shown
    return NoticeLine(
        notice_id=notice.id,
        application_id=notice.application_id,
        reference=str(shown["reference"]),
        unit=str(shown["unit"]),
        category=str(shown["category"]),
        category_name=Text(**shown["category_name"]),
        division=str(shown["division"]),
        division_name=Text(**shown["division_name"]),
        level_name=Text(str(shown["level_name"]), str(shown["level_name_en"])),
        published_on=notice.published_on,
        ends_on=notice.ends_on,
        state=state,
        open_objections=open_objections,
    )
