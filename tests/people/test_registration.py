"""An applicant registers oneself and the unit in one page, and brings in colleagues."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cellcert.actors import Role
from cellcert.database import db
from cellcert.people.models import Person
from cellcert.units.models import Unit
from cellcert.units.rules import CodeState
from tests.people.arrivals import (
    DOUBTFUL,
    VALID,
    VALID_TOO,
    Build,
    a_unit,
    events,
    is_in,
    signed_in,
    somebody,
    try_sign_in,
)

SECRET = "seven green kites by the river"
FORM = {
    "name": "示例纸业有限公司", "code_kind": "own", "credit_code": VALID, "host_name": "", "host_code": "",
    "division": "jiefang", "address": "示例路1号", "head": "示例甲", "contact_name": "示例乙",
    "contact_phone": "0391-1234567", "contact_email": "", "about": "", "person_name": "示例乙", "login": "lee",
    "phone": "13800000000", "email": "", "password_new": SECRET, "password_again": SECRET,
}  # fmt: skip


def register(client: FlaskClient, **changes: str) -> TestResponse:
    return client.post("/register-account", data=FORM | changes)


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def only_unit(app: Flask) -> Unit:
    with app.app_context():
        return db.session.scalars(select(Unit)).one()


def test_one_page_registers_the_person_and_the_unit_and_signs_in(app: Flask) -> None:
    client = app.test_client()
    answer = register(client)

    assert answer.status_code == 303
    assert is_in(client)
    assert client.get("/unit").status_code == 200
    assert events(app) == ["account-added", "unit-registered", "role-granted", "signed-in"]
    assert only_unit(app).code_state is CodeState.VALID
    assert try_sign_in(app.test_client(), "lee", SECRET).status_code == 303


def test_a_code_is_stored_half_width_and_in_capitals(app: Flask) -> None:
    register(app.test_client(), credit_code=" ９１００００００-ma0dem013n ")

    assert only_unit(app).credit_code == VALID


@pytest.mark.parametrize("code", ["", "12345", "A1110000600037341I", "91000000MA0DEM013NN", "不知道"])
def test_nonsense_is_refused_at_the_field(app: Flask, code: str) -> None:
    answer = register(app.test_client(), credit_code=code)

    assert answer.status_code == 422
    assert 'id="credit_code-error"' in answer.text
    assert "示例路1号" in answer.text
    assert count(app, Unit) == count(app, Person) == 0


def test_a_wrong_check_digit_warns_and_goes_on_with_a_tick(app: Flask) -> None:
    client = app.test_client()
    warned = register(client, credit_code=DOUBTFUL)
    assert warned.status_code == 422
    assert "校验位不符" in warned.text
    assert f'name="code_accepted" type="checkbox" value="{DOUBTFUL}"' in warned.text
    assert count(app, Unit) == 0

    assert register(client, credit_code=DOUBTFUL, code_accepted=DOUBTFUL).status_code == 303
    assert only_unit(app).code_state is CodeState.DOUBTFUL


def test_a_tick_for_one_code_is_none_for_another(app: Flask) -> None:
    other = "91350211M0000XUF46"

    assert register(app.test_client(), credit_code=other, code_accepted=DOUBTFUL).status_code == 422
    assert register(app.test_client(), credit_code=VALID, code_accepted=DOUBTFUL).status_code == 303


def test_a_unit_without_a_code_names_its_host(app: Flask) -> None:
    client = app.test_client()
    hosted = {"code_kind": "hosted", "credit_code": ""}
    refused = register(client, **hosted)
    assert refused.status_code == 422
    assert 'id="host_name-error"' in refused.text
    assert 'id="host_code-error"' in refused.text

    assert register(client, **hosted, host_name="示例街道办事处", host_code=VALID_TOO).status_code == 303
    unit = only_unit(app)
    assert (unit.credit_code, unit.host_code, unit.code_state) == (None, VALID_TOO, CodeState.HOSTED)


def test_two_units_may_have_the_same_host(app: Flask) -> None:
    hosted = {"code_kind": "hosted", "host_name": "示例街道办事处", "host_code": VALID_TOO}

    assert register(app.test_client(), **hosted, name="示例一社区").status_code == 303
    assert register(app.test_client(), **hosted, name="示例二社区", login="wang").status_code == 303


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": "wang", "name": "示例二厂"}, "这个代码的单位已经注册"),
        ({"login": "wang", "credit_code": VALID_TOO}, "同名单位"),
        ({"login": "wang", "credit_code": VALID_TOO, "name": "示例 纸业有限公司"}, "同名单位"),
        ({"login": "LEE", "name": "示例二厂", "credit_code": VALID_TOO}, "已有人使用"),
    ],
)
def test_a_second_of_the_same_is_refused_where_it_was_typed(app: Flask, changes: dict[str, str], said: str) -> None:
    register(app.test_client())
    client = app.test_client()
    answer = register(client, **changes)

    assert answer.status_code == 422
    assert said in answer.text
    assert not is_in(client)
    assert count(app, Unit) == count(app, Person) == 1
    assert events(app).count("account-added") == 1


def test_the_same_name_under_another_body_is_another_unit(app: Flask) -> None:
    register(app.test_client())

    assert register(app.test_client(), login="wang", credit_code=VALID_TOO, division="boai").status_code == 303


def test_of_many_who_register_the_same_unit_at_once_one_succeeds(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False

    def try_one(number: int) -> int:
        return register(app.test_client(), login=f"lee{number}").status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(try_one, range(6)))

    assert answers == [303] + [422] * 5
    assert count(app, Unit) == count(app, Person) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12"), ("contact_phone", "１２３"), ("email", "no at"), ("login", "a b"),
        ("name", "示例\u202e厂"), ("person_name", ""), ("division", "nowhere"), ("head", "示例\x07甲"),
        ("password_new", "short"), ("name", "示" * 101),
    ],
)  # fmt: skip
def test_each_mistake_stands_at_its_field(app: Flask, field: str, value: str) -> None:
    answer = register(app.test_client(), **{field: value})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert SECRET not in answer.text


def test_who_registers_is_the_contact_unless_another_is_named(app: Flask) -> None:
    alone = {"contact_name": "", "contact_phone": "", "contact_email": "", "email": "lee@example.com"}

    assert register(app.test_client(), **alone).status_code == 303

    unit = only_unit(app)
    assert (unit.contact_name, unit.contact_phone) == (FORM["person_name"], FORM["phone"])
    assert unit.contact_email == "lee@example.com"


def test_who_chooses_no_login_name_signs_in_with_the_phone_number(app: Flask) -> None:
    assert register(app.test_client(), login="", phone="+86 139 0000 0001").status_code == 303
    assert register(app.test_client(), login="", phone="139-0000-0002", name="示例二厂", credit_code=VALID_TOO)

    with app.app_context():
        logins = db.session.scalars(select(Person.login)).all()
    assert {"8613900000001", "13900000002"} <= set(logins)


def test_another_contact_has_a_number_of_their_own(app: Flask) -> None:
    answer = register(app.test_client(), contact_name="示例丁", contact_phone="")

    assert answer.status_code == 422
    assert 'id="contact_phone-error"' in answer.text


def test_nobody_registers_a_role_or_a_state(app: Flask) -> None:
    more = {"role": "admin", "code_state": "confirmed", "active": "1", "unit_id": "1", "must_change_password": "0"}
    register(app.test_client(), **more)
    with app.app_context():
        assert [post.role for post in db.session.scalars(select(Person)).one().posts] == [Role.APPLICANT]
    assert only_unit(app).code_state is CodeState.VALID


def test_a_colleague_comes_in_with_an_initial_password_and_works_for_the_same_unit(app: Flask) -> None:
    client = app.test_client()
    register(client)
    colleague = {"person_name": "示例丁", "login": "ding", "phone": "13900000000", "email": ""}
    shown = client.post("/colleagues/new", data=colleague)
    initial = shown.text.split('<code class="fs-4 text-body">')[1].split("<")[0]
    newcomer = app.test_client()

    assert try_sign_in(newcomer, "ding", initial).status_code == 303
    assert newcomer.get("/unit").headers["Location"] == "/password"
    newcomer.post("/password", data={"password_now": initial, "password_new": SECRET, "password_again": SECRET})
    assert "示例纸业有限公司" in newcomer.get("/unit").text
    assert "示例丁" in client.get("/colleagues").text


def test_a_colleague_leaves_but_nobody_leaves_another_unit_or_throws_oneself_out(app: Flask) -> None:
    unit, other = a_unit(app), a_unit(app, name="示例二厂", credit_code=VALID_TOO)
    me = somebody(app, "me", Role.APPLICANT, unit_id=unit)
    colleague = somebody(app, "colleague", Role.APPLICANT, unit_id=unit)
    stranger = somebody(app, "stranger", Role.APPLICANT, unit_id=other)
    with app.app_context():
        post = {who: db.session.get_one(Person, who).posts[0].id for who in (me, colleague, stranger)}
    client, theirs = signed_in(app, "me"), signed_in(app, "colleague")

    def end(who: int) -> int:
        return client.post(f"/colleagues/{post[who]}/end", data={"reason": "调离"}).status_code

    assert (end(stranger), end(me), end(colleague)) == (404, 403, 303)
    assert not is_in(theirs)
    assert end(colleague) == 404


def test_nobody_is_drawn_into_a_unit_by_their_login(app: Flask) -> None:
    reviewer = somebody(app, "reviewer", Role.DISTRICT, division="jiefang")
    client = app.test_client()
    register(client)
    form = {"person_name": "示例", "login": "reviewer", "phone": "13900000000", "email": ""}

    assert client.post("/colleagues/new", data=form).status_code == 422
    with app.app_context():
        assert [post.role for post in db.session.get_one(Person, reviewer).posts] == [Role.DISTRICT]


def test_registrations_are_bounded_per_address_and_what_was_typed_stays(app: Flask) -> None:
    house = app.extensions["cellcert"]
    one = house.settings.model_copy(update={"registrations_per_address": 1})
    app.extensions["cellcert"] = replace(house, settings=one)
    register(app.test_client())

    again = register(app.test_client(), login="other", credit_code=VALID_TOO, name="示例另一家公司")

    assert again.status_code == 429
    assert "次数已到上限" in again.text
    assert "示例另一家公司" in again.text
    assert count(app, Unit) == 1
