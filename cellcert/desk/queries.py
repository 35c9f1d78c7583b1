"""The cases a person may read, what each desk counts, and the events of the trail; always a fixed number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    String,
    Subquery,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip
from sqlalchemy.orm import Session, aliased

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, Relation, State, States, is_open
from cellcert.application.models import Application, Assignment, Conflict, Step
from cellcert.audit.models import AuditEvent
from cellcert.audit.queries import end_before
from cellcert.certificate.models import Certificate
from cellcert.certificate.rules import Status, status
from cellcert.certificate.states import CertificateState
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.desk.rules import ANSWERS
from cellcert.people.models import Person
from cellcert.review.models import Opinion, RoundResult
from cellcert.units.models import Unit
from cellcert.units.rules import name_key

IN_PIPELINE = [state for state in State if state is not State.DRAFT]
COUNTED = 1_000  # cases; beyond, a page says "more than": counting would take longest of all
RELATIONS = {
    Role.APPLICANT: Relation.OWN, Role.DISTRICT: Relation.DISTRICT, Role.DEPARTMENT: Relation.DEPARTMENT,
    Role.EXPERT: Relation.EXPERT, Role.OFFICE: Relation.OFFICE, Role.APPROVER: Relation.APPROVER,
    Role.AUDITOR: Relation.AUDITOR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One application in a list."""

    id: int
    reference: str | None
    unit: str
    category: str
    division: str
    state: State
    since: datetime
    submitted_at: datetime | None
    due_at: datetime | None


@lru_cache(maxsize=512)
def readable_by(actor: Actor) -> ColumnElement[bool]:
    """The applications ``Act.READ`` lets this actor open, as a condition (D-10); a test compares it with the gate."""
    relation = RELATIONS.get(actor.role)
    if relation is None:
        return false()
    states: States = Act.READ.value.allow[relation]
    return and_(Application.state.in_(sorted(states)), _within_reach_of(actor))


def _within_reach_of(actor: Actor) -> ColumnElement[bool]:
    """``Application.relation_to`` in SQL."""
    match actor.role:
        case Role.APPLICANT:
            return Application.unit_id == actor.unit_id
        case Role.DISTRICT:
            return and_(Application.division == actor.division, ~_conflicted(actor))
        case Role.DEPARTMENT:
            return and_(Application.lead == actor.department, ~_conflicted(actor))
        case Role.EXPERT:
            return and_(_seated(actor), ~_conflicted(actor))
        case _:
            return true()


def _seated(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        Assignment.application_id == Application.id,
        Assignment.round == Application.round,
        Assignment.person_id == actor.person_id,
        Assignment.left_at.is_(None),
    )


def _conflicted(actor: Actor) -> ColumnElement[bool]:
    """``Application.tie_to`` in SQL."""
    reasons = [
        Application.unit_id.in_(sorted(actor.unit_ids)),
        exists().where(Conflict.application_id == Application.id, Conflict.person_id == actor.person_id),
    ]
    unit, same = aliased(Unit), []
    if employer := name_key(actor.employer):
        same += [unit.name_key == employer, unit.host_key == employer]
    if actor.role is Role.EXPERT and actor.mail:
        same.append(func.lower(unit.contact_email).endswith(f"@{actor.mail}", autoescape=True))
    if same:
        reasons.append(exists().where(unit.id == Application.unit_id, or_(*same)))
    if actor.role is Role.EXPERT and actor.division:
        reasons.append(Application.division == actor.division)
    return or_(*reasons)


def in_states(session: Session, actor: Actor, states: Collection[State]) -> list[Line]:
    """The cases in some states that this actor may read, the longest waiting first."""
    return _lines(
        session, [readable_by(actor), Application.state.in_(sorted(states))], [Application.state_since, Application.id]
    )


def _lines(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    order: Sequence[object],
) -> list[Line]:
    rows = session.execute(
        select(
            Application.id, Application.reference, Unit.name, Application.category, Application.division,
            Application.state, Application.state_since, Application.submitted_at, Application.due_at,
        )
        .join(Application.unit)
        .where(*where)
        .order_by(*order)  # type: ignore[arg-type]
    )  # fmt: skip
    return [Line(*row) for row in rows]


def readable_ids(session: Session, actor: Actor, ids: Collection[int]) -> set[int]:
    """Those of some applications that this actor may read; a queue shows no others."""
    if not ids:
        return set()
    return set(session.scalars(select(Application.id).where(Application.id.in_(ids), readable_by(actor))))


@dataclass(frozen=True, slots=True)
class InState:
    """How many cases are in a state (one more than ``COUNTED``: more), and since when the one that waits longest is."""

    state: State
    count: int
    oldest: datetime | None

    @property
    def shown(self) -> str:
        """The number as it is written."""
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)


def pipeline(session: Session, actor: Actor) -> list[InState]:
    """Every state this actor may read, in the order of the way; one query, that stops counting at ``COUNTED``."""
    found = {state: (count, oldest) for state, count, oldest in session.execute(_pipeline(actor))}
    return [InState(state, *found[state]) for state in IN_PIPELINE]


@lru_cache(256)  # sixteen selects take longer to put together than to answer
def _pipeline(actor: Actor) -> CompoundSelect[Any]:
    return union_all(*(
        select(literal(state.value), func.count(), func.min(waiting.c.state_since))
        for state in IN_PIPELINE
        for waiting in [_first_of(actor, state)]
    ))  # fmt: skip


def _first_of(actor: Actor, state: State) -> Subquery:
    rows = select(Application.state_since).where(Application.state == state, readable_by(actor))
    return rows.order_by(Application.state_since, Application.id).limit(COUNTED + 1).subquery()


@dataclass(frozen=True, slots=True)
class WaitingProposal:
    """A proposal that waits for the other person."""

    application_id: int
    reference: str | None
    unit: str
    category: str
    matter: Matter
    outcome: State
    proposed_by: int
    proposer: str
    proposed_at: datetime


def proposals_waiting(session: Session) -> list[WaitingProposal]:
    """Every proposal that still wants an answer, the oldest first."""
    rows = session.execute(
        select(
            Application.id, Application.reference, Unit.name, Application.category, Proposal.matter, Proposal.outcome,
            Proposal.proposed_by, Person.name, Proposal.proposed_at, Application.state,
        )
        .join(Proposal.application)
        .join(Application.unit)
        .join(Proposal.proposer)
        .where(Proposal.settled_at.is_(None))
        .order_by(Proposal.proposed_at, Proposal.id)
    )  # fmt: skip
    answers = {matter: act for act, matter in ANSWERS.items()}
    return [
        WaitingProposal(*row)
        for *row, state in rows
        if is_open(answers[row[4]], Relation.APPROVER, state)  # a case that went elsewhere needs no answer
    ]


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate of a unit."""

    id: int
    serial: str
    category: str
    level: str
    valid_until: date
    status: Status
    printed: bool


def certificates_of(
    session: Session, today: date, *, unit_id: int | None = None, application_id: int | None = None
) -> list[CertificateLine]:
    """The certificates of a unit or of one application, the newest first."""
    rows = session.execute(
        select(Certificate, Application.state, Application.category)
        .join(Certificate.application)
        .where(Application.unit_id == unit_id if unit_id is not None else Application.id == application_id)
        .order_by(Certificate.year.desc(), Certificate.ordinal.desc())
    )
    return [
        CertificateLine(
            row.id, row.serial, category, str(row.fields["level_name"]["zh"]), row.valid_until,
            status(row.state, state, row.valid_until, today),
            row.sha256 is not None and row.state is not CertificateState.VOIDED,
        )
        for row, state, category in rows
    ]  # fmt: skip


# one case


@dataclass(frozen=True, slots=True)
class Case:
    """What stages wrote about one application; the page shows of it what its reader may read."""

    steps: Sequence[Step]
    opinions: Sequence[tuple[Opinion, str]]
    result: RoundResult | None
    notice: Notice | None
    objections: Sequence[Objection]
    proposals: Sequence[Proposal]


def case_of(session: Session, application: Application) -> Case:
    """Six queries, however long the story is."""
    of = application.id
    return Case(
        steps=session.scalars(select(Step).where(Step.application_id == of).order_by(Step.id.desc())).all(),
        opinions=session.execute(
            select(Opinion, Person.name).join(Opinion.person).where(Opinion.application_id == of).order_by(Opinion.id)
        ).all(),
        result=session.scalar(
            select(RoundResult).where(RoundResult.application_id == of).order_by(RoundResult.round.desc()).limit(1)
        ),
        notice=session.scalar(select(Notice).where(Notice.application_id == of).order_by(Notice.id.desc()).limit(1)),
        objections=session.scalars(
            select(Objection).where(Objection.application_id == of).order_by(Objection.id)
        ).all(),
        proposals=session.scalars(
            select(Proposal)
            .where(Proposal.application_id == of, waiting_or_told_later(application))
            .order_by(Proposal.id)
        ).all(),
    )  # fmt: skip


def waiting_or_told_later(application: Application) -> ColumnElement[bool]:
    """Proposals that nobody has answered, and the one agreed to that nobody outside knows of."""
    if application.state is not State.DECISION:
        return Proposal.settled_at.is_(None)
    agreed = and_(
        Proposal.matter == Matter.DECISION,
        Proposal.approved.is_(True),
        Proposal.settled_at >= application.state_since,
    )
    return or_(Proposal.settled_at.is_(None), agreed)


# the trail


# from the first of these acts on, a case has secrets from those who read the trail, until it leaves these states
BEGINS = tuple(act.slug for act in (Act.PASS, Act.ADVISE_AGAINST, Act.OPEN_RECHECK))
UNDER_WAY = (State.REVIEW, State.ON_SITE, State.DECISION, State.NOTICE, State.OBJECTION, State.RECHECK)


def checkpoint(session: Session) -> AuditEvent | None:
    """The newest event whose hash may be shown: nothing of an open round or an untold decision lies before it."""
    open_now = select(literal("application:") + cast(Application.id, String)).where(Application.state.in_(UNDER_WAY))
    return end_before(session, BEGINS, open_now)


def states_of(session: Session, ids: Collection[int]) -> dict[int, State]:
    """The present states of some applications: what may be told of their events depends on them."""
    if not ids:
        return {}
    return dict(session.execute(select(Application.id, Application.state).where(Application.id.in_(ids))).all())
