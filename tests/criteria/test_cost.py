"""What reading and scoring cost: little, and in proportion to the length of the checklist."""

import gc
import statistics
import time
from collections.abc import Callable

from cellcert.criteria import expression
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.scorer import score
from tests.criteria import big
from tests.load import busy

GROWTH = 14  # at most, for ten times the items
SAFETY = 3  # of the limits, for a machine that does other things as well; `make bench` prints the exact figures


def seconds(act: Callable[[], object], rounds: int) -> float:
    """The processor time of the median of several rounds."""
    gc.collect()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times)


def costs(count: int, rounds: int) -> tuple[float, float]:
    """Reading and scoring a checklist of so many items."""
    source, given = big.checklist(count), big.answers(count)
    checklist = read_checklist(source, "factory.yaml")
    assert len(list(checklist.items())) == count
    assert score(checklist, given).missing == ()
    return seconds(lambda: read_anew(source), rounds), seconds(lambda: score(checklist, given), rounds)


def read_anew(source: str) -> None:
    for kept in (expression.tree, expression.names):  # a short checklist would find its expressions read already
        kept.cache_clear()
    read_checklist(source, "factory.yaml")


def test_a_long_checklist_is_read_and_scored_quickly() -> None:
    load, scored = costs(400, 7)

    assert load < 0.3 * SAFETY * busy()
    assert scored < 0.005 * SAFETY * busy()


def test_the_cost_grows_with_the_length_and_no_faster() -> None:
    growth = []
    for _ in range(3):
        small, large = costs(400, 5), costs(4000, 3)
        growth.append((large[0] / small[0], large[1] / small[1]))
        if max(growth[-1]) < GROWTH * busy():
            return
    raise AssertionError(growth)
