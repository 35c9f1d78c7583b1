"""How the programme decides: how fresh a sign-in must be, when results are told, how many places there are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, cast

from cellcert.criteria.fields import Fields, repeated

Announce = Literal["at_once", "together"]


@dataclass(frozen=True, slots=True)
class Places:
    """How many units of a category a batch may recognise."""

    batch: str
    category: str
    count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """``step_up_minutes``: how fresh a sign-in must be to approve; ``announce``: each result when it is approved,
    or those of a meeting together; ``places``: none where a batch names none."""

    step_up_minutes: int
    announce: Announce = "at_once"
    places: tuple[Places, ...] = ()

    @property
    def is_told_later(self) -> bool:
        return self.announce == "together"

    def places_of(self, batch: str, category: str) -> int | None:
        """How many may be recognised; None where the programme sets no number."""
        return next((one.count for one in self.places if (one.batch, one.category) == (batch, category)), None)


def read_decision(row: Fields, batches: Collection[str], categories: Collection[str]) -> Decision:
    """``decision`` of a programme."""
    minutes = row.whole("step_up_minutes", required=True) or 0
    announce = cast("Announce", row.one_of("announce", ("at_once", "together"), "at_once"))
    places = []
    for line in row.rows("places"):
        batch = line.one_of("batch", sorted(batches), required=True)
        category = line.one_of("category", sorted(categories), required=True)
        places.append(Places(batch, category, line.whole("count", required=True) or 0))
        line.done()
    for twice in repeated([f"{one.batch} {one.category}" for one in places]):
        row.fault("places", f"places 里“{twice}”写了两次", f"“{twice}” is given twice in places")
    return Decision(minutes, announce, tuple(places))
