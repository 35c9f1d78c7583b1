"""Measuring work on a machine that does other things as well."""

import gc
import os
import time
from collections.abc import Callable


def busy() -> float:
    """How many processes want to run for each processor; at most 2, so that no limit ever gives way altogether."""
    return min(2.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


def quickest(act: Callable[[], object], enough: float) -> float:
    """The processor time of the quickest of three goes; one below ``enough`` seconds is the last.

    Circular garbage is not looked for meanwhile: the time that takes is that of all tests before.
    """
    best = float("inf")
    for _ in range(3):
        gc.disable()
        try:
            begun = time.process_time()
            act()
            best = min(best, time.process_time() - begun)
        finally:
            gc.enable()
        if best < enough:
            break
    return best
