"""Numbers no database holds, signs nobody types: refused with a sentence, never with a fault."""

from collections.abc import Callable
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.decision.models import Objection
from tests.builders import application_in, city, sign_in

Enter = Callable[[str | None], FlaskClient]
HUGE = ["2147483648", "9223372036854775808", "9" * 30, "9" * 5000]
LISTS = [
    ("auditor", "/audit?before={}"),
    ("auditor", "/audit?check=chain&before={}"),
    ("office", "/applications?page={}"),
    ("admin", "/accounts?page={}"),
    (None, "/register?year={}"),
    (None, "/register?page={}"),
    (None, "/notices?page={}"),
]


@pytest.fixture(scope="module")
def enter(shared_app: Flask) -> Enter:
    """A browser with this person signed in, or a stranger's; each is let in once."""
    city(shared_app)

    @cache
    def signed_in(login: str | None) -> FlaskClient:
        client = shared_app.test_client()
        if login:
            sign_in(client, login)
        return client

    return signed_in


@pytest.mark.parametrize("huge", HUGE, ids=len)
@pytest.mark.parametrize(
    "page",
    [
        "/applications/{}",
        "/applications/{}/award",
        "/evidence/{}",
        "/certificates/{}.pdf",
        "/notices/{}",
        "/units/{}/code",
    ],
)
def test_a_number_no_row_can_have_is_not_found(enter: Enter, page: str, huge: str) -> None:
    assert enter("office").get(page.format(huge)).status_code == 404


@pytest.mark.parametrize("number", [*HUGE, "-1", "-9223372036854775809", "0", "x", "１"])
@pytest.mark.parametrize(("login", "page"), LISTS)
def test_a_list_opens_whatever_number_it_is_asked_for(enter: Enter, login: str | None, page: str, number: str) -> None:
    answer = enter(login).get(page.format(number))
    assert answer.status_code in {200, 302}


def test_a_nul_in_a_form_or_an_address_is_refused(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    fields = {"name": "张三", "contact": "a\0b", "text": "证明材料与实际情况不符，请核查。"}
    assert client.post(f"/applications/{case}/objection", data=fields).status_code == 400
    assert client.get("/register?q=a%00b").status_code == 400
    assert client.get("/verify/a%00b").status_code == 400
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Objection)) == 0
