"""What is due is said in time, on working days, once a step, to whom it concerns, and never twice whatever dies."""

import os
import signal
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.certificate.models import Certificate
from cellcert.criteria.calendar import Calendar, Holiday, Year
from cellcert.criteria.reminding import Reminding
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.decision.models import Objection
from cellcert.dispatch.reminders.actions import plan, remind
from cellcert.dispatch.reminders.models import Digest, Reminder
from cellcert.dispatch.reminders.queries import deadlines
from cellcert.dispatch.reminders.rules import Deadline, Recipient, due_now, leaves_on, next_opening, step_reached
from cellcert.inbox.models import Message
from cellcert.jobs import HANDLERS
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.worker import work_all
from cellcert.people.models import Person, Post
from cellcert.web import house
from tests.builders import application_in, every_state
from tests.conftest import Build
from tests.statements import asked

ZONE = "Asia/Shanghai"
# from Thursday the 1st to Wednesday the 7th of October nobody works; Saturday the 10th is worked
OCTOBER = Calendar(
    {
        2026: Year(
            2026, "1", "x", (Holiday(Text("国庆节"), date(2026, 10, 1), date(2026, 10, 7)),),
            frozenset({date(2026, 10, 10)}),
        )
    }
)  # fmt: skip


def october(day: int) -> date:
    return date(2026, 10, day)


@pytest.mark.parametrize(
    ("due_on", "step", "day"),
    [
        (october(9), 1, october(8)),
        (october(8), 1, date(2026, 9, 30)),  # before what is due: rather a week early than late
        (october(5), 0, date(2026, 9, 30)),
        (october(2), -1, october(8)),  # after it: when people work again
        (october(9), -1, october(10)),
    ],
)
def test_a_reminder_leaves_on_a_working_day(due_on: date, step: int, day: date) -> None:
    assert leaves_on(due_on, step, OCTOBER) == day


def test_of_several_steps_the_newest_is_said_and_after_the_day_those_before_it_no_more() -> None:
    steps, due_on = (14, 3), october(30)
    told = [step_reached(due_on, steps, october(day), OCTOBER) for day in (15, 16, 26, 27, 30, 31)]
    assert told == [None, 14, 14, 3, 3, None]
    assert step_reached(due_on, (3, -1), date(2026, 11, 2), OCTOBER) == -1


def test_every_step_is_said_on_exactly_one_day_of_a_year_by_whoever_runs_it_daily() -> None:
    reminding, one = Reminding(), Recipient(1, 1, "张三")
    due = Deadline("expiry", "certificate:1", date(2026, 12, 31), "到期", (one,))
    said: dict[tuple[object, ...], date] = {}
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
        for found in due_now([due, due], reminding, day, OCTOBER):
            said.setdefault(found.key, day)
    assert {key[-1]: day for key, day in said.items()} == {90: date(2026, 9, 30), 30: date(2026, 12, 1)}


def test_reminders_wait_for_the_hours_of_a_working_day() -> None:
    def local(day: int, hour: int, minute: int = 0) -> datetime:
        return clock.start_of(october(day), ZONE) + timedelta(hours=hour, minutes=minute)

    for at, opens in (
        (local(8, 3), local(8, 8, 30)),
        (local(8, 12), local(8, 12)),
        (local(8, 18), local(9, 8, 30)),
        (local(3, 12), local(8, 8, 30)),
        (local(10, 9), local(10, 9)),
    ):
        assert next_opening(at, Reminding(), OCTOBER, ZONE) == opens


# in the database


def noon(app: Flask, days: int = 0) -> datetime:
    """Noon of the next working day so many days from today."""
    with app.app_context():
        library = house().library
        day = clock.day_of(clock.now(), ZONE) + timedelta(days=days)
        while not library.calendar.is_working(day):
            day += timedelta(days=1)
        return clock.start_of(day, ZONE) + timedelta(hours=12)


def reminded(at: datetime) -> int:
    library = house().library
    written = remind(db.session(), library.programme, library.calendar, "https://x.invalid/desk", at=at)
    db.session.commit()
    return written


def said(kind: str) -> list[tuple[int, date, int]]:
    rows = db.session.execute(
        select(Reminder.person_id, Reminder.due_on, Reminder.step).where(Reminder.kind == kind).order_by(Reminder.id)
    )
    return [tuple(row) for row in rows]


def test_an_expert_is_reminded_once_before_the_day_and_once_after_it(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    id_ = application_in(app, State.REVIEW)
    at = noon(app)
    with app.app_context():
        due = clock.end_of(clock.day_of(at, ZONE) + timedelta(days=1), ZONE)
        db.session.execute(update(Assignment).values(due_at=due))
        db.session.execute(update(Person).where(Person.login.like("expert%")).values(email="e@example.invalid"))
        db.session.commit()
        reminded(at)
        before = said("score")
        waiting = len(before)
        assert waiting
        assert {step for *_, step in before} == {3}
        assert [reminded(at + timedelta(hours=hours)) for hours in (0, 1)] == [0, 0]
        after = noon(app, 8)
        reminded(after)
        assert [step for *_, step in said("score")] == [3] * waiting + [-1] * waiting
        mails = db.session.scalars(select(Job).where(Job.key.like("mail:expert-digest-%"))).all()
        assert len(mails) == 2 * waiting
        reference = db.session.get_one(Application, id_).reference
        assert not any(str(reference) in str(mail.data) for mail in mails)
        later = after + timedelta(days=20)
        db.session.execute(update(Assignment).values(due_at=later))  # more time: a day of its own
        db.session.commit()
        reminded(noon(app, 28 if house().library.calendar.is_working(clock.day_of(later, ZONE)) else 27))
        assert len(said("score")) == 3 * waiting


def test_each_kind_reaches_those_it_concerns(app: Flask) -> None:
    ids = every_state(app)
    at = noon(app)
    with app.app_context():
        session, today = db.session(), clock.day_of(at, ZONE)
        soon = clock.end_of(today, ZONE)
        case = session.get_one(Application, ids[State.SUBMITTED])
        case.submitted_at = at - timedelta(days=40)
        session.execute(update(Application).where(Application.state == State.RETURNED).values(due_at=soon))
        long_ago = at - timedelta(days=house().library.programme.rectify.days)
        session.execute(update(Application).where(Application.state == State.RECTIFYING).values(state_since=long_ago))
        held = session.scalars(select(Certificate).where(Certificate.application_id == ids[State.AWARDED])).one()
        held.valid_until = today + timedelta(days=30)
        session.commit()
        reminded(at)
        units = {
            kind: set(session.scalars(select(Reminder.about).where(Reminder.kind == kind)))
            for kind in ("returned", "rectify", "expiry", "first_check")
        }
        assert units["returned"] == {f"application:{ids[State.RETURNED]}"}
        assert units["rectify"] == {f"application:{ids[State.RECTIFYING]}"}
        assert f"certificate:{held.serial}" in units["expiry"]
        assert f"application:{case.id}:{case.revision}" in units["first_check"]
        checkers = session.scalars(
            select(Post)
            .join(Reminder, Reminder.person_id == Post.person_id)
            .where(Reminder.about.like(f"application:{case.id}:%"))
        ).all()
        assert {(post.role, post.division) for post in checkers} == {(Role.DISTRICT, case.division)}
        # one digest a person and day: a mail where there is an address, a message in any case
        per_person = session.scalars(select(func.count()).select_from(Digest).group_by(Digest.person_id)).all()
        assert set(per_person) == {1}
        unit_mail = session.scalars(
            select(Job).join(Digest, Digest.mail == Job.key).join(Reminder).where(Reminder.kind == "expiry")
        ).first()
        assert unit_mail is not None
        assert "有效期至" in unit_mail.data["text"]
        assert session.scalar(select(func.count(Message.id)).where(Message.subject.like("有 %件事项%"))) >= len(
            per_person
        )


def test_a_declaration_is_asked_for_from_who_holds_a_title_of_the_year_before(app: Flask) -> None:
    id_ = application_in(app, State.AWARDED)
    with app.app_context():
        session, library = db.session(), house().library
        year = clock.day_of(clock.now(), ZONE).year
        held = update(Certificate).where(Certificate.application_id == id_)
        session.execute(held.values(awarded_on=date(year - 1, 5, 1), valid_until=date(year + 2, 5, 1)))
        session.commit()
        due = library.programme.declaration.due_in(year)
        told = [
            one for one in deadlines(session, library.programme, library.calendar, due) if one.kind == "declaration"
        ]
        assert [(one.about, one.due_on) for one in told] == [(f"declaration:{id_}:{year - 1}", due)]
        assert told[0].to


def test_who_takes_an_objection_alone_is_reminded_of_its_answer(app: Flask) -> None:
    id_ = application_in(app, State.OBJECTION)
    with app.app_context():
        session, library = db.session(), house().library
        found = session.scalars(select(Objection).where(Objection.application_id == id_)).one()
        office = session.scalars(select(Post).where(Post.role == Role.OFFICE)).all()
        due = library.calendar.add_working_days(
            clock.day_of(found.received_at, ZONE), library.programme.notice.answer_days
        )
        found.taken_by = found.taken_at = None
        session.commit()
        at = clock.start_of(due, ZONE) + timedelta(hours=12)
        told = [one for one in deadlines(session, library.programme, library.calendar, due) if one.kind == "objection"]
        assert {to.person_id for to in told[0].to} == {post.person_id for post in office}
        found.taken_by, found.taken_at = office[0].person_id, at
        session.commit()
        reminded(at)
        assert said("objection") == [(office[0].person_id, due, 3)]


@pytest.fixture
def due_certificate(build_app: Build, both_databases: str) -> tuple[Flask, datetime]:
    app = build_app(both_databases)
    id_ = application_in(app, State.AWARDED)
    at = noon(app)
    with app.app_context():
        day = clock.day_of(at, ZONE) + timedelta(days=30)
        db.session.execute(update(Certificate).where(Certificate.application_id == id_).values(valid_until=day))
        db.session.execute(update(Job).values(state=JobState.DONE))
        db.session.commit()
    return app, at


def test_a_worker_killed_before_the_commit_said_nothing_and_one_after_it_everything_once(
    due_certificate: tuple[Flask, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, at = due_certificate
    monkeypatch.setattr(clock, "now", lambda: at)
    with app.app_context():
        library = house().library
        for _ in range(2):
            plan(db.session(), library.programme, library.calendar, at=at)
            db.session.commit()
        assert db.session.scalar(select(func.count()).where(Job.kind == "remind")) == 1
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if child == 0:  # dies between the last row and the commit
        with app.app_context():

            def dies(data: object) -> None:
                HANDLERS["remind"](data)  # type: ignore[arg-type]
                db.session.flush()
                os.kill(os.getpid(), signal.SIGKILL)

            work_all({**HANDLERS, "remind": dies})
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    with app.app_context():
        assert db.session.scalar(select(func.count(Reminder.id))) == 0
        db.session.rollback()
        later = at + timedelta(minutes=2)  # the lease has run out
        monkeypatch.setattr(clock, "now", lambda: later)
        work_all(HANDLERS)
        db.session.execute(update(Job).where(Job.kind == "remind").values(state=JobState.DUE))  # and once more
        db.session.commit()
        work_all(HANDLERS)
        unit_people = db.session.scalar(
            select(func.count(Post.id)).where(Post.unit_id.is_not(None), Post.ended_at.is_(None))
        )
        assert len(said("expiry")) == unit_people
        mails = db.session.scalars(select(Job).where(Job.key.like("mail:digest-%"))).all()
        assert [mail.state for mail in mails] == [JobState.DONE]
        assert db.session.scalar(select(func.count(Message.id)).where(Message.subject.like("有 1 件%"))) == unit_people


def test_the_queries_do_not_grow_with_what_is_due(app: Flask) -> None:
    every_state(app)
    at = noon(app)
    with app.app_context():
        library, today = house().library, clock.day_of(at, ZONE)
        with asked(app) as statements:
            deadlines(db.session(), library.programme, library.calendar, today)
        assert len(statements) <= 14
