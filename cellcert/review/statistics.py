"""What closed rounds teach (评审统计): where experts differ, where units claim too much, who scores strictly."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median, stdev

FEW = 5  # with fewer cases a figure is shown and no conclusion drawn
WIDE = 30.0  # percent of an item's points: from here on experts, or units and experts, understand it differently


@dataclass(frozen=True, slots=True)
class Marked:
    """One expert's points for one item of one case, beside what the unit claimed and what was settled."""

    case: int
    expert: int
    item: str
    points: float
    possible: float
    claimed: float
    settled: float


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One item over all its cases; shares in percent of its points."""

    item: str
    cases: int
    spread: float  # mean distance of the highest from the lowest expert
    over_claimed: float  # mean of claimed less settled; below zero: units are too modest
    unclear: bool  # enough cases, and one of the two is wide


@dataclass(frozen=True, slots=True)
class ExpertFigures:
    """One expert over all cases shared with others; shares in percent of the points judged."""

    expert: int
    cases: int
    stricter: float  # mean of the others' median less this expert's points; above zero: stricter than they
    give_or_take: float | None  # half the width of the 95 % interval; None from one case
    tells: bool  # enough cases, and the interval leaves out zero


def items_of(marks: Iterable[Marked]) -> list[ItemFigures]:
    """The items, the least understood first."""
    by_item: dict[str, dict[int, list[Marked]]] = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        if mark.possible > 0:
            by_item[mark.item][mark.case].append(mark)
    found = [_item(item, list(cases.values())) for item, cases in by_item.items()]
    return sorted(found, key=lambda one: (not one.unclear, -max(one.spread, abs(one.over_claimed)), one.item))


def _item(item: str, cases: list[list[Marked]]) -> ItemFigures:
    spreads = [
        100 * (max(mark.points for mark in marks) - min(mark.points for mark in marks)) / marks[0].possible
        for marks in cases
        if len(marks) > 1
    ]
    over = fmean(100 * (marks[0].claimed - marks[0].settled) / marks[0].possible for marks in cases)
    spread = fmean(spreads) if spreads else 0.0
    return ItemFigures(item, len(cases), spread, over, len(cases) >= FEW and max(spread, abs(over)) >= WIDE)


def experts_of(marks: Iterable[Marked]) -> list[ExpertFigures]:
    """The experts, the strictest first.

    Each is compared on each case with the median of the others there, so that hard cases make nobody look strict.
    """
    totals: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    possible: dict[int, dict[str, float]] = defaultdict(dict)
    for mark in marks:
        totals[mark.case][mark.expert] += mark.points
        possible[mark.case][mark.item] = mark.possible
    differences: dict[int, list[float]] = defaultdict(list)
    for case, given in totals.items():
        whole = sum(possible[case].values())
        for expert, points in given.items():
            others = [other for one, other in given.items() if one != expert]
            if others and whole > 0:
                differences[expert].append(100 * (median(others) - points) / whole)
    found = [_expert(expert, apart) for expert, apart in differences.items()]
    return sorted(found, key=lambda one: (-one.stricter, one.expert))


def _expert(expert: int, apart: list[float]) -> ExpertFigures:
    mean = fmean(apart)
    if len(apart) == 1:
        return ExpertFigures(expert, 1, mean, None, tells=False)
    half = student(len(apart) - 1) * stdev(apart) / len(apart) ** 0.5
    return ExpertFigures(expert, len(apart), mean, half, tells=len(apart) >= FEW and abs(mean) > half)


def student(degrees: int) -> float:
    """Two-sided 95 % point of Student's t; between the listed degrees the wider, careful one."""
    return next(value for least, value in sorted(_T.items(), reverse=True) if degrees >= least)


# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2
_T: Mapping[int, float] = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228,
    12: 2.179, 15: 2.131, 20: 2.086, 30: 2.042, 60: 2.000, 120: 1.980,
}  # fmt: skip
