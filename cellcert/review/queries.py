"""Findings, opinions and seats as pages and desks show them; the number of queries never depends on the rows."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.assessment.rules import Place
from cellcert.errors import Refusal
from cellcert.people.models import Person, Post
from cellcert.review.actions import advised_on, why_not
from cellcert.review.models import Finding, OnSiteReport, Opinion, Reopening, ScoreSheet
from cellcert.units.models import Unit

SCORING = (State.REVIEW, State.RECHECK)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """An application that waits for the first check; ``to_correct``: places to send back, ``done``: all looked at."""

    application_id: int
    reference: str
    unit: str
    category: str
    state: State
    submitted_at: datetime | None
    since: datetime
    revision: int
    to_correct: int
    done: int


def waiting_for_district(division: str) -> list[ColumnElement[bool]]:
    """What a managing body has to check."""
    return [Application.division == division, Application.state.in_([State.SUBMITTED, State.PRELIMINARY])]


def to_check(session: Session, division: str) -> list[CheckLine]:
    """What waits for the managing body, the oldest submission first."""
    found = select(func.count(Finding.id)).where(
        Finding.application_id == Application.id, Finding.revision == Application.revision
    )
    marked = found.where(Finding.verdict == "return")
    rows = session.execute(
        select(Application, marked.scalar_subquery(), found.scalar_subquery())
        .join(Application.unit)
        .where(*waiting_for_district(division))
        .order_by(Application.submitted_at, Application.id)
        .options(contains_eager(Application.unit))
    )
    return [
        CheckLine(
            application_id=row.id,
            reference=row.reference or "",
            unit=row.unit.name,
            category=row.category,
            state=row.state,
            submitted_at=row.submitted_at,
            since=row.state_since,
            revision=row.revision,
            to_correct=to_correct,
            done=done,
        )
        for row, to_correct, done in rows
    ]


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """An application the lead department has not given its opinion on."""

    application_id: int
    reference: str
    unit: str
    category: str
    division: str
    state: State
    since: datetime
    submitted_at: datetime | None


def waiting_for_department(department: str) -> list[ColumnElement[bool]]:
    """What a lead department may still give its opinion on."""
    spoken = (
        select(Opinion.id)
        .where(
            Opinion.application_id == Application.id,
            Opinion.revision == Application.revision,
            Opinion.side == "department",
        )
        .exists()
    )
    return [Application.lead == department, Application.state.in_([State.PRELIMINARY, State.REVIEW]), ~spoken]


def to_advise(session: Session, department: str) -> list[AdviceLine]:
    """What the lead department may still give its opinion on, the oldest first."""
    rows = session.scalars(
        select(Application)
        .where(*waiting_for_department(department))
        .order_by(Application.state_since, Application.id)
        .options(joinedload(Application.unit))
    )
    return [
        AdviceLine(
            row.id, row.reference or "", row.unit.name, row.category, row.division, row.state, row.state_since,
            row.submitted_at,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat of the present round: handed in or not, never what was scored."""

    id: int
    person_id: int
    name: str
    employer: str
    due_at: datetime
    declared_at: datetime | None
    sheet_id: int | None
    handed_in_at: datetime | None
    reopening_id: int | None
    left_at: datetime | None
    left_because: str

    @property
    def is_open(self) -> bool:
        return self.left_at is None

    def is_late(self, at: datetime) -> bool:
        """Whether the sheet is overdue."""
        return self.is_open and self.handed_in_at is None and at > self.due_at


def round_progress(session: Session, application: Application) -> list[SeatLine]:
    """Who sits on the case in this round, and who has handed in."""
    rows = session.execute(
        select(Assignment, ScoreSheet.id, ScoreSheet.handed_in_at, Reopening.id)
        .join(Assignment.person)
        .outerjoin(
            ScoreSheet,
            (ScoreSheet.application_id == Assignment.application_id)
            & (ScoreSheet.round == Assignment.round)
            & (ScoreSheet.person_id == Assignment.person_id),
        )
        .outerjoin(Reopening, (Reopening.score_sheet_id == ScoreSheet.id) & Reopening.waits)
        .where(Assignment.application_id == application.id, Assignment.round == application.round)
        .order_by(Assignment.id)
        .options(contains_eager(Assignment.person))
    )
    return [
        SeatLine(
            id=seat.id,
            person_id=seat.person_id,
            name=seat.person.name,
            employer=seat.person.employer,
            due_at=seat.due_at,
            declared_at=seat.declared_at,
            sheet_id=sheet_id,
            handed_in_at=handed_in_at,
            reopening_id=reopening_id,
            left_at=seat.left_at,
            left_because=seat.left_because,
        )
        for seat, sheet_id, handed_in_at, reopening_id in rows
    ]


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round that is open: how many sit, how many have handed in, by when the rest is due."""

    application_id: int
    reference: str
    unit: str
    category: str
    state: State
    since: datetime
    seated: int
    handed_in: int
    due_at: datetime | None


def open_rounds(session: Session) -> list[RoundLine]:
    """Every case the experts have, for the office; the earliest due first, those without experts before all."""
    applications = session.scalars(
        select(Application)
        .where(Application.state.in_(SCORING))
        .order_by(Application.state_since, Application.id)
        .options(joinedload(Application.unit), selectinload(Application.assignments))
    ).all()
    handed_in = {
        (application_id, round_, person_id)
        for application_id, round_, person_id in session.execute(
            select(ScoreSheet.application_id, ScoreSheet.round, ScoreSheet.person_id)
            .join(ScoreSheet.application)
            .where(ScoreSheet.handed_in_at.is_not(None), Application.state.in_(SCORING))
        )
    }
    lines = []
    for row in applications:
        seats = [seat for seat in row.seats if seat.is_open]
        waiting = [seat.due_at for seat in seats if (row.id, row.round, seat.person_id) not in handed_in]
        lines.append(
            RoundLine(
                row.id, row.reference or "", row.unit.name, row.category, row.state, row.state_since,
                len(seats), len(seats) - len(waiting), min(waiting, default=None),
            )
        )  # fmt: skip
    return sorted(lines, key=lambda line: (line.seated > 0, line.due_at or line.since))


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """An expert of the pool; ``hindrance`` says why this one cannot be chosen."""

    post_id: int
    person_id: int
    name: str
    employer: str
    division: str | None
    open_cases: int
    hindrance: Refusal | None


def pool(session: Session) -> list[Post]:
    """Every expert's post, by name."""
    posts = (
        select(Post)
        .join(Post.person)
        .where(Post.role == Role.EXPERT, Post.ended_at.is_(None), Person.active)
        .order_by(Person.name, Post.id)
        .options(contains_eager(Post.person).selectinload(Person.posts))
    )
    return list(session.scalars(posts))


def loads(session: Session) -> Counter[int]:
    """How many running cases each expert has."""
    return Counter(
        session.scalars(
            select(Assignment.person_id)
            .join(Assignment.application)
            .where(
                Assignment.left_at.is_(None),
                Assignment.round == Application.round,
                Application.state.in_(SCORING),
            )
        )
    )


def candidates(session: Session, application: Application, public_mail: Collection[str] = ()) -> list[CandidateLine]:
    """The pool of experts not yet seated here: who can be chosen first, those with the fewest cases before others."""
    posts, cases = pool(session), loads(session)
    advised = advised_on(session, [application.id]).get(application.id, set())
    seated = {seat.person_id for seat in application.seats if seat.is_open}
    lines = [
        CandidateLine(
            post_id=post.id,
            person_id=post.person_id,
            name=post.person.name,
            employer=post.person.employer,
            division=post.division,
            open_cases=cases[post.person_id],
            hindrance=why_not(application, post, public_mail, advised),
        )
        for post in posts
        if post.person_id not in seated
    ]
    return sorted(lines, key=lambda line: (line.hindrance is not None, line.open_cases))


@dataclass(frozen=True, slots=True)
class ReopeningLine:
    """A request to open a handed-in sheet again."""

    id: int
    application_id: int
    reference: str
    unit: str
    asked_at: datetime
    reason: str


def reopenings_to_approve(session: Session) -> list[ReopeningLine]:
    """Requests that wait for an approver, the oldest first."""
    rows = session.execute(
        select(Reopening, Application.id, Application.reference, Unit.name)
        .join(Reopening.sheet)
        .join(ScoreSheet.application)
        .join(Application.unit)
        .where(
            Reopening.waits,
            Application.state.in_(SCORING),
            ScoreSheet.round == Application.round,
        )
        .order_by(Reopening.asked_at, Reopening.id)
    )
    return [
        ReopeningLine(asked.id, id_, reference or "", unit, asked.asked_at, asked.reason)
        for asked, id_, reference, unit in rows
    ]


# of one application


_FINDINGS = select(Finding).where(
    Finding.application_id == bindparam("application"), Finding.revision == bindparam("revision")
)
_OF_VERDICT = _FINDINGS.where(Finding.verdict == bindparam("verdict"))


def findings_of(
    session: Session, application: Application, revision: int, verdict: str | None = None
) -> dict[Place, Finding]:
    """What the first check found on one revision, or what of it has one verdict."""
    asked = {"application": application.id, "revision": revision}
    rows = session.scalars(_OF_VERDICT, asked | {"verdict": verdict}) if verdict else session.scalars(_FINDINGS, asked)
    return {(row.kind, row.key): row for row in rows}


def opinions_of(session: Session, application: Application) -> list[Opinion]:
    """Every opinion given, in order."""
    rows = select(Opinion).where(Opinion.application_id == application.id)
    return list(session.scalars(rows.order_by(Opinion.id).options(joinedload(Opinion.person))))


def visited(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the applications that have a record of what was seen on site."""
    return set(session.scalars(select(OnSiteReport.application_id).where(OnSiteReport.application_id.in_(ids))))


def on_site_reports(session: Session, application: Application) -> list[OnSiteReport]:
    """What was seen on site, in order."""
    rows = select(OnSiteReport).where(OnSiteReport.application_id == application.id)
    return list(session.scalars(rows.order_by(OnSiteReport.id).options(joinedload(OnSiteReport.person))))
