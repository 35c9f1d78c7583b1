"""Fault drills: kill -9 while units submit and while certificates are made, and two approvers at the same moment.

Normal runs do a short form; ``pytest -m slow`` does the long one.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.assessment.models import Revision
from cellcert.audit.models import AuditEvent, IdempotencyKey
from cellcert.certificate.models import Certificate, SerialCounter
from cellcert.certificate.states import CertificateState
from cellcert.checks import City, check_all
from cellcert.database import begin_as_reader, db
from cellcert.demo.city import PASSWORD
from cellcert.demo.story import Story
from cellcert.outbox.models import Job, JobState
from cellcert.storage.folder import FolderStore
from cellcert.web import house
from tests.builders import hidden, sign_in, the_city
from tests.conftest import Build

CLIENTS = 8


def story(number: int, days_ago: int) -> Story:
    """The story of unit ``number``, begun so many days ago."""
    city = the_city()
    divisions, categories = city.programme.divisions, city.programme.categories
    category = categories[number % len(categories)].key
    begins = city.now - timedelta(days=days_ago)
    return city.story(number, category, divisions[number % len(divisions)].key, begins, 0.0)


def play(app: Flask, number: int, goal: State, days_ago: int) -> int:
    with app.app_context():
        told = story(number, days_ago)
        for _ in told.tell(goal):
            db.session.commit()
        return told.application.id


def faults(app: Flask, folder: Path, days: int = 0) -> Mapping[str, list[str]]:
    """What ``cellcert check`` finds, so many days from now."""
    with app.app_context():
        begin_as_reader(True)
        today = clock.day_of(clock.now() + timedelta(days=days), house().library.programme.time_zone)
        found = check_all(City(db.session(), house().library, FolderStore(folder / "blobs"), today))
        db.session.rollback()
    begin_as_reader(False)
    return {name: said for name, said in found.items() if said}


# a real server, killed and started again


class Server:
    """``cellcert serve`` as a process group of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.environment = {
            **os.environ, "CELLCERT_DATA_FOLDER": str(folder), "CELLCERT_DATABASE_URL": database,
            "CELLCERT_SECRET_KEY": "k" * 40,
        }  # fmt: skip
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "cellcert", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def serving(folder: Path, database: str) -> Iterator[Server]:
    server = Server(folder, database)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Answered(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Browser:
    """One clerk at one machine: keeps cookies, repeats what was not answered."""

    def __init__(self, server: Server) -> None:
        self.base = f"http://127.0.0.1:{server.port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), Answered)

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Status, address to go to, page; repeated with the very same form until there is an answer."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        for _ in range(1800):
            try:
                status, to, page = self._once(self.base + path, data)
                if status < 500:
                    return status, to, page
            except (OSError, HTTPException):
                pass  # nobody there, or gone in the middle of the answer
            time.sleep(0.05)
        raise AssertionError(f"no answer from {path}")

    def _once(self, address: str, data: bytes | None) -> tuple[int, str, str]:
        try:
            answer = self.opener.open(address, data, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("units", "kills"), [(16, 2), pytest.param(50, 12, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_no_acknowledged_submission_is_lost_when_the_server_is_killed(
    build_app: Build, both_databases: str, tmp_path: Path, units: int, kills: int
) -> None:
    app = build_app(both_databases)
    cases = dict(_ready_to_submit(app, units))
    acknowledged: list[str] = []
    with serving(tmp_path, both_databases) as server:

        def enter(login: str) -> Browser:
            """Signed in before anything is killed: five sign-ins cut off by kills would lock the door."""
            browser = Browser(server)
            _, _, page = browser.ask("/sign-in")
            status, _, _ = browser.ask("/sign-in", hidden(page) | {"login": login, "password": PASSWORD})
            assert status == 303
            return browser

        def submit(case: tuple[str, int]) -> None:
            login, application_id = case
            browser, address = browsers[login], f"/applications/{application_id}/submit"
            _, _, page = browser.ask(address)
            status, to, page = browser.ask(address, hidden(page))
            assert (status, to) == (303, f"/applications/{application_id}/receipt"), page
            acknowledged.append(login)

        with ThreadPoolExecutor(CLIENTS) as pool:
            browsers = dict(zip(cases, pool.map(enter, cases), strict=True))
            waiting = [pool.submit(submit, case) for case in cases.items()]
            for number in range(1, kills + 1):
                while len(acknowledged) < units * number // (kills + 2) and not all(one.done() for one in waiting):
                    time.sleep(0.005)
                server.kill()
                server.start()
            for one in waiting:
                one.result()

    assert sorted(acknowledged) == sorted(cases)
    with app.app_context():
        for application in db.session.scalars(select(Application)):
            assert application.state is State.SUBMITTED
            assert _count(Step.id, Step.application_id == application.id, Step.act == "SUBMIT") == 1
            assert _count(Revision.id, Revision.application_id == application.id) == 1
            assert _count(Job.id, Job.key.like(f"mail:application-{application.id}-submitted%")) <= 1
        assert _count(AuditEvent.seq, AuditEvent.kind == "submit") == units
        assert _count(IdempotencyKey.id, IdempotencyKey.location.is_(None)) == 0
        db.session.rollback()
    assert faults(app, tmp_path) == {}


def _ready_to_submit(app: Flask, units: int) -> Iterator[tuple[str, int]]:
    """Drafts with everything in them but the last click: login and application."""
    with app.app_context():
        for number in range(1, units + 1):
            told = story(number, 5)
            for steps in (told.register(), told.draft(half=False)):
                for _ in steps:
                    db.session.commit()
            next(told.submit())  # the files are attached; the next step would submit
            db.session.commit()
            yield told.login, told.application.id


def _count(column: object, *where: object) -> int:
    return db.session.scalar(select(func.count(column)).where(*where)) or 0  # type: ignore[arg-type]


# two approvers


@pytest.mark.timeout(600)
@pytest.mark.parametrize("trials", [3, pytest.param(20, marks=pytest.mark.slow)], ids=["short", "long"])
def test_of_two_approvers_at_the_same_moment_one_awards(
    build_app: Build, both_databases: str, tmp_path: Path, trials: int
) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    cases = [play(app, number, State.NOTICE, days_ago=40) for number in range(1, trials + 1)]
    clients = [app.test_client(), app.test_client()]
    for client, login in zip(clients, ("approver", "approver2"), strict=True):
        sign_in(client, login)
    forms = [[hidden(client.get(f"/applications/{case}/award").text) for client in clients] for case in cases]
    ready = Barrier(2)

    def award(number: int, side: int) -> int:
        ready.wait()
        answer = clients[side].post(f"/applications/{cases[number]}/award", data=forms[number][side])
        return answer.status_code

    with ThreadPoolExecutor(2) as pool:
        for number in range(trials):
            assert sorted(pool.map(award, [number] * 2, range(2))) == [303, 409]

    with app.app_context():
        assert _count(Certificate.id) == trials
        assert sorted(db.session.scalars(select(Certificate.application_id))) == sorted(cases)
        assert db.session.scalars(select(SerialCounter.last)).all() == [trials]
        assert _count(AuditEvent.seq, AuditEvent.kind == "award") == trials
        db.session.rollback()
    assert faults(app, tmp_path) == {}


# certificates


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("units", "kills"), [(2, 1), pytest.param(8, 12, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_killed_while_certificates_are_made_each_is_issued_once(
    build_app: Build, sqlite_url: str, tmp_path: Path, units: int, kills: int
) -> None:
    app = build_app(sqlite_url)
    for number in range(1, units + 1):
        play(app, number, State.AWARDED, days_ago=40)
    rng = random.Random(6)
    for _ in range(kills):
        _kill_a_worker(app, tmp_path, sqlite_url, lambda: rng.uniform(0, 1.5))
        _let_the_lease_run_out(app)

    command = [sys.executable, "-m", "cellcert", "worker", "--once"]
    subprocess.run(command, env=Server(tmp_path, sqlite_url).environment, check=True, capture_output=True)

    with app.app_context():
        store = FolderStore(tmp_path / "blobs")
        for certificate in db.session.scalars(select(Certificate)):
            assert certificate.state is CertificateState.ISSUED
            assert re.match(rb"%PDF", store.get(certificate.sha256 or ""))
            events = AuditEvent.object == f"certificate:{certificate.id}"
            assert _count(AuditEvent.seq, AuditEvent.kind == "issue", events) == 1
            assert (
                _count(Job.id, Job.key == f"mail:application-{certificate.application_id}-issued-{certificate.id}") == 1
            )
        assert _count(Certificate.id) == units
        assert _count(Job.id, Job.state != JobState.DONE) == 0
        db.session.rollback()
    assert faults(app, tmp_path) == {}


def _kill_a_worker(app: Flask, folder: Path, database: str, moment: Callable[[], float]) -> None:
    """Start a worker, wait until it has taken a certificate up, and kill it at some moment after."""
    command = [sys.executable, "-m", "cellcert", "worker"]
    environment = Server(folder, database).environment
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    taken = select(func.count()).select_from(Job).where(Job.kind == "certificate", Job.leased_until > clock.now())
    left = select(func.count()).select_from(Job).where(Job.kind == "certificate", Job.state == JobState.DUE)
    try:
        with app.app_context():
            begin_as_reader(True)
            for _ in range(600):
                if db.session.scalar(taken) or not db.session.scalar(left):
                    break
                db.session.rollback()
                time.sleep(0.05)
            db.session.rollback()
        time.sleep(moment())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        begin_as_reader(False)


def _let_the_lease_run_out(app: Flask) -> None:
    """A minute passes."""
    with app.app_context():
        db.session.execute(update(Job).values(leased_until=None))
        db.session.commit()
