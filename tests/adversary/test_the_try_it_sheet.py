"""The try-it sheet is open to everybody: what it costs, what it holds up, and what it leaves behind."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from cellcert import clock
from cellcert.audit.models import IdempotencyKey
from cellcert.database import db
from cellcert.people.models import SignIn
from tests.builders import city, sign_in
from tests.edition.proposing import proposed
from tests.load import quickest

PAGE = "/criteria/mall/try"
PLAIN = "application/x-www-form-urlencoded"


def test_it_waits_for_nobody_who_writes(app: Flask) -> None:
    draft = proposed(app, city(app)["office"])
    clients = {PAGE: app.test_client(), f"/editions/{draft}/try": app.test_client()}
    sign_in(clients[f"/editions/{draft}/try"], "office")
    answers: dict[str, int] = {}

    def fill_in(page: str) -> None:
        answers[page] = clients[page].post(page, data={"idempotency_key": "k"}).status_code

    with app.app_context(), db.engine.begin():  # takes the one turn at writing SQLite has
        threads = [threading.Thread(target=fill_in, args=[page]) for page in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert answers == dict.fromkeys(clients, 200)


def test_it_keeps_a_session_alive_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    draft = proposed(app, city(app)["office"])
    sign_in(client, "office")
    with app.app_context():
        sign_in_row = db.session.scalars(select(SignIn)).one()
        sign_in_row.seen_at = before = clock.now().replace(microsecond=0) - timedelta(minutes=9)
        db.session.commit()
    written: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    for page in (PAGE, f"/editions/{draft}/try"):
        assert client.post(page, data={"idempotency_key": "k", "items.x": "yes"}).status_code == 200
    told = [statement for statement in written if statement.split()[0] not in {"SELECT", "BEGIN", "PRAGMA"}]
    assert [statement.split()[:2] for statement in told] == [["UPDATE", "sign_in"]]
    with app.app_context():
        assert db.session.scalars(select(SignIn.seen_at)).one() > before
        keys = select(func.count()).select_from(IdempotencyKey).where(IdempotencyKey.key == "k")
        assert db.session.scalar(keys) == 0


def test_a_visitor_gets_no_session(client: FlaskClient) -> None:
    for answer in (client.get(PAGE), client.post(PAGE, data={"items.x": "yes"})):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("page", [PAGE, "/sign-in"])
def test_a_million_fields_are_refused_before_they_are_read(client: FlaskClient, page: str) -> None:
    def refused() -> None:
        for data in (b"a=&" * 1_300_000, b"a=" + b"b" * 5_000_000):
            assert client.post(page, data=data, content_type=PLAIN).status_code == 413

    assert quickest(refused, 0.5) < 0.5


def test_a_plain_form_says_how_long_it_is(client: FlaskClient) -> None:
    chunked = {"Transfer-Encoding": "chunked"}
    assert client.post(PAGE, input_stream=BytesIO(b"a=1"), headers=chunked, content_type=PLAIN).status_code == 413
