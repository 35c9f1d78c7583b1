"""Experts' sheets: what an expert judges, and where sheets lie too far apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Figures of one item (or of the totals, key empty) further apart than the limit."""

    key: str
    lowest: Decimal
    highest: Decimal
    limit: Decimal


def sheet_answers(unit: Mapping[str, Any], judged: Mapping[str, Any]) -> dict[str, Any]:
    """An expert's answer sheet: facts, indicators and prerequisites of the unit, items as the expert saw them."""
    return {**unit, "items": dict(judged)}


def discrepancies(
    points: Mapping[str, Sequence[Decimal]],
    possible: Mapping[str, Decimal],
    totals: Sequence[Decimal],
    *,
    item_limit: Decimal,
    total_limit: Decimal,
) -> list[Discrepancy]:
    """Items further apart than ``item_limit`` percent of their points, and totals than ``total_limit`` points."""
    found = []
    for key, given in points.items():
        limit = possible[key] * item_limit / 100
        if given and max(given) - min(given) > limit:
            found.append(Discrepancy(key, min(given), max(given), limit))
    if totals and max(totals) - min(totals) > total_limit:
        found.append(Discrepancy("", min(totals), max(totals), total_limit))
    return found
