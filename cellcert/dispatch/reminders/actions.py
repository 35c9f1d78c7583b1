"""Remind everybody of what is due: one mail a person and day, nothing twice."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.dispatch.reminders.models import Digest, Reminder
from cellcert.dispatch.reminders.queries import deadlines
from cellcert.dispatch.reminders.rules import Due, due_now, next_opening, subject_of, text_of
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue
from cellcert.outbox.models import Job

ONCE = "remind"


def plan(session: Session, programme: Programme, calendar: Calendar, *, at: datetime) -> None:
    """Put down the reminding of the next hours in which it may be done, once for each day."""
    opens = next_opening(at, programme.reminders, calendar, programme.time_zone)
    key = clock.day_of(opens, programme.time_zone).isoformat()
    if session.scalar(select(Job.id).where(Job.key == f"{ONCE}:{key}")) is None:
        enqueue(session, ONCE, key, at=at).not_before = opens


def remind(session: Session, programme: Programme, calendar: Calendar, address: str, *, at: datetime) -> int:
    """Remind everybody of what is due now and was not said before; how many digests were written.

    Outside the hours, where a worker was away, it is planned anew. Whoever has had a digest today waits until the next.
    """
    if next_opening(at, programme.reminders, calendar, programme.time_zone) != at:
        plan(session, programme, calendar, at=at)
        return 0
    today = clock.day_of(at, programme.time_zone)
    wanted = due_now(deadlines(session, programme, calendar, today), programme.reminders, today, calendar)
    if not wanted:
        return 0
    said = _said(session, wanted)
    had = set(session.scalars(select(Digest.person_id).where(Digest.day == today)))
    new = [due for due in wanted if due.key not in said and due.recipient.person_id not in had]
    written = 0
    for _, dues in groupby(new, key=lambda due: due.recipient.person_id):
        _write(session, list(dues), address, at, programme.time_zone)
        written += 1
    return written


def _said(session: Session, wanted: Sequence[Due]) -> set[tuple[object, ...]]:
    days = {due.deadline.due_on for due in wanted}
    rows = session.execute(
        select(Reminder.due_on, Reminder.kind, Reminder.about, Reminder.person_id, Reminder.step).where(
            Reminder.due_on.between(min(days), max(days))
        )
    )
    return {tuple(row) for row in rows}


def _write(session: Session, dues: Sequence[Due], address: str, at: datetime, zone: str) -> None:
    """One person's digest: a mail if there is an address, a message in each post it is about."""
    first = dues[0].recipient
    day = clock.day_of(at, zone)
    digest = Digest(person_id=first.person_id, day=day, at=at)
    digest.reminders = [
        Reminder(
            person_id=first.person_id, kind=due.deadline.kind, about=due.deadline.about, due_on=due.deadline.due_on,
            step=due.step, text=due.deadline.text,
        )
        for due in dues
    ]  # fmt: skip
    session.add(digest)
    for post_id, mine in _by_post(dues):
        cases = {due.deadline.application_id for due in mine}
        only = cases.pop() if len(cases) == 1 else None
        text = text_of(first.name, mine, address)
        tell(session, [post_id], subject_of(mine), text, at=at, application_id=only)
    to = next((due.recipient.address for due in dues if due.recipient.address), "")
    if to:
        # what an expert is reminded of is for the office alone
        judges = any(due.deadline.kind == "score" for due in dues)
        key = f"{'expert-' if judges else ''}digest-{first.person_id}-{day}"
        text = text_of(first.name, dues, address)
        digest.mail = enqueue(session, "mail", key, at=at, key=key, to=to, subject=subject_of(dues), text=text).key


def _by_post(dues: Iterable[Due]) -> list[tuple[int, list[Due]]]:
    found: dict[int, list[Due]] = {}
    for due in dues:
        found.setdefault(due.recipient.post_id, []).append(due)
    return list(found.items())
