"""Which cells are looked at again (复核抽取): those that much speaks for, and a sample decided by a seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from cellcert.errors import N_


class Sign(StrEnum):
    """What speaks for a re-check."""

    BREACH = "breach"
    LATE = "late"
    REPORT = "report"
    CHANGED = "changed"
    FALLING = "falling"
    NO_FIGURES = "no_figures"

    @property
    def label(self) -> str:
        return SIGNS[self]


SIGNS = {
    Sign.BREACH: N_("声明有条件不再符合"),
    Sign.LATE: N_("年度声明逾期"),
    Sign.REPORT: N_("有待答复或属实的反映"),
    Sign.CHANGED: N_("声明情况有变化"),
    Sign.FALLING: N_("综合利用比例下降"),
    Sign.NO_FIGURES: N_("声明没有台账数据"),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A title that may be chosen; ``rests``: looked at so recently that the sample leaves it out."""

    application: int
    signs: tuple[str, ...] = ()
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One title that is looked at again: by its points, or by the sample."""

    application: int
    points: int
    signs: tuple[str, ...]
    by_risk: bool


def choose(
    holders: Sequence[Holder], points: Mapping[str, int], from_points: int, sample: Decimal, seed: int
) -> list[Choice]:
    """Everyone with ``from_points`` or more, and ``sample`` per cent of all, rounded up, out of the others; the same
    holders and seed give the same choice."""
    ordered = sorted(holders, key=lambda one: one.application)
    weighed = {one.application: sum(points.get(sign, 0) for sign in one.signs) for one in ordered}
    risky = {number for number, sum_of in weighed.items() if sum_of >= from_points}
    pool = [one.application for one in ordered if one.application not in risky and not one.rests]
    wanted = int((len(ordered) * sample / 100).to_integral_value(ROUND_CEILING))
    chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, not a secret
    drawn = set(chance.sample(pool, min(wanted, len(pool))))
    return [
        Choice(one.application, weighed[one.application], one.signs, one.application in risky)
        for one in ordered
        if one.application in risky | drawn
    ]


def to_keep(holders: Sequence[Holder], points: Mapping[str, int], from_points: int, sample: Decimal) -> dict[str, Any]:
    """All that a choice is made from, for the row and the trail."""
    return {
        "holders": [[one.application, list(one.signs), one.rests] for one in holders],
        "points": dict(points), "from_points": from_points, "sample": str(sample),
    }  # fmt: skip


def chosen_again(kept: Mapping[str, Any], seed: int) -> list[Choice]:
    """The choice repeated from what was kept of it."""
    holders = [Holder(number, tuple(signs), rests) for number, signs, rests in kept["holders"]]
    return choose(holders, kept["points"], kept["from_points"], Decimal(kept["sample"]), seed)
