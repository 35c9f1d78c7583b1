"""Where a unit stands in its self-assessment: who saved last, where to go on, and what to look at again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import State
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import WITH_FILES, Place
from cellcert.assessment.steps import Step, names
from cellcert.audit.models import AuditEvent
from cellcert.criteria.text import Text
from cellcert.people.models import Person


@dataclass(frozen=True, slots=True)
class LastSaved:
    """The place somebody of the unit saved last."""

    place: Place
    step: Step
    name: Text
    at: datetime
    by: str | None  # None: the reader


def last_saved(session: Session, assessment: Assessment, me: Actor) -> LastSaved | None:
    """Where the unit stopped; what was carried over in one press is no place anybody stopped at."""
    steps = {place: step for step in assessment.steps for place in assessment.places(step)}
    saved = [
        (row.saved_at, row.saved_by, place)
        for place, row in assessment.rows.items()
        if place in steps and row.carried_from is None
    ]
    saved += [
        (file.uploaded_at, file.uploaded_by, place)
        for place in steps
        if place[0] in WITH_FILES
        for file in assessment.files.get(place[1], [])
        if file.carried_from is None
    ]
    if not saved:
        return None
    newest = max(at for at, _, _ in saved)
    order = list(steps)
    # one press saves a page: its last place is where the person was
    _, by, place = max((one for one in saved if one[0] == newest), key=lambda one: order.index(one[2]))
    name = None if by == me.person_id else session.scalar(select(Person.name).where(Person.id == by))
    return LastSaved(place, steps[place], names(assessment.checklist)[place], newest, name)


def go_on(assessment: Assessment, last: LastSaved | None) -> Step | None:
    """The page to open next: the first with something missing from where the unit stopped, or before it."""
    steps = list(assessment.steps)
    begin = steps.index(last.step) if last else 0
    ordered = [*steps[begin:], *steps[:begin]]
    return next((step for step in ordered if assessment.gaps_in(step) or assessment.to_mend(step)), None)


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A question to look at again since the draft went over to a new edition."""

    place: Place
    step: Step
    name: Text
    why: Text


def to_check(session: Session, assessment: Assessment) -> list[ToCheck]:
    """What a draft's unit should look at again, in the order of the pages; until it is saved anew."""
    if assessment.application.state is not State.DRAFT:
        return []
    mine = AuditEvent.object == f"application:{assessment.application.id}"
    adopted = session.scalar(
        select(AuditEvent).where(mine, AuditEvent.kind == "adopt-edition").order_by(AuditEvent.seq.desc()).limit(1)
    )
    if adopted is None:
        return []
    named = names(assessment.checklist)
    saved = {place for place, row in assessment.rows.items() if row.value is not None and row.saved_at > adopted.at}
    told = {(one["kind"], one["key"]): Text(one["zh"], one["en"]) for one in adopted.data.get("to_check", [])}
    return [
        ToCheck(place, step, named[place], told[place])
        for step in assessment.steps
        for place in assessment.places(step)
        if place in told and place not in saved
    ]
