"""Several at one self-assessment at the same moment, odd addresses and odd words: nothing is lost, nothing slips in."""

import threading
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.checks import City, check_all
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.evidence.actions import MOST_ON_ITEM
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.assessment.test_places_save_themselves import answer, page, save
from tests.builders import application_in, clerk_of, draft_to_sign, head_of, hidden, sign_in
from tests.conftest import Build
from tests.evidence import files


@pytest.fixture
def town(build_app: Build, both_databases: str) -> Flask:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def at_once(*acts: Callable[[], int]) -> list[int]:
    """What each of these answers, begun at the same moment."""
    gate, answers = threading.Barrier(len(acts)), [0] * len(acts)

    def go(number: int, act: Callable[[], int]) -> None:
        gate.wait()
        answers[number] = act()

    threads = [threading.Thread(target=go, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_of_many_who_save_one_place_at_once_one_is_kept_and_the_others_see_it(town: Flask) -> None:
    draft = application_in(town, State.DRAFT, "factory")
    colleagues = [signed_in(town, clerk_of(town, draft)) for _ in range(4)]
    seen = page(colleagues[0], draft)["seen.item.leader"]

    def act(number: int) -> int:
        text = {"items__leader__body": "yes", "notes__item__leader": f"第 {number} 位"}
        return save(colleagues[number], draft, "item.leader", seen, **text).status_code

    answers = at_once(*(lambda number=number: act(number) for number in range(4)))  # type: ignore[misc]
    assert sorted(answers) == [200, 409, 409, 409]
    assert answer(town, draft, "leader") == ({"body": True}, f"第 {answers.index(200)} 位")


def test_what_is_handed_in_is_what_was_acknowledged_also_while_others_type(town: Flask) -> None:
    draft = draft_to_sign(town)
    head, clerk = signed_in(town, head_of(town, draft)), signed_in(town, clerk_of(town, draft))
    address = f"/applications/{draft}/submit"
    with town.app_context():
        section = checklist_of(db.session.get_one(Application, draft).edition).sections[0]
        key = section.items[0].key
    seen = page(clerk, draft, section.key)[f"seen.item.{key}"]
    form = hidden(head.get(address).text) | {"agreed": "y"}
    handed_in, typed = at_once(
        lambda: head.post(address, data=form).status_code,
        lambda: save(clerk, draft, f"item.{key}", seen, **{f"notes__item__{key}": "最后一句"}).status_code,
    )

    assert (handed_in, typed) in {(303, 409), (409, 200)}
    with town.app_context():
        revision = db.session.scalar(select(Revision))
        kept = db.session.scalars(select(Answer.note).where(Answer.key == key)).one()
        assert (revision is not None) is (handed_in == 303)
        assert (kept == "最后一句") is (typed == 200)
        assert db.session.get_one(Application, draft).state is (State.SUBMITTED if revision else State.DRAFT)
        city = City(db.session(), house().library, house().store, clock.now().date())
        assert not any(check_all(city).values())


@pytest.mark.parametrize(
    "place",
    [
        "item/%00",
        "item/" + "k" * 3000,
        "commitment/commitment",
        "__proto__/x",
        "item/..%2fx",
        "fact/leader",
        "item/%ed",
    ],
)
def test_addresses_of_no_place_lead_nowhere(app: Flask, client: FlaskClient, place: str) -> None:
    draft = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, draft))
    assert client.post(f"/applications/{draft}/assessment/places/{place}", data={"seen": "-"}).status_code in {400, 404}


def test_words_are_kept_without_what_nobody_can_see(app: Flask, client: FlaskClient) -> None:
    draft = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, draft))
    seen = page(client, draft)["seen.item.leader"]
    pasted = "第一行\x0b第二行\u2028三 \u202e分 001 得\u2066\x1b\u200b𠮷䶮"
    told = save(client, draft, "item.leader", seen, items__leader__body="yes", notes__item__leader=pasted)
    assert told.status_code == 200
    assert answer(app, draft, "leader") == ({"body": True}, "第一行\n第二行\n三 分 001 得𠮷䶮")
    assert save(client, draft, "item.leader", told.json["seen"], items__leader__body="yes",  # type: ignore[index]
                notes__item__leader=pasted).status_code == 200  # fmt: skip


def test_an_item_takes_only_so_many_files(app: Flask, client: FlaskClient) -> None:
    draft = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, draft))
    plan, leader = (f"/applications/{draft}/evidence/{item}" for item in ("plan", "leader"))

    def send(address: str, name: str) -> int:
        data = {"files": (BytesIO(files.pdf(files.writer(len(name)))), name)}
        return client.post(address, data=data, headers={"X-Requested-With": "XMLHttpRequest"}).status_code

    def on_plan() -> int:
        mine = Evidence.application_id == draft, Evidence.item == "plan", Evidence.removed_at.is_(None)
        return db.session.scalar(select(func.count()).select_from(Evidence).where(*mine)) or 0

    assert send(leader, "other.pdf") == 200
    with app.app_context():
        other = db.session.scalars(select(Evidence).where(Evidence.name == "other.pdf")).one()
        same = {
            name: getattr(other, name) for name in ("application_id", "revision", "caption", "position", "media_type")
        }
        same |= {name: getattr(other, name) for name in ("size", "uploaded_by", "uploaded_at")}
        for number in range(MOST_ON_ITEM - 1 - on_plan()):
            db.session.add(Evidence(**same, item="plan", name=f"{number}.pdf", sha256=f"{number:064d}"))
        db.session.commit()
        number = other.id
    assert send(plan, "last-one.pdf") == 200
    assert send(plan, "yet-one-more.pdf") == 413
    refused = client.post(f"{plan}/reuse", data=hidden(client.get(plan).text) | {"file": str(number)})
    assert refused.status_code == 413
    assert f"这一项已有 {MOST_ON_ITEM} 个文件" in refused.text
    with app.app_context():
        assert on_plan() == MOST_ON_ITEM
