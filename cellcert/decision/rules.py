"""Which levels may be proposed, when a notice runs and is over."""

from datetime import date, timedelta

from cellcert.criteria.calendar import Calendar
from cellcert.criteria.schema import Checklist


def levels_open_to(checklist: Checklist, reached: str | None) -> list[str]:
    """The level reached and those below it, best first; empty when none was reached."""
    keys = [level.key for level in checklist.levels]
    return keys[keys.index(reached) :] if reached in keys else []


def notice_is_running(published_on: date, ends_on: date, today: date) -> bool:
    """From the day of publication to the end of the last working day."""
    return published_on <= today <= ends_on


def notice_is_over(ends_on: date, today: date) -> bool:
    """Only the day after the last working day is after the notice."""
    return today > ends_on


def working_days_left(calendar: Calendar, published_on: date, ends_on: date, today: date) -> int:
    """Working days of a notice that are still to run, today's with them; the day of publication never counts."""
    first = max(published_on + timedelta(days=1), today)
    return sum(calendar.is_working(first + timedelta(days=n)) for n in range((ends_on - first).days + 1))
