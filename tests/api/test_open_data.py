"""Programs read what people read: every answer is as described, pages follow each other, nothing new is a 304."""

import json
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cellcert.application.lifecycle import State
from cellcert.certificate.models import Certificate
from cellcert.database import db
from tests.builders import application_in, every_state, sign_in

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def town(app: Flask) -> Flask:
    every_state(app)
    return app


def described(client: FlaskClient) -> dict[str, object]:
    return json.loads(client.get("/api/v1/openapi.json").text)


def faults(document: dict[str, object], path: str, body: object, status: str = "200") -> list[str]:
    operation = document["paths"][path]["get"]  # type: ignore[index]
    answer = operation["responses"][status]
    if "$ref" in answer:
        answer = document["components"]["responses"]["Problem"]  # type: ignore[index]
    (schema,) = [one["schema"] for name, one in answer["content"].items() if name != "text/csv"]
    return [error.message for error in Draft202012Validator({**schema, **document}).iter_errors(body)]


def test_every_address_answers_as_it_is_described(town: Flask, client: FlaskClient) -> None:
    document = described(client)
    with town.app_context():
        serial = db.session.query(Certificate.serial).limit(1).scalar()
    values = {"serial": serial, "notice_id": "1", "category": "agency"}
    for path in document["paths"]:  # type: ignore[attr-defined]
        answer = client.get(path.format(**values))
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        if path.endswith(".csv"):
            assert answer.mimetype == "text/csv"
            assert answer.text.startswith("\ufeff")
            assert client.get(path[:-4], headers={"Accept": "text/csv"}).text == answer.text
        else:
            assert faults(document, path, answer.json) == [], path
        again = client.get(path.format(**values), headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path


def test_the_register_is_read_page_by_page_and_is_the_one_people_see(town: Flask, client: FlaskClient) -> None:
    whole = [cell["serial"] for cell in client.get("/register.json").json["cells"]]
    assert len(whole) >= 3
    found, address = [], "/api/v1/register?limit=1"
    while address:
        answer = client.get(address)
        found += [cell["serial"] for cell in answer.json["items"]]
        after = answer.json["next"]
        assert ("Link" in answer.headers) is (after is not None)
        address = f"/api/v1/register?limit=1&after={after}" if after else ""
    assert sorted(found) == sorted(whole)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/register?limit=x", 422), ("/api/v1/register?limit=0", 422), ("/api/v1/register?colour=1", 422),
        ("/api/v1/register?limit=1&limit=2", 422), ("/api/v1/register?status=making", 422),
        ("/api/v1/register?after=nobody", 404), ("/api/v1/certificates/nobody", 404), ("/api/v1/notices/999", 404),
        ("/api/v1/nothing", 404), ("/api/v1/register?q=%00", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem_in_words(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert answer.json["detail"]
    assert client.post("/api/v1/tally").status_code == 405
    assert "GET" in client.post("/api/v1/tally").headers["Allow"]


def test_nothing_said_in_the_open_depends_on_who_asks(town: Flask, client: FlaskClient) -> None:
    paths = ("tally", "register", "notices", "criteria", "openapi.json")
    before = [client.get(f"/api/v1/{path}").data for path in paths]
    sign_in(client, "office")
    assert [client.get(f"/api/v1/{path}").data for path in paths] == before


def test_the_feed_is_atom_with_ids_that_stay(app: Flask, client: FlaskClient) -> None:
    empty = ET.fromstring(client.get("/feed.atom").text)
    assert empty.find(f"{ATOM}updated") is not None
    application_in(app, State.AWARDED)
    answer = client.get("/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ET.fromstring(answer.text)
    entries = feed.findall(f"{ATOM}entry")
    assert {one.find(f"{ATOM}category").get("term") for one in entries} == {"notice", "award"}  # type: ignore[union-attr]
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    assert len(set(ids)) == len(ids)
    assert [
        one.findtext(f"{ATOM}id") for one in ET.fromstring(client.get("/feed.atom").text).findall(f"{ATOM}entry")
    ] == ids
    assert str(empty.findtext(f"{ATOM}id")) == str(feed.findtext(f"{ATOM}id"))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_one_that_is_described(town: Flask, data: st.DataObject) -> None:
    client = town.test_client()
    document = described(client)
    path = data.draw(st.sampled_from(sorted(document["paths"])))  # type: ignore[call-overload]
    values = {
        name: data.draw(st.text(min_size=1, max_size=12).filter(lambda t: t not in {".", ".."}))
        for name in ("serial", "notice_id", "category")
    }
    query = data.draw(
        st.dictionaries(
            st.sampled_from(["q", "limit", "after", "year", "status", "category", "x"]), st.text(max_size=9)
        )
    )
    address = path.format(**{name: quote(value, safe="") for name, value in values.items()})
    answer = client.get(address, query_string=query)
    assert answer.status_code in {200, 400, 404, 422}, (address, query)
    if answer.status_code == 200 and answer.mimetype == "application/json":
        assert faults(document, path, answer.json) == []
    elif answer.status_code != 200:
        assert answer.content_type == "application/problem+json"
