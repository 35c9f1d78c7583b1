"""Visits as pages and desks show them; the number of queries never depends on the rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.people.models import Person, Post
from cellcert.review.site.models import Visit, VisitFinding, VisitMember
from cellcert.units.models import Unit


def visit_of(session: Session, application: Application, round: int | None = None) -> Visit | None:
    """The visit of the present round, or of an earlier one, with everything recorded there."""
    return session.scalar(
        select(Visit)
        .where(Visit.application_id == application.id, Visit.round == (application.round if round is None else round))
        .options(
            joinedload(Visit.lead),
            selectinload(Visit.members).joinedload(VisitMember.person),
            selectinload(Visit.findings).joinedload(VisitFinding.person),
            selectinload(Visit.photos),
            selectinload(Visit.signatures),
        )
    )


def goes_there(session: Session, application: Application, who: Actor) -> bool:
    """Whether somebody is of the team of this round's visit."""
    of_round = Visit.application_id == application.id, Visit.round == application.round
    team = select(VisitMember.id).join(Visit, Visit.id == VisitMember.visit_id).where(*of_round)
    return session.scalar(team.where(VisitMember.person_id == who.person_id).limit(1)) is not None


def last_visit(session: Session, application: Application) -> Visit | None:
    """The newest visit: of this round, or of the one before a second look."""
    newest = select(Visit.round).where(Visit.application_id == application.id).order_by(Visit.round.desc()).limit(1)
    number = session.scalar(newest)
    return None if number is None else visit_of(session, application, number)


def candidates(session: Session, application: Application, public_mail: Collection[str] = ()) -> list[Post]:
    """Who can go: the experts of the round who declared, the managing body, the lead department; nobody with a tie."""
    seated = {seat.person_id for seat in application.seats if seat.is_open and seat.declared_at is not None}
    posts = session.scalars(
        select(Post)
        .join(Post.person)
        .where(
            Post.ended_at.is_(None),
            Person.active,
            ((Post.role == Role.EXPERT) & Post.person_id.in_(seated))
            | ((Post.role == Role.DISTRICT) & (Post.division == application.division))
            | ((Post.role == Role.DEPARTMENT) & (Post.department == application.lead)),
        )
        .order_by(Post.role, Person.name, Post.id)
        .options(contains_eager(Post.person).selectinload(Person.posts))
    )
    free: dict[int, Post] = {}
    for post in posts:
        is_expert = post.role is Role.EXPERT
        if (post.person_id in seated) == is_expert and application.tie_to(post.actor(public_mail=public_mail)) is None:
            free.setdefault(post.person_id, post)
    return list(free.values())


@dataclass(frozen=True, slots=True)
class Appointment:
    """A visit that is coming, or whose record is open."""

    application_id: int
    reference: str
    unit: str
    category: str
    starts_at: datetime
    place: str
    standing: str
    other_at: datetime | None
    is_mine: bool
    is_closed: bool


def appointments(session: Session, me: Actor, ids: Collection[int] | None = None) -> list[Appointment]:
    """The visits under way among these cases, or on which this person goes, or of this person's unit; soonest first."""
    mine = select(VisitMember.visit_id).where(VisitMember.person_id == me.person_id)
    wanted = (
        select(Visit, Visit.id.in_(mine), Application.reference, Application.category, Unit.name)
        .join(Visit.application)
        .join(Application.unit)
        .where(Application.state == State.ON_SITE, Visit.round == Application.round)
        .order_by(Visit.starts_at, Visit.id)
    )
    if me.role is Role.APPLICANT:
        wanted = wanted.where(Application.unit_id == me.unit_id)
    elif ids is not None:
        wanted = wanted.where(Visit.application_id.in_(ids))
    return [
        Appointment(
            visit.application_id, reference or "", unit, category, visit.starts_at, visit.place, visit.standing,
            visit.other_at, is_mine, visit.is_closed,
        )
        for visit, is_mine, reference, category, unit in session.execute(wanted)
    ]  # fmt: skip
