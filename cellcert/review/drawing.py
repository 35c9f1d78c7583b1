"""Experts drawn for cases (专家抽取): the loads as even as they can be, what is left to chance decided by a seed."""

import random
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Pairs = Counter[tuple[int, int]]
ROUNDS = 20  # of exchanging experts between cases so that the same two meet less often; each round is one pass


@dataclass(frozen=True, slots=True)
class Wanting:
    """A case that still wants experts: how many, who may sit on it, and who sits there already."""

    case: int
    wants: int
    eligible: frozenset[int]
    seated: frozenset[int] = frozenset()

    @property
    def free(self) -> frozenset[int]:
        return self.eligible - self.seated


@dataclass(frozen=True, slots=True)
class Choice:
    """One expert drawn for one case, and out of whom."""

    case: int
    expert: int
    eligible: int  # how many could have been drawn
    load: int  # the expert's cases with this drawing


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a drawing gives; the same cases, loads and seed give the same one."""

    seed: int
    choices: tuple[Choice, ...]
    short: Mapping[int, int]  # how many experts a case still lacks


def draw(cases: Sequence[Wanting], loads: Mapping[int, int], seed: int) -> Drawing:
    """Give every case its experts so that the sum of squared loads is least; then let the same two meet seldom.

    A case with fewer eligible experts than it wants takes them all and is named in ``short``.
    """
    chance = random.Random(seed)  # noqa: S311 - a drawing that can be repeated, not a secret
    order = sorted(cases, key=lambda one: one.case)
    chance.shuffle(order)
    lots = {expert: chance.random() for expert in sorted({expert for one in cases for expert in one.eligible})}
    load = Counter({expert: loads.get(expert, 0) for expert in lots})
    drawn: dict[int, list[int]] = {}
    # Cases with little choice first: what they need is not given away.
    for one in sorted(order, key=lambda one: len(one.free) - one.wants):
        free = sorted(one.free, key=lambda expert: (load[expert], lots[expert]))
        drawn[one.case] = free[: one.wants]
        load.update(drawn[one.case])
    by_case = {one.case: one for one in cases}
    while path := _relieving(by_case, drawn, load):
        for case, leaves, comes in path:
            drawn[case].remove(leaves)
            drawn[case].append(comes)
            load[leaves] -= 1
            load[comes] += 1
    _mix(by_case, drawn, chance)
    choices = tuple(
        Choice(one.case, expert, len(one.free), load[expert]) for one in cases for expert in sorted(drawn[one.case])
    )
    short = {one.case: lack for one in cases if (lack := one.wants - len(drawn[one.case])) > 0}
    return Drawing(seed, choices, short)


def to_keep(cases: Sequence[Wanting], loads: Mapping[int, int], drawing: Drawing) -> dict[str, object]:
    """All that a drawing was made from and what it gave, for the trail; ``loads`` names every expert of the pool."""
    return {
        "seed": drawing.seed,
        "loads": {str(expert): loads[expert] for expert in sorted(loads)},
        "cases": [
            {
                "case": one.case,
                "wants": one.wants,
                "seated": sorted(one.seated),
                "barred": sorted(set(loads) - one.eligible),
            }
            for one in cases
        ],
        "drawn": [[choice.case, choice.expert] for choice in drawing.choices],
    }


def drawn_again(kept: Mapping[str, Any]) -> Drawing:
    """The drawing repeated from what was kept of it."""
    loads = {int(expert): load for expert, load in kept["loads"].items()}
    cases = [
        Wanting(one["case"], one["wants"], frozenset(loads) - frozenset(one["barred"]), frozenset(one["seated"]))
        for one in kept["cases"]
    ]
    return draw(cases, loads, kept["seed"])


def is_repeated(kept: Mapping[str, Any]) -> bool:
    """Whether drawing again gives what was kept."""
    return bool([[choice.case, choice.expert] for choice in drawn_again(kept).choices] == kept["drawn"])


def _relieving(
    by_case: Mapping[int, Wanting], drawn: Mapping[int, list[int]], load: Mapping[int, int]
) -> list[tuple[int, int, int]]:
    """Handing cases on, from an expert with many to one with at least two fewer; empty when no such way is left.

    Each step names the case, who leaves it and who comes. Without such a way the loads are as even as they can be:
    it would be a cycle of negative cost in the flow that spreads the cases at convex cost.
    """
    held: dict[int, list[int]] = {}
    for case, experts in drawn.items():
        for expert in experts:
            held.setdefault(expert, []).append(case)
    for start in sorted(held, key=lambda expert: (-load[expert], expert)):
        came: dict[int, tuple[int, int]] = {}  # expert: who handed which case on
        waiting, seen = deque([start]), {start}
        while waiting:
            giver = waiting.popleft()
            for case in held.get(giver, ()):
                for taker in sorted(by_case[case].free):
                    if taker in seen or taker in drawn[case]:
                        continue
                    seen.add(taker)
                    came[taker] = (giver, case)
                    if load[taker] <= load[start] - 2:
                        return _way_back(taker, start, came)
                    waiting.append(taker)
    return []


def _way_back(last: int, start: int, came: Mapping[int, tuple[int, int]]) -> list[tuple[int, int, int]]:
    path = []
    taker = last
    while taker != start:
        giver, case = came[taker]
        path.append((case, giver, taker))
        taker = giver
    return path


def _mix(by_case: Mapping[int, Wanting], drawn: Mapping[int, list[int]], chance: random.Random) -> None:
    """Exchange experts between cases while that makes the same two meet less often; nobody's load changes."""
    met: Pairs = Counter()
    for case, experts in drawn.items():
        met.update(_pairs([*experts, *by_case[case].seated]))
    cases = sorted(drawn)
    for _ in range(ROUNDS):
        chance.shuffle(cases)
        again = [case for case in cases if any(met[pair] > 1 for pair in _pairs([*drawn[case], *by_case[case].seated]))]
        exchanged = [
            any(_exchange(by_case[case], by_case[other], drawn, met) for other in cases if other != case)
            for case in again
        ]
        if not any(exchanged):
            return


def _exchange(one: Wanting, other: Wanting, drawn: Mapping[int, list[int]], met: Pairs) -> bool:
    for mine in sorted(drawn[one.case]):
        for theirs in sorted(drawn[other.case]):
            if not (_may(theirs, one, drawn) and _may(mine, other, drawn)):
                continue
            here = _others(one, drawn, mine)
            there = _others(other, drawn, theirs)
            before = _pairs_of(mine, here) + _pairs_of(theirs, there)
            after = _pairs_of(theirs, here) + _pairs_of(mine, there)
            if _cost(met, before, after) < 0:
                met.subtract(before)
                met.update(after)
                drawn[one.case][drawn[one.case].index(mine)] = theirs
                drawn[other.case][drawn[other.case].index(theirs)] = mine
                return True
    return False


def _may(expert: int, one: Wanting, drawn: Mapping[int, list[int]]) -> bool:
    return expert in one.free and expert not in drawn[one.case]


def _others(one: Wanting, drawn: Mapping[int, list[int]], without: int) -> list[int]:
    return [expert for expert in (*drawn[one.case], *one.seated) if expert != without]


def _pairs(experts: Collection[int]) -> list[tuple[int, int]]:
    return list(combinations(sorted(experts), 2))


def _pairs_of(expert: int, others: Collection[int]) -> list[tuple[int, int]]:
    return [(min(expert, other), max(expert, other)) for other in others]


def _cost(met: Pairs, before: list[tuple[int, int]], after: list[tuple[int, int]]) -> int:
    """How much the sum of squares of the meetings changes."""
    change = Counter(after)
    change.subtract(before)
    return sum((met[pair] + more) ** 2 - met[pair] ** 2 for pair, more in change.items())
