"""The lists of the desks: what waits, from as many questions to the database for a few cases as for many."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.actions import propose
from cellcert.decision.objecting import propose_closing
from cellcert.decision.queries import on_notice, open_objection_lines, public_notices, to_award, to_decide
from cellcert.desk.queries import proposals_waiting
from cellcert.web import house
from tests.builders import application_in, city

TODAY = clock.day_of(clock.now(), "Asia/Shanghai")
LISTS: dict[str, tuple[State, Callable[[Session], list[object]]]] = {
    "to decide": (State.DECISION, to_decide),
    "on notice": (State.NOTICE, on_notice),
    "to award": (State.NOTICE, lambda session: to_award(session, TODAY + timedelta(days=60))),
    "objections": (State.OBJECTION, open_objection_lines),
    "notices": (State.NOTICE, lambda session: public_notices(session, limit=50)),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_once_however_long_it_is(app: Flask, name: str) -> None:
    state, lines = LISTS[name]
    application_in(app, state)
    application_in(app, state, "mall")
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        found = lines(db.session())

    assert len(found) == 2
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_nothing_is_to_be_awarded_while_the_notice_runs(app: Flask) -> None:
    application_in(app, State.NOTICE)
    with app.app_context():
        assert to_award(db.session(), TODAY) == []
        (line,) = on_notice(db.session())
        assert to_award(db.session(), line.ends_on) == []
        assert [one.notice_id for one in to_award(db.session(), line.ends_on + timedelta(days=1))] == [line.notice_id]


def test_the_office_sees_which_objection_waits_for_the_approver(app: Flask) -> None:
    id_ = application_in(app, State.OBJECTION)
    office = city(app)["office"]
    with app.app_context():
        (line,) = open_objection_lines(db.session())
        assert line.proposed_by is None
        application = db.session.get_one(Application, id_)
        propose_closing(
            db.session(), application, State.NOTICE, "不成立", house().library.programme, by=office, at=clock.now()
        )
        db.session.flush()
        (line,) = open_objection_lines(db.session())
        assert line.proposed_by == office.name
        (waiting,) = proposals_waiting(db.session())
        assert waiting.matter.says(waiting.outcome) == "异议不成立，恢复公示"
        db.session.rollback()


def test_a_proposal_nobody_can_answer_any_more_waits_on_no_desk(app: Flask) -> None:
    id_ = application_in(app, State.DECISION)
    people = city(app)
    with app.app_context():
        application = db.session.get_one(Application, id_)
        propose(db.session(), application, State.REJECTED, None, "不符合", by=people["office"], at=clock.now())
        db.session.flush()
        assert len(proposals_waiting(db.session())) == 1
        db.session.execute(update(Application).where(Application.id == id_).values(state=State.WITHDRAWN))
        assert proposals_waiting(db.session()) == []
        db.session.rollback()


def test_a_rejected_unit_is_on_no_public_list(app: Flask) -> None:
    application_in(app, State.REJECTED)

    page = app.test_client().get("/notices")

    assert page.status_code == 200
    assert "示例" not in page.text.split("<main")[1].split("</main>")[0].replace("示例版", "")
