"""Who may begin an application, what is shown first, and who may read the checklists."""

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import my_applications
from cellcert.database import db
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in


@pytest.fixture
def clerk(app: Flask, client: FlaskClient) -> FlaskClient:
    """Signed in for a unit that has a draft as an agency."""
    sign_in(client, clerk_of(app, application_in(app, State.DRAFT)))
    return client


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Application)) or 0


def test_the_conditions_are_shown_before_anything_is_begun(app: Flask, clerk: FlaskClient) -> None:
    with app.app_context():
        checklist = house().library.checklist("factory")
    page = clerk.get("/apply?category=factory").text
    for text in (*checklist.who, *(one.text for one in checklist.prerequisites)):
        assert str(text) in page
    assert count(app) == 1
    assert clerk.post("/apply", data=hidden(page)).status_code == 303
    assert count(app) == 2


def test_a_second_application_of_a_category_leads_to_the_first(app: Flask, clerk: FlaskClient) -> None:
    page = clerk.get("/apply?category=agency").text
    assert "打开这份申报" in page
    refused = clerk.post("/apply", data={"category": "agency"})
    assert refused.status_code == 409
    assert "不能重复申报" in refused.text
    assert count(app) == 1


def test_without_an_open_batch_nothing_is_begun(app: Flask, clerk: FlaskClient) -> None:
    with time_machine.travel("2031-01-05T02:00:00+00:00", tick=False):
        sign_in(clerk, clerk_of(app, 1))
        assert "没有开放的申报批次" in clerk.get("/apply?category=factory").text
        refused = clerk.post("/apply", data={"category": "factory"})
    assert refused.status_code == 409
    assert count(app) == 1


def test_only_units_apply(app: Flask, clerk: FlaskClient) -> None:
    assert app.test_client().get("/apply").status_code == 302
    other = app.test_client()
    sign_in(other, "office")
    assert other.get("/apply").status_code == 403
    assert clerk.get("/apply?category=nothing").status_code == 404


def test_my_applications_are_listed_last_touched_first(app: Flask, clerk: FlaskClient) -> None:
    clerk.post("/apply", data={"category": "factory"})
    with app.app_context():
        unit = db.session.scalars(select(Application.unit_id)).first()
        assert unit is not None
        assert [line.category for line in my_applications(db.session(), unit)] == ["factory", "agency"]


@pytest.mark.parametrize("category", ["agency", "park", "factory", "community", "scenic", "mall"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everybody_reads_the_checklists(app: Flask, category: str, language: str) -> None:
    guest = app.test_client()
    guest.get(f"/language/{language}")
    with app.app_context():
        checklist = house().library.checklist(category)
    page = guest.get(f"/criteria/{category}").text
    for item in checklist.items():
        assert f'id="item-{item.key}"' in page
        assert str(item.text.text(language)) in page.replace("&#34;", '"').replace("&#39;", "'")
    assert guest.get("/criteria").status_code == 200
    assert guest.get("/criteria/nothing").status_code == 404
