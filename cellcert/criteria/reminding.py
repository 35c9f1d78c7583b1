"""When people are reminded of what is due: the hours, and how many days before or after the day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from cellcert.criteria.fields import Fields
from cellcert.criteria.marked import Scalar

# days before the day; below 0 after it
USUAL_DAYS: Mapping[str, tuple[int, ...]] = {
    "batch_closing": (14, 3),
    "returned": (5, 1),
    "statement": (1,),
    "rectify": (7, 1),
    "declaration": (30, 7, -1),
    "first_check": (2, -1),
    "score": (3, -1),
    "objection": (3, -1),
    "expiry": (90, 30),
}
MOST_BEFORE, MOST_AFTER = 400, 60
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reminding:
    """Reminders leave on working days from ``starts`` until before ``ends``; ``days``: for each kind how many days
    before what is due, the farthest first, below 0 after it; a kind without any is not reminded of."""

    starts: time = time(8, 30)
    ends: time = time(18)
    days: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: dict(USUAL_DAYS))


USUAL_REMINDING = Reminding()


def read_reminders(row: Fields | None) -> Reminding:
    """``reminders`` of a programme; what it leaves out is as usual."""
    if row is None:
        return USUAL_REMINDING
    starts, ends = _hours(row)
    days = {kind: _days(row, kind) if kind in row else usual for kind, usual in USUAL_DAYS.items()}
    row.done()
    return Reminding(starts, ends, days)


def _hours(row: Fields) -> tuple[time, time]:
    usual = USUAL_REMINDING.starts, USUAL_REMINDING.ends
    if "hours" not in row:
        return usual
    said = [node.value if isinstance(node, Scalar) else "" for node in row.row("hours")]
    if len(said) == 2 and all(CLOCK.fullmatch(one) for one in said) and said[0] < said[1]:
        return time.fromisoformat(said[0]), time.fromisoformat(said[1])
    row.fault(
        "hours",
        'hours 应当是加引号的起止时间，例如 ["08:30", "18:00"]，先起后止',
        'hours must be two quoted times, the earlier first, such as ["08:30", "18:00"]',
    )
    return usual


def _days(row: Fields, kind: str) -> tuple[int, ...]:
    found = []
    for node in row.row(kind):
        day = row.as_number(node, kind, -MOST_AFTER, MOST_BEFORE)
        if day is None:
            continue
        if day != int(day) or int(day) in found:
            row.fault(kind, f"{kind} 应当是不重复的整天数", f"{kind} must be whole days, each once")
            continue
        found.append(int(day))
    return tuple(sorted(found, reverse=True))
