"""The lists of the desks: what waits, from as many questions to the database for a few cases as for many."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.decision.queries import on_notice, open_objection_lines, public_notices, to_award, to_decide
from tests.builders import application_in

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


def test_a_rejected_unit_is_on_no_public_list(app: Flask) -> None:
    application_in(app, State.REJECTED)

    page = app.test_client().get("/notices")

    assert page.status_code == 200
    assert "示例" not in page.text.split("<main")[1].split("</main>")[0].replace("示例版", "")
