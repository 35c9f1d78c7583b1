"""The desk of the first check: places saved one by one, corrections, notes, two reviewers, filters, the next case."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Conflict
from cellcert.assessment.rules import Place
from cellcert.criteria.scorer import score
from cellcert.criteria.ways import Choice
from cellcert.database import db
from cellcert.errors import NotAllowed, Unusable
from cellcert.review import checking
from cellcert.review.check_queries import findings_by_place, neighbours, notes_of, queue_of
from cellcert.review.check_rules import Found, narrowed, progress_of, put_right
from cellcert.review.models import CheckNote, Finding
from tests.builders import application_in, clerk_of, hidden
from tests.print.looking import poppler_text
from tests.review.cases import Counted, actor, case, checklist, revision
from tests.review.conftest import Enter

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def checked(app: Flask) -> int:
    return application_in(app, State.PRELIMINARY)


def district(app: Flask, id_: int) -> str:
    with app.app_context():
        return f"district-{case(id_).division}"


def items(app: Flask, id_: int, count: int = 2) -> list[str]:
    with app.app_context():
        return [item.key for item in checklist(case(id_)).items()][:count]


def a_choice(app: Flask, id_: int) -> tuple[str, str]:
    """An item scored by choosing, and its lowest choice without a range."""
    with app.app_context():
        for item in checklist(case(id_)).items():
            if isinstance(item.way, Choice) and item.kind == "item":
                return item.key, item.way.options[-1].key
    raise AssertionError("no such item")


def seen_at(page: str, place: str) -> str:
    found = re.search(rf'data-place="{re.escape(place)}" data-seen="(\w+)"', page)
    assert found, place
    return found[1]


def save(browser: FlaskClient, id_: int, place: str, page: str, **typed: str) -> Any:
    """What the script sends for one place."""
    data = {f"{name}.{place}": value for name, value in typed.items() if name in {"verdict", "reason", "note"}}
    data |= {name: value for name, value in typed.items() if name.startswith("items.")}
    seen = typed.get("seen", seen_at(page, place))
    return browser.post(
        f"/applications/{id_}/check/{place.replace('.', '/', 1)}", data=data | {"seen": seen}, headers=SCRIPT
    )


def found_at(id_: int, place: Place) -> Finding | None:
    return findings_by_place(db.session(), case(id_), 1).get(place)


def test_a_place_is_saved_by_itself_and_told_how_far_the_check_is(app: Flask, checked: int, enter: Enter) -> None:
    one, _ = items(app, checked)
    browser = enter(district(app, checked))
    page = browser.get(f"/applications/{checked}/check").text

    answer = save(browser, checked, f"item.{one}", page, verdict="return", reason="请补第四季度台账")

    assert answer.status_code == 200, answer.text
    assert "需补正 1 处" in answer.json["drawn"]
    with app.app_context():
        row = found_at(checked, ("item", one))
        assert row is not None
        assert (row.verdict, row.reason) == ("return", "请补第四季度台账")
    again = browser.get(f"/applications/{checked}/check").text
    assert seen_at(again, f"item.{one}") == answer.json["seen"]


def test_a_correction_says_what_it_should_be_and_what_comes_of_it(app: Flask, checked: int, enter: Enter) -> None:
    key, lowest = a_choice(app, checked)
    browser = enter(district(app, checked))
    page = browser.get(f"/applications/{checked}/check").text

    answer = save(
        browser, checked, f"item.{key}", page, verdict="correct", reason="没有会议记录", **{f"items.{key}": lowest}
    )

    assert answer.status_code == 200, answer.text
    with app.app_context():
        application = case(checked)
        row = found_at(checked, ("item", key))
        assert row is not None
        assert row.answer == lowest
        right = put_right(revision(application).answers, findings_by_place(db.session(), application, 1))
        assert score(checklist(application), right).total < revision(application).total
    assert "按核正的内容计算" in browser.get(f"/applications/{checked}/check").text


def test_what_is_missing_is_said_at_its_field_and_nothing_is_saved(app: Flask, checked: int, enter: Enter) -> None:
    key, lowest = a_choice(app, checked)
    browser = enter(district(app, checked))
    page = browser.get(f"/applications/{checked}/check").text
    place = f"item.{key}"
    for typed, field in (
        ({"verdict": "return", "reason": ""}, f"reason.{place}"),
        ({"verdict": "correct", "reason": "", f"items.{key}": lowest}, f"reason.{place}"),
        ({"verdict": "correct", "reason": "不符", f"items.{key}": ""}, f"items.{key}-group"),
        ({"verdict": "", "reason": "先写了原因"}, f"verdict.{place}"),
        ({"verdict": "return", "reason": "长" * 1001}, f"reason.{place}"),
        ({"verdict": "fine", "note": "长" * 2001}, f"note.{place}"),
    ):
        answer = save(browser, checked, place, page, **typed)
        assert answer.status_code == 422, typed
        assert [fault["field"] for fault in answer.json["faults"]] == [field]
    with app.app_context():
        assert db.session.scalars(select(Finding)).all() == []


def test_a_colleagues_finding_is_shown_and_not_overwritten(app: Flask, checked: int, enter: Enter) -> None:
    one, _ = items(app, checked)
    place, login = f"item.{one}", district(app, checked)
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/check").text
    assert save(browser, checked, place, page, verdict="return", reason="同事写的").status_code == 200

    answer = save(browser, checked, place, page, verdict="fine")

    assert answer.status_code == 409
    assert "同事写的" in answer.json["conflict"]
    with app.app_context():
        row = found_at(checked, ("item", one))
        assert row is not None
        assert row.verdict == "return"
    chosen = save(browser, checked, place, page, verdict="fine", seen=answer.json["seen"])
    assert chosen.status_code == 200


def test_without_a_script_two_findings_collide_on_the_page_and_one_is_chosen(
    app: Flask, checked: int, enter: Enter
) -> None:
    one, two = items(app, checked)
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    page = browser.get(here).text
    assert save(browser, checked, f"item.{one}", page, verdict="return", reason="同事写的").status_code == 200
    mine = {f"verdict.item.{one}": "fine", f"verdict.item.{two}": "fine"}

    answer = browser.post(here, data=hidden(page) | mine)

    assert answer.status_code == 409
    assert "同事写的" in answer.text
    with app.app_context():
        kept = findings_by_place(db.session(), case(checked), 1)
        assert {place[1]: row.verdict for place, row in kept.items()} == {one: "return", two: "fine"}
    button = re.search(rf'name="choose.item.{one}" value="(\w+)"', answer.text)
    assert button
    again = browser.post(here, data=hidden(answer.text) | mine | {f"choose.item.{one}": button[1]})
    assert again.status_code == 303, again.text
    with app.app_context():
        row = found_at(checked, ("item", one))
        assert row is not None
        assert row.verdict == "fine"


@pytest.mark.slow
def test_a_finding_can_be_taken_back(app: Flask, checked: int, enter: Enter) -> None:
    one, _ = items(app, checked)
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    assert save(browser, checked, f"item.{one}", browser.get(here).text, verdict="fine").status_code == 200
    assert save(browser, checked, f"item.{one}", browser.get(here).text, verdict="").status_code == 200
    with app.app_context():
        assert found_at(checked, ("item", one)) is None


@pytest.mark.slow
def test_news_are_nothing_until_something_changed(app: Flask, checked: int, enter: Enter) -> None:
    one, _ = items(app, checked)
    browser = enter(district(app, checked))
    page = browser.get(f"/applications/{checked}/check").text
    known = re.search(r'data-version="(\w+)"', page)
    assert known
    assert browser.get(f"/applications/{checked}/check/news?known={known[1]}").status_code == 204
    save(browser, checked, f"item.{one}", page, verdict="fine")
    news = browser.get(f"/applications/{checked}/check/news?known={known[1]}").json
    assert "修改" in news["places"][f"item.{one}"]["said"]


def test_notes_go_between_the_reviewers_and_never_to_the_unit_or_the_experts(
    app: Flask, checked: int, enter: Enter
) -> None:
    one, _ = items(app, checked)
    of_district, of_lead = "属地内部的话", "部门内部的话"
    with app.app_context():
        lead = case(checked).lead
    for login, words in ((district(app, checked), of_district), (f"department-{lead}", of_lead)):
        browser = enter(login)
        page = browser.get(f"/applications/{checked}/check").text
        assert save(browser, checked, f"item.{one}", page, note=words).status_code == 200
        assert save(browser, checked, "case.case", page, note=f"全案{words}").status_code == 200
    for login in (district(app, checked), f"department-{lead}", "office", "auditor"):
        page = enter(login).get(f"/applications/{checked}/check").text
        assert of_district in page, login
        assert of_lead in page, login
    with app.app_context():
        application, at, programme = case(checked), clock.now(), app.extensions["cellcert"].library.programme
        by = actor(f"district-{application.division}")
        checking.note_findings(
            db.session(), application, {("item", one): Found("correct", "核正的理由", True)}, by=by, at=at
        )
        checking.pass_on(db.session(), application, "同意", programme, by=by, at=at)
        db.session.commit()
    clerk, about = enter(clerk_of(app, checked)), f"/applications/{checked}"
    for address in ("", "/read", "/changes", "/check", "/check.pdf", "/check/news", "/print"):
        told = clerk.get(about + address)
        assert not any(words in told.text for words in (of_district, of_lead, "核正的理由")), address
    for login in (f"expert{n}" for n in range(1, 4)):
        assert enter(login).get(f"{about}/check").status_code in {403, 404}
    assert clerk.get(f"{about}/check").status_code == 403


def test_a_department_notes_and_judges_nothing(app: Flask, checked: int, enter: Enter) -> None:
    one, _ = items(app, checked)
    with app.app_context():
        lead = case(checked).lead
    browser = enter(f"department-{lead}")
    page = browser.get(f"/applications/{checked}/check").text
    assert "填写部门意见" in page
    assert f'name="verdict.item.{one}"' not in page

    answer = save(browser, checked, f"item.{one}", page, verdict="fine", note="留意")

    assert answer.status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Finding)).all() == []
        note = db.session.scalars(select(CheckNote)).one()
        assert (note.side, note.text) == ("department", "留意")
        found = {("item", one): ("fine", "")}
        with pytest.raises(NotAllowed):
            checking.note_findings(db.session(), case(checked), found, by=actor(f"department-{lead}"), at=clock.now())


@pytest.mark.slow
def test_a_note_is_taken_away_by_emptying_it(app: Flask, checked: int, enter: Enter) -> None:
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    save(browser, checked, "case.case", browser.get(here).text, note="先记一笔")
    save(browser, checked, "case.case", browser.get(here).text, note="")
    with app.app_context():
        assert notes_of(db.session(), case(checked)) == {}


def test_a_place_that_is_not_asked_is_not_there(app: Flask, checked: int, enter: Enter) -> None:
    browser = enter(district(app, checked))
    for place in ("item/nowhere", "case/other", "commitment/letter"):
        assert browser.post(f"/applications/{checked}/check/{place}", headers=SCRIPT).status_code == 404


@pytest.mark.slow
def test_filters_leave_what_they_say(app: Flask, checked: int, enter: Enter) -> None:
    one, two = items(app, checked)
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    save(browser, checked, f"item.{one}", browser.get(here).text, verdict="fine")
    every, left = browser.get(here).text, browser.get(f"{here}?show=open").text
    assert f'data-place="item.{one}"' in every
    assert f'data-place="item.{one}"' not in left
    assert f'data-place="item.{two}"' in left
    # what a narrowed page does not show stays as it is
    assert browser.post(f"{here}?show=open", data=hidden(left) | {f"verdict.item.{two}": "fine"}).status_code == 303
    with app.app_context():
        kept = findings_by_place(db.session(), case(checked), 1)
        assert {place[1] for place in kept} == {one, two}
        assert narrowed([("item", one), ("fact", "x")], "files", kept, (), {one}) == {("item", one)}
        assert progress_of([("item", one), ("item", "else")], kept).left == 1


def test_the_evidence_stands_open_in_the_page(app: Flask, checked: int, enter: Enter) -> None:
    page = enter(district(app, checked)).get(f"/applications/{checked}/check").text
    assert re.search(r'<details class="proof" open data-proof="pdf" data-pages="/evidence/\d+/pages"', page)
    assert re.search(r'<img src="/evidence/\d+/pages/1" loading="lazy"', page)


def test_a_return_names_what_a_colleague_marked_meanwhile_before_it_is_sent(
    app: Flask, checked: int, enter: Enter
) -> None:
    one, two = items(app, checked)
    browser, here = enter(district(app, checked)), f"/applications/{checked}"
    page = browser.get(f"{here}/check").text
    save(browser, checked, f"item.{one}", page, verdict="return", reason="缺章")
    sure = browser.get(f"{here}/return").text
    save(browser, checked, f"item.{two}", page, verdict="return", reason="缺页")

    answer = browser.post(f"{here}/return", data=hidden(sure) | {"reason": ""})

    assert answer.status_code == 409
    assert "缺页" in answer.text
    assert browser.post(f"{here}/return", data=hidden(answer.text) | {"reason": ""}).status_code == 303


def test_the_form_on_paper_has_the_opinions_and_not_the_notes(app: Flask, checked: int, enter: Enter) -> None:
    key, lowest = a_choice(app, checked)
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    page = browser.get(here).text
    typed = {"verdict": "correct", "reason": "没有会议记录", "note": "不要印出来"} | {f"items.{key}": lowest}
    save(browser, checked, f"item.{key}", page, **typed)

    answer = browser.get(f"{here}.pdf")

    said = poppler_text(answer.data)
    assert answer.mimetype == "application/pdf"
    for words in ("初审意见表", "没有会议记录", "核正后得分", "属地初审意见", "牵头部门意见", "（盖章）"):
        assert words in said
    assert "不要印出来" not in said


# the queue


def waiting_too(app: Flask, id_: int, count: int) -> list[int]:
    """Other cases of the same managing body, all waiting for their first check."""
    with app.app_context():
        first = case(id_)
        kept = [column.name for column in Application.__table__.columns if column.name not in {"id", "reference"}]
        kinds = [
            one.key for one in app.extensions["cellcert"].library.programme.categories if one.key != first.category
        ]
        made = []
        for kind in kinds[:count]:
            other = Application(**{name: getattr(first, name) for name in kept} | {"category": kind})
            db.session.add(other)
            db.session.flush()
            made.append(other.id)
        db.session.commit()
        return made


def test_after_one_case_the_next_opens(app: Flask, checked: int, enter: Enter) -> None:
    browser = enter(district(app, checked))
    other = waiting_too(app, checked, 1)[0]
    page = browser.get(f"/applications/{checked}/pass-on").text
    answer = browser.post(f"/applications/{checked}/pass-on", data=hidden(page) | {"text": "同意推荐。"})
    assert (answer.status_code, answer.location) == (303, f"/applications/{other}/check")


@pytest.mark.slow
def test_after_the_last_case_comes_the_desk(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        lead = case(checked).lead
    browser = enter(f"department-{lead}")
    page = browser.get(f"/applications/{checked}/opinion").text
    answer = browser.post(
        f"/applications/{checked}/opinion", data=hidden(page) | {"in_favour": "yes", "text": "同意。"}
    )
    assert (answer.status_code, answer.location) == (303, "/desk")


def test_a_tied_reviewer_is_led_past_the_case(app: Flask, checked: int, inside: None) -> None:
    by = actor(f"district-{case(checked).division}")
    assert [line.application_id for line in queue_of(db.session(), by)] == [checked]
    db.session.add(Conflict(application_id=checked, person_id=by.person_id, reason="亲属", at=clock.now()))
    db.session.flush()
    db.session.expire_all()
    assert queue_of(db.session(), by) == []
    assert neighbours([], checked).next is None
    assert queue_of(db.session(), actor("office")) == []


def test_the_page_asks_the_same_for_one_case_and_for_many(app: Flask, checked: int, enter: Enter) -> None:
    browser, here = enter(district(app, checked)), f"/applications/{checked}/check"
    browser.get(here)
    with app.app_context(), Counted() as alone:
        browser.get(here)
    waiting_too(app, checked, 5)
    page = browser.get(here).text
    browser.post(here, data=hidden(page) | {"do": "rest"})
    with app.app_context(), Counted() as many:
        assert "第 1 件，共 6 件" in browser.get(here).text
    assert many.count == alone.count
    assert many.count <= 16


def test_a_page_of_findings_is_read_in_as_many_statements_as_one_place(app: Flask, checked: int, inside: None) -> None:
    application = case(checked)
    by, keys = actor(f"district-{application.division}"), [item.key for item in checklist(application).items()]
    counts = []
    for few in (keys[:1], keys[1:3], keys[3:]):
        with Counted() as counted:
            found = {("item", key): ("fine", "") for key in few}
            checking.note_findings(db.session(), application, found, by=by, at=clock.now())
        db.session.flush()
        counts.append(counted.count)
    assert counts[2] == counts[1]


def test_a_correction_says_why(app: Flask, checked: int, inside: None) -> None:
    application = case(checked)
    by = actor(f"district-{application.division}")
    found = {("item", next(iter(checklist(application).items())).key): Found("correct", "", True)}
    with pytest.raises(Unusable, match="理由"):
        checking.note_findings(db.session(), application, found, by=by, at=clock.now())
