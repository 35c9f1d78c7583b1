"""After the award: looked at again, put right, suspended, revoked, given back, run out."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.actors import SYSTEM
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.certificate.models import Certificate
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.demo.city import PASSWORD
from cellcert.errors import NotAllowed, NotReady
from cellcert.outbox.models import Job
from cellcert.standing import actions
from tests.builders import application_in, city, clerk_of, hidden, sign_in, work

ZONE = "Asia/Shanghai"


def state_of(app: Flask, case: int) -> State:
    with app.app_context():
        return db.session.get_one(Application, case).state


def mails(app: Flask) -> list[str]:
    with app.app_context():
        return [str(job.data["text"]) for job in db.session.scalars(select(Job).where(Job.kind == "mail"))]


def done(client: FlaskClient, path: str, **fields: str) -> int:
    return client.post(path, data=hidden(client.get(path).text) | fields).status_code


# by the pages


@pytest.mark.parametrize(
    ("state", "login", "page", "fields", "after"),
    [
        (State.AWARDED, "office", "recheck", {}, State.RECHECK),
        (State.RECHECK, "approver", "recheck/conclusion", {"conclusion": "keep"}, State.AWARDED),
        (State.RECHECK, "approver", "recheck/conclusion", {"conclusion": "revoke"}, State.REVOKED),
        (State.RECHECK, "approver", "rectifying", {}, State.RECTIFYING),
        (State.RECTIFYING, "clerk", "rectified", {}, State.RECHECK),
        (State.RECHECK, "approver", "suspension", {}, State.SUSPENDED),
        (State.SUSPENDED, "approver", "suspension/end", {}, State.AWARDED),
        (State.AWARDED, "clerk", "return-of-title", {}, State.REVOKED),
    ],
)
def test_a_page_asks_for_the_reason_and_then_acts(
    app: Flask, client: FlaskClient, state: State, login: str, page: str, fields: dict[str, str], after: State
) -> None:
    case = application_in(app, state)
    sign_in(client, clerk_of(app, case) if login == "clerk" else login)
    path = f"/applications/{case}/{page}"

    assert done(client, path, **fields) == 422  # no reason
    assert state_of(app, case) is state
    assert done(client, path, reason="写明了理由。", **fields) == 303

    assert state_of(app, case) is after
    with app.app_context():
        last = db.session.scalars(select(Step).order_by(Step.id.desc())).first()
        assert (last.after, last.reason) == (after, "写明了理由。")


def test_a_conclusion_has_no_default(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.RECHECK)
    sign_in(client, "approver")

    assert done(client, f"/applications/{case}/recheck/conclusion", reason="写明了理由。") == 422
    assert state_of(app, case) is State.RECHECK


def test_a_revocation_takes_two_persons(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    work(app)
    sign_in(client, "office")
    assert done(client, f"/applications/{case}/revocation", reason="台账不实。") == 303
    assert state_of(app, case) is State.AWARDED
    assert "等待另一位审定人" in client.get(f"/applications/{case}/revocation").text
    approver = app.test_client()
    sign_in(approver, "approver")

    assert done(approver, f"/applications/{case}/revocation/approval", agreed="agree", answer="") == 303

    assert state_of(app, case) is State.REVOKED
    with app.app_context():
        assert db.session.scalars(select(Certificate)).one().state is CertificateState.REVOKED
    assert any("证书即时失效" in text for text in mails(app))


def test_a_revocation_that_is_declined_leaves_the_title(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    sign_in(client, "office")
    done(client, f"/applications/{case}/revocation", reason="台账不实。")
    approver = app.test_client()
    sign_in(approver, "approver")

    path = f"/applications/{case}/revocation/approval"
    assert done(approver, path, agreed="send-back", answer="证据不足。") == 303

    assert state_of(app, case) is State.AWARDED
    assert "证据不足。" in client.get(f"/applications/{case}/revocation").text


def test_giving_a_title_back_asks_for_the_password_again(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    sign_in(client, clerk_of(app, case))
    path = f"/applications/{case}/return-of-title"

    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        assert done(client, path, reason="单位搬迁。") == 422
        assert state_of(app, case) is State.AWARDED
        assert done(client, path, reason="单位搬迁。", password=PASSWORD) == 303

    assert state_of(app, case) is State.REVOKED


@pytest.mark.parametrize(
    ("login", "page", "status"),
    [
        ("approver", "recheck", 403),
        ("office", "recheck/conclusion", 403),
        ("office", "suspension", 403),
        ("approver", "suspension", 409),
        ("office", "return-of-title", 403),
        ("admin", "recheck", 403),
        (None, "recheck", 302),
    ],
)
def test_a_page_opens_to_its_own_people_in_its_own_stage(
    app: Flask, client: FlaskClient, login: str | None, page: str, status: int
) -> None:
    case = application_in(app, State.AWARDED)
    if login:
        sign_in(client, login)

    assert client.get(f"/applications/{case}/{page}").status_code == status
    assert client.post(f"/applications/{case}/{page}", data={"reason": "x"}).status_code == status
    assert state_of(app, case) is State.AWARDED


# two persons, by person


def test_who_opened_a_recheck_does_not_conclude_it(app: Flask) -> None:
    case = application_in(app, State.RECHECK)
    approver = city(app)["approver"]
    with app.app_context():
        application = db.session.get_one(Application, case)
        opened = next(step for step in application.history if step.act == Act.OPEN_RECHECK.name)
        opened.person_id = approver.person_id
        for act in (
            lambda: actions.conclude_recheck(db.session(), application, True, "无误", by=approver, at=clock.now()),
            lambda: actions.order_rectifying(application, "整改", by=approver, at=clock.now()),
        ):
            with pytest.raises(NotAllowed):
                act()
        assert application.state is State.RECHECK


# time


def test_titles_run_out_by_themselves_and_only_when_due(app: Flask) -> None:
    case = application_in(app, State.AWARDED)
    with app.app_context():
        session, certificate = db.session(), db.session.scalars(select(Certificate)).one()
        last_moment = clock.end_of(certificate.valid_until, ZONE) - timedelta(seconds=1)
        with pytest.raises(NotReady):
            actions.expire(session, certificate.application, certificate.valid_until, by=SYSTEM, at=last_moment)

        assert actions.expire_due(session, last_moment, ZONE) == 0
        assert actions.expire_due(session, last_moment + timedelta(seconds=1), ZONE) == 1
        assert actions.expire_due(session, last_moment + timedelta(days=9), ZONE) == 0
        session.commit()
    assert state_of(app, case) is State.EXPIRED


def test_a_return_nobody_answers_runs_out(app: Flask) -> None:
    case = application_in(app, State.RETURNED)
    with app.app_context():
        due = db.session.get_one(Application, case).due_at

        assert actions.expire_due(db.session(), due, ZONE) == 0
        assert actions.expire_due(db.session(), due + timedelta(seconds=1), ZONE) == 1
        db.session.commit()
    assert state_of(app, case) is State.EXPIRED


def test_a_suspended_title_is_listed_as_such_and_a_revoked_one_is_gone(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.SUSPENDED)
    assert "已暂停</span>" in client.get("/register").text  # of the cell; the word alone is also one of the filter
    approver = city(app)["approver"]
    with app.app_context():
        application = db.session.get_one(Application, case)
        actions.resume(application, "核查无误", by=approver, at=clock.now())
        db.session.commit()

    assert "已暂停</span>" not in client.get("/register").text
