"""A unit's applications, and what its last return asked for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import Act, State
from cellcert.application.models import JUDGING, Application, Assignment, Step

Place = tuple[str, str]  # kind and key of an answer
HANDED_IN = {Act.SUBMIT.name, Act.RESUBMIT.name}


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """One application in its unit's list."""

    id: int
    category: str
    batch: str
    reference: str | None
    state: State
    state_since: datetime
    edited_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Return:
    """Why an application was sent back, and what it opened."""

    at: datetime
    by: str
    reason: str
    reasons: dict[Place, str]  # every place that is open, with its own reason


def my_applications(session: Session, unit_id: int) -> list[ApplicationLine]:
    """The applications of a unit, the one touched last first."""
    rows = session.scalars(
        select(Application).where(Application.unit_id == unit_id).order_by(Application.edited_at.desc(), Application.id)
    )
    return [
        ApplicationLine(
            row.id, row.category, row.batch, row.reference, row.state, row.state_since, row.edited_at, row.due_at
        )
        for row in rows
    ]


def running(session: Session, unit_id: int, category: str) -> Application | None:
    """The unit's application or title of this category that keeps it from applying again."""
    return session.scalar(
        select(Application).where(
            Application.unit_id == unit_id,
            Application.category == category,
            Application.state.not_in([State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REVOKED]),
        )
    )


def has_applied(session: Session, unit_id: int) -> bool:
    """Whether the unit's name and code stand in a submitted application."""
    submitted = exists().where(Application.unit_id == unit_id, Application.submitted_at.is_not(None))
    return bool(session.scalar(select(submitted)))


def has_judged(session: Session, person_id: int, unit_id: int) -> bool:
    """Whether a person has checked, scored or decided something in a case of this unit that is not settled."""
    seated = exists().where(Assignment.application_id == Application.id, Assignment.person_id == person_id)
    acted = exists().where(Step.application_id == Application.id, Step.person_id == person_id, Step.role.in_(JUDGING))
    running = exists().where(
        Application.unit_id == unit_id,
        Application.state.not_in([State.AWARDED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REVOKED]),
        or_(seated, acted),
    )
    return bool(session.scalar(select(running)))


def last_return(application: Application) -> Return | None:
    """The latest return, whether or not it has been answered."""
    step = next((step for step in reversed(application.history) if step.act == Act.RETURN.name), None)
    if step is None:
        return None
    named = step.data.get("reasons", {})
    reasons = {(str(kind), str(key)): str(named.get(f"{kind}.{key}", "")) for kind, key in step.data.get("places", [])}
    return Return(step.at, step.actor, step.reason, reasons)
