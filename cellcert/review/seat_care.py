"""Seats after they were given: a later day with its reason, who is late, and the drawing's next-best person instead."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application, Assignment
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotFound, NotReady, Unusable
from cellcert.people.models import Person
from cellcert.review import actions
from cellcert.review.models import ScoreSheet
from cellcert.review.panel import DRAWN, CaseToSeat, Panel, case_to_seat
from cellcert.review.queries import SCORING, loads, pool
from cellcert.units.models import Unit


def extend(
    session: Session,
    application: Application,
    seat: Assignment,
    due_at: datetime,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    public_mail: Collection[str] = (),
) -> None:
    """Give a seated expert a later day (B13), with the reason for the trail."""
    if not reason:
        raise Unusable(N_("请写明延长的原因。"))
    post = next((post for post in seat.person.open_posts if post.role is Role.EXPERT), None)
    if post is None:
        raise NotReady(N_("{name} 目前不是在册专家，不能指派。"), name=seat.person.name)
    before = seat.due_at
    actions.assign(application, post, due_at, by=by, at=at, session=session, public_mail=public_mail)
    record(
        session, "extend-seat", f"application:{application.id}", by=by, at=at, expert=seat.person_id, until=due_at,
        instead_of=before, reason=reason,
    )  # fmt: skip


# late sheets


def unhanded(*where: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Seats of the present round whose sheet is still to come."""
    handed_in = (
        select(ScoreSheet.id)
        .where(
            ScoreSheet.application_id == Assignment.application_id,
            ScoreSheet.round == Assignment.round,
            ScoreSheet.person_id == Assignment.person_id,
            ScoreSheet.handed_in_at.is_not(None),
        )
        .exists()
    )
    return (
        Assignment.left_at.is_(None), Assignment.round == Application.round, Application.state.in_(SCORING),
        ~handed_in, *where,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LateSeat:
    """An expert whose sheet did not come in time."""

    application_id: int
    reference: str | None
    unit: str
    category: str
    seat_id: int
    name: str
    assigned_at: datetime
    due_at: datetime


def late_seats(session: Session, at: datetime) -> list[LateSeat]:
    """Everybody who is late, the longest first; one query."""
    rows = session.execute(
        select(
            Application.id, Application.reference, Unit.name, Application.category, Assignment.id, Person.name,
            Assignment.assigned_at, Assignment.due_at,
        )
        .select_from(Assignment)
        .join(Assignment.application)
        .join(Application.unit)
        .join(Assignment.person)
        .where(*unhanded(Assignment.due_at < at))
        .order_by(Assignment.due_at, Assignment.id)
    )  # fmt: skip
    return [LateSeat(*row) for row in rows]


# somebody else instead


def panel_of(session: Session, application: Application, programme: Programme, leaving: Assignment | None) -> Panel:
    """The drawing of one case: for the seat somebody leaves, or for those it lacks; four queries."""
    posts, counted = pool(session), loads(session)
    held = [seat for seat in application.seats if seat.is_open] if not actions.is_of_before(application) else []
    wants = 1 if leaving else max(programme.review.experts - len(held), 0)
    advised = actions.advised_on(session, [application.id]).get(application.id, set())
    found: CaseToSeat = case_to_seat(application, wants, posts, advised, programme.review.public_mail)
    if not held:
        found = replace(found, seated=frozenset())
    experts = {post.person_id: post.person for post in posts}
    return Panel((found,), (), experts, {post.person_id: counted[post.person_id] for post in posts})


def seat_next(
    session: Session,
    application: Application,
    leaving: Assignment | None,
    reason: str,
    seed: int,
    seen: str,
    due_at: datetime,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Free a seat and give it to whom the drawing showed (B13), or seat those who lack; how many were seated."""
    application.permit(Act.ASSIGN, by)
    if leaving is not None and (leaving not in application.seats or not leaving.is_open):
        raise NotFound
    found = panel_of(session, application, programme, leaving)
    drawing = found.draw(seed)
    if seen != found.fingerprint(drawing):
        raise NotReady(
            N_("您查看期间，申报、专家或在办案件数有变化，还没有指派。下面是按同一种子重新抽取的结果，请核对后再确认。")
        )
    if not drawing.choices:
        raise NotReady(N_("专家库中没有可以指派的专家。请联系系统管理员增加专家。"))
    if leaving is not None:
        actions.replace(session, application, leaving, reason, by=by, at=at)
    (case,) = found.cases
    for choice in drawing.choices:
        post = case.posts[choice.expert]
        actions.assign(
            application, post, due_at, by=by, at=at, session=session, public_mail=programme.review.public_mail
        )
    record(
        session,
        DRAWN,
        f"drawing:{seed}",
        by=by,
        at=at,
        due=clock.day_of(due_at, programme.time_zone),
        **found.kept(drawing),
    )
    return len(drawing.choices)
