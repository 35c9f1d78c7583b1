"""Accounts and roles: three kinds of duty stay apart, and nobody serves oneself."""

from itertools import product

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select

from cellcert.actors import PUBLIC, SYSTEM, Actor, Role
from cellcert.database import db
from cellcert.errors import NotAllowed, NotReady, Refusal, Unusable
from cellcert.people.actions import add_person, disable, end_role, grant
from cellcert.people.models import Person, Post
from cellcert.people.queries import account_lines
from cellcert.people.rules import may_grant, may_hold, network_of
from tests.people.arrivals import NOW, a_unit, events, password_hash, signed_in, somebody, try_sign_in

BUSINESS = [Role.OFFICE, Role.APPROVER, Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.APPLICANT]


def test_administrator_auditor_and_business_are_three_people() -> None:
    assert not may_hold([Role.ADMIN, Role.AUDITOR])
    for apart, business in product((Role.ADMIN, Role.AUDITOR), BUSINESS):
        assert not may_hold([apart, business])
    assert may_hold(BUSINESS)
    assert may_hold([Role.ADMIN])


def test_only_the_administrator_grants_and_a_unit_brings_in_its_own() -> None:
    able = {(by, role) for by, role in product(Role, Role) if may_grant(by, role)}

    assert {by for by, role in able if role is not Role.APPLICANT} == {Role.ADMIN, Role.SYSTEM}
    assert {by for by, _ in able} == {Role.ADMIN, Role.SYSTEM, Role.PUBLIC, Role.APPLICANT}
    assert not any(role in {Role.PUBLIC, Role.SYSTEM} for _, role in able)


@pytest.mark.parametrize(
    ("first", "second"), [(Role.ADMIN, Role.OFFICE), (Role.AUDITOR, Role.ADMIN), (Role.EXPERT, Role.AUDITOR)]
)
def test_a_second_duty_that_must_stay_apart_is_refused_in_words(app: Flask, first: Role, second: Role) -> None:
    somebody(app, "admin", Role.ADMIN)
    person_id = somebody(app, "li", first)
    client = signed_in(app, "admin")
    answer = client.post(f"/accounts/{person_id}", data={"role": second.value})

    assert answer.status_code == 422
    assert "三员分立" in answer.text
    with app.app_context():
        assert [post.role for post in db.session.get_one(Person, person_id).open_posts] == [first]


def test_a_duty_that_ended_does_not_stand_in_the_way(app: Flask) -> None:
    person_id = somebody(app, "li", Role.OFFICE)
    with app.app_context():
        person = db.session.get_one(Person, person_id)
        end_role(db.session(), person.posts[0], by=SYSTEM, at=NOW)

        assert grant(db.session(), person, Role.AUDITOR, by=SYSTEM, at=NOW).role is Role.AUDITOR


def test_nobody_grants_ends_or_disables_for_oneself(app: Flask) -> None:
    me = somebody(app, "admin", Role.ADMIN)
    somebody(app, "second", Role.ADMIN)
    client = signed_in(app, "admin")
    with app.app_context():
        post = db.session.get_one(Person, me).posts[0].id
    answers = [
        client.post(f"/accounts/{me}", data={"role": "office"}),
        client.post(f"/accounts/{me}/roles/{post}/end", data={"reason": "x"}),
        client.post(f"/accounts/{me}/disable", data={"reason": "x"}),
        client.post(f"/accounts/{me}/password"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    with app.app_context():
        person = db.session.get_one(Person, me)
        assert [held.role for held in person.open_posts] == [Role.ADMIN]
        assert person.active


def test_the_last_administrator_stays(app: Flask) -> None:
    me = somebody(app, "admin", Role.ADMIN)
    with app.app_context():
        person = db.session.get_one(Person, me)
        with pytest.raises(NotReady):
            disable(db.session(), person, reason="x", by=SYSTEM, at=NOW)
        with pytest.raises(NotReady):
            end_role(db.session(), person.posts[0], by=SYSTEM, at=NOW)


def test_a_role_without_its_place_and_the_same_role_twice_are_refused(app: Flask) -> None:
    person_id = somebody(app, "li", Role.EXPERT)
    with app.app_context():
        person = db.session.get_one(Person, person_id)
        for role in (Role.DISTRICT, Role.DEPARTMENT, Role.APPLICANT):
            with pytest.raises(Unusable):
                grant(db.session(), person, role, by=SYSTEM, at=NOW)
        with pytest.raises(NotReady):
            grant(db.session(), person, Role.EXPERT, by=SYSTEM, at=NOW)


def test_a_unit_brings_in_people_for_itself_only(app: Flask) -> None:
    person_id, unit, other = (
        somebody(app, "li"),
        a_unit(app),
        a_unit(app, name="示例二厂", credit_code="91000000MA0DEM021H"),
    )
    clerk = Actor(999, "示例", Role.APPLICANT, unit_id=unit)
    with app.app_context():
        person = db.session.get_one(Person, person_id)
        for by, role, unit_id in [
            (clerk, Role.APPLICANT, other),
            (clerk, Role.OFFICE, None),
            (PUBLIC, Role.ADMIN, None),
        ]:
            with pytest.raises(NotAllowed):
                grant(db.session(), person, role, unit_id=unit_id, by=by, at=NOW)


def test_the_administrator_adds_an_account_whose_password_is_shown_once(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    with time_machine.travel(NOW):
        client = signed_in(app, "admin")
        form = {
            "person_name": "示例丙",
            "login": "District1",
            "phone": "13800000000",
            "role": "district",
            "division": "jiefang",
        }
        shown = client.post("/accounts/new", data=form | {"department": "environment"})
        initial = shown.text.split('<code class="fs-4 text-body">')[1].split("<")[0]
        first = try_sign_in(app.test_client(), "district1", initial)

    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert initial not in str(shown.headers)
    assert initial not in client.get("/accounts").text
    assert first.status_code == 303
    assert events(app).count("account-added") == 2
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.login == "district1")).one()
        assert person.must_change_password
        assert initial not in person.password_hash
        assert [(post.role, post.division, post.department) for post in person.posts] == [
            (Role.DISTRICT, "jiefang", None)
        ]


def test_a_login_is_given_once(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    client = signed_in(app, "admin")
    form = {"person_name": "示例丙", "login": "ADMIN", "phone": "13800000000", "role": "office"}
    answer = client.post("/accounts/new", data=form)

    assert answer.status_code == 422
    assert "已有人使用" in answer.text
    assert "示例丙" in answer.text


def test_a_disabled_account_can_be_opened_again(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    li = somebody(app, "li", Role.EXPERT)
    client = signed_in(app, "admin")
    assert client.post(f"/accounts/{li}/disable", data={"reason": "调离"}).status_code == 303
    assert try_sign_in(app.test_client(), "li").status_code == 422
    assert client.post(f"/accounts/{li}/enable").status_code == 303
    assert try_sign_in(app.test_client(), "li").status_code == 303
    assert {"disabled", "enabled"} <= set(events(app))


def test_a_forgotten_password_is_issued_anew_and_opens_a_shut_door(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    li = somebody(app, "li", Role.EXPERT)
    for _ in range(6):
        try_sign_in(app.test_client(), "li", "forgotten again")
    shown = signed_in(app, "admin").post(f"/accounts/{li}/password")
    initial = shown.text.split('<code class="fs-4 text-body">')[1].split("<")[0]

    assert try_sign_in(app.test_client(), "li", initial).status_code == 303
    assert "password-reissued" in events(app)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.PUBLIC, Role.SYSTEM}])
def test_each_page_opens_to_its_role_only(app: Flask, role: Role) -> None:
    unit = a_unit(app, credit_code="91350100M0001TGQXM", doubtful_accepted=True)
    li = somebody(app, "li", role, unit_id=unit, division="jiefang", department="environment")
    client = signed_in(app, "li")
    open_to = {
        "/accounts": Role.ADMIN, "/accounts/new": Role.ADMIN, f"/accounts/{li}": Role.ADMIN,
        "/colleagues": Role.APPLICANT, "/unit": Role.APPLICANT,
        "/units/doubtful": Role.DISTRICT, f"/units/{unit}/code": Role.DISTRICT,
        f"/accounts/{li}/disable": Role.ADMIN, f"/accounts/{li}/password": Role.ADMIN,
    }  # fmt: skip

    for path, only in open_to.items():
        assert client.get(path).status_code == (200 if role is only else 403), path
        assert app.test_client().get(path).status_code == 302, path


def test_three_accounts_and_thirty_cost_the_same_queries(app: Flask) -> None:
    def cost() -> int:
        asked: list[str] = []
        with app.app_context():

            def count(*args: object) -> None:
                asked.append(str(args[2]))

            event.listen(db.engine, "before_cursor_execute", count)
            lines, _ = account_lines(db.session())
            assert all(line.posts for line in lines)
            event.remove(db.engine, "before_cursor_execute", count)
        return len(asked)

    unit = a_unit(app)
    for number in range(3):
        somebody(app, f"li{number}", Role.APPLICANT, Role.EXPERT, unit_id=unit)
    few = cost()
    for number in range(3, 30):
        somebody(app, f"li{number}", Role.APPLICANT, Role.EXPERT, unit_id=unit)

    assert cost() == few


def test_a_search_looks_for_the_signs_as_they_are(app: Flask) -> None:
    somebody(app, "li_1", Role.EXPERT)
    somebody(app, "lix1", Role.EXPERT)
    with app.app_context():
        assert [line.login for line in account_lines(db.session(), "li_1")[0]] == ["li_1"]
        assert account_lines(db.session(), "%")[0] == []


def test_a_refused_account_leaves_nothing_behind(app: Flask) -> None:
    somebody(app, "admin", Role.ADMIN)
    client = signed_in(app, "admin")
    form = {"person_name": "示例丙", "login": "clerk", "phone": "13800000000", "role": "applicant", "unit_code": "none"}
    answer = client.post("/accounts/new", data=form)

    assert answer.status_code == 422
    assert "没有使用这个代码的单位" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1
        assert db.session.scalar(select(func.count()).select_from(Post)) == 1
    assert events(app).count("account-added") == 1


def test_a_network_is_wider_than_one_computer() -> None:
    assert network_of("192.0.2.77") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert network_of("not an address") == network_of(None) == ""


def test_a_login_is_kept_in_small_letters(app: Flask) -> None:
    with app.app_context():
        person = add_person(db.session(), login="LiMing", name="示例", password_hash=password_hash(), by=SYSTEM, at=NOW)
        assert person.login == "liming"
        with pytest.raises(Refusal):
            add_person(db.session(), login="LIMING", name="示例", password_hash=password_hash(), by=SYSTEM, at=NOW)
