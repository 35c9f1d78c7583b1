"""When to try again."""

from datetime import timedelta

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 10


def pause_after(attempts: int) -> timedelta:
    """The wait before the next try: 5 s, doubling, at most an hour."""
    return min(timedelta(seconds=5 * 2 ** max(attempts - 1, 0)), timedelta(hours=1))
