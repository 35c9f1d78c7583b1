"""When to try again, and what may be sent again."""

from datetime import timedelta
from typing import Protocol

LEASE = timedelta(seconds=60)
RENEW_AFTER = LEASE / 3  # while the work goes on
LONGEST = timedelta(minutes=30)  # work that takes longer hangs: its lease runs out, and another worker may try
MOST_ATTEMPTS = 10
AGAIN_AFTER = timedelta(minutes=1)  # a second press is not a second mail
MAILS = frozenset({"mail", "invitation", "received", "answered"})


class Sent(Protocol):
    """What of a row decides whether it can be repeated."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...


def pause_after(attempts: int) -> timedelta:
    """The wait before the next try: 5 s, doubling, at most an hour."""
    return min(timedelta(seconds=5 * 2 ** max(attempts - 1, 0)), timedelta(hours=1))


def may_send_again(job: "Sent") -> bool:
    """Whether a row can be repeated: a mail that was sent or given up, and other work that was given up."""
    return job.state == "dead" or (job.state == "done" and job.kind in MAILS)
