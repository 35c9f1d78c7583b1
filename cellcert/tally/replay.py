"""The tally of a day told again from the history, one case after the other: the recount ``cellcert check`` compares."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from cellcert.application.lifecycle import State
from cellcert.tally.rules import HELD, Tally

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Told:
    """One case as the recount reads it: its moves in their order, its certificates from when until when."""

    unit: int
    category: str
    division: str
    moves: list[tuple[datetime, State]]
    papers: Sequence[tuple[datetime, datetime | None, date, date]] = ()  # reserved, ended, awarded on, valid until


@dataclass(slots=True)
class Recount:
    """What the history gives for one day."""

    units: set[int] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    cells: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def differs_from(self, shown: Tally) -> list[str]:
        """Every figure of ``shown`` that the history does not give."""
        cells = Counter({(cell.category, cell.division, cell.year): cell.count for cell in shown.cells})
        states = {state.key: state.count for state in shown.states}
        found = (
            [] if shown.reached == len(self.units) else [f"shows {shown.reached}, the history gives {len(self.units)}"]
        )
        found += _unequal("titles of", cells, self.cells)
        found += _unequal("cases in", states, self.states)
        for lines, place in ((shown.categories, 0), (shown.divisions, 1)):
            for line in lines:
                told = sum(count for key, count in self.cells.items() if key[place] == line.key)
                if told != line.awarded:
                    found.append(f"{line.key}: shows {line.awarded}, the history gives {told}")
        return found


def _unequal(what: str, shown: Mapping[K, int], told: Mapping[K, int]) -> list[str]:
    keys = sorted({*shown, *told}, key=str)
    return [
        f"{what} {key}: shows {shown.get(key, 0)}, the history gives {told.get(key, 0)}"
        for key in keys
        if shown.get(key, 0) != told.get(key, 0)
    ]


def recount(cases: Iterable[Told], on: date, until: datetime) -> Recount:
    """Replay what happened before ``until``, the end of the day ``on``."""
    found = Recount()
    for case in cases:
        state = None
        for at, after in case.moves:
            if at < until:
                state = after
        if state is None:
            continue
        found.states[state.value] += 1
        if state not in HELD:
            continue
        for reserved, ended, awarded_on, valid_until in case.papers:
            if reserved < until and (ended is None or ended >= until) and on <= valid_until:
                found.units.add(case.unit)
                found.cells[case.category, case.division, awarded_on.year] += 1
    return found
