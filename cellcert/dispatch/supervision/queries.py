"""What the pages of supervision read: open matters, the history of a body, how far each matter has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.dispatch.supervision.models import (
    SupervisionCase,
    SupervisionLetter,
    SupervisionReport,
    SupervisionReview,
)
from cellcert.dispatch.supervision.rules import DEPARTMENT, DIVISION, READERS, Matter, Past
from cellcert.people.models import Post

PAGE = 50
WAITING, RUNNING, CLOSED = "waiting", "running", "closed"


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the cases, and how many pages there are."""

    cases: Sequence[SupervisionCase]
    pages: int


def _whole(rows: Select[Any]) -> Select[Any]:
    letters = selectinload(SupervisionCase.letters)
    return rows.options(letters.selectinload(SupervisionLetter.reports).selectinload(SupervisionReport.files))


def readable(actor: Actor) -> Select[Any]:
    """The cases somebody may read; a body learns of one when a letter about it went out."""
    rows = select(SupervisionCase)
    if actor.role in READERS:
        return rows
    sent = select(SupervisionLetter.id).where(
        SupervisionLetter.case_id == SupervisionCase.id, SupervisionLetter.approved
    )
    mine = and_(SupervisionCase.kind == DIVISION, SupervisionCase.subject == (actor.division or ""))
    if actor.role is Role.DEPARTMENT:
        mine = and_(SupervisionCase.kind == DEPARTMENT, SupervisionCase.subject == (actor.department or ""))
    return rows.where(mine, sent.exists())


def cases(session: Session, actor: Actor, *, shown: str, subject: str = "", page: int = 1) -> Page:
    """One page of the cases of a kind, the newest change first."""
    pending = select(SupervisionLetter.id).where(
        SupervisionLetter.case_id == SupervisionCase.id, SupervisionLetter.settled_at.is_(None)
    )
    rows = readable(actor)
    if shown == WAITING:
        rows = rows.where(pending.exists())
    elif shown == RUNNING:
        rows = rows.where(SupervisionCase.closed_at.is_(None), ~pending.exists())
    elif shown == CLOSED:
        rows = rows.where(SupervisionCase.closed_at.is_not(None))
    if subject:
        kind, _, key = subject.partition(":")
        rows = rows.where(SupervisionCase.kind == kind, SupervisionCase.subject == key)
    count = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    newest = rows.order_by(SupervisionCase.changed_at.desc(), SupervisionCase.id.desc())
    found = session.scalars(_whole(newest).limit(PAGE).offset((page - 1) * PAGE))
    return Page(found.all(), -(-count // PAGE))


def case_of(session: Session, actor: Actor, case_id: int, *, lock: bool = False) -> SupervisionCase | None:
    """One case with all that happened, if this reader may know of it."""
    rows = _whole(readable(actor).where(SupervisionCase.id == case_id)).options(joinedload(SupervisionCase.closer))
    if lock:
        rows = rows.with_for_update(of=SupervisionCase)
    return session.scalars(rows).one_or_none()


def open_matters(session: Session) -> dict[Matter, SupervisionCase]:
    """The open case of each matter."""
    rows = _whole(select(SupervisionCase).where(SupervisionCase.closed_at.is_(None)))
    return {case.matter: case for case in session.scalars(rows)}


def past_of(session: Session, zone: str) -> dict[Matter, Past]:
    """How far each matter has come: its open case, or when the last one was closed."""
    found: dict[Matter, Past] = {}
    whose = (SupervisionCase.kind, SupervisionCase.subject, SupervisionCase.measure, SupervisionCase.part)
    closed = select(*whose, func.max(SupervisionCase.closed_at)).where(SupervisionCase.closed_at.is_not(None))
    for kind, subject, measure, part, at in session.execute(closed.group_by(*whose)):
        if at is not None:
            found[Matter(kind, subject, measure, part)] = Past(closed_on=clock.day_of(at, zone))
    for matter, case in open_matters(session).items():
        last = case.last
        found[matter] = Past(
            pending=case.pending is not None,
            step=last.step if last else -1,
            due_on=last.due_on if last else None,
            answered=bool(last and last.reports),
        )
    return found


def last_review(session: Session) -> SupervisionReview | None:
    """The newest review."""
    return session.scalars(select(SupervisionReview).order_by(SupervisionReview.on.desc()).limit(1)).one_or_none()


def last_periodic(session: Session) -> date | None:
    """The day of the last review nobody asked for."""
    return session.scalar(select(func.max(SupervisionReview.on)).where(SupervisionReview.by.is_(None)))


def posts_of(session: Session, matter: Matter) -> list[Post]:
    """Who acts for the body a matter is about."""
    mine = and_(Post.role == Role.DISTRICT, Post.division == matter.subject)
    if matter.kind == DEPARTMENT:
        mine = and_(Post.role == Role.DEPARTMENT, Post.department == matter.subject)
    rows = select(Post).where(mine, Post.ended_at.is_(None)).options(joinedload(Post.person)).order_by(Post.id)
    return [post for post in session.scalars(rows) if post.person.active]


def house_posts(session: Session, *roles: Role) -> list[int]:
    """Who holds one of the house's roles."""
    rows = select(Post.id).where(Post.role.in_(roles), Post.ended_at.is_(None)).order_by(Post.id)
    return list(session.scalars(rows))
