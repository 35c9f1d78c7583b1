"""How much a machine that does other things as well slows a measured piece of work down."""

import os


def busy() -> float:
    """How many processes want to run for each processor; at most 2, so that no limit ever gives way altogether."""
    return min(2.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
