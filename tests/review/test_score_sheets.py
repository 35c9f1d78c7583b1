"""Experts' seats and sheets: declared, blind, complete, final; opened again only by two persons."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Conflict
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.demo.city import PASSWORD
from cellcert.errors import Incomplete, NotAllowed, NotFound, NotReady, Unusable
from cellcert.people.actions import end_role
from cellcert.people.models import SignIn
from cellcert.review import actions
from cellcert.review.models import Reopening, ScoreSheet
from cellcert.review.my_cases import my_cases
from cellcert.review.queries import candidates, open_rounds, reopenings_to_approve, round_progress
from tests.builders import application_in, hidden
from tests.review.cases import (
    SOON,
    actor,
    case,
    checklist,
    full_marks,
    hand_in,
    post_of,
    posted,
    revision,
    seated,
    waiting_experts,
)
from tests.review.conftest import Enter

NONCES = re.compile(r'name="(csrf_token|idempotency_key)"[^>]*value="[^"]*"')


@pytest.fixture
def reviewed(app: Flask) -> int:
    """An application with the experts; one of three has handed in."""
    return application_in(app, State.REVIEW)


@pytest.fixture
def expert(app: Flask, reviewed: int) -> str:
    """An expert of the case who has not begun."""
    with app.app_context():
        return waiting_experts(reviewed)[0]


def test_an_expert_declares_before_the_case_opens(app: Flask, reviewed: int, expert: str, enter: Enter) -> None:
    browser, path = enter(expert), f"/applications/{reviewed}"
    first = browser.get(f"{path}/score").text
    assert "无利害关系" in first
    assert "您的评分" not in first
    assert browser.post(f"{path}/declare", data=hidden(first)).status_code == 422

    answer = browser.post(f"{path}/declare", data=hidden(first) | {"declared": "y"})

    assert answer.status_code == 303
    assert "您的评分" in browser.get(f"{path}/score").text
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "declare")).one()
        assert (event.object, event.person_id) == (f"application:{reviewed}", actor(expert).person_id)


def test_nobody_scores_undeclared(app: Flask, reviewed: int, expert: str, inside: None) -> None:
    application = case(reviewed)
    with pytest.raises(NotReady, match="没有利害关系"):
        actions.save_sheet(
            db.session(), application, checklist(application), revision(application), {}, {}, "",
            by=actor(expert), at=clock.now(),
        )  # fmt: skip
    assert expert in waiting_experts(reviewed)


def test_a_sheet_is_saved_as_a_draft_and_handed_in_once_complete(
    app: Flask, reviewed: int, expert: str, enter: Enter
) -> None:
    with app.app_context():
        marks = full_marks(case(reviewed))
        marks.pop(next(item.key for item in checklist(case(reviewed)).items() if item.key in marks))
        partly, whole = posted(marks), posted(full_marks(case(reviewed)))
    browser, path = enter(expert), f"/applications/{reviewed}"
    browser.post(f"{path}/declare", data=hidden(browser.get(f"{path}/score").text) | {"declared": "y"})
    sheet = hidden(browser.get(f"{path}/score").text)

    saved = browser.post(f"{path}/score", data=sheet | partly | {"opinion": "总体良好", "do": "hand_in"})
    assert (saved.status_code, saved.location) == (303, f"{path}/hand-in")
    page = browser.get(f"{path}/hand-in").text
    assert "还有 1 项没有评分" in page
    assert browser.post(f"{path}/hand-in", data=hidden(browser.get(f"{path}/score").text)).status_code == 422
    with app.app_context():
        (line,) = my_cases(db.session(), actor(expert).person_id or 0)
        assert (line.of - line.scored, line.handed_in_at) == (1, None)

    sheet = hidden(browser.get(f"{path}/score").text)
    browser.post(f"{path}/score", data=sheet | whole | {"opinion": "总体良好"})
    answer = browser.post(f"{path}/hand-in", data=hidden(browser.get(f"{path}/hand-in").text))
    assert answer.status_code == 303, answer.text

    with app.app_context():
        by = actor(expert)
        kept = actions.my_sheet(db.session(), case(reviewed), by)
        assert kept is not None
        assert kept.handed_in_at is not None
        assert (kept.total or 0) > 80
        assert kept.opinion == "总体良好"
    after = browser.get(f"{path}/score").text
    assert "评分表已提交" in after
    assert "data-scoring" not in after
    assert browser.post(f"{path}/score", data=whole | {"version": "2"}).status_code == 409


def test_points_beyond_the_rule_are_said_at_their_item_and_the_rest_stays(
    app: Flask, reviewed: int, expert: str, enter: Enter
) -> None:
    with app.app_context():
        marks = full_marks(case(reviewed))
        name = next(name for name, typed in posted(marks).items() if str(typed).isdecimal())
        key = name.split(".")[1]
        fields = posted(marks) | {name: "999", f"comment.{key}": "说明在此"}
    browser, path = enter(expert), f"/applications/{reviewed}"
    browser.post(f"{path}/declare", data=hidden(browser.get(f"{path}/score").text) | {"declared": "y"})

    answer = browser.post(f"{path}/score", data=hidden(browser.get(f"{path}/score").text) | fields)

    assert answer.status_code == 422
    assert f'href="#items.{key}-group"' in answer.text
    assert 'value="999"' in answer.text
    assert "说明在此" in answer.text
    with app.app_context():
        assert actions.my_sheet(db.session(), case(reviewed), actor(expert)) is None


def test_two_windows_of_one_expert_do_not_overwrite_each_other(
    app: Flask, reviewed: int, expert: str, enter: Enter
) -> None:
    with app.app_context():
        fields = posted(full_marks(case(reviewed)))
    browser, path = enter(expert), f"/applications/{reviewed}"
    browser.post(f"{path}/declare", data=hidden(browser.get(f"{path}/score").text) | {"declared": "y"})
    one, two = (hidden(browser.get(f"{path}/score").text) for _ in range(2))
    assert browser.post(f"{path}/score", data=one | fields | {"opinion": "第一个窗口"}).status_code == 303

    answer = browser.post(f"{path}/score", data=two | fields | {"opinion": "第二个窗口"})

    assert answer.status_code == 409
    assert "第二个窗口" in answer.text
    with app.app_context():
        kept = actions.my_sheet(db.session(), case(reviewed), actor(expert))
        assert kept is not None
        assert kept.opinion == "第一个窗口"
    again = hidden(answer.text) | fields | {"opinion": "合并"}
    assert browser.post(f"{path}/score", data=again).status_code == 409  # nothing was chosen
    seen = re.search(r'name="choose.opinion.all" value="(\w+)"', answer.text)
    assert seen
    assert browser.post(f"{path}/score", data=again | {"choose.opinion.all": seen[1]}).status_code == 303


def test_an_expert_sees_the_same_whatever_others_score(app: Flask, reviewed: int, expert: str, enter: Enter) -> None:
    path = f"/applications/{reviewed}"
    browser = enter(expert)
    browser.post(f"{path}/declare", data=hidden(browser.get(f"{path}/score").text) | {"declared": "y"})

    def world() -> list[Any]:
        pages = [browser.get(f"{path}/{page}") for page in ("score", "step-down", "result", "experts", "hand-in")]
        return [(page.status_code, NONCES.sub("", page.text)) for page in pages]

    before = world()
    with app.app_context():
        for login in waiting_experts(reviewed):
            if login != expert:
                hand_in(case(reviewed), login, full_marks(case(reviewed)))
        sheet = db.session.scalars(select(ScoreSheet).order_by(ScoreSheet.id)).first()
        assert sheet is not None
        sheet.total, sheet.opinion = Decimal(61), "一句别人的话"
        db.session.commit()

    assert world() == before


def test_hand_in_needs_every_judged_item(app: Flask, reviewed: int, expert: str, inside: None) -> None:
    application = case(reviewed)
    marks = full_marks(application)
    key = next(item.key for item in checklist(application).items() if item.key in marks)
    del marks[key]

    with pytest.raises(Incomplete) as refused:
        hand_in(application, expert, marks)

    assert refused.value.titles == [checklist(application).item(key).text.zh]
    assert expert in waiting_experts(reviewed)


def test_no_sheet_is_changed_after_its_time(app: Flask, reviewed: int, expert: str, inside: None) -> None:
    application = case(reviewed)
    late = max(seat.due_at for seat in application.seats) + SOON
    with pytest.raises(NotReady, match="截止时间已过"):
        hand_in(application, expert, full_marks(application), late)


def test_who_steps_down_leaves_the_case_for_good(app: Flask, reviewed: int, expert: str, enter: Enter) -> None:
    browser, path = enter(expert), f"/applications/{reviewed}"
    page = browser.get(f"{path}/step-down").text
    assert browser.post(f"{path}/step-down", data=hidden(page)).status_code == 422

    assert browser.post(f"{path}/step-down", data=hidden(page) | {"reason": "曾任该单位顾问"}).status_code == 303

    assert browser.get(f"{path}/score").status_code == 404
    with app.app_context():
        assert expert not in seated(reviewed)
        assert db.session.scalars(select(Conflict.reason)).all() == ["曾任该单位顾问"]
        barred = next(
            line for line in candidates(db.session(), case(reviewed)) if line.person_id == actor(expert).person_id
        )
        assert barred.hindrance is not None
        assert my_cases(db.session(), actor(expert).person_id or 0) == []


# seats


def test_the_office_assigns_extends_and_replaces(app: Flask, reviewed: int, expert: str, enter: Enter) -> None:
    with app.app_context():
        free = [line for line in candidates(db.session(), case(reviewed)) if line.hindrance is None]
        seat = next(seat for seat in case(reviewed).seats if seat.person_id == actor(expert).person_id)
        seat_id, due = seat.id, clock.day_of(seat.due_at, "Asia/Shanghai") + timedelta(days=9)
    browser, path = enter("office"), f"/applications/{reviewed}/experts"

    def send(**fields: str) -> int:
        return browser.post(path, data=hidden(browser.get(path).text) | fields).status_code

    assert send(do="assign") == 422
    assert send(do="assign", posts=str(free[0].post_id), due=due.isoformat()) == 303
    assert send(do="extend", seat=str(seat_id), due=due.isoformat(), reason="出差") == 303
    with app.app_context():
        assert len(seated(reviewed)) == 4
        seat = next(seat for seat in case(reviewed).seats if seat.id == seat_id)
        assert seat.due_at == clock.end_of(due, "Asia/Shanghai")
    assert send(do="replace", seat=str(seat_id), reason="出差", post=str(free[1].post_id)) == 303
    with app.app_context():
        assert expert not in seated(reviewed)
        assert len(seated(reviewed)) == 4
        lines = round_progress(db.session(), case(reviewed))
        assert [line.left_because for line in lines if not line.is_open] == ["出差"]


def test_nobody_is_assigned_to_the_past(app: Flask, reviewed: int, enter: Enter) -> None:
    with app.app_context():
        free = [line for line in candidates(db.session(), case(reviewed)) if line.hindrance is None]
    browser, path = enter("office"), f"/applications/{reviewed}/experts"

    answer = browser.post(
        path,
        data=hidden(browser.get(path).text) | {"do": "assign", "posts": str(free[0].post_id), "due": "2020-01-01"},
    )

    assert answer.status_code == 422
    assert "应晚于现在" in answer.text
    with app.app_context():
        assert len(seated(reviewed)) == 3


def test_conflicted_and_ended_experts_are_not_assigned(app: Flask, reviewed: int, inside: None) -> None:
    application, at, office = case(reviewed), clock.now(), actor("office")
    free = [line for line in candidates(db.session(), application) if line.hindrance is None]
    one, two, three = (db.session.get_one(type(post_of("expert1")), line.post_id) for line in free[:3])
    one.person.employer = application.unit.name
    two.categories = ["no-such-category"]
    end_role(db.session(), three, by=actor("admin"), at=at)
    for post in (one, two, three):
        with pytest.raises(NotReady):
            actions.assign(application, post, at + SOON, by=office, at=at, session=db.session())
    assert len(seated(reviewed)) == 3


def test_the_office_sees_who_handed_in_but_never_points(app: Flask, reviewed: int, enter: Enter) -> None:
    with app.app_context():
        (total,) = db.session.scalars(select(ScoreSheet.total)).all()
        (line,) = open_rounds(db.session())
        assert (line.seated, line.handed_in) == (3, 1)
    browser = enter("office")
    page = (
        browser.get(f"/applications/{reviewed}/experts").text
        + browser.get(f"/applications/{reviewed}/close-round").text
    )
    assert "已提交" in page
    assert str(total) not in page
    assert browser.get(f"/applications/{reviewed}/result").status_code == 409


# reopening


def handed_in_sheet(app: Flask, reviewed: int) -> tuple[int, str]:
    with app.app_context():
        sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.handed_in_at.is_not(None))).one()
        return sheet.id, sheet.person.login


def test_a_sheet_opens_again_by_two_persons(app: Flask, reviewed: int, enter: Enter) -> None:
    sheet_id, owner = handed_in_sheet(app, reviewed)
    browser, path = enter(owner), f"/applications/{reviewed}"
    page = browser.get(f"{path}/sheets/{sheet_id}/ask-reopen").text
    assert browser.post(f"{path}/sheets/{sheet_id}/ask-reopen", data=hidden(page)).status_code == 422
    answer = browser.post(f"{path}/sheets/{sheet_id}/ask-reopen", data=hidden(page) | {"reason": "3.2 项看错年份"})
    assert answer.status_code == 303, answer.text
    with app.app_context():
        (line,) = reopenings_to_approve(db.session())
        assert (line.application_id, line.reason) == (reviewed, "3.2 项看错年份")
    approver = enter("approver")
    page = approver.get(f"{path}/reopenings/{line.id}").text
    assert "3.2 项看错年份" in page

    assert approver.post(f"{path}/reopenings/{line.id}", data=hidden(page)).status_code == 303

    with app.app_context():
        sheet = db.session.get_one(ScoreSheet, sheet_id)
        assert (sheet.handed_in_at, sheet.total, sheet.points) == (None, None, {})
        assert sheet.answers
        assert reopenings_to_approve(db.session()) == []
    assert approver.get(f"{path}/reopenings/{line.id}").status_code == 404


def test_an_old_sign_in_proves_the_password_before_reopening(app: Flask, reviewed: int, enter: Enter) -> None:
    sheet_id, owner = handed_in_sheet(app, reviewed)
    with app.app_context():
        application, sheet = case(reviewed), db.session.get_one(ScoreSheet, sheet_id)
        asked = actions.ask_reopen(db.session(), application, sheet, "看错", by=actor(owner), at=clock.now())
        db.session.commit()
        asked_id = asked.id
    approver, path = enter("approver"), f"/applications/{reviewed}/reopenings/{asked_id}"
    with app.app_context():
        for signed_in in db.session.scalars(select(SignIn)):
            signed_in.confirmed_at -= timedelta(hours=1)
        db.session.commit()
    page = approver.get(path).text
    assert 'type="password"' in page

    refused = approver.post(path, data=hidden(page) | {"password": "not-it-at-all"})
    assert refused.status_code == 422
    assert "密码不正确" in refused.text

    assert approver.post(path, data=hidden(refused.text) | {"password": PASSWORD}).status_code == 303
    with app.app_context():
        assert db.session.get_one(ScoreSheet, sheet_id).handed_in_at is None


def test_nobody_approves_what_they_asked_for(app: Flask, reviewed: int, inside: None) -> None:
    application, (sheet,) = case(reviewed), db.session.scalars(select(ScoreSheet)).all()
    asked = actions.ask_reopen(db.session(), application, sheet, "看错", by=actor("office"), at=clock.now())
    db.session.flush()
    asked.asked_by = actor("approver").person_id or 0
    with pytest.raises(NotAllowed, match="不能自己批准"):
        actions.reopen(db.session(), application, asked, by=actor("approver"), at=clock.now())
    with pytest.raises(NotReady, match="等待审定人批准"):
        actions.ask_reopen(db.session(), application, sheet, "再次", by=actor("office"), at=clock.now())
    assert sheet.handed_in_at is not None


def test_an_expert_asks_for_no_sheet_but_the_own(app: Flask, reviewed: int, expert: str, enter: Enter) -> None:
    sheet_id, _owner = handed_in_sheet(app, reviewed)
    browser = enter(expert)
    assert browser.get(f"/applications/{reviewed}/sheets/{sheet_id}/ask-reopen").status_code == 404
    with app.app_context():
        application, sheet = case(reviewed), db.session.get_one(ScoreSheet, sheet_id)
        with pytest.raises(NotFound):
            actions.ask_reopen(db.session(), application, sheet, "好奇", by=actor(expert), at=clock.now())
        with pytest.raises(Unusable):
            actions.ask_reopen(db.session(), application, sheet, "", by=actor("office"), at=clock.now())
        assert db.session.scalars(select(Reopening)).all() == []


def test_an_earlier_round_is_closed_for_good(app: Flask, reviewed: int, inside: None) -> None:
    application: Application = case(reviewed)
    (sheet,) = db.session.scalars(select(ScoreSheet)).all()
    application.round += 1
    with pytest.raises(NotFound):
        actions.ask_reopen(db.session(), application, sheet, "看错", by=actor("office"), at=clock.now())
