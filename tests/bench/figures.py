"""Times, and how they are printed."""

import os
import statistics
import time
from collections.abc import Callable, Sequence


def timed(act: Callable[[], object], rounds: int = 30) -> list[float]:
    """Milliseconds of each round."""
    return [once(act) for _ in range(rounds)]


def once(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def middle(times: Sequence[float]) -> float:
    return statistics.median(times)


def nearly_all(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def line(name: str, times: Sequence[float], note: str = "") -> None:
    say(f"{name:44s} p50 {middle(times):8.1f} ms   p95 {nearly_all(times):8.1f} ms   {note}")


def goal(name: str, found: float, most: float, unit: str = "") -> None:
    """A figure beside what it may be at most."""
    say(f"  {'met   ' if found <= most else 'MISSED'} {name}: {found:.1f}{unit}, at most {most:g}{unit}")


def machine() -> None:
    """What else the machine was doing."""
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    say(f"[{os.cpu_count()} cores, load {loads}]")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
