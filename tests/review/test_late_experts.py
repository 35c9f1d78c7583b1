"""Sheets have a day: who is late is named, and the drawing gives the next."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from cellcert import clock
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Assignment, Step
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.people.models import Person
from cellcert.review.drawing import is_repeated
from tests.builders import application_in, hidden
from tests.review.cases import case, waiting_experts
from tests.review.conftest import Enter


@pytest.fixture
def reviewed(app: Flask) -> int:
    return application_in(app, State.REVIEW)


def due_in(days: float, id_: int) -> None:
    db.session.execute(
        update(Assignment).where(Assignment.application_id == id_).values(due_at=clock.now() + timedelta(days=days))
    )
    db.session.commit()


def test_the_office_takes_the_drawings_next_best_person_with_one_press(app: Flask, reviewed: int, enter: Enter) -> None:
    with app.app_context():
        login = waiting_experts(reviewed)[0]
        due_in(-1, reviewed)
        person = db.session.scalars(select(Person).where(Person.login == login)).one()
        seat = db.session.scalars(
            select(Assignment).where(Assignment.application_id == reviewed, Assignment.person_id == person.id)
        ).one()
        seat_id, name, before = seat.id, person.name, {one.person_id for one in case(reviewed).seats}
        id_of_late = person.id
    office = enter("office")
    home = office.get("/desk").text
    assert f"/applications/{reviewed}/experts/next?seat={seat_id}" in home
    path = f"/applications/{reviewed}/experts/next"
    page = office.get(f"{path}?seat={seat_id}").text
    assert "逾期未提交评分" in page
    assert name in page

    answer = office.post(path, data=hidden(page) | {"reason": "逾期"}, follow_redirects=True)

    assert "已指派 1 人次" in answer.text
    with app.app_context():
        now = {one.person_id for one in case(reviewed).seats if one.is_open}
        assert id_of_late not in now
        assert len(now - before) == 1
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "draw-experts")).one()
        assert is_repeated(event.data)
    assert "更换为抽中的专家" not in office.get(f"{path}?seat={seat_id}").text


def test_what_was_drawn_and_is_no_longer_so_is_shown_again(app: Flask, reviewed: int, enter: Enter) -> None:
    with app.app_context():
        seat_id = next(seat.id for seat in case(reviewed).seats if seat.is_open)
    office, path = enter("office"), f"/applications/{reviewed}/experts/next"
    page = office.get(f"{path}?seat={seat_id}").text
    answer = office.post(path, data=hidden(page) | {"reason": "联系不上", "seen": "x"})
    assert answer.status_code == 409
    assert "请核对后再确认" in answer.text
    assert "联系不上" in answer.text
    nothing = office.post(path, data=hidden(office.get(f"{path}?seat={seat_id}").text) | {"reason": ""})
    assert nothing.status_code == 422


def test_a_re_check_gets_its_experts_by_the_drawing_in_a_round_of_its_own(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.RECHECK)
    with app.app_context():
        opened = update(Step).where(Step.application_id == id_, Step.act == Act.OPEN_RECHECK.name)
        db.session.execute(opened.values(at=clock.now() - timedelta(hours=1)))
        db.session.commit()
        before = case(id_).round
    office, path = enter("office"), f"/applications/{id_}/experts/next"

    answer = office.post(path, data=hidden(office.get(path).text), follow_redirects=True)

    assert "已指派 3 人次" in answer.text
    with app.app_context():
        after = case(id_)
        assert after.round == before + 1
        assert len([seat for seat in after.seats if seat.is_open]) == 3
