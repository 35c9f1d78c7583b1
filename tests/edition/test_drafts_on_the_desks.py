"""Drafts of editions on the home pages: the approver's to answer, the office's to wait for."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.desk import homes
from cellcert.web import house
from tests.builders import city, sign_in
from tests.desk.conftest import Counted
from tests.edition.proposing import proposed


def test_a_draft_waits_on_both_desks_and_only_the_approver_is_led_to_approve(app: Flask, client: FlaskClient) -> None:
    draft = proposed(app, by=city(app)["office"])

    sign_in(client, "approver")
    page = client.get("/desk").text
    assert "1 件等您审定" in page
    assert page.count(f'href="/editions/{draft}/approve"') == 2  # the row, and the button of the page
    assert "审定草案" in page

    sign_in(client, "office")
    page = client.get("/desk").text
    assert "等待审定人审定" in page
    assert f'href="/editions/{draft}"' in page
    assert "/approve" not in page


def test_a_draft_whose_day_has_passed_goes_back_to_the_office(app: Flask, client: FlaskClient) -> None:
    draft = proposed(app, by=city(app)["office"])
    with app.app_context():
        db.session.get_one(Edition, draft).in_force_from -= timedelta(days=1)
        db.session.commit()

    sign_in(client, "approver")
    page = client.get("/desk").text
    assert "0 件等您审定" in page
    assert "生效日期已过，须由经办人改定日期" in page

    sign_in(client, "office")
    assert "撤回草案，改定生效日期" in client.get("/desk").text


def test_who_proposed_a_draft_is_not_led_to_approve_it(app: Flask, client: FlaskClient) -> None:
    who = city(app)
    draft = proposed(app, by=who["office"])
    with app.app_context():
        db.session.get_one(Edition, draft).proposed_by = who["approver"].person_id
        db.session.commit()

    sign_in(client, "approver")
    page = client.get("/desk").text
    assert "由您提出，须由他人审定" in page
    assert f"/editions/{draft}/approve" not in page


def test_a_desk_without_drafts_says_nothing_of_them(app: Flask, client: FlaskClient) -> None:
    city(app)
    for login in ("approver", "office"):
        sign_in(client, login)
        assert "评价标准草案" not in client.get("/desk").text


def test_more_drafts_do_not_cost_more_queries(app: Flask) -> None:
    who = city(app)

    def sent() -> list[int]:
        counts = []
        with app.app_context():
            for ask, role in ((homes.office, Role.OFFICE), (homes.approver, Role.APPROVER)):
                with Counted() as found:
                    ask(db.session(), house().library, Actor(1, "", role), clock.now())
                counts.append(found.count)
        return counts

    proposed(app, by=who["office"])
    one = sent()
    for category in ("agency", "park", "factory"):
        proposed(app, by=who["office"], category=category)
    assert sent() == one
