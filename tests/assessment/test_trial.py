"""The try-it sheet: anybody fills in a checklist and sees what it gives; nothing is kept."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.web import house

PAGE = "/criteria/factory/try"
MEASURED = {"indicators.utilisation.used": "820", "indicators.utilisation.made": "1,000"}


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_an_empty_sheet_asks_everything_and_gives_nothing(app: Flask, client: FlaskClient) -> None:
    page = client.get(PAGE)

    assert page.status_code == 200
    with app.app_context():
        items = [*house().library.checklist("factory").items()]
    for item in items:
        assert f'id="item-{item.key}"' in page.text


def test_what_is_filled_in_is_scored_with_its_reason_and_what_is_still_lacking(client: FlaskClient) -> None:
    page = client.post(PAGE, data=MEASURED)

    assert page.status_code == 200
    assert "一般工业固体废物综合利用率 82.00% 落在 80%–90% 档，得 10 分（满分 12 分）" in page.text
    assert "达到 90% 得 12 分" in words(page.text)
    assert "还能争取的分" in page.text
    assert "还差什么" not in page.text  # what is not filled in yet is not lacking


def test_what_was_typed_stays_and_what_cannot_be_read_is_said_at_its_field(client: FlaskClient) -> None:
    page = client.post(PAGE, data=MEASURED | {"facts.staff": "一百", "facts.hazardous": "yes"})

    assert page.status_code == 422
    assert 'href="#facts.staff"' in page.text
    assert 'value="一百"' in page.text
    assert 'value="1,000"' in page.text
    assert re.search(r'id="facts.hazardous-yes"[^>]* checked', page.text)
    assert "82.00%" in page.text  # the rest is scored all the same


def test_a_part_of_a_person_is_not_a_number_of_persons(client: FlaskClient) -> None:
    page = client.post(PAGE, data={"facts.staff": "1.5"})

    assert page.status_code == 422
    assert "请填整数，1.5 不是" in page.text


def test_a_page_left_open_for_hours_still_answers_without_a_session(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True

    assert app.test_client().post(PAGE, data=MEASURED).status_code == 200


def test_nothing_is_kept(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    writing: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _cur, statement, *_: writing.append(statement.split()[0])
        )
    client.post(PAGE, data=MEASURED)

    assert set(writing) <= {"SELECT", "BEGIN", "PRAGMA"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_a_category_there_is_not_is_not_found(client: FlaskClient) -> None:
    assert client.get("/criteria/harbour/try").status_code == 404


def test_wild_input_is_answered_with_a_page(client: FlaskClient) -> None:
    names = set(re.findall(r' name="([^"]+)"', client.get(PAGE).text))
    for value in ("1e99999", "NaN", "-5", "９９９９９９９９９９９９９９９９９９９９", "yes", "<b>", "x" * 5000):
        page = client.post(PAGE, data=dict.fromkeys(sorted(names), value))

        assert page.status_code in {200, 422}, value
