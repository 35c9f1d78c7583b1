"""Last year's answers: what a new draft takes over, what it leaves, and that somebody looks at all of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.opening import opened
from cellcert.assessment.steps import steps
from cellcert.audit.models import AuditEvent
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, hidden, sign_in
from tests.conftest import Build
from tests.statements import asked

NEXT_YEAR = "2027-02-10T02:00:00+00:00"


@pytest.fixture
def earlier(app: Flask) -> int:
    """An application as an agency that was handed in and taken back."""
    return application_in(app, State.WITHDRAWN)


@pytest.fixture
def draft(app: Flask, client: FlaskClient, earlier: int) -> int:
    """A new draft of the same unit, begun by its clerk, who is signed in."""
    return begin(app, client, earlier)


def begin(app: Flask, client: FlaskClient, earlier: int) -> int:
    sign_in(client, clerk_of(app, earlier))
    begun = client.post("/apply", data=hidden(client.get("/apply?category=agency").text))
    assert begun.status_code == 303, begun.text
    return int(begun.location.split("/")[2])


def carry(client: FlaskClient, draft: int, **given: str) -> str:
    """Take everything over; the overview afterwards."""
    page = client.get(f"/applications/{draft}/carry")
    answer = client.post(f"/applications/{draft}/carry", data=hidden(page.text) | given)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def page_of(draft: int, step: str = "") -> str:
    return f"/applications/{draft}/assessment" + (f"/{step}" if step else "")


def marked(app: Flask, draft: int) -> set[tuple[str, str]]:
    with app.app_context():
        rows = select(Answer.kind, Answer.key).where(Answer.application_id == draft, Answer.carried_from.is_not(None))
        return {(kind, key) for kind, key in db.session.execute(rows)}


def test_a_draft_takes_over_what_was_handed_in_before_and_is_handed_in_only_when_checked(
    build_app: Build, both_databases: str
) -> None:
    app = build_app(both_databases)
    earlier, client = application_in(app, State.WITHDRAWN), app.test_client()
    draft = begin(app, client, earlier)
    assert "可以沿用以前的答案" in client.get(page_of(draft)).text

    overview = carry(client, draft, files="y")

    with app.app_context():
        old = db.session.scalars(select(Revision).where(Revision.application_id == earlier)).one()
        rows = {(row.kind, row.key): row for row in db.session.scalars(select(Answer).filter_by(application_id=draft))}
        groups = {"facts": "fact", "indicators": "indicator", "prerequisites": "prerequisite", "items": "item"}
        for group, kind in groups.items():
            for key, value in old.answers[group].items():
                assert rows[kind, key].value == value
                assert rows[kind, key].carried_from == earlier
        files = db.session.scalars(select(Evidence).where(Evidence.application_id == draft)).all()
        assert {(file.item, file.sha256) for file in files} == {(f["item"], f["sha256"]) for f in old.evidence}
        assert {file.carried_from for file in files} == {earlier}
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "carry")).one()
        assert (told.data["source"], told.data["files"]) == (earlier, len(files))
        application = db.session.get_one(Application, draft)
        every = [step.key for step in opened(application).steps]
    assert "处沿用的答案待核对" in overview
    assert "可以沿用以前的答案" not in overview, "offered until it was taken"
    assert "<small>待核对</small>" in client.get(f"/applications/{draft}/submit").text

    for step in every:
        page = client.get(page_of(draft, step)).text
        if "本页都已核对" in page:
            posted = client.post(page_of(draft, step), data=shown_in(page) | hidden(page) | {"do": "confirm"})
            assert posted.status_code == 303, posted.text
            assert "沿用自" not in client.get(page_of(draft, step)).text

    assert marked(app, draft) == set()
    assert "<small>待核对</small>" not in client.get(f"/applications/{draft}/submit").text
    with app.app_context():
        assert {file.carried_from for file in db.session.scalars(select(Evidence).filter_by(application_id=draft))} == {
            None
        }
        checked = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "confirm-carried")).all()
        assert {place for one in checked for place in one.data["places"]} >= {".".join(place) for place in rows}


def shown_in(page: str) -> dict[str, list[str]]:
    """What a browser would post of a page as it stands."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", page[page.find("<main") :]):
        field = dict(re.findall(r'\b([a-z]+)="([^"]*)"', tag))
        chosen = " checked" in tag or field.get("type") == "text"
        if field.get("type") in {"text", "radio", "checkbox"} and chosen and field.get("value"):
            found.setdefault(field["name"], []).append(field["value"])
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]*)"[^>]*>([^<]*)<', page):
        found[name] = [text]
    return found


def test_a_box_or_a_new_answer_clears_the_mark_of_its_place_only(app: Flask, client: FlaskClient, draft: int) -> None:
    carry(client, draft)
    before = marked(app, draft)
    page = client.get(page_of(draft, "basic-facts")).text
    posted = shown_in(page) | {"confirmed.fact.canteen": "yes", "facts.staff": "130"}

    assert client.post(page_of(draft, "basic-facts"), data=posted | hidden(page)).status_code == 303

    assert before - marked(app, draft) == {("fact", "canteen"), ("fact", "staff")}
    again = client.get(page_of(draft, "basic-facts")).text
    assert 'name="confirmed.fact.canteen"' not in again
    assert 'name="confirmed.fact.works"' in again


def test_nothing_answered_here_is_overwritten_and_files_come_only_where_there_are_none(
    app: Flask, client: FlaskClient, draft: int, earlier: int
) -> None:
    page = client.get(page_of(draft, "basic-facts"))
    client.post(page_of(draft, "basic-facts"), data=hidden(page.text) | {"facts.staff": "77", "facts.canteen": "no"})
    offered = client.get(f"/applications/{draft}/carry").text
    assert "已填写，不会改动（2 处）" in offered

    carry(client, draft)

    with app.app_context():
        rows = {(row.kind, row.key): row for row in db.session.scalars(select(Answer).filter_by(application_id=draft))}
        assert (rows["fact", "staff"].value, rows["fact", "staff"].carried_from) == ("77", None)
        assert rows["fact", "canteen"].value is False
        assert ("indicator", "meal_waste") not in rows, "what is not asked without a canteen does not come along"
        assert db.session.scalars(select(Evidence).filter_by(application_id=draft)).all() == [], "only where wished"
        assert rows["fact", "works"].carried_from == earlier


def test_figures_of_other_years_stay_behind_and_those_of_the_same_year_come_along(
    app: Flask, client: FlaskClient, earlier: int
) -> None:
    with time_machine.travel(NEXT_YEAR, tick=True):
        draft = begin(app, client, earlier)
        offered = client.get(f"/applications/{draft}/carry").text
        left = offered[offered.index("不能沿用") : offered.index("将沿用的答案")]
        assert "生活垃圾回收利用率" in left
        assert "是以前年度的数据，请填写新年度的" in left
        assert "只沿用年份相同的数据，其余请填写" in offered
        assert "这是以前年度的回答，请按今年的情况核对" in offered
        carry(client, draft)
    with app.app_context():
        old = db.session.scalars(select(Revision).where(Revision.application_id == earlier)).one().answers["indicators"]
        rows = {row.key: row.value for row in db.session.scalars(select(Answer).filter_by(application_id=draft))}
        assert "recovery" not in rows
        assert rows["paper_cut"] == {
            "paper_before": old["paper_cut"]["paper"],
            "heads_before": old["paper_cut"]["heads"],
        }, "last year's figures are now those of the year before"


def test_another_edition_takes_what_still_means_something(app: Flask, client: FlaskClient, earlier: int) -> None:
    with app.app_context():
        application = db.session.get_one(Application, earlier)
        item = next(iter(house().library.checklist("agency").items()))
        text = house().library.source("agency").replace(f"key: {item.key}\n", "key: of_old\n")
        old = Edition(
            category="agency", edition="2025.1", sha256="0" * 64, text=text,
            kept_at=clock.now(), in_force_from=application.edition.in_force_from - timedelta(days=1),
        )  # fmt: skip
        db.session.add(old)
        application.edition = old
        revision = db.session.scalars(select(Revision).where(Revision.application_id == earlier)).one()
        items = dict(revision.answers["items"])
        items["of_old"] = items.pop(item.key)
        revision.answers = {**revision.answers, "items": items}
        db.session.commit()
    draft = begin(app, client, earlier)
    assert "新标准不再问这一条" in client.get(f"/applications/{draft}/carry").text
    carry(client, draft)
    with app.app_context():
        assert db.session.get_one(Application, draft).edition.edition != "2025.1"
    assert ("item", item.key) not in marked(app, draft)
    assert len(marked(app, draft)) > 30


def test_the_room_for_files_holds_for_those_taken_over_too(app: Flask, client: FlaskClient, draft: int) -> None:
    with app.app_context():
        programme = house().library.programme
        limit = programme.evidence.application_mb * 1024 * 1024
        db.session.execute(update(Evidence).values(size=limit))
        db.session.commit()
    page = client.get(f"/applications/{draft}/carry").text

    refused = client.post(f"/applications/{draft}/carry", data=hidden(page) | {"files": "y"})

    assert refused.status_code == 413
    assert "证明材料总量超过" in refused.text
    assert marked(app, draft) == set(), "nothing half taken"
    assert "请核对" in carry(client, draft) or marked(app, draft)


def test_only_the_unit_itself_takes_over_and_only_into_a_draft(app: Flask, client: FlaskClient, draft: int) -> None:
    page = client.get(f"/applications/{draft}/carry").text
    stranger = app.test_client()
    other = application_in(app, State.DRAFT, "factory")
    sign_in(stranger, clerk_of(app, other))
    assert stranger.get(f"/applications/{draft}/carry").status_code == 404
    assert stranger.post(f"/applications/{draft}/carry", data=hidden(page)).status_code == 404
    assert stranger.get(f"/applications/{other}/carry").status_code == 409, "nothing was handed in before"
    assert "沿用" not in stranger.get(page_of(other)).text
    returned = application_in(app, State.RETURNED, "mall")
    sign_in(stranger, clerk_of(app, returned))
    assert stranger.get(f"/applications/{returned}/carry").status_code == 409
    assert marked(app, draft) == set()


def test_pressed_twice_it_is_done_once_and_a_change_meanwhile_is_said(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    page = client.get(f"/applications/{draft}/carry").text
    first = client.post(f"/applications/{draft}/carry", data=hidden(page))
    second = client.post(f"/applications/{draft}/carry", data=hidden(page))
    assert (first.status_code, second.status_code) == (303, 303)
    fresh = hidden(client.get(f"/applications/{draft}/carry").text)
    late = client.post(f"/applications/{draft}/carry", data=fresh | {"version": "1"})
    assert late.status_code == 409
    with app.app_context():
        assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "carry")).all()) == 1


def test_as_many_queries_with_everything_carried_over_as_with_one_place(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    carry(client, draft, files="y")
    with asked(app) as whole:
        client.get(page_of(draft))
    with asked(app) as offered:
        client.get(f"/applications/{draft}/carry")
    with app.app_context():
        keep = db.session.scalars(select(Answer.id).filter_by(application_id=draft)).first()
        db.session.execute(update(Answer).where(Answer.id != keep).values(carried_from=None))
        db.session.execute(update(Evidence).values(carried_from=None))
        db.session.commit()
    with asked(app) as little:
        client.get(page_of(draft))
    with asked(app) as offered_little:
        client.get(f"/applications/{draft}/carry")
    # who saved last is asked only where it was somebody else
    assert len(whole) == len(little)
    assert len(offered) == len(offered_little)


def test_the_overview_leads_on_from_where_the_unit_stopped(app: Flask, client: FlaskClient, draft: int) -> None:
    overview = client.get(page_of(draft)).text
    assert "开始填写" in overview
    with app.app_context():
        checklist = house().library.checklist("agency")
        third = steps(checklist)[3]
    page = client.get(page_of(draft, third.key)).text
    item = third.items[0][1]
    client.post(page_of(draft, third.key), data=hidden(page) | {f"notes.item.{item.key}": "见附件"})
    overview = client.get(page_of(draft)).text
    assert "继续填写" in overview
    assert f'href="{page_of(draft, third.key)}#item-{item.key}"' in overview, "where somebody stopped"
    action = re.search(r'class="btn btn-primary" href="([^"]*)"', overview)
    assert action is not None
    assert action[1] == page_of(draft, third.key)
    assert "您 " in overview
    with app.app_context():
        other = city(app)["office"].person_id
        db.session.execute(update(Answer).where(Answer.application_id == draft).values(saved_by=other))
        db.session.commit()
    assert "您 " not in client.get(page_of(draft)).text
