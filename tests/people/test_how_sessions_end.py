"""A session ends at once, whatever ends it, and its cookie is worth nothing afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from cellcert.actors import SYSTEM, Role
from cellcert.database import db
from cellcert.people import actions
from cellcert.people.models import Person
from tests.people.arrivals import NOW, PASSWORD, events, is_in, signed_in, somebody


def _disable(person: Person, _: FlaskClient) -> None:
    actions.disable(db.session(), person, reason="left", by=SYSTEM, at=NOW)


def _end_role(person: Person, _: FlaskClient) -> None:
    actions.end_role(db.session(), person.posts[0], by=SYSTEM, at=NOW)


def _change_password(person: Person, _: FlaskClient) -> None:
    actions.change_password(db.session(), person, person.password_hash, by=SYSTEM, at=NOW)


def _reissue(person: Person, _: FlaskClient) -> None:
    actions.reissue_password(db.session(), person, person.password_hash, by=SYSTEM, at=NOW)


def _sign_out(_: Person, client: FlaskClient) -> None:
    with client.session_transaction() as browser:
        kept = dict(browser)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    with client.session_transaction() as browser:
        browser.update(kept)  # a thief who copied the cookie


@pytest.mark.parametrize("end", [_disable, _end_role, _change_password, _reissue, _sign_out])
def test_a_session_is_dead_with_its_cause(app: Flask, end: Callable[[Person, FlaskClient], None]) -> None:
    person_id = somebody(app, "expert", Role.EXPERT)
    client = signed_in(app, "expert")
    assert is_in(client)
    with app.app_context():
        end(db.session.get_one(Person, person_id), client)
        db.session.commit()

    assert not is_in(client)


def test_a_session_ends_when_nobody_uses_it_and_after_a_day_at_work(app: Flask) -> None:
    somebody(app, "expert", Role.EXPERT)
    with time_machine.travel(NOW, tick=False) as clock:
        idle = signed_in(app, "expert")
        clock.shift(timedelta(minutes=31))
        assert not is_in(idle)

        busy = signed_in(app, "expert")
        for _ in range(36):
            clock.shift(timedelta(minutes=20))
            assert is_in(busy)
        clock.shift(timedelta(minutes=1))
        assert not is_in(busy)


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_browser(app: Flask) -> None:
    somebody(app, "expert", Role.EXPERT)
    here, elsewhere = signed_in(app, "expert"), signed_in(app, "expert")
    new = "seven green kites by the river"
    answer = here.post("/password", data={"password_now": PASSWORD, "password_new": new, "password_again": new})

    assert answer.status_code == 303
    assert is_in(here)
    assert not is_in(elsewhere)
    assert "password-changed" in events(app)


@pytest.mark.parametrize(
    ("now", "new", "again", "said"),
    [
        ("not mine at all", "seven green kites", "seven green kites", "当前密码不正确"),
        (PASSWORD, "short one", "short one", "至少 10 个字符"),
        (PASSWORD, "seven green kites", "seven green kite", "不一致"),
        (PASSWORD, PASSWORD, PASSWORD, "与当前密码相同"),
        (PASSWORD, "password1234", "password1234", "太常见"),
        (PASSWORD, "expert-2026-expert", "expert-2026-expert", "不要包含登录名"),
        (PASSWORD, "我爱焦作cellcert", "我爱焦作cellcert", "不要包含登录名"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(app: Flask, now: str, new: str, again: str, said: str) -> None:
    somebody(app, "expert", Role.EXPERT)
    client = signed_in(app, "expert")
    answer = client.post("/password", data={"password_now": now, "password_new": new, "password_again": again})

    assert answer.status_code == 422
    assert said in answer.text
    assert "password-changed" not in events(app)


def test_guessing_the_current_password_is_counted(app: Flask) -> None:
    somebody(app, "expert", Role.EXPERT)
    client = signed_in(app, "expert")
    form = {"password_now": "a wrong guess", "password_new": "seven green kites", "password_again": "seven green kites"}

    assert [client.post("/password", data=form).status_code for _ in range(6)] == [422] * 5 + [429]


def test_an_initial_password_opens_only_the_page_that_changes_it(app: Flask) -> None:
    with time_machine.travel(NOW):
        somebody(app, "admin", Role.ADMIN, must_change=True)
        client = signed_in(app, "admin")
        for path in ("/accounts", "/switch", "/accounts/new"):
            assert client.get(path).headers["Location"] == "/password"
        assert "初始密码" in client.get("/password").text
        new = "seven green kites by the river"
        client.post("/password", data={"password_now": PASSWORD, "password_new": new, "password_again": new})

        assert client.get("/accounts").status_code == 200


def test_a_person_acts_in_one_post_at_a_time(app: Flask) -> None:
    somebody(app, "two", Role.DISTRICT, Role.EXPERT, division="jiefang")
    client = signed_in(app, "two")
    assert client.get("/units/doubtful").status_code == 200
    with client.session_transaction() as browser:
        before = browser["_user_id"]
    with app.app_context():
        expert = next(post.id for post in db.session.query(Person).one().posts if post.role is Role.EXPERT)

    assert client.post("/switch", data={"post": expert}).status_code == 303
    assert client.get("/units/doubtful").status_code == 403
    with client.session_transaction() as browser:
        assert browser["_user_id"] != before
        browser["_user_id"] = before
    assert not is_in(client)


def test_nobody_switches_to_another_persons_post(app: Flask) -> None:
    somebody(app, "two", Role.DISTRICT, Role.EXPERT, division="jiefang")
    other = somebody(app, "other", Role.OFFICE)
    client = signed_in(app, "two")
    with app.app_context():
        post = db.session.get_one(Person, other).posts[0].id

    assert client.post("/switch", data={"post": post}).status_code == 422


def test_switching_makes_the_session_no_younger(app: Flask) -> None:
    somebody(app, "two", Role.DISTRICT, Role.EXPERT, division="jiefang")
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in(app, "two")
        for _ in range(24):
            clock.shift(timedelta(minutes=29))
            assert is_in(client)
        with app.app_context():
            posts = [post.id for post in db.session.query(Person).one().posts]
        assert client.post("/switch", data={"post": posts[1]}).status_code == 303
        clock.shift(timedelta(minutes=25))
        assert not is_in(client)
