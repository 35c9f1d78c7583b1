"""Minutes of a second round: what was apart, what became of it and why; no names."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cellcert.review.models import RoundResult, ScoreSheet, SecondRound


@dataclass(frozen=True, slots=True)
class Settled:
    """One item of the second round, for the minutes: points before and after, how many changed and why; no names."""

    key: str
    before: list[Decimal]
    after: list[Decimal]
    changed: int
    reasons: list[str]
    is_apart: bool


def minutes_of(second: SecondRound | None, found: RoundResult, sheets: Iterable[ScoreSheet]) -> list[Settled]:
    """What the second round was about and came to; ``sheets`` are those that were combined."""
    apart, sheets = {gap["key"] for gap in found.discrepancies}, list(sheets)
    lines = []
    for item in second.items if second else []:
        key = item["key"]
        moved = [one for one in sheets if one.blind and one.blind["points"].get(key) != one.points.get(key)]
        lines.append(
            Settled(
                key=key,
                before=sorted(Decimal(point) for point in item["points"]),
                after=sorted(Decimal(one.points[key]) for one in sheets if key in one.points),
                changed=len(moved),
                reasons=sorted(text for one in moved if (text := one.comments.get(key))),
                is_apart=key in apart,
            )
        )
    return lines
