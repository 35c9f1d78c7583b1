"""The worker: takes rows that are due and does them; woken by a bell, never told what to do by it."""

import fcntl
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from cellcert import clock
from cellcert.database import db
from cellcert.outbox.actions import enqueue, finish, put_back, renewal, take
from cellcert.outbox.models import Job
from cellcert.outbox.rules import LONGEST, RENEW_AFTER

log = logging.getLogger("cellcert.worker")
Handler = Callable[[Mapping[str, object]], None]
PAUSE = 2.0


class Bell:
    """Wakes the worker of this process."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)
        self._event.clear()


def work_once(handlers: Mapping[str, Handler]) -> bool:
    """Do one piece of work; False when nothing is due. A crash leaves the lease to run out."""
    at = clock.now()
    job = take(db.session(), at=at)
    if job is None:
        db.session.rollback()
        return False
    job_id, attempt, kind, data = job.id, job.attempts, job.kind, dict(job.data)
    db.session.commit()
    try:
        with lease_kept(db.engine, job_id, attempt):
            handlers[kind](data)
        finish(db.session.get_one(Job, job_id), at=clock.now())
        db.session.commit()
    except Exception as error:  # a fault in one row must not stop the others; the row keeps the reason
        db.session.rollback()
        log.exception("job %s failed", job_id)
        put_back(db.session.get_one(Job, job_id), f"{type(error).__name__}: {error}", at=clock.now())
        db.session.commit()
    return True


@contextmanager
def lease_kept(engine: Engine, job_id: int, attempt: int) -> Iterator[None]:
    """Keep the lease while long work goes on: a killed process renews nothing, and work that hangs not for ever."""
    done = threading.Event()
    threading.Thread(target=_renew, args=(engine, job_id, attempt, done), name="lease", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _renew(engine: Engine, job_id: int, attempt: int, done: threading.Event) -> None:
    for _ in range(int(LONGEST / RENEW_AFTER)):
        if done.wait(RENEW_AFTER.total_seconds()):
            return
        try:
            with engine.begin() as connection:
                connection.execute(renewal(job_id, attempt, at=clock.now()))
        except SQLAlchemyError:  # the lease holds for two more turns
            log.warning("the lease of job %s was not renewed", job_id, exc_info=True)


def work_all(handlers: Mapping[str, Handler]) -> int:
    """Do everything that is due now; returns how many rows were taken."""
    count = 0
    while work_once(handlers):
        count += 1
    return count


def plan_day(daily: Iterable[str], day: date, *, at: datetime) -> None:
    """Put down the work of a day, once: a second worker finds the key taken."""
    for kind in daily:
        try:
            enqueue(db.session(), kind, day.isoformat(), at=at)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()


def run(app: Flask, handlers: Mapping[str, Handler], stop: threading.Event, daily: Iterable[str] = ()) -> None:
    """Work until told to stop; ``daily`` names what is put down anew each day."""
    bell: Bell = app.extensions["bell"]
    planned: date | None = None
    while not stop.is_set():
        try:
            with app.app_context():
                at = clock.now()
                if planned != at.date():
                    plan_day(daily, at.date(), at=at)
                    planned = at.date()
                work_all(handlers)
        except Exception:  # the database may be away for a moment; the rows wait
            log.exception("worker pauses")
        bell.wait(PAUSE)


def start_inside(
    app: Flask, handlers: Mapping[str, Handler], folder: Path, daily: Iterable[str] = ()
) -> threading.Event | None:
    """Start the worker as a thread of this process, in exactly one process per data folder."""
    lock = (folder / "worker.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    stop = threading.Event()
    app.extensions["worker_lock"] = lock  # kept open: closing it would free the lock
    threading.Thread(target=run, args=(app, handlers, stop, daily), name="worker", daemon=True).start()
    return stop
