"""Put work down, take it up, and close it."""

from datetime import datetime

from sqlalchemy import Update, or_, select, update
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.actions import record
from cellcert.errors import N_, NotReady
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.rules import AGAIN_AFTER, LEASE, MOST_ATTEMPTS, may_send_again, pause_after


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


def renewal(job_id: int, attempt: int, *, at: datetime) -> Update:
    """Lengthens the lease of whoever still holds it; a worker that lost it lengthens nobody else's."""
    held = (Job.id == job_id, Job.attempts == attempt, Job.state == JobState.DUE, Job.leased_until.is_not(None))
    return update(Job).where(*held).values(leased_until=at + LEASE)


def finish(job: Job, *, at: datetime) -> None:
    """Close a piece of work."""
    job.state, job.done_at, job.leased_until, job.last_error = JobState.DONE, at, None, ""


def put_back(job: Job, error: str, *, at: datetime) -> None:
    """Try again later, or give up after the last try and say so."""
    job.last_error, job.leased_until = error[:2000], None
    job.not_before = at + pause_after(job.attempts)
    if job.attempts >= MOST_ATTEMPTS:
        job.state = JobState.DEAD


def hurry(job: Job, *, at: datetime) -> None:
    """Try work that failed at once, with all its tries before it; what is being done is left alone."""
    if job.leased_until is not None and job.leased_until >= at:
        return
    job.state, job.not_before, job.attempts, job.leased_until = JobState.DUE, at, 0, None


def send_again(session: Session, job: Job, *, by: Actor, at: datetime) -> Job | None:
    """Put the same work down once more, as a row of its own; None when somebody did within the last minute."""
    held = session.scalar(select(Job).where(Job.id == job.id).with_for_update())  # one at a time
    if held is None or not may_send_again(held):
        raise NotReady(N_("这一件还在等待发送，或不能重发。"))
    first = str(held.data.get("again_of") or held.key)
    repeats = list(session.scalars(select(Job).where(Job.key.startswith(f"{first}-again-", autoescape=True))))
    if any(at - repeat.created_at < AGAIN_AFTER for repeat in repeats):
        return None
    number = len(repeats) + 1
    data = {name: value for name, value in held.data.items() if name != "refused"} | {
        "again_of": first,
        "again": number,
    }
    if "key" in data:  # a mail of its own: a Message-ID that was seen before may be dropped on the way
        data["key"] = f"{first.partition(':')[2]}-again-{number}"
    kind, _, key = first.partition(":")
    made = enqueue(session, kind, f"{key}-again-{number}", at=at, **data)
    record(session, "mail-again", f"outbox:{held.id}", by=by, at=at, key=first, number=number)
    return made
