"""Item by item: saved at once, faults beside the rest, conflicts per place; many items need as many queries as few."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import last_return
from cellcert.assessment.actions import plain
from cellcert.assessment.models import Answer
from cellcert.audit.models import AuditEvent, IdempotencyKey
from cellcert.criteria.editions import checklist_of, fingerprint
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.people.models import SignIn
from tests.builders import application_in, clerk_of, colleague_of, hidden, sign_in
from tests.conftest import Build
from tests.criteria import big
from tests.statements import asked

LEADER = {"yes": {"body": True}, "no": {"body": False}}
YES, NO = {"items__leader__body": "yes"}, {"items__leader__body": "no"}


@pytest.fixture
def town(build_app: Build, both_databases: str) -> Flask:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def draft(town: Flask) -> int:
    return application_in(town, State.DRAFT, "factory")


@pytest.fixture
def clerk(town: Flask, draft: int) -> FlaskClient:
    client = town.test_client()
    sign_in(client, clerk_of(town, draft))
    return client


@pytest.fixture
def colleague(town: Flask, draft: int) -> FlaskClient:
    client = town.test_client()
    sign_in(client, colleague_of(town, draft))
    return client


def page(client: FlaskClient, draft: int, section: str = "organisation") -> dict[str, str]:
    return hidden(client.get(f"/applications/{draft}/assessment/{section}").text)


def save(client: FlaskClient, draft: int, place: str, seen: str, **typed: str) -> TestResponse:
    data = {name.replace("__", "."): value for name, value in typed.items()}
    address = f"/applications/{draft}/assessment/places/{place.replace('.', '/', 1)}"
    return client.post(address, data=data | {"seen": seen})


def answer(app: Flask, draft: int, key: str) -> Any:
    with app.app_context():
        row = db.session.scalar(select(Answer).where(Answer.application_id == draft, Answer.key == key))
        return row and (row.value, row.note)


def events(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(AuditEvent.seq).where(AuditEvent.kind == "edit")).all())


def test_a_place_is_saved_and_the_page_is_told_what_comes_of_it(town: Flask, clerk: FlaskClient, draft: int) -> None:
    shown = page(clerk, draft)
    told = save(clerk, draft, "item.leader", shown["seen.item.leader"], **{**YES, "notes__item__leader": "厂长"})

    assert told.status_code == 200
    assert answer(town, draft, "leader") == (LEADER["yes"], "厂长")
    assert told.json is not None
    assert told.json["faults"] == []
    assert told.json["moved"] is False
    assert re.match(r"已保存 \d\d:\d\d", told.json["saved"])
    assert told.json["seen"] == page(clerk, draft)["seen.item.leader"] != shown["seen.item.leader"]
    assert 'class="item-reason"' in told.json["drawn"]
    assert 'class="save-score"' in told.json["drawn"]
    assert "<fieldset" not in told.json["drawn"], "the controls stay in the hands of who types"


def test_sent_again_it_changes_nothing(town: Flask, clerk: FlaskClient, draft: int) -> None:
    seen = page(clerk, draft)["seen.item.leader"]
    first = save(clerk, draft, "item.leader", seen, **NO, notes__item__leader="一次")
    before = events(town)
    again = save(clerk, draft, "item.leader", seen, **NO, notes__item__leader="一次")

    assert (again.status_code, again.json["seen"]) == (200, first.json["seen"])  # type: ignore[index]
    assert events(town) == before
    with town.app_context():
        assert db.session.scalars(select(IdempotencyKey).where(IdempotencyKey.action.like("%save_place%"))).all() == []


def test_what_cannot_be_read_is_said_at_its_field_and_the_rest_is_saved(
    town: Flask, clerk: FlaskClient, draft: int
) -> None:
    seen = page(clerk, draft, "indicator-data")["seen.indicator.utilisation"]
    typed = {"indicators__utilisation__used": "八千", "indicators__utilisation__made": "9500"}
    told = save(clerk, draft, "indicator.utilisation", seen, **typed)

    assert told.status_code == 422
    assert told.json is not None
    assert [fault["field"] for fault in told.json["faults"]] == ["indicators.utilisation.used"]
    assert "“八千”不是数字" in told.json["faults"][0]["sentence"]
    assert answer(town, draft, "utilisation") == ({"made": "9500"}, "")
    typed["indicators__utilisation__used"] = "8000"
    assert save(clerk, draft, "indicator.utilisation", told.json["seen"], **typed).status_code == 200
    assert answer(town, draft, "utilisation") == ({"made": "9500", "used": "8000"}, "")


def test_colleagues_on_different_items_do_not_disturb_each_other(
    town: Flask, clerk: FlaskClient, colleague: FlaskClient, draft: int
) -> None:
    mine, theirs = page(clerk, draft), page(colleague, draft)
    assert save(colleague, draft, "item.goals", theirs["seen.item.goals"], items__goals="none").status_code == 200
    assert save(clerk, draft, "item.leader", mine["seen.item.leader"], **NO).status_code == 200
    assert answer(town, draft, "goals") == ("none", "")


def test_on_one_item_both_texts_are_shown_and_nothing_is_overwritten(
    town: Flask, clerk: FlaskClient, colleague: FlaskClient, draft: int
) -> None:
    mine, theirs = page(clerk, draft), page(colleague, draft)
    first, second = YES | {"notes__item__leader": "同事写的"}, NO | {"notes__item__leader": "我写的"}
    save(colleague, draft, "item.leader", theirs["seen.item.leader"], **first)
    told = save(clerk, draft, "item.leader", mine["seen.item.leader"], **second)

    assert told.status_code == 409
    assert told.json is not None
    for text in ("同事写的", "我写的", "王某"):
        assert text in told.json["conflict"]
    assert answer(town, draft, "leader") == (LEADER["yes"], "同事写的")
    kept = save(clerk, draft, "item.leader", told.json["seen"], **second)
    assert kept.status_code == 200, "knowing theirs, mine may take its place"
    assert answer(town, draft, "leader") == (LEADER["no"], "我写的")


def test_who_took_an_answer_back_is_named_too(
    town: Flask, clerk: FlaskClient, colleague: FlaskClient, draft: int
) -> None:
    save(clerk, draft, "item.leader", page(clerk, draft)["seen.item.leader"], **YES)
    mine = page(clerk, draft)
    assert save(colleague, draft, "item.leader", page(colleague, draft)["seen.item.leader"]).status_code == 200
    assert answer(town, draft, "leader") is None
    told = save(clerk, draft, "item.leader", mine["seen.item.leader"], **NO)
    assert told.status_code == 409
    assert "王某" in told.json["conflict"]  # type: ignore[index]


def test_a_page_hears_what_a_colleague_saved(clerk: FlaskClient, colleague: FlaskClient, draft: int) -> None:
    shown = clerk.get(f"/applications/{draft}/assessment/organisation").text
    known = re.search(r'data-version="(\d+)"', shown)[1]  # type: ignore[index]
    address = f"/applications/{draft}/assessment/places/organisation"
    nothing = clerk.get(f"{address}?known={known}")
    assert (nothing.status_code, nothing.data) == (204, b"")

    saved = save(colleague, draft, "item.leader", hidden(shown)["seen.item.leader"], **NO)
    news = clerk.get(f"{address}?known={known}").json
    assert news is not None
    assert news["places"]["item.leader"]["seen"] == saved.json["seen"]  # type: ignore[index]
    assert re.match(r"王某 \d\d:\d\d 修改", news["places"]["item.leader"]["said"])
    others = {name: place["seen"] for name, place in news["places"].items() if name != "item.leader"}
    assert others == {name: hidden(shown)[f"seen.{name}"] for name in others}
    assert clerk.get(f"{address}?known={news['version']}").status_code == 204
    assert clerk.get(f"/applications/{draft}/assessment/places/nowhere").status_code == 404


def test_a_fact_that_changes_what_other_pages_ask_does_not_call_for_a_new_page(clerk: FlaskClient, draft: int) -> None:
    seen = page(clerk, draft, "basic-facts")["seen.fact.hazardous"]
    first = save(clerk, draft, "fact.hazardous", seen, facts__hazardous="yes").json
    told = save(clerk, draft, "fact.hazardous", first["seen"], facts__hazardous="no").json  # type: ignore[index]
    assert told["moved"] is False  # type: ignore[index]  # other pages ask less; this one stays as it is
    closed = save(clerk, draft, "indicator.hazardous_landfill", "-", indicators__hazardous_landfill__landfilled="1")
    assert closed.status_code == 409
    assert "不用填写了" in closed.text


def test_after_a_return_the_other_places_stay_closed(town: Flask) -> None:
    application_id = application_in(town, State.RETURNED, "factory")
    client = town.test_client()
    sign_in(client, clerk_of(town, application_id))
    with town.app_context():
        application = db.session.get_one(Application, application_id)
        returned = last_return(application)
        assert returned is not None
        keys = [item.key for item in checklist_of(application.edition).items()]
        other = next(key for key in keys if ("item", key) not in returned.reasons)
    before = answer(town, application_id, other)
    refused = save(client, application_id, f"item.{other}", "-", **{f"items__{other}": "no"})
    assert refused.status_code == 403
    assert "没有开放" in refused.text
    assert answer(town, application_id, other) == before
    assert save(client, application_id, "commitment.commitment", "-").status_code == 404


def test_nobody_else_saves_or_hears_anything(town: Flask, clerk: FlaskClient, draft: int) -> None:
    stranger = town.test_client()
    sign_in(stranger, clerk_of(town, application_in(town, State.DRAFT, "mall")))
    before = answer(town, draft, "leader")
    for client, status in ((stranger, 404), (town.test_client(), 302)):
        assert save(client, draft, "item.leader", "-", **NO).status_code == status
        assert client.get(f"/applications/{draft}/assessment/places/organisation").status_code == status
    assert save(clerk, draft, "item.nowhere", "-").status_code == 404
    assert save(clerk, draft, "paper.leader", "-").status_code == 404
    assert answer(town, draft, "leader") == before


@pytest.fixture
def sent(town: Flask) -> Iterator[list[str]]:
    with asked(town) as sent:
        yield sent


def lengthen(app: Flask, draft: int, count: int) -> tuple[str, str]:
    """Give the draft a full answer sheet for a checklist of ``count`` items; an item of it, and its section."""
    text = big.checklist(count)
    with app.app_context():
        application = db.session.get_one(Application, draft)
        saved_by = db.session.scalars(select(Answer.saved_by).where(Answer.application_id == draft)).first()
        for row in db.session.scalars(select(Answer).where(Answer.application_id == draft)):
            db.session.delete(row)
        db.session.flush()
        application.edition = Edition(
            category="factory", edition=str(count), sha256=fingerprint(text), text=text, kept_at=clock.now(),
            in_force_from=date(2000, 1, count % 28 + 1),
        )  # fmt: skip
        for group, answers in big.answers(count).items():
            for key, value in answers.items():
                row = Answer(application_id=draft, kind=group.removesuffix("s"), key=key, value=plain(value))
                row.saved_by, row.saved_at = saved_by or 1, clock.now()
                db.session.add(row)
        db.session.commit()
        section = checklist_of(application.edition).sections[-1]
        return next(item.key for item in section.items if type(item.way).__name__ == "YesNo"), section.key


def test_as_many_queries_for_345_items_as_for_40(town: Flask, clerk: FlaskClient, draft: int, sent: list[str]) -> None:
    counted = []
    for count in (40, 345):
        item, section = lengthen(town, draft, count)
        seen = page(clerk, draft, section)[f"seen.item.{item}"]
        for note in ("第一次", "第二次"):  # the first one meets a cold cache
            sent.clear()
            told = save(clerk, draft, f"item.{item}", seen, **{f"notes__item__{item}": note, f"items__{item}": "yes"})
            assert told.status_code == 200, told.text
            seen = told.json["seen"]  # type: ignore[index]
        saving = list(sent)
        assert not [one for one in saving if "evidence.name" in one], "no files are loaded"
        assert not [one for one in saving if "edition.text" in one], "the criteria are read once"
        sent.clear()
        assert clerk.get(f"/applications/{draft}/assessment/{section}").status_code == 200
        showing = len(sent)
        sent.clear()
        assert clerk.get(f"/applications/{draft}/assessment/places/{section}?known=0").status_code == 200
        hearing = len(sent)
        sent.clear()
        version = told.json["version"]  # type: ignore[index]
        assert clerk.get(f"/applications/{draft}/assessment/places/{section}?known={version}").status_code == 204
        counted.append((len(saving), showing, hearing, len(sent)))
    assert counted[0] == counted[1]
    assert counted[0][0] <= 10  # BEGIN among them
    assert counted[0][3] <= 6


def test_an_open_page_that_asks_by_itself_keeps_no_session_alive(town: Flask, clerk: FlaskClient, draft: int) -> None:
    def seen_at() -> datetime:
        with town.app_context():
            return db.session.scalars(select(SignIn.seen_at)).one()

    before = seen_at()
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        clerk.get(f"/applications/{draft}/assessment/places/organisation?known=0")
        assert seen_at() == before
        clerk.get(f"/applications/{draft}/assessment/organisation")
        assert seen_at() > before
