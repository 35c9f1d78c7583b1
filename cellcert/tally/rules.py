"""The way to the target, as figures: what is counted, for a page, a sheet of paper and a workbook alike."""

from dataclasses import dataclass
from datetime import date

from cellcert.criteria.text import Text


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
    awards: tuple[AwardLine, ...]

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
