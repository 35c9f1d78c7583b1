"""A rejected unit appeals once, within its days, to two persons who had no part in the decision."""

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.models import Exhibit, Objection
from tests.builders import application_in, clerk_of, hidden, sign_in, work
from tests.evidence.files import pdf
from tests.print import looking

GROUNDS = {"text": "源头减量材料已齐全，见补充的台账和合同，请重新审定。", "contact": "张三 0391-0000000"}


@pytest.fixture
def case(app: Flask) -> int:
    return application_in(app, State.REJECTED)


@pytest.fixture
def clerk(app: Flask, case: int) -> FlaskClient:
    return person(app, clerk_of(app, case))


def person(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def acted(client: FlaskClient, path: str, **fields: str) -> int:
    return client.post(path, data=hidden(client.get(path).text) | fields).status_code


def appealed(app: Flask, clerk: FlaskClient, case: int) -> None:
    """The unit appealed, and another clerk of the office took it."""
    assert acted(clerk, f"/applications/{case}/objection", **GROUNDS) == 303
    office = person(app, "office2")
    with app.app_context():
        number = db.session.scalars(select(Objection.id).order_by(Objection.id.desc())).first()
    page = office.get(f"/applications/{case}/objections").text
    assert office.post(f"/applications/{case}/objections/{number}/take", data=hidden(page)).status_code == 303


def last_day(app: Flask, case: int) -> tuple[str, timedelta]:
    with app.app_context():
        application, library = db.session.get_one(Application, case), app.extensions["cellcert"].library
        since = clock.day_of(application.state_since, "Asia/Shanghai")
        last = library.calendar.add_working_days(since, library.programme.appeal.working_days)
        return f"{last.year}年{last.month}月{last.day}日", clock.end_of(last, "Asia/Shanghai") - clock.now()


def test_the_unit_is_told_until_when_and_its_window_closes_at_midnight(
    app: Flask, clerk: FlaskClient, case: int
) -> None:
    shown, left = last_day(app, case)
    at, path = clock.now() + left, f"/applications/{case}/objection"

    assert shown in clerk.get(f"/applications/{case}").text
    assert shown in clerk.get(path).text
    with time_machine.travel(at + timedelta(seconds=1)):
        late = person(app, clerk_of(app, case))
        assert "申诉期已结束" in late.get(path).text
        assert f'{path}"' not in late.get(f"/applications/{case}").text
        assert acted(late, path, **GROUNDS) == 409
    with time_machine.travel(at - timedelta(seconds=1)):
        assert acted(person(app, clerk_of(app, case)), path, **GROUNDS) == 303


def test_an_appeal_has_files_and_is_made_once(app: Flask, clerk: FlaskClient, case: int) -> None:
    path = f"/applications/{case}/objection"
    assert acted(clerk, path, **GROUNDS) == 303
    files = {"files": (io.BytesIO(pdf()), "台账.pdf")}

    assert clerk.post(f"/applications/{case}/objections/appeal/files", data=files).status_code == 303
    assert acted(clerk, path, **GROUNDS) == 409

    page = clerk.get(f"/applications/{case}/objections").text
    assert GROUNDS["text"] in page
    assert "台账.pdf" in page
    with app.app_context():
        number = db.session.scalars(select(Exhibit.id)).one()
    file = f"/applications/{case}/objections/files/{number}"
    assert clerk.get(file).data.startswith(b"%PDF")
    assert person(app, "office2").get(file).status_code == 200
    assert person(app, "expert1").get(file).status_code == 404
    assert app.test_client().get(file).status_code == 302


def test_who_decided_neither_proposes_nor_settles_the_appeal(app: Flask, clerk: FlaskClient, case: int) -> None:
    appealed(app, clerk, case)
    closing, close = (f"/applications/{case}/objections/{last}" for last in ("closing", "close"))
    answer = {"outcome": "rejected", "reply": "补充材料不能证明达到条件。"}

    assert acted(person(app, "office"), closing, **answer) == 403
    office = person(app, "office2")
    assert 'value="notice"' not in office.get(closing).text
    assert acted(office, closing, **answer) == 303
    decided = person(app, "approver")
    assert "参与过" in decided.get(close).text
    assert acted(decided, close, agreed="agree") == 403
    assert acted(person(app, "approver2"), close, agreed="agree") == 303

    work(app)
    with app.app_context():
        assert db.session.get_one(Application, case).state is State.REJECTED
        number, letter = db.session.execute(select(Objection.id, Objection.letter)).one()
        assert letter is not None
    said = looking.text(clerk.get(f"/applications/{case}/objections/{number}/answer.pdf").data)
    assert "维持不予认定" in said
    assert "关于申诉的答复" in said
    path = f"/applications/{case}/objection"
    assert f'{path}"' not in clerk.get(f"/applications/{case}").text, "the answer to an appeal is not appealed against"
    assert acted(clerk, path, **GROUNDS) == 409


def test_an_appeal_that_is_right_goes_back_to_the_decision(app: Flask, clerk: FlaskClient, case: int) -> None:
    appealed(app, clerk, case)
    assert acted(
        person(app, "office2"), f"/applications/{case}/objections/closing", outcome="decision", reply="材料属实。"
    ) == 303  # fmt: skip
    assert acted(person(app, "approver2"), f"/applications/{case}/objections/close", agreed="agree") == 303

    with app.app_context():
        assert db.session.get_one(Application, case).state is State.DECISION


def test_nobody_asks_the_unit_to_answer_its_own_appeal(app: Flask, clerk: FlaskClient, case: int) -> None:
    appealed(app, clerk, case)
    path = f"/applications/{case}/objections/ask"

    assert acted(person(app, "office2"), path, question="请说明。") == 409


def test_beside_another_application_of_the_category_an_appeal_is_refused_in_words(
    app: Flask, clerk: FlaskClient, case: int
) -> None:
    assert acted(clerk, f"/applications/{case}/objection", **GROUNDS) == 303
    with app.app_context():
        old, at = db.session.get_one(Application, case), clock.now()
        newer = Application(
            unit_id=old.unit_id, category=old.category, division=old.division, lead=old.lead, batch=old.batch,
            edition_id=old.edition_id, state=State.DRAFT, created_at=at, state_since=at, edited_at=at,
        )  # fmt: skip
        db.session.add(newer)
        db.session.commit()
        number = db.session.scalars(select(Objection.id).order_by(Objection.id.desc())).first()
    office = person(app, "office2")
    page = office.get(f"/applications/{case}/objections").text
    answer = office.post(f"/applications/{case}/objections/{number}/take", data=hidden(page))
    assert answer.status_code == 409
    assert "已另有一份申报在办理中" in answer.text
