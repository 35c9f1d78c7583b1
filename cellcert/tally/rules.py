"""The way to the target, as figures: what is counted, for a page, a sheet of paper and a workbook alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cellcert.application.lifecycle import State
from cellcert.criteria.text import Text

UNDER_WAY = frozenset(
    {
        State.SUBMITTED, State.RETURNED, State.PRELIMINARY, State.REVIEW, State.ON_SITE, State.DECISION,
        State.NOTICE, State.OBJECTION,
    }
)  # fmt: skip
HELD = frozenset({State.AWARDED, State.RECHECK, State.RECTIFYING})  # the title counts, also while looked at again


@dataclass(frozen=True, slots=True)
class TallyLine:
    """One category or division: its share of the target, what is under way, what is awarded and in force."""

    key: str
    name: Text
    share: int
    running: int
    awarded: int

    @property
    def missing(self) -> int:
        """How many its share still lacks."""
        return max(self.share - self.awarded, 0)


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many applications are in one state."""

    key: str
    name: Text
    count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Titles in force of one category in one division, by the year they were given."""

    category: str
    division: str
    year: int
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long cases have been in one state, in whole days; the median of an even number is the longer wait."""

    state: str
    count: int
    median: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How many distinct units held a title at the end of a day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class AwardLine:
    """One awarded unit."""

    serial: str
    unit: str
    credit_code: str
    category: Text
    division: Text
    level: Text
    awarded_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Tally:
    """Where things stand on a day."""

    title: Text
    on: date
    target: int
    by: date
    reached: int
    categories: tuple[TallyLine, ...]
    divisions: tuple[TallyLine, ...]
    states: tuple[StateCount, ...]
    awards: tuple[AwardLine, ...] = ()
    cells: tuple[Cell, ...] = ()

    @property
    def titles(self) -> int:
        """Titles in force; more than ``reached`` where one unit holds two."""
        return sum(cell.count for cell in self.cells)

    @property
    def years(self) -> list[int]:
        """The years in which the titles in force were given."""
        return sorted({cell.year for cell in self.cells})

    def count(self, category: str = "", division: str = "", year: int = 0) -> int:
        """Titles of the lines named; an empty name means all."""
        return sum(
            cell.count
            for cell in self.cells
            if category in {"", cell.category} and division in {"", cell.division} and year in {0, cell.year}
        )

    @property
    def missing(self) -> int:
        """How many are still to be awarded."""
        return max(self.target - self.reached, 0)


def percent(part: int, whole: int) -> int:
    """``part`` of ``whole`` in whole per cent, rounded down: 99.6 % is not yet everything. Of nothing it is 0."""
    return part * 100 // whole if whole else 0


def summed(lines: tuple[TallyLine, ...]) -> TallyLine:
    """The 合计 line."""
    return TallyLine(
        "sum",
        Text("合计", "Total"),
        sum(line.share for line in lines),
        sum(line.running for line in lines),
        sum(line.awarded for line in lines),
    )


def month_ends(first: date, last: date, most: int = 60) -> list[date]:
    """The last days of the months from ``first`` on, and ``last`` itself; the newest ``most`` of them."""
    found, day = [], first.replace(day=1)
    while True:
        after = (day + timedelta(days=32)).replace(day=1)
        if after > last:
            break
        found.append(after - timedelta(days=1))
        day = after
    return [*(one for one in found if one < last), last][-most:]


def behind(lines: Sequence[TallyLine]) -> list[TallyLine]:
    """Who still lacks something, the farthest behind first."""
    lacking = [line for line in lines if line.missing]
    return sorted(lacking, key=lambda line: (percent(line.awarded, line.share), -line.missing))
