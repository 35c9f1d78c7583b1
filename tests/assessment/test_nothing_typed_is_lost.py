"""Mistakes, colleagues, returns, changed facts and new editions: what a unit typed stays."""

import re
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import last_return
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import assessment_of
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.demo.answers import example
from cellcert.web import house
from tests.assessment.filling import fields
from tests.builders import application_in, clerk_of, head_of, hidden, sign_in


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, application_id))
    return application_id


def answer(app: Flask, application_id: int, kind: str, key: str) -> Any:
    with app.app_context():
        row = db.session.scalar(
            select(Answer).where(Answer.application_id == application_id, Answer.kind == kind, Answer.key == key)
        )
        return row and row.value


def page_of(draft: int, section: str) -> str:
    return f"/applications/{draft}/assessment/{section}"


def filled(app: Flask, section: str, **changes: str) -> dict[str, list[str]]:
    """The fields of one section of the example, with changes."""
    with app.app_context():
        library = house().library
        posted = fields(library.checklist("factory"), example(library.folder, "factory"), section)
    for name, value in changes.items():
        posted[name.replace("__", ".")] = value
    return posted.to_dict(flat=False)


def test_a_wrong_figure_stays_in_its_field_and_the_right_ones_are_saved(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    address = page_of(draft, "indicator-data")
    posted = {
        "indicators.utilisation.used": "八千",
        "indicators.utilisation.made": "9500",
        "indicators.packaging.packages": "-1",
    }
    shown = client.post(address, data=posted | hidden(client.get(address).text) | {"do": "next"})

    assert shown.status_code == 422
    assert 'value="八千"' in shown.text
    assert 'value="-1"' in shown.text
    assert "“八千”不是数字" in shown.text
    assert 'href="#indicators.utilisation.used"' in shown.text
    assert answer(app, draft, "indicator", "utilisation") == {"made": "9500"}

    again = client.post(
        address,
        data=posted | {"indicators.utilisation.used": "8000", "indicators.packaging.packages": ""} | hidden(shown.text),
    )
    assert again.status_code == 303, "the page shown with mistakes can be sent again"
    assert answer(app, draft, "indicator", "utilisation") == {"made": "9500", "used": "8000"}


def test_points_out_of_range_are_shown_as_typed_beside_the_item(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    posted = filled(
        app, "organisation", items__goals="some", items__goals__points="7", notes__item__goals="已分解到车间"
    )
    shown = client.post(address, data=posted | hidden(client.get(address).text))

    assert shown.status_code == 422
    assert 'value="7"' in shown.text
    assert "已分解到车间" in shown.text
    assert 'href="#items.goals-group"' in shown.text
    assert answer(app, draft, "item", "goals") != {"choice": "some", "points": "7"}
    assert answer(app, draft, "item", "leader") is not None


def test_two_colleagues_on_one_page_do_not_overwrite_each_other(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    mine, theirs = hidden(client.get(address).text), hidden(client.get(address).text)
    first = client.post(address, data=filled(app, "organisation", notes__item__leader="先保存的") | theirs)
    assert first.status_code == 303

    second = client.post(
        address, data=filled(app, "organisation", notes__item__leader="后保存的", items__goals="none") | mine
    )
    assert second.status_code == 409
    assert "后保存的" in second.text
    assert "有内容还没有保存" in second.text
    assert second.text.count('class="conflict"') == 2, "only where the colleague saved something else"
    assert "先保存的" in second.text
    with app.app_context():
        assert {row.note for row in db.session.scalars(select(Answer)) if row.note} == {"先保存的"}

    again = filled(app, "organisation", notes__item__leader="后保存的") | hidden(second.text)
    third = client.post(address, data={name: value for name, value in again.items() if name != "idempotency_key"})
    assert third.status_code == 409, "until one of the two texts is chosen"
    chosen = re.findall(r'name="(choose[^"]*)" value="([0-9a-f]+)"', second.text)
    assert client.post(address, data=again | dict(chosen)).status_code == 303
    with app.app_context():
        assert {row.note for row in db.session.scalars(select(Answer)) if row.note} == {"后保存的"}


def test_a_colleague_on_another_page_is_no_conflict(app: Flask, client: FlaskClient, draft: int) -> None:
    here, there = page_of(draft, "organisation"), page_of(draft, "indicator-data")
    shown = hidden(client.get(here).text)
    assert (
        client.post(there, data={"indicators.utilisation.made": "1"} | hidden(client.get(there).text)).status_code
        == 303
    )

    assert client.post(here, data=filled(app, "organisation", notes__item__leader="同时") | shown).status_code == 303


def test_a_page_that_only_knows_an_old_version_is_refused(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    with app.app_context():
        version = db.session.get_one(Application, draft).version
    stale = filled(app, "organisation", notes__item__leader="旧页面") | {"version": str(version - 1)}
    shown = client.post(address, data=stale)
    assert shown.status_code == 409
    assert "旧页面" in shown.text


def test_pressing_save_twice_saves_once(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    posted = filled(app, "organisation", notes__item__leader="一次") | hidden(client.get(address).text)
    first, second = client.post(address, data=posted), client.post(address, data=posted)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location


def test_a_page_saved_unchanged_changes_nothing(app: Flask, client: FlaskClient, draft: int) -> None:
    def version() -> int:
        with app.app_context():
            return db.session.get_one(Application, draft).version

    address = page_of(draft, "organisation")
    client.post(address, data=filled(app, "organisation") | hidden(client.get(address).text))
    before = version()
    client.post(address, data=filled(app, "organisation") | hidden(client.get(address).text))
    assert version() == before


def test_answers_come_back_when_the_facts_change_back(app: Flask, client: FlaskClient, draft: int) -> None:
    facts = page_of(draft, "basic-facts")

    def say(hazardous: str) -> None:
        with app.app_context():
            library = house().library
            posted = fields(library.checklist("factory"), example(library.folder, "factory")).to_dict(flat=False)
        sent = {name: value for name, value in posted.items() if name.startswith("facts.")} | {
            "facts.hazardous": [hazardous]
        }
        assert client.post(facts, data=sent | hidden(client.get(facts).text)).status_code == 303

    say("yes")
    indicators = page_of(draft, "indicator-data")
    posted = {"indicators.hazardous_landfill.landfilled": "1", "indicators.hazardous_landfill.hazardous_made": "50"}
    client.post(indicators, data=posted | hidden(client.get(indicators).text))
    say("no")
    assert "hazardous_landfill" not in client.get(indicators).text
    client.post(indicators, data=hidden(client.get(indicators).text))
    say("yes")
    assert answer(app, draft, "indicator", "hazardous_landfill") == {"landfilled": "1", "hazardous_made": "50"}
    assert 'value="50"' in client.get(indicators).text


def test_after_a_return_only_the_named_places_are_open(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.RETURNED, "factory")
    sign_in(client, clerk_of(app, application_id))
    with app.app_context():
        returned = last_return(db.session.get_one(Application, application_id))
        assert returned is not None
        ((_kind, named), reason) = next(iter(returned.reasons.items()))
        checklist = house().library.checklist("factory")
        section = next(section for section in checklist.sections if named in {item.key for item in section.items})
        other = next(item.key for item in section.items if ("item", item.key) not in returned.reasons)
    address = page_of(application_id, section.key)
    page = client.get(address).text
    assert reason in page
    assert f'id="items.{named}-group"' in page
    assert f'id="items.{other}-group"' not in page
    assert "需补正" in client.get(f"/applications/{application_id}/assessment").text
    assert "还没有补正" in client.get(f"/applications/{application_id}/submit").text

    before = answer(app, application_id, "item", other)
    tampered = {f"items.{other}": "no", f"notes.item.{other}": "改", f"notes.item.{named}": "已补充", "do": "save"}
    kept = {name: value for name, value in filled(app, section.key).items() if name.startswith(f"items.{named}")}
    assert client.post(address, data=kept | tampered | hidden(page)).status_code == 303
    assert answer(app, application_id, "item", other) == before
    overview = client.get(f"/applications/{application_id}/assessment").text
    assert "需补正" not in overview
    assert "已修改" in overview

    submit = f"/applications/{application_id}/submit"
    sign_in(client, head_of(app, application_id))
    handed = client.post(submit, data=hidden(client.get(submit).text) | {"agreed": "y"})
    assert handed.status_code == 303, handed.text
    with app.app_context():
        revisions = db.session.scalars(select(Revision).order_by(Revision.number)).all()
        assert [revision.number for revision in revisions] == [1, 2]
        assert revisions[1].sheet["notes"] == {f"item.{named}": "已补充"}
    first = client.get(f"/applications/{application_id}/answers?revision=1").text
    assert "已补充" not in first
    assert "已补充" in client.get(f"/applications/{application_id}/answers").text


def test_an_upload_without_a_file_is_said_and_the_answers_are_saved(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    address = page_of(draft, "veto-items")
    posted = {"prerequisites.lawful": "yes", "do": "files.lawful"} | hidden(client.get(address).text)

    shown = client.post(address, data=posted)

    assert shown.status_code == 422
    assert "还没有选择文件" in shown.text
    assert answer(app, draft, "prerequisite", "lawful") is True


def test_an_unfinished_draft_is_not_told_that_it_is_barred(client: FlaskClient, draft: int) -> None:
    address, overview = page_of(draft, "veto-items"), f"/applications/{draft}/assessment"

    assert "不能认定" not in client.get(overview).text

    client.post(address, data={"prerequisites.lawful": "no"} | hidden(client.get(address).text))
    assert "前置条件不符合，不能认定" in client.get(overview).text


def test_an_incomplete_draft_is_not_handed_in_and_each_gap_is_a_link(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    client.post(page_of(draft, "veto-items"), data=hidden(client.get(page_of(draft, "veto-items")).text))
    submit = f"/applications/{draft}/submit"
    page = client.get(submit).text
    links = re.findall(r'<li><a href="([^"#]*)#([^"]*)"', page)
    assert len(links) >= 3
    for address, anchor in links:
        assert f'id="{anchor}"' in client.get(address).text, f"{address}#{anchor}"
    refused = client.post(submit, data=hidden(page) | {"agreed": "y"})
    assert refused.status_code == 422
    assert "还差" in refused.text
    with app.app_context():
        assert db.session.get_one(Application, draft).state is State.DRAFT


def test_a_new_edition_keeps_the_answers_that_still_fit(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    client.post(address, data=filled(app, "organisation") | hidden(client.get(address).text))
    with app.app_context():
        application = db.session.get_one(Application, draft)
        now, library = application.edition, house().library
        text = library.source("factory").replace("key: leader", "key: leader_of_old")
        old = Edition(
            category="factory", edition="2025.1", sha256="0" * 64, text=text, kept_at=clock.now(),
            in_force_from=now.in_force_from - timedelta(days=1),
        )  # fmt: skip
        application.edition = old
        db.session.add(old)
        db.session.flush()
        for row in db.session.scalars(select(Answer).where(Answer.key == "leader")):
            row.key = "leader_of_old"
        db.session.commit()
        current = now.sha256
    overview = client.get(f"/applications/{draft}/assessment").text
    assert "改用新版标准" in overview
    assert client.post(f"/applications/{draft}/adopt-edition", data=hidden(overview)).status_code == 303
    with app.app_context():
        application = db.session.get_one(Application, draft)
        assert application.edition.sha256 == current
        assessment = assessment_of(db.session(), application)
        assert assessment.value(("item", "goals")) is not None
        assert ("item", "leader") in {(gap.kind, gap.key) for gap in assessment.gaps}
    assert client.get(address).status_code == 200
    assert answer(app, draft, "item", "leader_of_old") is not None, "what no longer fits is kept, and not counted"


@pytest.mark.parametrize(
    "page",
    [
        "assessment",
        "assessment/organisation",
        "submit",
        "answers",
        "application.pdf",
        "receipt",
        "withdraw",
        "discard",
    ],
)
def test_another_unit_does_not_find_the_application(app: Flask, draft: int, page: str) -> None:
    stranger = app.test_client()
    sign_in(stranger, clerk_of(app, application_in(app, State.DRAFT, "mall")))
    assert stranger.get(f"/applications/{draft}/{page}").status_code == 404
    if page not in {"answers", "application.pdf", "receipt"}:
        assert stranger.post(f"/applications/{draft}/{page}").status_code in {400, 404}
    assert app.test_client().get(f"/applications/{draft}/{page}").status_code == 302


def test_a_submitted_application_is_read_and_not_edited(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.SUBMITTED, "factory")
    sign_in(client, clerk_of(app, application_id))
    assert client.get(f"/applications/{application_id}/assessment").location.endswith("/answers")
    assert client.get(page_of(application_id, "organisation")).status_code == 409
    assert client.post(page_of(application_id, "organisation")).status_code == 409
    page = client.get(f"/applications/{application_id}/withdraw")
    assert client.post(f"/applications/{application_id}/withdraw", data=hidden(page.text)).status_code == 422
    gone = client.post(f"/applications/{application_id}/withdraw", data=hidden(page.text) | {"reason": "材料有误"})
    assert gone.status_code == 303
    assert "撤回" in client.get(gone.location).text


def test_a_save_overtaken_at_the_last_moment_loses_nothing(app: Flask, client: FlaskClient, draft: int) -> None:
    address = page_of(draft, "organisation")
    page = hidden(client.get(address).text)

    def overtake(_connection: object, cursor: sqlite3.Cursor, statement: str, *_more: object) -> None:
        # In its own transaction: the row is locked against every other one.
        if statement.startswith("UPDATE application"):
            cursor.execute("UPDATE application SET version = version + 1")

    posted = filled(app, "organisation", notes__item__leader="同一时刻")
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", overtake)
    shown = client.post(
        address, data={name: value for name, value in {**posted, **page}.items() if name != "idempotency_key"}
    )
    event.remove(engine, "before_cursor_execute", overtake)

    assert shown.status_code == 409
    assert "同一时刻" in shown.text
    assert client.post(address, data=posted | hidden(shown.text)).status_code == 303
