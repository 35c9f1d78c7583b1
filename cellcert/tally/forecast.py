"""What the pace so far leads to by the target date: a simulation that learns from the cases of the past.

Each case goes from state to state; how long it stays and where it goes next is drawn from what others did before.
Cases still waiting count for as long as they have waited (the weights of Kaplan and Meier): the quick ones do not
speak for all. Every run weighs the past anew (Rubin's Bayesian bootstrap): the band holds what is not known, too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp
from random import Random

from cellcert.application.lifecycle import State
from cellcert.tally.replay import Told
from cellcert.tally.rules import HELD, UNDER_WAY

LOW, MIDDLE, HIGH = 10, 50, 90  # per cent of the runs
SPELLS = 200  # of one state: more hardly change the band
CASES = 250  # drawn one by one in a run; where there are more, each stands for several
LOSSES, LOSS_DAYS = 0.5, 3650.0  # before anything is known: half a title lost in ten years of one
MOVES = 40  # of one case: returned and handed in again, at most
DAY = timedelta(days=1)
WEEK = 7


@dataclass(frozen=True, slots=True)
class FanPoint:
    """The count expected at the end of a day: one run in ten is below ``low``, one in ten above ``high``."""

    day: date
    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """``chance``: per cent of the runs that reach the target by its day; ``decided``: cases it learnt from."""

    fan: tuple[FanPoint, ...]
    chance: int
    decided: int

    @property
    def last(self) -> FanPoint:
        return self.fan[-1]


@dataclass(slots=True)
class Past:
    """What a simulation needs to know; each case stands for ``share`` cases of the city."""

    share: int = 1
    spells: dict[State, list[tuple[float, State | None]]] = field(default_factory=dict)  # days; None: still there
    running: list[tuple[State, float]] = field(default_factory=list)  # state and days in it
    weeks: list[int] = field(default_factory=list)  # handed in for the first time in each week a batch was open
    lost: int = 0  # titles that ended early
    held_days: float = 0.0
    decided: int = 0


def learn(cases: Iterable[Told], until: datetime, open_days: int, since: datetime, share: int = 1) -> Past:
    """Read the moves before ``until``; submissions since a moment, ``open_days`` of a batch ago, give the pace."""
    past = Past(share=share, weeks=[0] * (open_days // WEEK))
    week = (until - since) / len(past.weeks) if past.weeks else DAY
    titled: dict[int, bool] = {}
    running: list[tuple[int, State, float]] = []
    for case in cases:
        moves = [move for move in case.moves if move[0] < until]
        if not moves:
            continue
        sent, first = moves[0]
        if first is State.SUBMITTED and sent >= since and past.weeks:
            past.weeks[min(int((sent - since) / week), len(past.weeks) - 1)] += 1
        for (entered, state), (left, after) in pairwise(moves):
            _keep(past, state, (left - entered) / DAY, after)
        entered, state = moves[-1]
        age = (until - entered) / DAY
        past.decided += any(after in {State.AWARDED, State.REJECTED} for _, after in moves)
        if state in HELD:
            past.held_days += age
            titled[case.unit] = True
        if state in UNDER_WAY:
            past.spells.setdefault(state, []).append((age, None))
            running.append((case.unit, state, age))
    # a second title of a unit is no second cell
    past.running = [(state, age) for unit, state, age in running if unit not in titled]
    return past


def _keep(past: Past, state: State, days: float, after: State) -> None:
    if state in HELD:
        past.held_days += days
        past.lost += after in {State.SUSPENDED, State.REVOKED}
    past.lost -= (state, after) == (State.SUSPENDED, State.AWARDED)
    if state in UNDER_WAY:
        past.spells.setdefault(state, []).append((days, after))


@dataclass(slots=True)
class _Stay:
    """The stays in one state as one run weighs them: by length, with the weight up to each."""

    days: list[float]
    nexts: list[State]
    weights: list[float]

    def draw(self, rng: Random, age: float) -> tuple[float, State] | None:
        """How many days more, and where to then; nothing where nobody ever left the state."""
        if not self.days:
            return None
        begin = bisect_right(self.days, age)
        if begin == len(self.days):  # longer than anybody before: as if it had just begun
            begin, age = 0, 0.0
        below = self.weights[begin - 1] if begin else 0.0
        at = min(bisect_right(self.weights, below + rng.random() * (self.weights[-1] - below)), len(self.days) - 1)
        return self.days[at] - age, self.nexts[at]


def _weighed(spells: Sequence[tuple[float, State | None]], rng: Random) -> _Stay:
    """Kaplan–Meier over stays weighted at random: who still waits hands its weight on to those who waited longer."""
    if len(spells) > SPELLS:
        spells = rng.sample(spells, SPELLS)
    drawn = sorted(
        ((days, after is None, after, rng.expovariate(1.0)) for days, after in spells), key=lambda one: one[:2]
    )
    at_risk = sum(one[3] for one in drawn)
    stay, left, whole = _Stay([], [], []), 1.0, 0.0
    for days, _, after, weight in drawn:
        if after is not None:
            leaves = left * weight / at_risk if at_risk > 0 else left
            left, whole = left - leaves, whole + leaves
            stay.days.append(days)
            stay.nexts.append(after)
            stay.weights.append(whole)
        at_risk -= weight
    return stay


def forecast(
    past: Past, reached: int, target: int, on: date, days: Sequence[date], open_ahead: Sequence[date],
    ending: Sequence[tuple[date, int]] = (), *, runs: int = 200, seed: int = 1,
) -> Forecast:  # fmt: skip
    """The fan for ``days`` (the last one is the target's); ``ending``: titles whose validity ends before it."""
    rng = Random(seed)  # noqa: S311 - the same history gives the same forecast
    ahead = [(day - on) / DAY for day in days]
    horizon = ahead[-1]
    opens = [(day - on) / DAY for day in open_ahead if day > on]
    found = [_run(past, reached, ahead, horizon, opens, on, ending, rng) for _ in range(runs)]
    fan = []
    for place, day in enumerate(days):
        counts = sorted(run[place] for run in found)
        low, middle, high = (counts[min(runs * part // 100, runs - 1)] for part in (LOW, MIDDLE, HIGH))
        fan.append(FanPoint(day, round(low), round(middle), round(high)))
    chance = 100 * sum(run[-1] >= target for run in found) // runs
    return Forecast(tuple(fan), chance, past.decided * past.share)


def _run(
    past: Past, reached: int, ahead: Sequence[float], horizon: float, opens: Sequence[float], on: date,
    ending: Sequence[tuple[date, int]], rng: Random,
) -> list[float]:  # fmt: skip
    stays = {state: _weighed(spells, rng) for state, spells in past.spells.items()}
    awarded: list[tuple[float, float]] = []  # when, and for how many it stands
    lots, each = _thinned(past.running, rng)
    for state, age in lots:
        when = _walk(stays, state, age, horizon, rng)
        if when is not None:
            awarded.append((when, each * past.share))
    # new cases: weeks like those of the past, as many as a batch is open; busy and idle weeks make the band wider
    weeks = rng.choices(past.weeks, k=len(past.weeks)) if past.weeks else []
    coming = sum(rng.choices(weeks, k=round(len(opens) / WEEK))) if weeks and len(opens) >= WEEK else 0
    drawn = min(coming, CASES)
    for _ in range(drawn):
        begins = rng.choice(opens)
        when = _walk(stays, State.SUBMITTED, 0.0, horizon - begins, rng)
        if when is not None:
            awarded.append((begins + when, coming / drawn * past.share))
    fading = rng.gammavariate(max(past.lost, 0) + LOSSES, 1.0) / (past.held_days + LOSS_DAYS)
    counts = []
    for days in ahead:
        ended = sum(number for day, number in ending if (day - on) / DAY < days)
        kept = max(reached - ended, 0) * exp(-fading * days)
        counts.append(kept + sum(number * exp(-fading * (days - when)) for when, number in awarded if when <= days))
    return counts


def _thinned(running: list[tuple[State, float]], rng: Random) -> tuple[list[tuple[State, float]], float]:
    if len(running) <= CASES:
        return running, 1.0
    return rng.sample(running, CASES), len(running) / CASES


def _walk(stays: dict[State, _Stay], state: State, age: float, horizon: float, rng: Random) -> float | None:
    """After how many days the case gets its title; nothing if it does not, or later than the horizon."""
    passed = 0.0
    for _ in range(MOVES):
        stay = stays.get(state)
        drawn = stay.draw(rng, age) if stay else None
        if drawn is None:
            return None
        passed, state, age = passed + drawn[0], drawn[1], 0.0
        if passed > horizon:
            return None
        if state is State.AWARDED:
            return passed
        if state not in UNDER_WAY:
            return None
    return None
