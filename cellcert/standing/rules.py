"""Which years a holder declares and by when (年度声明), and what speaks for looking at a cell again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cellcert.criteria.programme import Declaration
from cellcert.errors import N_

OPEN, LATE, DONE, DONE_LATE = "open", "late", "done", "done_late"
STANDINGS: Mapping[str, tuple[str, str]] = {
    OPEN: (N_("待提交"), "waiting"),
    LATE: (N_("已逾期"), "bad"),
    DONE: (N_("已提交"), "good"),
    DONE_LATE: (N_("逾期提交"), "ended"),
}


@dataclass(frozen=True, slots=True)
class Duty:
    """The declaration of one calendar year: due in the next, ``declared_on`` when the head confirmed it."""

    year: int
    due: date
    declared_on: date | None
    today: date

    @property
    def standing(self) -> str:
        if self.declared_on is not None:
            return DONE if self.declared_on <= self.due else DONE_LATE
        return LATE if self.today > self.due else OPEN

    @property
    def is_open(self) -> bool:
        return self.declared_on is None

    @property
    def status(self) -> tuple[str, str]:
        """The words of its standing, and their tone."""
        return STANDINGS[self.standing]


def duties(awarded_on: date, declared: Mapping[int, date], rule: Declaration, today: date) -> list[Duty]:
    """Newest first: each year since the award that is over; of the year still running nothing is asked yet."""
    return [
        Duty(year, rule.due_in(year + 1), declared.get(year), today)
        for year in range(today.year - 1, awarded_on.year - 1, -1)
    ]


# the figures of a year, in tonnes


def used_share(figures: Mapping[str, Any]) -> Decimal | None:
    """Per cent of what arose that was used, over all kinds; none where nothing arose."""
    arose = sum((Decimal(row["generated"]) for row in figures.values()), Decimal(0))
    used = sum((Decimal(row["used"]) for row in figures.values()), Decimal(0))
    return used * 100 / arose if arose else None


def fell_by(figures: Mapping[str, Any], before: Mapping[str, Any]) -> Decimal:
    """Points of per cent that the share in use lost against the year before; 0 where it cannot be compared."""
    now, then = used_share(figures), used_share(before)
    return max(then - now, Decimal(0)) if now is not None and then is not None else Decimal(0)
