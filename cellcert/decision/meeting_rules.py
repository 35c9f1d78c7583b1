"""The order of the cases before a meeting, and where the line of the programme's places falls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cellcert.errors import N_


class Side(StrEnum):
    """On which side of the line of places a case stands; ``FREE`` where the programme sets no number."""

    FREE = "free"
    IN = "in"
    ON_LINE = "on-line"
    RESERVE = "reserve"
    NOT_REACHED = "not-reached"

    @property
    def label(self) -> str:
        return SIDES[self][0]

    @property
    def tone(self) -> str:
        return SIDES[self][1]


SIDES = {
    Side.FREE: ("", "ended"),
    Side.IN: (N_("名额内"), "good"),
    Side.ON_LINE: (N_("并列在名额线上，须由会议定"), "waiting"),
    Side.RESERVE: (N_("候补"), "waiting"),
    Side.NOT_REACHED: (N_("未达到等次"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """What decides a case's place: its points, and whether they reach any level."""

    id: int
    total: Decimal | None
    reaches: bool


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one case stands among those of its category and batch."""

    rank: int | None  # those of equal points share one; none without a review
    tied_with: tuple[int, ...]
    side: Side
    reserve: int | None = None  # its number on the reserve list


def in_order(cases: Iterable[Scored]) -> list[Scored]:
    """The highest points first; who has no result comes last."""
    return sorted(cases, key=lambda one: (one.total is None, -(one.total or Decimal(0)), one.id))


def stands(cases: Iterable[Scored], places: int | None) -> Mapping[int, Stand]:
    """Where each case of one category and batch stands; ``places`` are those still free, None without a number.

    Equal points are never split by chance: if the line falls among them, all of them stand on it.
    """
    ordered = in_order(cases)
    eligible = [one for one in ordered if one.reaches]
    sides = _sides(eligible, places)
    first_of: dict[Decimal, int] = {}
    alike: dict[Decimal, list[int]] = {}
    for number, one in enumerate(ordered, start=1):
        if one.total is not None:
            first_of.setdefault(one.total, number)
            alike.setdefault(one.total, []).append(one.id)
    reserves = [one.id for one in eligible if sides[one.id] is Side.RESERVE]
    return {
        one.id: Stand(
            rank=first_of[one.total] if one.total is not None else None,
            tied_with=tuple(other for other in alike.get(one.total, []) if other != one.id) if one.total else (),
            side=sides.get(one.id, Side.NOT_REACHED),
            reserve=reserves.index(one.id) + 1 if one.id in reserves else None,
        )
        for one in ordered
    }


def _sides(eligible: Sequence[Scored], places: int | None) -> dict[int, Side]:
    if places is None:
        return {one.id: Side.FREE for one in eligible}
    left = max(places, 0)
    if left >= len(eligible):
        return {one.id: Side.IN for one in eligible}
    below = eligible[left].total  # the best of those outside
    is_split = left > 0 and eligible[left - 1].total == below
    return {
        one.id: Side.ON_LINE if is_split and one.total == below else Side.IN if number < left else Side.RESERVE
        for number, one in enumerate(eligible)
    }
