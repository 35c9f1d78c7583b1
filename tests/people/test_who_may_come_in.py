"""Sign-in: one answer for every wrong try, a door that shuts, and only paths of our own."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import process_time

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from cellcert.actors import Role
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.people.actions import count_attempt, disable, hash_password
from cellcert.people.models import FailedSignIn, Person, SignIn
from tests.people.arrivals import NOW, PASSWORD, Build, events, is_in, signed_in, somebody, try_sign_in


def test_the_right_password_opens_a_session_and_leaves_an_event(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    client = signed_in(app, "office")

    assert is_in(client)
    assert events(app)[-1] == "signed-in"


def test_a_login_is_found_in_capitals_and_a_password_is_taken_as_typed(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)

    assert try_sign_in(app.test_client(), "OFFICE").status_code == 303
    assert try_sign_in(app.test_client(), "office", PASSWORD + " ").status_code == 422


def test_the_answer_does_not_tell_which_accounts_exist(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    gone = somebody(app, "gone", Role.EXPERT)
    with app.app_context():
        from cellcert.actors import SYSTEM

        disable(db.session(), db.session.get_one(Person, gone), reason="left", by=SYSTEM, at=NOW)
        db.session.commit()

    answers = {
        (answer.status_code, re.sub(r'value="[^"]*"', "", answer.text))
        for answer in (
            try_sign_in(app.test_client(), "office", "a wrong guess"),
            try_sign_in(app.test_client(), "nobody", "a wrong guess"),
            try_sign_in(app.test_client(), "gone", PASSWORD),
        )
    }

    assert len(answers) == 1


def test_an_unknown_account_takes_as_long_as_a_wrong_password(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    client = app.test_client()
    client.get("/sign-in")
    try_sign_in(client, "warm", "up")

    def median(login: str) -> float:
        taken = []
        for number in range(9):
            begun = process_time()
            try_sign_in(client, login, "a wrong guess", address=f"10.0.{number}.1")
            taken.append(process_time() - begun)
        return sorted(taken)[4]

    assert 0.5 < median("nobody") / median("office") < 2


def test_five_wrong_passwords_shut_the_door_for_fifteen_minutes(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    client = app.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        wrong = [try_sign_in(client, "office", "a wrong guess").status_code for _ in range(6)]
        right_but_shut = try_sign_in(client, "office")
        clock.shift(timedelta(minutes=15))
        opened = try_sign_in(client, "office")

    assert wrong == [422] * 5 + [429]
    assert right_but_shut.status_code == 429
    assert "15 分钟" in right_but_shut.text
    assert opened.status_code == 303
    assert events(app).count("sign-in-failed") == 5
    assert events(app).count("locked") == 1


def test_the_door_is_shut_for_one_account_from_one_network_only(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    somebody(app, "expert", Role.EXPERT)
    for _ in range(6):
        try_sign_in(app.test_client(), "office", "a wrong guess", address="198.51.100.9")

    assert try_sign_in(app.test_client(), "office", address="198.51.100.200").status_code == 429
    assert try_sign_in(app.test_client(), "office", address="203.0.113.9").status_code == 303
    assert try_sign_in(app.test_client(), "expert", address="198.51.100.9").status_code == 303


def test_unknown_accounts_are_shut_too(app: Flask) -> None:
    client = app.test_client()

    assert [try_sign_in(client, "nobody", "a guess").status_code for _ in range(6)] == [422] * 5 + [429]


def test_the_right_password_clears_the_count(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    client = app.test_client()
    for _ in range(2):
        for _ in range(4):
            try_sign_in(client, "office", "a wrong guess")
        assert try_sign_in(client, "office").status_code == 303

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(FailedSignIn)) == 0


def test_guesses_at_the_same_moment_count_each(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)

    def guess(_: int) -> bool:
        with app.app_context():
            tried = count_attempt(db.session(), "office", "192.0.2.0/24", at=NOW)
            db.session.commit()
            return tried

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(guess, range(20))) == 5


def test_what_was_typed_for_an_unknown_account_is_not_kept_in_the_trail(app: Flask) -> None:
    try_sign_in(app.test_client(), "my-secret-password", "office")
    with app.app_context():
        told = [str(event.content()) for event in db.session.scalars(select(AuditEvent))]

    assert told
    assert not any("my-secret-password" in text for text in told)


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/", "//example.org/", "/\\example.org", "\\\\example.org", "javascript:alert(1)",
        "///x.org", "/\t/example.org", "http:/example.org", "%2F%2Fexample.org",
        " //example.org", "/%5cexample.org/..\\..//x",
        "/\r\nLocation: https://example.org",
    ],
)  # fmt: skip
def test_sign_in_leads_to_pages_of_this_site_only(app: Flask, target: str) -> None:
    somebody(app, "office", Role.OFFICE)
    client = app.test_client()

    shown = client.get("/sign-in", query_string={"next": target})
    assert '<input name="next" type="hidden" value="">' in shown.text
    location = try_sign_in(client, "office", next=target).headers["Location"]
    assert location.startswith("/")
    assert "example.org" not in location
    assert not location.startswith(("//", "/\\"))


def test_sign_in_goes_on_to_the_page_that_was_asked_for(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    client = app.test_client()
    asked = client.get("/accounts?q=x")

    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/sign-in?next=")
    shown = client.get(asked.headers["Location"])
    assert 'value="/accounts?q=x"' in shown.text
    assert try_sign_in(client, "admin", next="/accounts?q=x").headers["Location"] == "/accounts?q=x"


def test_a_new_session_has_a_new_name_and_only_its_hash_is_kept(app: Flask) -> None:
    somebody(app, "office", Role.OFFICE)
    client = app.test_client()
    client.get("/sign-in")
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    try_sign_in(client, "office")
    with client.session_transaction() as browser:
        first = browser["_user_id"]
        assert "planted" not in browser
    try_sign_in(client, "office")
    with client.session_transaction() as browser:
        second = browser["_user_id"]

    assert first != second
    assert len(second) >= 43
    with app.app_context():
        rows = db.session.scalars(select(SignIn).order_by(SignIn.id)).all()
        assert not {first, second} & {row.token_hash for row in rows}
        assert [row.ended_at is None for row in rows] == [False, True]


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    somebody(app, "office", Role.OFFICE)

    assert try_sign_in(app.test_client(), "office").status_code == 400
    assert app.test_client().post("/sign-out").status_code == 400


def test_an_account_without_a_role_or_with_an_old_initial_password_is_told_so(app: Flask) -> None:
    somebody(app, "idle")
    somebody(app, "late", Role.EXPERT, must_change=True)
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        assert "没有角色" in try_sign_in(app.test_client(), "idle").text
        late = try_sign_in(app.test_client(), "late")

    assert late.status_code == 422
    assert "初始密码已过期" in late.text


def test_passwords_are_kept_as_argon2id_of_19_mib() -> None:
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_fresh_city_has_no_account(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    for login in ("admin", "root", "office", "test"):
        assert try_sign_in(app.test_client(), login, login).status_code == 422


def test_who_forgot_a_password_learns_whom_to_ask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    library = app.extensions["cellcert"].library
    authority = library.programme.authority
    page = app.test_client().get("/sign-in").text
    assert f"申报单位请联系{authority.name.zh}" in page
    assert "联系方式" not in page.partition("忘记密码")[2].partition("</p>")[0]
    reached = replace(authority, phone="0391-0000000", address="示例路2号")
    monkeypatch.setitem(library.__dict__, "programme", replace(library.programme, authority=reached))
    assert "联系方式：0391-0000000，示例路2号" in app.test_client().get("/sign-in").text
