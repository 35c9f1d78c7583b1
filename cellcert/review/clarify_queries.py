"""What was said about the places of a case, as one reader may know it; two queries, however much it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Relation
from cellcert.application.models import Application
from cellcert.assessment.rules import Place
from cellcert.criteria.schema import Checklist
from cellcert.review.clarify_models import Clarification, ClarificationFile
from cellcert.review.clarify_rules import Level, may_know_who, may_read, waits_for_unit


@dataclass(frozen=True, slots=True)
class Line:
    """One message: who said it, as far as the reader may know, and to whom."""

    who: str
    role: str
    level: Level
    text: str
    at: datetime
    is_mine: bool
    is_unit: bool
    files: Sequence[ClarificationFile]


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about one place; ``due``: by when the unit is asked to answer, while it has not."""

    item: str
    lines: Sequence[Line]
    due: date | None


_SAID = (
    select(Clarification)
    .where(Clarification.application_id == bindparam("application"))
    .order_by(Clarification.id)
    .options(joinedload(Clarification.person), selectinload(Clarification.files))
)


def all_said(session: Session, application: Application, item: str | None = None) -> list[Clarification]:
    """Every message of a case, or about one place, the oldest first."""
    wanted = _SAID if item is None else _SAID.where(Clarification.item == item)
    return list(session.scalars(wanted, {"application": application.id}))


def threads_of(session: Session, application: Application, me: Actor, *, hides_unit: bool = False) -> dict[str, Thread]:
    """What this reader may read, by place; a place of which nothing may be read is not there."""
    relation = application.relation_to(me)
    found: dict[str, list[Clarification]] = {}
    for message in all_said(session, application):
        if may_read(message, relation, me.person_id):
            found.setdefault(message.item, []).append(message)
    return {
        item: Thread(
            item, [_line(one, application, relation, me, hides_unit=hides_unit) for one in said], waits_for_unit(said)
        )
        for item, said in found.items()
    }


def _line(message: Clarification, application: Application, relation: Relation, me: Actor, *, hides_unit: bool) -> Line:
    is_unit = message.role is Role.APPLICANT
    is_mine = message.by == me.person_id
    named = is_mine or (may_know_who(message.role, relation, application.state) and not (is_unit and hides_unit))
    who = message.person.name if named else ""
    return Line(
        who, message.role.label, Level(message.level), message.text, message.at, is_mine, is_unit, message.files
    )


def place_of(checklist: Checklist, key: str) -> Place | None:
    """The place of a checklist that can be asked about: an item, a prerequisite or an indicator."""
    if any(one.key == key for one in checklist.items()):
        return "item", key
    if any(one.key == key for one in checklist.prerequisites):
        return "prerequisite", key
    return ("indicator", key) if any(one.key == key for one in checklist.indicators) else None


def said_in_order(threads: Mapping[str, Thread], checklist: Checklist) -> list[Thread]:
    """The threads in the order of the form."""
    asked: list[str] = [one.key for one in checklist.prerequisites] + [one.key for one in checklist.indicators]
    keys = asked + [one.key for one in checklist.items()]
    return [threads[key] for key in keys if key in threads]
