"""Two or more at one case at the same moment (FL-07 to FL-10): what comes out is what one order of them gives."""

import os
import random
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, select, text
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.checks import City, check_all
from cellcert.database import db
from cellcert.decision import actions as decisions
from cellcert.decision.models import Notice, Objection
from cellcert.demo.city import PASSWORD
from cellcert.outbox.models import Job
from cellcert.review.models import RoundResult, ScoreSheet
from cellcert.web import house
from tests.builders import application_in, clerk_of, sign_in
from tests.conftest import Build
from tests.review import cases

OBJECTION = {"name": "张三", "contact": "0391-1234567", "text": "证明材料与实际情况不符，请核查。"}
REASON = "评审达到认定条件，建议认定。"
Ask = Callable[[], TestResponse]
SUITE = pytest.param("sqlite", 3, id="sqlite-few")
DRILL = [pytest.param(database, 200, marks=pytest.mark.slow, id=database) for database in ("sqlite", "postgresql")]
trials_of = pytest.mark.parametrize(("database", "trials"), [SUITE, *DRILL])
trials_of_a_drill = pytest.mark.parametrize(("database", "trials"), DRILL)
pytestmark = pytest.mark.timeout(7200)


class Ring:
    """A city that is put back to how it began before each trial, and people signed in to it."""

    def __init__(self, app: Flask, state: State, kept: Path) -> None:
        self.app, self.kept, self.rng = app, kept, random.Random(7)
        self.seen: Counter[str] = Counter()
        self.case = application_in(app, state)
        self.at = f"/applications/{self.case}"

    def enter(self, login: str) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, login)
        return client

    def version(self) -> int:
        with self.app.app_context():
            return db.session.get_one(Application, self.case).version

    def keep(self) -> None:
        """From now on each trial begins here."""
        with self.app.app_context():
            db.session.remove()
            self.url = db.engine.url
            db.engine.dispose()
        if self.url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(str(self.url.database))) as file:
                file.execute("VACUUM INTO ?", [str(self.kept)])
        else:
            self._copy(f"{self.url.database}_kept", str(self.url.database))

    def put_back(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self.url.get_backend_name() == "postgresql":
            self._copy(str(self.url.database), f"{self.url.database}_kept")
            return
        file = Path(str(self.url.database))
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.kept, file)

    def _copy(self, name: str, template: str) -> None:
        server = create_engine(self.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        server.dispose()

    def at_once(self, *asks: Ask) -> list[TestResponse]:
        """Send them from threads that start together, each a little late by chance."""
        answers: dict[int, TestResponse] = {}
        gate, late = threading.Barrier(len(asks)), [self.rng.uniform(0, 0.02) for _ in asks]

        def send(number: int) -> None:
            gate.wait(60)
            threading.Event().wait(late[number])
            answers[number] = asks[number]()

        threads = [threading.Thread(target=send, args=(number,)) for number in range(len(asks))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        done = [answers[number] for number in range(len(asks))]
        assert all(answer.status_code < 500 for answer in done), [answer.text[-2000:] for answer in done]
        self.seen["-".join(str(answer.status_code) for answer in done)] += 1
        return done

    def is_sound(self, number: int) -> None:
        """Every invariant holds; after the first trials of a drill every tenth time."""
        if number < 3 or number % 10 == 0:
            today = clock.day_of(clock.now(), house().library.programme.time_zone)
            found = check_all(City(db.session(), house().library, house().store, today))
            assert {name: faults for name, faults in found.items() if faults} == {}

    def told(self, what: str) -> None:
        """Keep what came out, for who runs the drills."""
        if kept := os.environ.get("CELLCERT_DRILL_REPORT"):
            with Path(kept).open("a", encoding="utf-8") as file:
                file.write(f"{what} {self.url.get_backend_name()}: {dict(self.seen)}\n")


Begin = Callable[[str, State], Ring]


@pytest.fixture
def begin(request: pytest.FixtureRequest, build_app: Build, tmp_path: Path) -> Begin:
    def begin_in(database: str, state: State) -> Ring:
        app = build_app(str(request.getfixturevalue(f"{database}_url")))
        app.config["WTF_CSRF_ENABLED"] = False
        return Ring(app, state, tmp_path / "kept.db")

    return begin_in


def post(who: FlaskClient, address: str, **data: object) -> Ask:
    """A form of a person; decisions ask for the password again when the sign-in is old."""
    return lambda: who.post(address, data={"password": PASSWORD, **data})


def count(model: type[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def state_of(ring: Ring) -> State:
    return db.session.get_one(Application, ring.case).state


def let_the_notice_end(ring: Ring, ends_in: int) -> datetime:
    """Move the notice back so that it ends ``ends_in`` days from today; the first moment after it."""
    with ring.app.app_context():
        calendar, zone = house().library.calendar, house().library.programme.time_zone
        notice = db.session.scalars(select(Notice)).one()
        notice.ends_on = clock.day_of(clock.now(), zone) + timedelta(days=ends_in)
        first = notice.ends_on
        while calendar.add_working_days(first, notice.working_days) != notice.ends_on:
            first -= timedelta(days=1)
            if (notice.ends_on - first).days > 40:  # it would end on a day that is not worked
                first = notice.ends_on = notice.ends_on - timedelta(days=1)
        notice.published_on = first
        over = clock.end_of(notice.ends_on, zone)
        db.session.commit()
    return over


@trials_of
def test_of_two_who_award_one_does(begin: Begin, database: str, trials: int) -> None:
    """FL-07."""
    ring = begin(database, State.NOTICE)
    let_the_notice_end(ring, -2)
    first, second = ring.enter("approver"), ring.enter("approver2")
    version = ring.version()
    ring.keep()
    for number in range(trials):
        ring.put_back()
        answers = ring.at_once(*(post(who, f"{ring.at}/award", version=version) for who in (first, second)))
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        with ring.app.app_context():
            assert count(Certificate) == 1
            assert state_of(ring) is State.AWARDED
            ring.is_sound(number)
    ring.told("FL-07 award by two")


@trials_of
def test_a_form_sent_many_times_acts_once(begin: Begin, database: str, trials: int) -> None:
    """FL-08: two to ten at once get one answer; the key with other words in it is refused."""
    ring = begin(database, State.NOTICE)
    objector = ring.enter("expert1")
    objector.get(f"{ring.at}/objection")
    ring.keep()
    for number in range(trials):
        ring.put_back()
        form = OBJECTION | {"idempotency_key": f"key-{number}"}
        times = ring.rng.randint(2, 10)
        answers = ring.at_once(*[post(_same(ring, objector), f"{ring.at}/objection", **form) for _ in range(times)])
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.location for answer in answers}) == 1
        other = post(objector, f"{ring.at}/objection", **form | {"text": "换了一份内容的异议，请核查。"})()
        assert other.status_code == 422
        with ring.app.app_context():
            assert count(Objection) == 1
            assert db.session.scalar(select(func.count()).where(Job.kind == "received")) == 1
            ring.is_sound(number)
    ring.told("FL-08 the same form")


def _same(ring: Ring, who: FlaskClient) -> FlaskClient:
    """The same browser for another thread."""
    client = ring.app.test_client()
    name = ring.app.config["SESSION_COOKIE_NAME"]
    cookie = who.get_cookie(name)
    assert cookie is not None
    client.set_cookie(name, cookie.value)
    return client


@trials_of
def test_an_award_and_an_objection_of_the_last_second_come_one_after_the_other(
    begin: Begin, database: str, trials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FL-09: who objects arrived before midnight, who awards a moment after what may still be under way."""
    ring = begin(database, State.NOTICE)
    over = let_the_notice_end(ring, 0)
    version, hour, real = ring.version(), threading.local(), clock.now
    monkeypatch.setattr(clock, "now", lambda: getattr(hour, "at", None) or real())
    hour.at = over
    approver, objector = ring.enter("approver2"), ring.app.test_client()
    hour.at = None
    ring.keep()

    def at(moment: datetime, ask: Ask) -> Ask:
        def asked() -> TestResponse:
            hour.at = moment
            return ask()

        return asked

    soon = timedelta(minutes=1, seconds=1)
    for number in range(trials):
        ring.put_back()
        award, objection = ring.at_once(
            at(over + soon, post(approver, f"{ring.at}/award", version=version)),
            at(over - timedelta(seconds=1), post(objector, f"{ring.at}/objection", **OBJECTION)),
        )
        assert sorted((award.status_code, objection.status_code)) in ([303, 404], [303, 409])
        with ring.app.app_context():
            state, objections = state_of(ring), count(Objection)
            assert (state, objections, count(Certificate)) in {(State.AWARDED, 0, 1), (State.NOTICE, 1, 0)}
            hour.at = over + soon
            ring.is_sound(number)
            hour.at = None
    ring.told("FL-09 award, objection")


@trials_of_a_drill
def test_an_approval_and_a_withdrawal_come_one_after_the_other(begin: Begin, database: str, trials: int) -> None:
    """FL-09."""
    ring = begin(database, State.DECISION)
    with ring.app.app_context():
        result = db.session.scalars(select(RoundResult)).one()
        application = cases.case(ring.case)
        decisions.propose(
            db.session(), application, State.NOTICE, result.level, REASON, by=cases.actor("office"), at=clock.now()
        )
        db.session.commit()
    approver, clerk = ring.enter("approver"), ring.enter(clerk_of(ring.app, ring.case))
    version = ring.version()
    ring.keep()
    for number in range(trials):
        ring.put_back()
        approval, withdrawal = ring.at_once(
            post(approver, f"{ring.at}/decision/approve", version=version, agreed="agree", answer=""),
            post(clerk, f"{ring.at}/withdraw", version=version, reason="下一批次再申报"),
        )
        assert sorted((approval.status_code, withdrawal.status_code)) in ([303, 404], [303, 409])
        with ring.app.app_context():
            notices = count(Notice)
            assert (state_of(ring), notices) in {(State.NOTICE, 1), (State.WITHDRAWN, 0)}
            ring.is_sound(number)
    ring.told("FL-09 approve, withdraw")


@trials_of_a_drill
def test_a_return_and_a_passing_on_come_one_after_the_other(begin: Begin, database: str, trials: int) -> None:
    """FL-09: two windows of one reviewer; one marks a place and returns the case, the other passes it on."""
    ring = begin(database, State.PRELIMINARY)
    with ring.app.app_context():
        application = cases.case(ring.case)
        place = f"item.{next(iter(cases.checklist(application).items())).key}"
        login = f"district-{application.division}"
    one, other = ring.enter(login), ring.enter(login)
    page = one.get(f"{ring.at}/check").text
    marked = page.split(f'data-place="{place}" data-seen="', 1)[1].split('"', 1)[0]
    version = ring.version()
    ring.keep()

    def mark_and_return() -> TestResponse:
        data = {f"verdict.{place}": "return", f"reason.{place}": "请补充台账。", "seen": marked}
        kept = one.post(f"{ring.at}/check/{place.replace('.', '/', 1)}", data=data)
        if kept.status_code != 200:
            return kept
        return one.post(f"{ring.at}/return", data={"reason": "请补正。", "version": version})

    for number in range(trials):
        ring.put_back()
        returned, passed = ring.at_once(
            mark_and_return, post(other, f"{ring.at}/pass-on", text="材料齐全，同意推荐。", version=version)
        )
        assert sorted((returned.status_code, passed.status_code))[0] == 303
        with ring.app.app_context():
            assert state_of(ring) in {State.RETURNED, State.REVIEW}
            assert (state_of(ring) is State.RETURNED) == (returned.status_code == 303)
            assert (state_of(ring) is State.REVIEW) == (passed.status_code == 303)
            ring.is_sound(number)
    ring.told("FL-09 return, pass on")


@trials_of
def test_a_sheet_handed_in_while_the_round_closes_is_counted_or_refused(
    begin: Begin, database: str, trials: int
) -> None:
    """FL-10: the one who is waited for hands in, while the office frees the seat and closes the round."""
    ring = begin(database, State.REVIEW)
    with ring.app.app_context():
        application = cases.case(ring.case)
        answers = cases.full_marks(application)
        for login in cases.waiting_experts(ring.case)[1:]:
            cases.hand_in(application, login, answers)
            db.session.flush()
        (last,) = cases.waiting_experts(ring.case)
        by, at = cases.actor(last), clock.now()
        cases.actions.declare(db.session(), application, by=by, at=at)
        cases.actions.save_sheet(
            db.session(), application, cases.checklist(application), cases.revision(application), answers, {}, "",
            by=by, at=at,
        )  # fmt: skip
        db.session.commit()
        sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.handed_in_at.is_(None))).one()
        waiting, sheet_version = sheet.id, getattr(sheet, "version", None)
    expert, office = ring.enter(last), ring.enter("office")
    version = ring.version()
    ring.keep()
    for number in range(trials):
        ring.put_back()
        handed, closed = ring.at_once(
            post(expert, f"{ring.at}/hand-in", version=sheet_version),
            post(office, f"{ring.at}/close-round", version=version, on_site="no"),
        )
        assert handed.status_code == 303
        with ring.app.app_context():
            sheet, is_closed = db.session.get_one(ScoreSheet, waiting), count(RoundResult) == 1
            second = bool(sheet.blind)
            assert (closed.status_code == 303) == (is_closed or second)
            if is_closed:
                assert sheet.handed_in_at is not None
                assert state_of(ring) is State.DECISION
            elif not second:
                assert sheet.handed_in_at is not None
                assert state_of(ring) is State.REVIEW
            ring.is_sound(number)
    ring.told("FL-10 hand in, close")
