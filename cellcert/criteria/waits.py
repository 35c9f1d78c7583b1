"""How long something has waited, in working days."""

from dataclasses import dataclass
from datetime import date, timedelta

from cellcert.criteria.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Wait:
    """How many working days something has waited, by when it is due, and how many are left (below 0: overdue)."""

    days: int
    due: date
    late: bool
    left: int = 0


def wait(calendar: Calendar, start: date, working_days: int, today: date) -> Wait:
    """A wait that may last ``working_days``."""
    due = calendar.add_working_days(start, working_days)
    left = working_days_since(calendar, today, due) - working_days_since(calendar, due, today)
    return Wait(working_days_since(calendar, start, today), due, today > due, left)


def working_days_since(calendar: Calendar, start: date, today: date) -> int:
    """Working days after ``start`` up to and with ``today``."""
    days = max((today - start).days, 0)
    return sum(calendar.is_working(start + timedelta(days=n)) for n in range(1, days + 1))
