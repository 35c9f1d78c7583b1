"""Put work down, take it up, and close it."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cellcert.outbox.models import Job, JobState
from cellcert.outbox.rules import LEASE, MOST_ATTEMPTS, pause_after


def enqueue(session: Session, kind: str, key: str, /, *, at: datetime, **data: object) -> Job:
    """Put work down in this transaction; ``key`` makes a second row for the same work impossible."""
    job = Job(key=f"{kind}:{key}", kind=kind, data=data, created_at=at, not_before=at)
    session.add(job)
    return job


def take(session: Session, *, at: datetime) -> Job | None:
    """Lease the oldest piece of work that is due and that nobody holds."""
    free = or_(Job.leased_until.is_(None), Job.leased_until < at)
    due = select(Job).where(Job.state == JobState.DUE, Job.not_before <= at, free).order_by(Job.id).limit(1)
    job = session.scalar(due.with_for_update(skip_locked=True))
    if job is not None:
        job.attempts += 1
        job.leased_until = at + LEASE
    return job


def finish(job: Job, *, at: datetime) -> None:
    """Close a piece of work."""
    job.state, job.done_at, job.leased_until, job.last_error = JobState.DONE, at, None, ""


def put_back(job: Job, error: str, *, at: datetime) -> None:
    """Try again later, or give up after the last try and say so."""
    job.last_error, job.leased_until = error[:2000], None
    job.not_before = at + pause_after(job.attempts)
    if job.attempts >= MOST_ATTEMPTS:
        job.state = JobState.DEAD
