"""The figures supervision stands on: what is awarded against what was agreed, and first checks that are late."""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.library import Library
from cellcert.dispatch.supervision.rules import DEPARTMENT, DIVISION, Figure, Matter, expected
from cellcert.tally.queries import tally

IN_FIRST_CHECK = (State.SUBMITTED, State.PRELIMINARY)


def figures(session: Session, library: Library, on: date, past: datetime | None = None) -> list[Figure]:
    """Every figure the programme supervises, now or as of a past moment; four queries, whatever the size."""
    measured = {one.key for one in library.programme.supervision.measures}
    found: list[Figure] = []
    if measured & {"division_share", "category_share"}:
        found += [one for one in _shares(session, library, on, past) if one.matter.measure in measured]
    if "overdue_checks" in measured:
        found += _overdue(session, library, on)
    return found


def _shares(session: Session, library: Library, on: date, past: datetime | None) -> list[Figure]:
    programme = library.programme
    since, by = programme.supervision.since or on, programme.target.by
    counted = tally(session, programme, on, past)
    leads = {one.key: one.lead for one in programme.categories}
    agreed = [(Matter(DIVISION, one.key, "division_share"), one) for one in counted.divisions]
    agreed += [(Matter(DEPARTMENT, leads[one.key], "category_share", one.key), one) for one in counted.categories]
    return [
        Figure(matter, on, _values(line.awarded, line.share, expected(line.share, since, by, on)))
        for matter, line in agreed
        if line.share
    ]


def _values(reached: int, share: int, wanted: int) -> dict[str, int]:
    percent = reached * 100 // wanted if wanted else 100
    return {"reached": reached, "share": share, "expected": wanted, "percent": percent}


def _overdue(session: Session, library: Library, on: date) -> list[Figure]:
    programme, calendar = library.programme, library.calendar
    limit = programme.first_check.working_days
    rows = session.execute(
        select(Application.division, Application.submitted_at).where(
            Application.state.in_(IN_FIRST_CHECK), Application.submitted_at.is_not(None)
        )
    ).all()
    handed_in = Counter((division, clock.day_of(at, programme.time_zone)) for division, at in rows if at)
    due = {day: calendar.add_working_days(day, limit) for _, day in handed_in}
    late, longest = Counter[str](), Counter[str]()
    for (division, day), count in handed_in.items():
        if due[day] < on:
            late[division] += count
            longest[division] = max(longest[division], (on - due[day]).days)
    return [
        Figure(
            Matter(DIVISION, one.key, "overdue_checks"), on,
            {"overdue": late[one.key], "days": longest[one.key], "limit": limit},
        )
        for one in programme.divisions
    ]  # fmt: skip
