"""Fault drills of issuing (FL-03, FL-04): kill -9 at nine points of one award, and again and again in a batch.

Normal runs die once at each point on SQLite, and a few times in a small batch; ``pytest -m slow`` does the long form.
A child process does the act and kills itself at its point; then a new worker, and the person's press again where
the first one was not acknowledged, must leave one certificate, one serial, a file of the recorded hash, one mail.
"""

import os
import random
import signal
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cellcert import checks, clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.certificate import actions, issuing, signing  # noqa: F401 - imported once, not by each child
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.models import Certificate, SerialCounter
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.jobs import HANDLERS
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.worker import work_all
from cellcert.storage.folder import FolderStore
from cellcert.web import house
from tests.builders import application_in, city
from tests.certificate.batches import award_more, letter_out
from tests.conftest import Build
from tests.drills.test_kills import faults

Act = Callable[[], object]
LATER = 50  # days: the notice is over


def die(*_: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    """Die when this is called."""
    setattr(owner, name, die)


def after(owner: Any, name: str) -> None:
    """Die when this has been done."""
    done = getattr(owner, name)

    @wraps(done)
    def last(*args: Any, **kwargs: Any) -> None:
        done(*args, **kwargs)
        die()

    setattr(owner, name, last)


def half_written() -> None:
    """Die with half of the file written, on the disk."""

    def write(file: int) -> None:
        size = os.fstat(file).st_size
        os.ftruncate(file, size // 2)
        die()

    os.fsync = write  # type: ignore[assignment]


# the nine points of FL-03: in the award of a person, or in the work of the worker
POINTS: dict[str, tuple[str, Callable[[], None]]] = {
    "before the serial": ("award", lambda: before(actions, "take_ordinal")),
    "after the serial's row": ("award", lambda: after(actions, "_reserve")),
    "before the commit": ("award", lambda: before(Session, "commit")),
    "after the commit": ("award", lambda: after(Session, "commit")),
    "before printing": ("work", lambda: before(issuing, "print_certificate")),
    "a file half written": ("work", half_written),
    "before the file has its name": ("work", lambda: before(os, "replace")),
    "before it is issued": ("work", lambda: before(issuing, "issue")),
    "before the mail": ("work", lambda: after(issuing, "certificate_made")),
}


def in_a_child(app: Flask, act: Act, arm: Callable[[], None] = lambda: None, days: int = 0) -> int:
    """Do something, so many days from now, in a process of its own; returns its pid."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if pid := os.fork():
        return pid
    try:
        arm()
        with time_machine.travel(clock.now() + timedelta(days=days)), app.app_context():
            act()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def gone(pid: int) -> bool:
    """Wait for a child; whether it was killed."""
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def let_the_lease_run_out(app: Flask) -> None:
    """A minute passes."""
    with app.app_context():
        db.session.execute(update(Job).where(Job.state == JobState.DUE).values(leased_until=None))
        db.session.commit()


def why(app: Flask) -> list[str]:
    """What workers said of what they could not do."""
    with app.app_context():
        return list(db.session.scalars(select(Job.last_error).where(Job.last_error != "")))


def only_certificates(app: Flask) -> None:
    """The other work of the story is for other drills."""
    with app.app_context():
        db.session.execute(update(Job).where(Job.kind.in_(["notice"])).values(state=JobState.DONE))
        db.session.commit()


def count(column: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count(column)).where(*where)) or 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_an_award_ends_in_one_certificate(
    build_app: Build, sqlite_url: str, tmp_path: Path, point: str
) -> None:
    app = build_app(sqlite_url)
    die_at(app, point)
    assert serials(app) == 1
    assert faults(app, tmp_path, LATER) == {}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_ten_times_at_nine_points_ninety_awards_end_in_ninety_certificates(
    build_app: Build, both_databases: str, tmp_path: Path
) -> None:
    app = build_app(both_databases)
    for _ in range(10):
        for point in POINTS:
            die_at(app, point)
    assert serials(app) == 10 * len(POINTS)
    assert faults(app, tmp_path, LATER) == {}


def serials(app: Flask) -> int:
    with app.app_context():
        return sum(db.session.scalars(select(SerialCounter.last)))


def die_at(app: Flask, point: str) -> None:
    """One award that is killed at a point; a new worker, and the person's press where it was lost, end it well."""
    case, by = application_in(app, State.NOTICE), city(app)["approver2"]
    (where, arm) = POINTS[point]
    only_certificates(app)

    def award() -> None:
        application = db.session.get_one(Application, case)
        actions.award(db.session(), application, house().library.programme, by=by, at=clock.now())
        db.session.commit()

    def work() -> None:
        work_all(HANDLERS)

    if where == "work":
        assert not gone(in_a_child(app, award, days=LATER))
    assert gone(in_a_child(app, award if where == "award" else work, arm, days=LATER)), (point, why(app))
    let_the_lease_run_out(app)
    with app.app_context():
        kept = count(Certificate.id, Certificate.application_id == case)
    assert kept == (0 if where == "award" and point != "after the commit" else 1), point
    if not kept:
        assert not gone(in_a_child(app, award, days=LATER))  # whoever got no answer presses again
    assert not gone(in_a_child(app, work, days=LATER))
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).where(Certificate.application_id == case)).one()
        assert certificate.state is CertificateState.ISSUED, point
        assert house().store.get(certificate.sha256 or "").startswith(b"%PDF"), point
        mail = f"mail:application-{case}-issued-{certificate.id}"
        assert count(Job.id, Job.key == mail, Job.state == JobState.DONE) == 1, point
        events = AuditEvent.object == f"certificate:{certificate.id}"
        assert count(AuditEvent.seq, AuditEvent.kind == "issue", events) == 1, point


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("database", "units", "kills"),
    [
        ("sqlite", 4, 2),
        pytest.param("sqlite", 100, 50, marks=pytest.mark.slow),
        pytest.param("postgresql", 100, 50, marks=pytest.mark.slow),
    ],
    ids=["short", "sqlite", "postgresql"],
)
def test_a_batch_killed_again_and_again_goes_on_where_it_was_and_nobody_presses_twice(
    build_app: Build, request: pytest.FixtureRequest, tmp_path: Path, database: str, units: int, kills: int
) -> None:
    app = build_app(request.getfixturevalue(f"{database}_url"))
    application_in(app, State.AWARDED)
    only_certificates(app)
    award_more(app, units - 1)
    letter = letter_out(app, pressed=True)
    rng, made = random.Random(7), 0
    for number in range(1, kills + 1):
        worker = in_a_child(app, lambda: work_all(HANDLERS))
        _wait_until_made(app, min(made + 1, units * number // kills))
        time.sleep(rng.uniform(0, 0.05))
        os.kill(worker, signal.SIGKILL)
        gone(worker)
        let_the_lease_run_out(app)
        with app.app_context():
            made = count(Certificate.id, Certificate.state == CertificateState.ISSUED)

    assert not gone(in_a_child(app, lambda: work_all(HANDLERS)))

    with app.app_context():
        rows = list(db.session.scalars(select(Certificate)))
        assert [row.state for row in rows] == [CertificateState.ISSUED] * units
        assert len({row.serial for row in rows}) == len({row.sha256 for row in rows}) == units
        assert count(AuditEvent.seq, AuditEvent.kind == "issue") == units
        assert count(Job.id, Job.key.like("mail:application-%-issued-%")) == units
        assert count(Job.id, Job.state != JobState.DONE) == 0
        found = db.session.get_one(AwardLetter, letter)
        store = house().store
        assert store.get(found.print_sha256 or "").startswith(b"%PDF")
        assert store.get(found.zip_sha256 or "").startswith(b"PK")
        today = clock.day_of(clock.now(), house().library.programme.time_zone)
        whole = checks.City(db.session(), house().library, FolderStore(tmp_path / "blobs"), today)
        for check in (
            checks.one_live_certificate, checks.serials_are_complete, checks.certificates_are_stored,
            checks.chain_is_whole, checks.work_is_not_late,
        ):  # fmt: skip
            assert list(check(whole)) == []


def _wait_until_made(app: Flask, wanted: int) -> None:
    """Wait until so many certificates are issued."""
    for _ in range(3000):
        with app.app_context():
            made = count(Certificate.id, Certificate.state == CertificateState.ISSUED)
            db.session.rollback()
        if made >= wanted:
            return
        time.sleep(0.02)
    raise AssertionError(f"{wanted} certificates are not made")
