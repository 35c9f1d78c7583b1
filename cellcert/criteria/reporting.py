"""How the plan's numeric targets are reported and judged: the programme's ``targets``."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from cellcert.criteria.fields import Fields

Every = Literal["year", "half_year", "quarter"]
EVERY: tuple[Every, ...] = ("year", "half_year", "quarter")


@dataclass(frozen=True, slots=True)
class Reporting:
    """``since``: the first year values are asked for; ``due_days``: calendar days after a period ends.

    ``about``: how far, in per cent of a goal, a value may lie from a goal of “about”; ``risk`` and ``behind``: how far,
    in per cent of the whole way from the first value to the goal, a value may lie behind the straight line before it
    is at risk, and before it is behind. ``evidence``: whether a value without a file can be confirmed.
    """

    every: Every = "half_year"
    since: int = 2025
    due_days: int = 20
    about: Decimal = Decimal(5)
    risk: Decimal = Decimal(5)
    behind: Decimal = Decimal(20)
    evidence: bool = True

    def due_on(self, ends_on: date) -> date:
        """The last day to report a period that ends on ``ends_on``."""
        return date.fromordinal(ends_on.toordinal() + self.due_days)


USUAL_REPORTING = Reporting()


def read_reporting(row: Fields | None) -> Reporting:
    """The programme's ``targets``; what is left out is as usual."""
    usual = USUAL_REPORTING
    if row is None:
        return usual
    whole = {key: row.whole(key, least=least) for key, least in (("since", 2000), ("due_days", 1))}
    share = {key: row.percent(key) for key in ("about", "risk", "behind")}
    read = Reporting(
        every=cast("Every", row.one_of("every", EVERY, usual.every)),
        since=usual.since if whole["since"] is None else whole["since"],
        due_days=usual.due_days if whole["due_days"] is None else whole["due_days"],
        about=usual.about if share["about"] is None else share["about"],
        risk=usual.risk if share["risk"] is None else share["risk"],
        behind=usual.behind if share["behind"] is None else share["behind"],
        evidence=row.truth("evidence", usual.evidence),
    )
    if read.behind <= read.risk:
        row.fault("behind", "behind 应当大于 risk", "behind must be more than risk")
    row.done()
    return read
