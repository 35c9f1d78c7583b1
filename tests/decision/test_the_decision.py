"""Two persons decide; the notice runs its working days; an objection holds the award back."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cellcert import clock
from cellcert.actors import PUBLIC, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.certificate.actions import award
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.decision import actions, objecting
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.rules import notice_is_over, notice_is_running
from cellcert.demo.city import PASSWORD
from cellcert.errors import NotAllowed, NotReady
from cellcert.outbox.models import Job
from cellcert.paths import criteria_folder
from cellcert.people.actions import grant
from cellcert.people.models import Person
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, hidden, sign_in

LIBRARY = Library(criteria_folder())
OBJECTION = {"name": "示例居民", "contact": "0391-0000001", "text": "公示单位的分类投放点近期没有按时清运，请核实。"}


def state_of(app: Flask, application_id: int) -> State:
    with app.app_context():
        return db.session.get_one(Application, application_id).state


def proposed(app: Flask, application_id: int, outcome: State = State.NOTICE) -> None:
    office = city(app)["office"]
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        level = actions.result_of(db.session(), application).level if outcome is State.NOTICE else None
        actions.propose(db.session(), application, outcome, level, "评审达到条件。", by=office, at=clock.now())
        db.session.commit()


def answered(client: FlaskClient, path: str, **fields: str) -> int:
    return client.post(path, data=hidden(client.get(path).text) | fields).status_code


# two persons


def test_a_proposal_waits_for_another_person(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    sign_in(client, "office")

    answer = answered(client, f"/applications/{case}/decision", outcome="outstanding", reason="评审达到条件。")

    assert answer == 303
    assert state_of(app, case) is State.DECISION
    assert "等待审定" in client.get(f"/applications/{case}/decision").text


def test_the_proposer_does_not_approve_even_in_another_post(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case)
    admin = city(app)["admin"]
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.login == "office")).one()
        actor = grant(db.session(), person, Role.APPROVER, by=admin, at=clock.now()).actor()
        application = db.session.get_one(Application, case)
        proposal = actions.open_proposal(db.session(), application, Matter.DECISION)
        with pytest.raises(NotAllowed):
            actions.approve(
                db.session(), application, proposal, True, "", house().library.programme, house().library.calendar,
                by=actor, at=clock.now(),
            )  # fmt: skip
        db.session.rollback()

    assert state_of(app, case) is State.DECISION


def test_another_person_approves_and_the_notice_is_published(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case)
    sign_in(client, "approver")

    assert answered(client, f"/applications/{case}/decision/approve", agreed="agree") == 303

    assert state_of(app, case) is State.NOTICE
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one()
        today = clock.day_of(clock.now(), "Asia/Shanghai")
        assert notice.published_on == today
        assert notice.ends_on == house().library.calendar.add_working_days(today, 5)
        assert notice.shown["authority"]["zh"]
        number = notice.id
    page = app.test_client().get(f"/notices/{number}")
    assert page.status_code == 200
    assert "提出异议" in page.text


def test_who_declines_says_why_and_the_office_may_propose_again(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case)
    sign_in(client, "approver")
    path = f"/applications/{case}/decision/approve"

    assert answered(client, path, agreed="send-back") == 422
    assert answered(client, path, agreed="send-back", answer="请补充现场情况。") == 303

    assert state_of(app, case) is State.DECISION
    office = app.test_client()
    sign_in(office, "office")
    assert "请补充现场情况。" in office.get(f"/applications/{case}/decision").text
    assert answered(office, f"/applications/{case}/decision", outcome="outstanding", reason="已补充。") == 303


def test_a_level_that_was_not_reached_cannot_be_proposed(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    with app.app_context():
        result = actions.result_of(db.session(), db.session.get_one(Application, case))
        result.level = "qualified"
        db.session.commit()
    sign_in(client, "office")

    answer = answered(client, f"/applications/{case}/decision", outcome="outstanding", reason="想给更好的等次。")

    assert answer == 422
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Proposal)) == 0


def test_a_rejection_ends_the_case_and_tells_the_unit(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case, State.REJECTED)
    sign_in(client, "approver")

    assert answered(client, f"/applications/{case}/decision/approve", agreed="agree") == 303

    assert state_of(app, case) is State.REJECTED
    with app.app_context():
        told = [job.data["text"] for job in db.session.scalars(select(Job).where(Job.kind == "mail"))]
    assert any("不予认定" in text for text in told)


# the password again


def test_an_old_proof_of_the_password_is_asked_for_again(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case)
    sign_in(client, "approver")
    path = f"/applications/{case}/decision/approve"

    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        assert "登录密码" in client.get(path).text
        assert answered(client, path, agreed="agree") == 422
        assert answered(client, path, agreed="agree", password="wrong-password") == 422
        assert state_of(app, case) is State.DECISION
        assert answered(client, path, agreed="agree", password=PASSWORD) == 303

    assert state_of(app, case) is State.NOTICE


def test_guesses_at_the_password_are_counted_until_the_door_shuts(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    proposed(app, case)
    sign_in(client, "approver")
    path = f"/applications/{case}/decision/approve"

    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        for _ in range(5):
            assert answered(client, path, agreed="agree", password="guess-guess-guess") == 422
        assert answered(client, path, agreed="agree", password=PASSWORD) == 422

    assert state_of(app, case) is State.DECISION


# the version


def test_what_was_typed_stays_when_somebody_else_was_faster(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    sign_in(client, "office")
    path = f"/applications/{case}/decision"
    fields = hidden(client.get(path).text) | {"outcome": "outstanding", "reason": "我写了很久的理由。"}
    with app.app_context():
        db.session.get_one(Application, case).edited_at = clock.now()
        db.session.commit()

    answer = client.post(path, data=fields)

    assert answer.status_code == 409
    assert "我写了很久的理由。" in answer.text
    assert client.post(path, data=fields | hidden(answer.text)).status_code == 303


def test_a_repeated_form_acts_once(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    sign_in(client, "office")
    path = f"/applications/{case}/decision"
    fields = hidden(client.get(path).text) | {"outcome": "reject", "reason": "没有达到条件。"}

    first, second = client.post(path, data=fields), client.post(path, data=fields)

    assert (first.status_code, second.status_code) == (303, 303)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Proposal)) == 1


# the notice


@pytest.mark.parametrize(
    ("published", "ends"),
    [
        (date(2026, 9, 28), date(2026, 10, 10)),  # the National Day holiday lies between, its make-up day counts
        (date(2026, 11, 2), date(2026, 11, 9)),  # a plain week
        (date(2026, 11, 7), date(2026, 11, 13)),  # published on a Saturday
    ],
)
def test_a_notice_runs_its_working_days(published: date, ends: date) -> None:
    last = LIBRARY.calendar.add_working_days(published, 5)
    worked = [
        published + timedelta(days=n)
        for n in range(1, (last - published).days + 1)
        if LIBRARY.calendar.is_working(published + timedelta(days=n))
    ]

    assert len(worked) == 5
    assert worked[-1] == last
    assert last == ends


def test_a_notice_is_running_through_its_last_day_and_over_only_the_day_after() -> None:
    first, last = date(2026, 11, 2), date(2026, 11, 9)

    assert notice_is_running(first, last, last)
    assert not notice_is_over(last, last)
    assert notice_is_over(last, last + timedelta(days=1))


def moment(day: date, seconds: int = 0) -> datetime:
    return clock.start_of(day, "Asia/Shanghai") + timedelta(seconds=seconds)


def test_an_award_is_impossible_before_the_notice_is_over(app: Flask) -> None:
    case = application_in(app, State.NOTICE)
    approver = city(app)["approver2"]
    with app.app_context():
        application = db.session.get_one(Application, case)
        ends_on = notice_of(db.session(), application).ends_on
        programme = house().library.programme
        with pytest.raises(NotReady):
            award(db.session(), application, programme, by=approver, at=moment(ends_on + timedelta(days=1), 59))
        assert application.state is State.NOTICE
        # a minute for what was sent before midnight and is still on its way
        award(db.session(), application, programme, by=approver, at=moment(ends_on + timedelta(days=1), 60))
        db.session.commit()
        assert application.state is State.AWARDED


def test_an_award_is_impossible_while_an_objection_is_open(app: Flask) -> None:
    case = application_in(app, State.NOTICE)
    approver = city(app)["approver2"]
    with app.app_context():
        application, library = db.session.get_one(Application, case), house().library
        objecting.object_to(
            db.session(), application, *OBJECTION.values(), library.programme,
            by=PUBLIC, at=clock.now(),
        )  # fmt: skip
        over = moment(notice_of(db.session(), application).ends_on + timedelta(days=2))
        with pytest.raises(NotReady):
            award(db.session(), application, library.programme, by=approver, at=over)


# objections


def test_the_public_objects_once_and_gets_a_number(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/objection"
    fields = hidden(client.get(path).text) | OBJECTION

    first, second = client.post(path, data=fields), client.post(path, data=fields)

    assert (first.status_code, first.location) == (303, second.location)
    receipt = client.get(first.location)
    assert receipt.status_code == 200
    assert "已收到" in receipt.text
    assert OBJECTION["name"] not in receipt.text
    assert OBJECTION["text"] not in receipt.text
    number = first.location.rsplit("/", 1)[-1]
    asked = client.get("/objections", query_string={"receipt": f" {number.lower()} "})
    assert asked.location == first.location
    assert "没有这个受理编号" in client.get("/objections?receipt=YY1", follow_redirects=True).text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Objection)) == 1


def test_two_visitors_with_the_same_key_are_two_visitors(app: Flask) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/objection"
    for name in ("甲先生", "乙女士"):
        visitor = app.test_client()
        fields = hidden(visitor.get(path).text) | OBJECTION | {"name": name, "idempotency_key": "the-same-key"}
        assert visitor.post(path, data=fields).status_code == 303

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Objection)) == 2


def test_an_objection_without_a_name_is_asked_for_it_and_keeps_the_text(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/objection"

    answer = client.post(path, data=hidden(client.get(path).text) | OBJECTION | {"name": ""})

    assert answer.status_code == 422
    assert OBJECTION["text"] in answer.text


def test_nobody_objects_after_the_last_day(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/objection"
    with app.app_context():
        ends_on = notice_of(db.session(), db.session.get_one(Application, case)).ends_on

    with time_machine.travel(moment(ends_on + timedelta(days=1), 1)):
        answer = client.post(path, data=hidden(client.get(path).text) | OBJECTION)

    assert answer.status_code == 409
    assert "公示期已结束" in answer.text
    assert OBJECTION["text"] in answer.text


def test_who_objected_is_for_the_office_and_not_for_the_unit(app: Flask) -> None:
    case = application_in(app, State.OBJECTION)
    office, clerk, stranger = app.test_client(), app.test_client(), app.test_client()
    sign_in(office, "office")
    sign_in(clerk, clerk_of(app, case))
    path = f"/applications/{case}/objections"

    assert "示例居民" in office.get(path).text
    seen = clerk.get(path)
    assert seen.status_code == 200
    assert "正在核实" in seen.text
    assert "分类投放点" not in seen.text, "its words may tell whose they are"
    assert "示例居民" not in seen.text
    assert "0391-0000001" not in seen.text
    assert stranger.get(path).status_code == 302


def test_objections_are_closed_by_two_persons_and_the_notice_goes_on(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.OBJECTION)
    sign_in(client, "office")
    reply = {"outcome": "notice", "reply": "经现场核实，清运记录完整，异议不成立。"}
    assert answered(client, f"/applications/{case}/objections/closing", **reply) == 303
    assert state_of(app, case) is State.OBJECTION
    approver = app.test_client()
    sign_in(approver, "approver")

    assert answered(approver, f"/applications/{case}/objections/close", agreed="agree") == 303

    assert state_of(app, case) is State.NOTICE
    with app.app_context():
        objection = db.session.scalars(select(Objection)).one()
        assert (objection.outcome, bool(objection.closed_at), objection.reply) == ("notice", True, reply["reply"])


def test_an_objection_that_came_in_after_the_answer_was_written_is_not_closed_by_it(
    app: Flask, client: FlaskClient
) -> None:
    case = application_in(app, State.OBJECTION)
    sign_in(client, "office")
    reply, closing = {"outcome": "notice", "reply": "经核实，异议不成立。"}, f"/applications/{case}/objections/closing"
    assert answered(client, closing, **reply) == 303
    assert answered(app.test_client(), f"/applications/{case}/objection", **OBJECTION) == 303
    approver, close = app.test_client(), f"/applications/{case}/objections/close"
    sign_in(approver, "approver")

    assert answered(approver, close, agreed="agree") == 409

    assert state_of(app, case) is State.OBJECTION
    assert answered(approver, close, agreed="send-back", answer="又收到一件异议，请一并核查。") == 303
    assert answered(client, closing, **reply) == 303
    assert answered(approver, close, agreed="agree") == 303
    assert state_of(app, case) is State.NOTICE


def test_taking_one_objection_takes_all_that_have_come_in(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    for name in ("甲先生", "乙女士"):
        path = f"/applications/{case}/objection"
        visitor = app.test_client()
        visitor.post(path, data=hidden(visitor.get(path).text) | OBJECTION | {"name": name})
    with app.app_context():
        first = db.session.scalars(select(Objection.id).order_by(Objection.id)).first()
    sign_in(client, "office")
    fields = hidden(client.get(f"/applications/{case}/objections").text)

    assert client.post(f"/applications/{case}/objections/{first}/take", data=fields).status_code == 303

    with app.app_context():
        assert all(one.taken_at for one in db.session.scalars(select(Objection)))
    assert state_of(app, case) is State.OBJECTION


# who may open what


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("approver", "/applications/{case}/decision", 403),
        ("office", "/applications/{case}/decision/approve", 403),
        ("admin", "/applications/{case}/decision", 404),
        ("expert1", "/applications/{case}/objections", 404),
        (None, "/applications/{case}/decision", 302),
        (None, "/applications/{case}/objection", 404),
        (None, "/applications/999999/objection", 404),
    ],
)
def test_a_page_opens_to_its_own_people(
    app: Flask, client: FlaskClient, login: str | None, path: str, status: int
) -> None:
    case = application_in(app, State.DECISION)
    if login:
        sign_in(client, login)

    assert client.get(path.format(case=case)).status_code == status


def test_a_refused_decision_changes_nothing_but_the_trail(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.DECISION)
    sign_in(client, "office")
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(AuditEvent))

    assert client.post(f"/applications/{case}/decision/approve", data={"agreed": "agree"}).status_code == 403

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before + 1
        assert db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first().kind == "denied"
    assert state_of(app, case) is State.DECISION
