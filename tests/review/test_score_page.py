"""The score page: every item saves itself, windows do not overwrite each other, one item at a time, by number alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.audit.models import AuditEvent
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.review import actions
from cellcert.review.models import Finding, ScoreSheet
from cellcert.review.own_sheet import OwnSheet, own_sheet
from cellcert.review.sheet_fields import fields_of, full, nothing
from cellcert.web import house
from tests.builders import application_in, hidden
from tests.print import looking
from tests.review.cases import actor, case, full_marks, waiting_experts
from tests.review.conftest import Enter


@pytest.fixture
def reviewed(app: Flask) -> int:
    """An application with the experts."""
    return application_in(app, State.REVIEW)


@pytest.fixture
def expert(app: Flask, reviewed: int) -> str:
    """An expert of the case who has not begun."""
    with app.app_context():
        return waiting_experts(reviewed)[0]


@pytest.fixture
def browser(app: Flask, reviewed: int, expert: str, enter: Enter) -> FlaskClient:
    """The expert's browser, the declaration made."""
    client, path = enter(expert), f"/applications/{reviewed}"
    assert client.get(f"{path}/score/print").status_code == 200  # the declaration instead
    assert "无利害关系声明" in client.get(f"{path}/score/print").text
    assert client.get(f"{path}/score/table.xlsx").status_code == 409
    client.post(f"{path}/declare", data=hidden(client.get(f"{path}/score").text) | {"declared": "y"})
    return client


def own_of(app: Flask, reviewed: int, expert: str) -> OwnSheet:
    return own_sheet(db.session(), case(reviewed), by=actor(expert), at=clock.now())


def first_item(app: Flask, reviewed: int, expert: str) -> tuple[str, dict[str, Any]]:
    """The first item with the fields that give all its points."""
    with app.app_context():
        own = own_of(app, reviewed, expert)
        item = own.judged[0]
        given = fields_of(item.way, f"items.{item.key}", full_marks(case(reviewed))[item.key])
        found: dict[str, Any] = {}
        for name, value in given:
            found.setdefault(name, []).append(value)
        return item.key, found


def seen_in(page: str, place: str) -> str:
    return hidden(page)[f"seen.{place}"]


def test_an_item_saves_itself_and_tells_what_is_left(
    app: Flask, reviewed: int, expert: str, browser: FlaskClient
) -> None:
    key, fields = first_item(app, reviewed, expert)
    path = f"/applications/{reviewed}/score"
    page = browser.get(path).text
    left = int(re.search(r"还差 (\d+) 项", page)[1])  # type: ignore[index]

    answer = browser.post(
        f"{path}/item/{key}", data=fields | {f"comment.{key}": "看过", "seen": seen_in(page, f"item.{key}")}
    )

    assert answer.status_code == 200, answer.text
    assert f"还差 {left - 1} 项" in answer.json["drawn"]
    assert answer.json["faults"] == []
    assert seen_in(browser.get(path).text, f"item.{key}") == answer.json["seen"]
    again = browser.post(f"{path}/item/{key}", data=fields | {f"comment.{key}": "看过", "seen": "old"})
    assert (again.status_code, again.json["seen"]) == (200, answer.json["seen"])  # a lost answer costs nothing
    with app.app_context():
        sheet = db.session.query(ScoreSheet).filter_by(person_id=actor(expert).person_id).one()
        assert (sheet.version, list(sheet.answers), sheet.comments) == (1, [key], {key: "看过"})
        event = db.session.query(AuditEvent).filter_by(kind="score").order_by(AuditEvent.seq.desc()).first()
        assert event is not None
        assert event.data == {"items": [key]}


def test_nothing_is_ticked_before_it_is_judged(app: Flask, reviewed: int, expert: str, browser: FlaskClient) -> None:
    page = browser.get(f"/applications/{reviewed}/score").text
    controls = re.findall(r'<input[^>]* name="items\.[^>]*>', page)
    assert any(".checked" in control for control in controls)
    assert [control for control in controls if " checked" in control] == []


def test_another_window_is_not_overwritten(app: Flask, reviewed: int, expert: str, browser: FlaskClient) -> None:
    key, fields = first_item(app, reviewed, expert)
    path = f"/applications/{reviewed}/score"
    seen = seen_in(browser.get(path).text, f"item.{key}")
    browser.post(f"{path}/item/{key}", data=fields | {f"comment.{key}": "第一个窗口", "seen": seen})
    news = browser.get(f"{path}/news?known=0")
    assert news.json["places"][f"item.{key}"]["seen"] != seen
    assert browser.get(f"{path}/news?known={news.json['version']}").status_code == 204

    answer = browser.post(f"{path}/item/{key}", data=fields | {f"comment.{key}": "第二个窗口", "seen": seen})

    assert answer.status_code == 409
    assert "第一个窗口" in answer.json["conflict"]
    assert "第二个窗口" in answer.json["conflict"]
    page = browser.post(
        path, data=hidden(browser.get(path).text) | fields | {f"comment.{key}": "三", f"seen.item.{key}": seen}
    )
    assert page.status_code == 409
    assert f'id="conflict.item.{key}"' in page.text
    with app.app_context():
        assert own_of(app, reviewed, expert).comments == {key: "第一个窗口"}
    mine = browser.post(
        f"{path}/item/{key}", data=fields | {f"comment.{key}": "第二个窗口", "seen": answer.json["seen"]}
    )
    assert mine.status_code == 200


def test_points_beyond_the_rule_keep_nothing_and_say_why(
    app: Flask, reviewed: int, expert: str, browser: FlaskClient
) -> None:
    with app.app_context():
        own = own_of(app, reviewed, expert)
        item = next(one for one in own.judged if full(one.way, "x") and full(one.way, "x")[0][1].isdecimal())  # type: ignore[index]
    path = f"/applications/{reviewed}/score"
    seen = seen_in(browser.get(path).text, f"item.{item.key}")

    answer = browser.post(f"{path}/item/{item.key}", data={f"items.{item.key}": "999", "seen": seen})

    assert answer.status_code == 422
    assert answer.json["faults"][0]["field"] == f"items.{item.key}-group"
    with app.app_context():
        assert actions.my_sheet(db.session(), case(reviewed), actor(expert)) is None


def test_one_item_at_a_time_leads_on_without_losing_the_others(
    app: Flask, reviewed: int, expert: str, browser: FlaskClient
) -> None:
    key, fields = first_item(app, reviewed, expert)
    with app.app_context():
        second = own_of(app, reviewed, expert).judged[1].key
    path = f"/applications/{reviewed}/score"
    page = browser.get(f"{path}?item={key}").text
    assert f'id="item-{key}"' in page
    assert f'id="item-{second}"' not in page

    answer = browser.post(f"{path}?item={key}", data=hidden(page) | fields | {"do": "next"})
    assert answer.location == f"{path}?item={second}"
    answer = browser.post(answer.location, data=hidden(browser.get(answer.location).text) | {"do": "previous"})
    assert answer.location == f"{path}?item={key}"
    answer = browser.post(answer.location, data=hidden(browser.get(answer.location).text) | fields | {"do": "unscored"})
    assert answer.location == f"{path}?item={second}"
    with app.app_context():
        assert list(own_of(app, reviewed, expert).answers) == [key]


def test_full_and_nothing_are_what_the_rule_gives(app: Flask, reviewed: int, expert: str) -> None:
    from werkzeug.datastructures import MultiDict

    from cellcert.assessment.forms import read_item_answers
    from cellcert.criteria.scorer import score

    with app.app_context():
        actions.declare(db.session(), case(reviewed), by=actor(expert), at=clock.now())
        own = own_of(app, reviewed, expert)
        for item in own.judged:
            for ways, possible in ((full, item.points), (nothing, 0)):
                fields = ways(item.way, f"items.{item.key}", own.off.names)
                if fields is None:
                    continue
                answers, faults = read_item_answers([item], MultiDict(fields))
                assert faults == []
                scored = score(own.checklist, {**own.revision.answers, "items": answers}).item(item.key)
                assert (item.key, scored.points) == (item.key, possible) or item.kind == "penalty"


def test_the_sheet_prints_with_what_is_open_left_blank(
    app: Flask, reviewed: int, expert: str, browser: FlaskClient
) -> None:
    key, fields = first_item(app, reviewed, expert)
    path = f"/applications/{reviewed}/score"
    browser.post(
        f"{path}/item/{key}",
        data=fields | {f"comment.{key}": "台账齐全", "seen": seen_in(browser.get(path).text, f"item.{key}")},
    )

    answer = browser.get(f"{path}/print")

    said = looking.text(answer.data)
    assert "专家评分表（草稿，未提交）" in said
    assert "台账齐全" in said
    assert "专家（签字）" in said


def test_what_the_first_check_put_right_stands_beside(
    app: Flask, reviewed: int, expert: str, browser: FlaskClient
) -> None:
    with app.app_context():
        application = case(reviewed)
        own = own_of(app, reviewed, expert)
        item = own.judged[0]
        db.session.query(Finding).filter_by(application_id=reviewed, kind="item", key=item.key).delete()
        db.session.add(
            Finding(
                application_id=reviewed, revision=application.revision, kind="item", key=item.key, verdict="correct",
                reason="文件已过期", answer=full_marks(application)[item.key], by=1, at=clock.now(),
            )
        )  # fmt: skip
        db.session.commit()
    page = browser.get(f"/applications/{reviewed}/score").text
    assert "初审核正" in page
    assert "文件已过期" in page


@pytest.fixture
def blind(app: Flask) -> Iterator[None]:
    """A programme whose experts know cases by number."""
    with app.app_context():
        review = house().library.programme.review
        object.__setattr__(review, "blind_unit", True)
        object.__setattr__(review, "reasons", (Text("材料不足", "Not enough"),))
    yield
    object.__setattr__(review, "blind_unit", False)
    object.__setattr__(review, "reasons", ())


def test_a_blind_programme_names_the_unit_to_no_expert(
    app: Flask, reviewed: int, blind: None, expert: str, enter: Enter
) -> None:
    path = f"/applications/{reviewed}"
    with app.app_context():
        application = case(reviewed)
        unit, reference = application.unit.name, application.reference or ""
        for file in own_of(app, reviewed, expert).revision.evidence:
            file["caption"] = unit
        db.session.rollback()
    client = enter(expert)
    pages = [client.get("/desk").text, client.get(f"{path}/score").text, client.get(f"{path}/step-down").text]
    client.post(f"{path}/declare", data=hidden(pages[1]) | {"declared": "y"})
    pages += [client.get(f"{path}/{page}").text for page in ("score", "score/table", "hand-in")]
    pages += [client.get("/inbox").text]
    assert [page for page in pages if unit in page] == []
    assert "没有遮盖" in pages[3]
    assert 'list="reasons"' in pages[3]
    for about in ("", "/assessment/read", "/answers", "/trail"):
        answer = client.get(path + about)
        assert answer.status_code in {303, 403, 404}, about
    assert unit not in looking.text(client.get(f"{path}/score/print").data)
    book = client.get(f"{path}/score/table.xlsx").data
    assert unit not in "".join(str(one) for row in cells(book) for one in row)
    assert reference in "".join(str(one) for row in cells(book) for one in row)
    office = enter("office")
    assert unit in office.get(path).text


def cells(book: bytes) -> list[list[Any]]:
    from io import BytesIO

    import openpyxl

    return [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(book)).worksheets[0]]


def test_json_of_the_keys_is_sound(app: Flask, reviewed: int, expert: str, browser: FlaskClient) -> None:
    page = browser.get(f"/applications/{reviewed}/score").text
    given = re.findall(r'data-full="([^"]+)"', page)
    assert given
    assert all(json.loads(one.replace("&#34;", '"').replace("&amp;", "&")) for one in given)
